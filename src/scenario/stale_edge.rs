//! A CDN has not been told of the deploy and keeps handing out the old worker.

use futures::FutureExt;

use super::returning_visit::come_back;
use super::{Broken, Scenario, Stage};
use crate::origin::{Effect, Fault, Match};
use crate::trace::Gravity;

pub(super) static SCENARIO: Scenario = Scenario {
    id: "stale-edge",
    summary: "an edge keeps A's worker script for a while after B was deployed",
    healthy: "pages of B work under A's worker, all is of B once the edge heals",
    play: |stage| play(stage).boxed(),
};

async fn play(stage: &mut Stage) -> Result<(), Broken> {
    stage.bypass_http_cache();
    stage.install(&stage.app.known_routes()).await?;
    stage.step(format!(
        "{} is deployed, but the worker's script comes from an edge that still has the old one",
        stage.cast.new
    ));
    stage.swap(&stage.cast.new);
    let pin = Effect::Pin { release: stage.cast.old.clone() };
    let edge = stage.inject(Fault::new(Match::WorkerScript, pin, Gravity::Disturbs));
    let tab = stage.visit(&stage.app.start).await?;
    stage.usable(&tab).await?;
    for route in &stage.app.routes {
        stage.go(&tab, route).await?;
        stage.usable(&tab).await?;
    }
    stage.close_last(tab).await?;
    stage.step("the edge has the new worker");
    stage.heal(edge);
    come_back(stage).await
}
