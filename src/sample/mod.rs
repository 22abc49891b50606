//! The sample app: its variants, how each is built, what its cells must give, and the run of its table.

pub mod app;
pub mod build;
pub mod core;
pub mod expected;
mod options;
pub mod run;
pub mod variant;

pub use options::Options;
