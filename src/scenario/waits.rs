//! How long a story waits for workers, and which events show that they make progress.

use std::time::Duration;

use crate::trace::{Event, Party, Response, What, WorkerState};

/// How long to wait for the first worker, before the app counts as having none.
pub(super) const NO_WORKER: Duration = Duration::from_secs(3);

/// How long a worker may install or activate without progress, before it counts as hung.
pub(super) const INSTALL: Duration = Duration::from_secs(40);

/// Whether an event shows that a worker makes progress.
pub(super) fn goes_on(event: &Event) -> bool {
    let by_worker = |by: &Party| matches!(by, Party::Worker(_));
    match &event.what {
        What::Response(Response { by, .. }) | What::RequestFailed { by, .. } => by_worker(by),
        What::Registration { .. } | What::WorkerVersion { .. } | What::CacheChanged { .. } => true,
        _ => false,
    }
}

/// The state of a worker version in an event.
pub(super) fn state_of(event: &Event, wanted: &str) -> Option<WorkerState> {
    match &event.what {
        What::WorkerVersion { version, state, .. } if version == wanted => Some(*state),
        _ => None,
    }
}
