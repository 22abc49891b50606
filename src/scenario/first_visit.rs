//! A new visitor opens the app.

use futures::FutureExt;

use super::{Broken, Group, Scenario, Stage};

pub(super) static SCENARIO: Scenario = Scenario {
    id: "first-visit",
    summary: "a new visitor opens the app twice",
    healthy: "the worker installs, no page reloads, no errors",
    own_browser: false,
    group: Group::Deploys,
    play: |stage| play(stage).boxed(),
};

async fn play(stage: &mut Stage) -> Result<(), Broken> {
    stage.step("a new visitor opens the app");
    let tab = stage.first_visit().await?;
    stage.usable(&tab).await?;
    stage.step("the visitor opens the start page again");
    stage.go(&tab, &stage.app.start).await?;
    stage.update(&tab).await?;
    stage.wholly_current(&tab, &stage.cast.old).await
}
