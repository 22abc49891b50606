//! A visitor of the old release comes back after the deploy.

use futures::FutureExt;

use super::{Broken, Scenario, Stage};

pub(super) static SCENARIO: Scenario = Scenario {
    id: "returning-visit",
    summary: "A is installed, all tabs are closed, B is deployed, the visitor comes back twice",
    healthy: "a page that works at once, all of B by the second visit, nothing of A kept",
    play: |stage| play(stage).boxed(),
};

async fn play(stage: &mut Stage) -> Result<(), Broken> {
    stage.bypass_http_cache();
    stage.install(&stage.app.known_routes()).await?;
    stage.step(format!("release {} is deployed", stage.cast.new));
    stage.swap(&stage.cast.new);
    come_back(stage).await
}

/// The visitor comes back, looks around and leaves, and comes back again: now all has to be of the new release.
pub(super) async fn come_back(stage: &Stage) -> Result<(), Broken> {
    come_back_to(stage, &stage.cast.new).await
}

/// The same with this release.
pub(super) async fn come_back_to(stage: &Stage, release: &str) -> Result<(), Broken> {
    stage.step("the visitor comes back");
    let tab = stage.visit(&stage.app.start).await?;
    stage.usable(&tab).await?;
    for route in &stage.app.routes {
        stage.go(&tab, route).await?;
        stage.usable(&tab).await?;
    }
    stage.close_last(tab).await?;
    stage.step("the visitor comes back once more");
    let tab = stage.visit(&stage.app.start).await?;
    stage.wholly_current(&tab, release).await
}
