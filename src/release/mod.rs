//! Releases: a directory, a server or a URL, and the building of the sample app.

pub mod build;
pub mod cache;
pub mod core;
pub mod project;
#[expect(clippy::module_inception, reason = "the release is the word")]
mod release;
pub mod remote;
pub mod server;
pub mod source;
pub mod step;
pub mod tools;
pub mod tree;
pub mod variant;

pub use release::{Backend, Release};
pub use remote::Remote;
