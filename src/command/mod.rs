//! The commands, one a file.

mod check;
mod doctor;
mod explain;
mod judge;
mod lint;
mod merge;
mod reports;
mod run;
mod sample;
mod visit;

pub use run::run;
