//! A user's own app: what is learned of it, and its scenarios.

mod learn;
mod run;

pub use learn::{LearnError, Learned, learn};
pub use run::{NAMES, Options, run, scenarios};
