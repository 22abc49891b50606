//! The commands, one a file.

mod doctor;
mod explain;
mod judge;
mod lint;
mod merge;
mod reports;
mod run;
mod sample;

pub use run::run;
