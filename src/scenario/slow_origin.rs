//! After the deploy a page takes so long that the worker gives up on the network.

use std::time::Duration;

use futures::FutureExt;

use super::returning_visit::come_back;
use super::{Broken, Group, Scenario, Stage};
use crate::origin::{Effect, Fault, Match};
use crate::trace::Gravity;

pub(super) static SCENARIO: Scenario = Scenario {
    id: "slow-origin",
    summary: "B's worker is installed, and a page that the visitor knows from A takes longer than workers wait for the \
        network",
    healthy: "a page whose parts match, from A or from B",
    own_browser: false,
    group: Group::Outages,
    play: |stage| play(stage).boxed(),
};

/// Longer than workers wait for the network: 3 s in many guides, 10 s in the defaults of plugins.
const LATE: Duration = Duration::from_secs(11);

async fn play(stage: &mut Stage) -> Result<(), Broken> {
    stage.begin().await?;
    stage.step(format!("release {} is deployed, the visitor returns, and the worker updates", stage.cast.new));
    stage.swap(&stage.cast.new);
    let tab = stage.visit(&stage.app.start).await?;
    stage.step("a page that the visitor knows from before the deploy responds slowly");
    let late = stage.inject(Fault::new(Match::Document, Effect::Delay(LATE), Gravity::Disturbs));
    let page = stage.app.known_routes().into_iter().next().unwrap_or_else(|| stage.app.start.clone());
    stage.go(&tab, &page).await?;
    stage.usable(&tab).await?;
    stage.heal(late);
    stage.close_last(tab).await?;
    stage.step("the server is fast again");
    come_back(stage).await
}
