//! After the deploy, the server drops the connections of page requests.

use futures::FutureExt;

use super::returning_visit::come_back;
use super::{Broken, Group, Scenario, Stage};
use crate::origin::{Effect, Fault, Match};
use crate::trace::Gravity;

pub(super) static SCENARIO: Scenario = Scenario {
    id: "dropped-connection",
    summary: "B is deployed, and for one visit the server drops the connection of every page request",
    healthy: "a working page, from A or from B; everything comes from B afterwards",
    own_browser: false,
    group: Group::Outages,
    play: |stage| play(stage).boxed(),
};

async fn play(stage: &mut Stage) -> Result<(), Broken> {
    stage.begin().await?;
    stage.step(format!(
        "release {} is deployed, and the server drops the connection of every page request",
        stage.cast.new
    ));
    stage.swap(&stage.cast.new);
    let broken = stage.inject(Fault::new(Match::Document, Effect::Drop, Gravity::Disturbs));
    let tab = stage.open(&stage.app.start).await?;
    stage.usable(&tab).await?;
    stage.update(&tab).await?;
    stage.close_last(tab).await?;
    // Whichever worker is active now, it must have a page too.
    let tab = stage.open(&stage.app.start).await?;
    stage.usable(&tab).await?;
    stage.close_last(tab).await?;
    stage.step("connections work again");
    stage.heal(broken);
    come_back(stage).await
}
