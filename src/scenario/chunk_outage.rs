//! During the deploy, the pages of the new release are available and its assets are not.

use futures::FutureExt;
use hyper::StatusCode;

use super::gateway_outage::visit_meanwhile;
use super::returning_visit::come_back;
use super::{Broken, Group, Scenario, Stage};
use crate::origin::{Effect, Fault, Match};
use crate::trace::Gravity;

pub(super) static SCENARIO: Scenario = Scenario {
    id: "chunk-outage",
    summary: "only the static assets return 502 during the deploy; pages already come from B",
    healthy: "no cached error remains, and everything comes from B after the outage",
    own_browser: false,
    group: Group::Outages,
    play: |stage| play(stage).boxed(),
};

async fn play(stage: &mut Stage) -> Result<(), Broken> {
    stage.begin().await?;
    stage.step("the deploy starts: pages are available, assets return 502");
    stage.swap(&stage.cast.new);
    let bad_gateway = Effect::status(StatusCode::BAD_GATEWAY);
    let outage = stage.inject(Fault::new(Match::StaticAsset, bad_gateway, Gravity::Breaks));
    visit_meanwhile(stage).await?;
    stage.step("the outage is over");
    stage.heal(outage);
    come_back(stage).await
}
