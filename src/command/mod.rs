//! The commands, one per file.

mod check;
mod completions;
mod doctor;
mod explain;
mod given;
mod interrupt;
mod judge;
mod lint;
mod man;
mod merge;
mod output;
mod probe;
mod reports;
mod run;
mod sample;
mod schema;
mod visit;

pub use run::run;
