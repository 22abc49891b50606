//! While the new release is rolled out, the gateway answers 502 to everything.

use futures::FutureExt;
use hyper::StatusCode;

use super::returning_visit::come_back;
use super::{Broken, Group, Scenario, Stage};
use crate::origin::{Effect, Fault, Match};
use crate::trace::Gravity;

pub(super) static SCENARIO: Scenario = Scenario {
    id: "gateway-outage",
    summary: "every URL answers 502 during the deploy, and then B is there",
    healthy: "no error is kept, all is of B after the outage",
    own_browser: false,
    group: Group::Outages,
    play: |stage| play(stage).boxed(),
};

async fn play(stage: &mut Stage) -> Result<(), Broken> {
    stage.begin().await?;
    stage.step("the deploy begins: the gateway answers 502");
    stage.swap(&stage.cast.new);
    let outage = stage.inject(Fault::new(Match::Any, Effect::status(StatusCode::BAD_GATEWAY), Gravity::Breaks));
    visit_meanwhile(stage).await?;
    stage.step("the outage is over");
    stage.heal(outage);
    come_back(stage).await
}

/// The visitor comes during an outage, looks around, and leaves. Nothing is due.
pub(super) async fn visit_meanwhile(stage: &Stage) -> Result<(), Broken> {
    let tab = stage.open(&stage.app.start).await?;
    stage.update(&tab).await?;
    for route in &stage.app.routes {
        stage.go(&tab, route).await?;
    }
    stage.workers_rest().await?;
    stage.look(&tab, "during the outage").await?;
    stage.close_last(tab).await
}
