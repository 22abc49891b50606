//! While the new worker installs, one thing that it precaches is not to be had.

use futures::FutureExt;
use hyper::StatusCode;

use super::returning_visit::come_back;
use super::{Broken, Group, Scenario, Stage};
use crate::origin::{Effect, Fault, Match};
use crate::trace::Gravity;

pub(super) static SCENARIO: Scenario = Scenario {
    id: "install-outage",
    summary: "one URL that B's worker fetches while it installs answers 502, and later is there",
    healthy: "what the visitor has goes on to work, and B is installed later",
    own_browser: false,
    group: Group::Outages,
    play: |stage| play(stage).boxed(),
};

async fn play(stage: &mut Stage) -> Result<(), Broken> {
    stage.begin().await?;
    let fetched = stage.installing_fetchers();
    if fetched.is_empty() {
        stage.inapplicable("no worker fetches anything while it installs");
        return Ok(());
    }
    stage.step("a tab is open, the new release is deployed, and something that its worker precaches answers 502");
    let tab = stage.open(&stage.app.start).await?;
    stage.swap(&stage.cast.new);
    let by_worker = Match::OneOf(fetched.into_iter().map(Match::FetchedBy).collect());
    let fault = Fault::new(by_worker, Effect::status(StatusCode::BAD_GATEWAY), Gravity::Disturbs);
    let fault = fault.called("the first URL that the new worker fetches while it installs: status 502");
    let outage = stage.inject(Fault { first_url_only: true, ..fault });
    stage.update(&tab).await?;
    stage.usable(&tab).await?;
    stage.go(&tab, &stage.app.start).await?;
    stage.usable(&tab).await?;
    stage.close_last(tab).await?;
    stage.step("the outage is over");
    stage.heal(outage);
    come_back(stage).await
}
