//! What is known of an app: its description, what was learned of it, and the storage that a visitor brings.

mod accept;
mod description;
mod signs;
pub mod storage;

pub use accept::{Accept, AcceptError};
pub use description::*;
pub(crate) use signs::Answered;
pub use signs::Signs;
