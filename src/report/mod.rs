//! Reports: each is a view of the same run.

pub mod escape;
pub mod evidence;
pub mod github;
pub mod har;
pub mod html;
pub mod human;
pub mod json;
pub mod junit;
pub mod lint;
pub mod markdown;
pub mod own;
pub mod probe;
pub mod progress;
pub mod sarif;
mod sign;
pub(crate) mod style;
pub mod svg;
pub mod table;
pub mod traces;
pub mod visit;
pub mod words;
