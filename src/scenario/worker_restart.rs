//! The browser stops the worker between all steps of an update.

use futures::FutureExt;

use super::{Broken, Group, Scenario, Stage};

pub(super) static SCENARIO: Scenario = Scenario {
    id: "worker-restart",
    summary: "as returning-visit, with the worker stopped at each step, as browsers stop idle workers",
    healthy: "as returning-visit: nothing important exists only in the worker's memory",
    own_browser: false,
    group: Group::Deploys,
    play: |stage| play(stage).boxed(),
};

async fn play(stage: &mut Stage) -> Result<(), Broken> {
    stage.begin().await?;
    if stage.visitor.registrations().is_empty() {
        stage.inapplicable("the app has no worker");
        return Ok(());
    }
    stage.stop_workers().await?;
    stage.step(format!("release {} is deployed", stage.cast.new));
    stage.swap(&stage.cast.new);
    let tab = stage.open(&stage.app.start).await?;
    stage.stop_workers().await?;
    stage.update(&tab).await?;
    stage.stop_workers().await?;
    stage.accept_update(&tab).await?;
    stage.usable(&tab).await?;
    for route in &stage.app.routes {
        stage.stop_workers().await?;
        stage.go(&tab, route).await?;
        stage.usable(&tab).await?;
    }
    stage.stop_workers().await?;
    stage.close_last(tab).await?;
    stage.step("the visitor returns a second time");
    stage.stop_workers().await?;
    let tab = stage.visit(&stage.app.start).await?;
    stage.stop_workers().await?;
    stage.go(&tab, &stage.app.start).await?;
    stage.wholly_current(&tab, &stage.cast.new).await
}
