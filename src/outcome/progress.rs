//! What a run reports while it goes on.

use std::sync::Arc;
use std::time::Duration;

use super::finding::Verdict;

/// Where the progress of a run goes.
pub type OnProgress = Arc<dyn Fn(Progress) + Send + Sync>;

/// What a run is doing.
#[derive(Clone, Debug)]
pub enum Progress {
    /// Something that takes long began: an installation, a build, the start of a server.
    Began {
        /// What.
        what: String,
    },
    /// It waits for another process that does the same.
    Waiting {
        /// What.
        what: String,
    },
    /// It ended.
    Ended {
        /// What, as in `Began`.
        what: String,
        /// How long it took.
        took: Duration,
    },
    /// A cell began.
    CellBegan {
        /// The variant.
        variant: String,
        /// The scenario.
        scenario: String,
    },
    /// A cell ended.
    CellEnded {
        /// The variant.
        variant: String,
        /// The scenario.
        scenario: String,
        /// Its verdict.
        verdict: Verdict,
        /// Whether it is what it must be.
        as_expected: bool,
        /// How long it took.
        took: Duration,
    },
}
