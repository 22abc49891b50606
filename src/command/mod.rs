//! The commands, one a file.

mod check;
mod doctor;
mod explain;
mod judge;
mod merge;
mod reports;
mod run;
mod sample;

pub use run::run;
