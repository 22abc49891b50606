//! A CDN has not been told of the deploy and keeps handing out the old worker.

use futures::FutureExt;

use super::returning_visit::{come_back, visit_and_look_around};
use super::{Broken, Group, Scenario, Stage};
use crate::origin::{Effect, Fault, Match};
use crate::trace::Gravity;

pub(super) static SCENARIO: Scenario = Scenario {
    id: "stale-edge",
    summary: "an edge keeps A's worker script for a while after B was deployed",
    healthy: "pages of B work under A's worker, all is of B once the edge heals",
    own_browser: false,
    group: Group::Rollouts,
    play: |stage| play(stage).boxed(),
};

async fn play(stage: &mut Stage) -> Result<(), Broken> {
    stage.begin().await?;
    stage.step(format!(
        "{} is deployed, but the worker's script comes from an edge that still has the old one",
        stage.cast.new
    ));
    stage.swap(&stage.cast.new);
    let pin = Effect::Pin { release: stage.cast.old.clone() };
    let edge = stage.inject(Fault::new(Match::WorkerScript, pin, Gravity::Disturbs));
    visit_and_look_around(stage).await?;
    stage.step("the edge has the new worker");
    stage.heal(edge);
    come_back(stage).await
}
