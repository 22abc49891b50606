//! During the deploy, the CDN that serves the assets returns 502.

use futures::FutureExt;
use hyper::StatusCode;

use super::gateway_outage::visit_meanwhile;
use super::returning_visit::come_back;
use super::{Broken, Group, Scenario, Stage};
use crate::origin::{Effect, Fault, Match};
use crate::trace::{Gravity, Mark, What};

pub(super) static SCENARIO: Scenario = Scenario {
    id: "cdn-outage",
    summary: "assets are on another origin, which returns 502 during the deploy",
    healthy: "no cached error remains, visible or opaque, and everything comes from B after the outage",
    own_browser: false,
    group: Group::Outages,
    play: |stage| play(stage).boxed(),
};

async fn play(stage: &mut Stage) -> Result<(), Broken> {
    stage.bypass_http_cache();
    stage.install(&[]).await?;
    if !has_cdn(stage) {
        stage.inapplicable("the app loads nothing from another origin");
        return Ok(());
    }
    stage.step("the deploy starts: the asset host returns 502");
    stage.swap(&stage.cast.new);
    let bad_gateway = Effect::status(StatusCode::BAD_GATEWAY);
    let outage = stage.inject(Fault::new(Match::AssetsHost, bad_gateway, Gravity::Breaks));
    visit_meanwhile(stage).await?;
    stage.step("the outage is over");
    stage.heal(outage);
    come_back(stage).await
}

/// Whether anything was requested from the asset host.
fn has_cdn(stage: &Stage) -> bool {
    let own = stage.origin.url("/");
    stage
        .visitor
        .log()
        .find_after(Mark::START, |event| match &event.what {
            What::Answer(answer) if !answer.url.starts_with(&own) => Some(()),
            _ => None,
        })
        .is_some()
}
