//! What a run reports while it goes on.

use std::sync::Arc;
use std::time::Duration;

use super::finding::Verdict;

/// Receives the progress of a run.
pub type OnProgress = Arc<dyn Fn(Progress) + Send + Sync>;

/// Progress of a run.
#[derive(Clone, Debug)]
pub enum Progress {
    /// A long step has started: an installation, a build, the start of a server.
    Began {
        /// What.
        what: String,
    },
    /// A step waits for another process that does the same.
    Waiting {
        /// What.
        what: String,
        /// Who holds it.
        holder: String,
    },
    /// A step has finished.
    Ended {
        /// The step, as in `Began`.
        what: String,
        /// How long it took.
        took: Duration,
    },
    /// A cell has started.
    CellBegan {
        /// The variant.
        variant: String,
        /// The scenario.
        scenario: String,
    },
    /// A cell has finished.
    CellEnded {
        /// The variant.
        variant: String,
        /// The scenario.
        scenario: String,
        /// Its verdict.
        verdict: Verdict,
        /// Whether it is as expected.
        as_expected: bool,
        /// How long it took.
        took: Duration,
    },
}
