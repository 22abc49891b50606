//! A new visitor comes.

use futures::FutureExt;

use super::{Broken, Group, Scenario, Stage};

pub(super) static SCENARIO: Scenario = Scenario {
    id: "first-visit",
    summary: "a new visitor comes, and comes again",
    healthy: "the worker is installed, nothing is reloaded, nothing goes wrong",
    own_browser: false,
    group: Group::Deploys,
    play: |stage| play(stage).boxed(),
};

async fn play(stage: &mut Stage) -> Result<(), Broken> {
    stage.step("a new visitor comes");
    let tab = stage.first_visit().await?;
    stage.usable(&tab).await?;
    stage.step("the visitor opens the start page once more");
    stage.go(&tab, &stage.app.start).await?;
    stage.update(&tab).await?;
    stage.wholly_current(&tab, &stage.cast.old).await
}
