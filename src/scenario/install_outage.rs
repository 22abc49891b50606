//! While the new worker installs, one URL that it precaches returns an error.

use futures::FutureExt;
use hyper::StatusCode;

use super::returning_visit::come_back;
use super::{Broken, Group, Scenario, Stage};
use crate::origin::{Effect, Fault, Match};
use crate::trace::Gravity;

pub(super) static SCENARIO: Scenario = Scenario {
    id: "install-outage",
    summary: "one URL that B's worker fetches while it installs returns 502, and recovers later",
    healthy: "the old release keeps working, and B installs later",
    own_browser: false,
    group: Group::Outages,
    play: |stage| play(stage).boxed(),
};

async fn play(stage: &mut Stage) -> Result<(), Broken> {
    stage.begin().await?;
    let fetched = stage.installing_fetchers();
    if fetched.is_empty() {
        stage.inapplicable("the worker fetches nothing while it installs");
        return Ok(());
    }
    stage.step("a tab is open, the new release is deployed, and one URL that its worker precaches returns 502");
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
