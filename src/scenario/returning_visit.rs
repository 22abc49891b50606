//! A visitor of the old release returns after the deploy.

use futures::FutureExt;

use super::{Broken, Group, Scenario, Stage};
use crate::browser::Tab;
use crate::trace::Store;

pub(super) static SCENARIO: Scenario = Scenario {
    id: "returning-visit",
    summary: "A is installed, all tabs are closed, B is deployed, the visitor returns twice",
    healthy: "pages work at once; by the second visit everything comes from B, nothing from A remains, and no visitor \
        data is lost",
    own_browser: false,
    group: Group::Deploys,
    play: |stage| play(stage).boxed(),
};

async fn play(stage: &mut Stage) -> Result<(), Broken> {
    stage.begin().await?;
    stage.leave_in_storage().await?;
    stage.step(format!("release {} is deployed", stage.cast.new));
    stage.swap(&stage.cast.new);
    come_back(stage).await?;
    stage.storage_kept(&[Store::LocalStorage, Store::IndexedDb, Store::Cookie]).await
}

/// The visitor returns, visits the pages and leaves, and returns again: now everything must come from the new release.
pub(super) async fn come_back(stage: &Stage) -> Result<(), Broken> {
    come_back_to(stage, &stage.cast.new).await
}

/// The same for this release.
pub(super) async fn come_back_to(stage: &Stage, release: &str) -> Result<(), Broken> {
    stage.step("the visitor returns");
    visit_and_look_around(stage).await?;
    stage.step("the visitor returns a second time");
    let tab = stage.visit(&stage.app.start).await?;
    stage.wholly_current(&tab, release).await
}

/// The visitor opens the app, visits its pages and leaves. Each page must work.
pub(super) async fn visit_and_look_around(stage: &Stage) -> Result<(), Broken> {
    let tab = stage.visit(&stage.app.start).await?;
    stage.usable(&tab).await?;
    look_around(stage, &tab).await?;
    stage.close_last(tab).await
}

/// The visitor goes to each of the routes. Each page must work.
pub(super) async fn look_around(stage: &Stage, tab: &Tab) -> Result<(), Broken> {
    for route in &stage.app.routes {
        stage.go(tab, route).await?;
        stage.usable(tab).await?;
    }
    Ok(())
}
