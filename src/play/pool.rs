//! Runs the scenarios of one subject in parallel, as many at a time as the run has slots.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::results::Results;
use crate::outcome::OnProgress;
use crate::outcome::{Cell, Progress};
use crate::scenario::Scenario;

/// Number of cells per core: cells mostly wait.
const JOBS_PER_CORE: usize = 6;

/// Default number of parallel cells on this machine.
#[must_use]
pub fn usual_jobs() -> usize {
    cores() * JOBS_PER_CORE
}

/// Number of available cores.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Runs each of `scenarios` with `play` as soon as one of the `places` is free, and records each cell when it has
/// finished. `broken` makes the cell of a scenario whose task panicked.
pub(crate) async fn play<Playing>(
    subject: &str,
    scenarios: &[&'static Scenario],
    places: &Arc<Semaphore>,
    progress: &OnProgress,
    results: &Results,
    play: impl Fn(&'static Scenario) -> Playing,
    broken: impl Fn(&'static Scenario, String) -> Cell,
) where
    Playing: Future<Output = Cell> + Send + 'static,
{
    let mut playing = JoinSet::new();
    let mut scenario_of = HashMap::new();
    for scenario in scenarios.iter().copied() {
        let (places, progress, name) = (Arc::clone(places), Arc::clone(progress), subject.to_owned());
        let (results, played) = (results.clone(), play(scenario));
        let task = playing.spawn(async move {
            // The semaphore is never closed, so this always returns a permit.
            let _place = places.acquire().await;
            let id = scenario.id.to_owned();
            progress(Progress::CellBegan { variant: name.clone(), scenario: id.clone() });
            let cell = played.await;
            let (verdict, as_expected, took) = (cell.verdict, cell.as_expected(), cell.took);
            results.ended(cell);
            progress(Progress::CellEnded { variant: name, scenario: id, verdict, as_expected, took });
        });
        scenario_of.insert(task.id(), scenario);
    }
    while let Some(played) = playing.join_next().await {
        let Err(error) = played else { continue };
        if let Some(scenario) = scenario_of.get(&error.id()) {
            results.ended(broken(scenario, format!("the scenario's task panicked: {error}")));
        }
    }
}
