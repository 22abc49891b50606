//! Discovers what the description of an app leaves out, from a first visit in the browser and from the responses of
//! both releases.

mod look;
mod signs;

pub(crate) use look::links;
pub use look::{LearnError, Learned, learn};
pub use signs::Signs;
