//! A CDN edge was not purged at the deploy and keeps serving the old worker.

use futures::FutureExt;

use super::returning_visit::{come_back, visit_and_look_around};
use super::{Broken, Group, Scenario, Stage};
use crate::origin::{Effect, Fault, Match};
use crate::trace::Gravity;

pub(super) static SCENARIO: Scenario = Scenario {
    id: "stale-edge",
    summary: "a CDN edge serves A's worker script for a while after B is deployed",
    healthy: "pages of B work under A's worker, and everything comes from B once the edge is up to date",
    own_browser: false,
    group: Group::Rollouts,
    play: |stage| play(stage).boxed(),
};

async fn play(stage: &mut Stage) -> Result<(), Broken> {
    stage.begin().await?;
    stage.step(format!("release {} is deployed, but a CDN edge still serves the old worker script", stage.cast.new));
    stage.swap(&stage.cast.new);
    let pin = Effect::Pin { release: stage.cast.old.clone() };
    let edge = stage.inject(Fault::new(Match::WorkerScript, pin, Gravity::Disturbs));
    visit_and_look_around(stage).await?;
    stage.step("the edge serves the new worker script");
    stage.heal(edge);
    come_back(stage).await
}
