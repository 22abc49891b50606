//! Learning what an app needs that nobody has described: from its first visit in the browser, and from what both of
//! its releases answer.

mod look;
mod signs;

pub(crate) use look::links;
pub use look::{LearnError, Learned, learn};
pub use signs::Signs;
