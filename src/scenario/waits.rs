//! How long a story waits for workers, and which events show that they make progress.

use std::time::Duration;

use crate::trace::{Event, Party, Response, What, WorkerState};

/// How long a new visitor is watched for a worker, before the app counts as one without.
pub(super) const NO_WORKER: Duration = Duration::from_secs(3);

/// How long a worker that is being installed or activated may be silent, before that counts as never ending.
pub(super) const INSTALL: Duration = Duration::from_secs(40);

/// Whether an event is a sign that some worker goes on.
pub(super) fn goes_on(event: &Event) -> bool {
    let by_worker = |by: &Party| matches!(by, Party::Worker(_));
    match &event.what {
        What::Response(Response { by, .. }) | What::RequestFailed { by, .. } => by_worker(by),
        What::Registration { .. } | What::WorkerVersion { .. } | What::CacheChanged { .. } => true,
        _ => false,
    }
}

/// The state that an event gives to a worker version.
pub(super) fn state_of(event: &Event, wanted: &str) -> Option<WorkerState> {
    match &event.what {
        What::WorkerVersion { version, state, .. } if version == wanted => Some(*state),
        _ => None,
    }
}
