//! After the deploy the connections of page loads break.

use futures::FutureExt;

use super::returning_visit::come_back;
use super::{Broken, Group, Scenario, Stage};
use crate::origin::{Effect, Fault, Match};
use crate::trace::Gravity;

pub(super) static SCENARIO: Scenario = Scenario {
    id: "dropped-connection",
    summary: "B is deployed, and for one visit every connection that asks for a page is dropped",
    healthy: "a page that works, of A or of B; all of B afterwards",
    own_browser: false,
    group: Group::Outages,
    play: |stage| play(stage).boxed(),
};

async fn play(stage: &mut Stage) -> Result<(), Broken> {
    stage.begin().await?;
    stage.step(format!("release {} is deployed, and connections break when a page is asked for", stage.cast.new));
    stage.swap(&stage.cast.new);
    let broken = stage.inject(Fault::new(Match::Document, Effect::Drop, Gravity::Disturbs));
    let tab = stage.open(&stage.app.start).await?;
    stage.usable(&tab).await?;
    stage.update(&tab).await?;
    stage.close_last(tab).await?;
    // Whatever worker there is now has to have a page, too.
    let tab = stage.open(&stage.app.start).await?;
    stage.usable(&tab).await?;
    stage.close_last(tab).await?;
    stage.step("connections hold again");
    stage.heal(broken);
    come_back(stage).await
}
