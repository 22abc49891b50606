//! Scripts, parsed once: rules work on lists of facts, never on a syntax tree.

mod facts;
mod path;
mod place;
mod read;
mod value;

pub use facts::{Call, Function, Script, is_listening};
pub use place::Places;
pub use read::{Unreadable, json, read, stack};
pub use value::{Entry, Kind, Value};
