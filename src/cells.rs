//! Plays the scenarios of one subject side by side, as many at once as the run has places.

use std::future::Future;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::matrix::OnProgress;
use crate::run::{Cell, Progress};
use crate::scenario::Scenario;

/// Plays each of `scenarios` with `play` as soon as one of the `places` is free, and gives the cells in the order of
/// the scenarios. `broken` makes the cell of a scenario that broke off.
pub(crate) async fn play<Playing>(
    subject: &str,
    scenarios: &[&'static Scenario],
    places: &Arc<Semaphore>,
    progress: &OnProgress,
    play: impl Fn(&'static Scenario) -> Playing,
    broken: impl Fn(&'static Scenario, String) -> Cell,
) -> Vec<Cell>
where
    Playing: Future<Output = Cell> + Send + 'static,
{
    let mut playing = JoinSet::new();
    for (at, scenario) in scenarios.iter().copied().enumerate() {
        let (places, progress, name) = (Arc::clone(places), Arc::clone(progress), subject.to_owned());
        let played = play(scenario);
        playing.spawn(async move {
            // A semaphore that is never closed always gives its permit.
            let _place = places.acquire().await;
            let id = scenario.id.to_owned();
            progress(Progress::CellBegan { variant: name.clone(), scenario: id.clone() });
            let cell = played.await;
            progress(Progress::CellEnded {
                variant: name,
                scenario: id,
                verdict: cell.verdict,
                as_expected: cell.as_expected(),
                took: cell.took,
            });
            (at, cell)
        });
    }
    let mut cells: Vec<Option<Cell>> = scenarios.iter().map(|_| None).collect();
    let mut lost = String::from("the cell was not played");
    while let Some(played) = playing.join_next().await {
        match played {
            Ok((at, cell)) => cells[at] = Some(cell),
            Err(error) => lost = format!("the cell broke off: {error}"),
        }
    }
    let whole = cells.into_iter().zip(scenarios.iter().copied());
    whole.map(|(cell, scenario)| cell.unwrap_or_else(|| broken(scenario, lost.clone()))).collect()
}
