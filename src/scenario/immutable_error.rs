//! During the deploy, errors are sent with the caching headers of successful responses.

use futures::FutureExt;
use hyper::StatusCode;
use hyper::header::CACHE_CONTROL;

use super::gateway_outage::visit_meanwhile;
use super::returning_visit::come_back;
use super::{Broken, Group, Scenario, Stage};
use crate::origin::{Effect, Fault, Match};
use crate::trace::Gravity;

pub(super) static SCENARIO: Scenario = Scenario {
    id: "immutable-error",
    summary: "static assets return 502 with `immutable` during the deploy, so the HTTP cache stores the error",
    healthy: "pages work once the outage is over, at the latest after a reload, and load no cached error as a script",
    own_browser: false,
    group: Group::Outages,
    play: |stage| play(stage).boxed(),
};

async fn play(stage: &mut Stage) -> Result<(), Broken> {
    // Does not bypass the HTTP cache, because that is what stores the error.
    stage.install(&stage.app.known_routes()).await?;
    stage.step("the deploy starts: assets return 502, cacheable for a year");
    stage.swap(&stage.cast.new);
    let error = Effect::status(StatusCode::BAD_GATEWAY).with(CACHE_CONTROL, "public, max-age=31536000, immutable");
    let outage = stage.inject(Fault::new(Match::StaticAsset, error, Gravity::Breaks));
    visit_meanwhile(stage).await?;
    stage.step("the outage is over; the visitor returns and reloads the page");
    stage.heal(outage);
    let tab = stage.visit(&stage.app.start).await?;
    stage.reload(&tab).await?;
    stage.close_last(tab).await?;
    come_back(stage).await
}
