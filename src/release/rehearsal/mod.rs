//! The next release of a site of which only the current one is known: recorded, and rehearsed.

pub(crate) mod next;
pub(crate) mod recording;
pub(crate) mod rehearsed;
mod tokens;

pub use recording::{Bounds, Recording};
pub use rehearsed::{NEXT, Rehearsed, TODAY};
