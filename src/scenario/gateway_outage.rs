//! During the deploy, the gateway returns 502 for everything.

use futures::FutureExt;
use hyper::StatusCode;

use super::returning_visit::come_back;
use super::{Broken, Group, Scenario, Stage};
use crate::origin::{Effect, Fault, Match};
use crate::trace::Gravity;

pub(super) static SCENARIO: Scenario = Scenario {
    id: "gateway-outage",
    summary: "every URL returns 502 during the deploy, then B is available",
    healthy: "no cached error remains, and everything comes from B after the outage",
    own_browser: false,
    group: Group::Outages,
    play: |stage| play(stage).boxed(),
};

async fn play(stage: &mut Stage) -> Result<(), Broken> {
    stage.begin().await?;
    stage.step("the deploy starts: the gateway returns 502");
    stage.swap(&stage.cast.new);
    let outage = stage.inject(Fault::new(Match::Any, Effect::status(StatusCode::BAD_GATEWAY), Gravity::Breaks));
    visit_meanwhile(stage).await?;
    stage.step("the outage is over");
    stage.heal(outage);
    come_back(stage).await
}

/// The visitor opens the app during an outage, visits its pages and leaves. Nothing is expected of the app.
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
