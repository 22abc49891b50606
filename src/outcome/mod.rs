//! The values of a run: findings and verdicts, cells, the run itself, its progress, what is accepted, and its shards.

pub mod accepted;
mod cell;
mod finding;
mod progress;
mod run;
pub mod shard;

pub use cell::{Accepted, Cell, Expected, Kind, Proof};
pub use finding::{Confidence, Finding, Severity, Verdict};
pub use progress::{OnProgress, Progress};
pub use run::{Fact, Run, Versions};
pub use shard::Shard;
