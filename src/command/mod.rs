//! The commands, one a file.

mod completions;
mod doctor;
mod explain;
mod judge;
mod man;
mod merge;
mod reports;
mod run;
mod sample;
mod schema;

pub use run::run;
