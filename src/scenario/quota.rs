//! While the new worker installs, the browser has no room left.

use futures::FutureExt;

use super::returning_visit::{come_back, visit_and_look_around};
use super::{Broken, Group, Scenario, Stage};
use crate::origin::{Effect, Fault, Match};
use crate::trace::Gravity;

pub(super) static SCENARIO: Scenario = Scenario {
    id: "quota",
    summary: "the storage quota is used up while B's worker installs and pages are visited, and later there is room",
    healthy: "pages work all the time, all is of B once there is room",
    own_browser: false,
    group: Group::Offline,
    play: |stage| play(stage).boxed(),
};

/// Room for less than any script.
const LITTLE: f64 = 1024.0;

async fn play(stage: &mut Stage) -> Result<(), Broken> {
    stage.begin().await?;
    stage.step(format!("the quota is used up, and release {} is deployed", stage.cast.new));
    stage.visitor.limit_storage(Some(LITTLE)).await?;
    // What the browser refuses is told like a fault of the origin, so that a failed installation counts as excused.
    let refused = Fault::new(Match::OneOf(Vec::new()), Effect::Hold, Gravity::Disturbs);
    let full = stage.inject(refused.called("the browser has no room for more"));
    stage.swap(&stage.cast.new);
    visit_and_look_around(stage).await?;
    stage.step("there is room again");
    stage.heal(full);
    stage.visitor.limit_storage(None).await?;
    come_back(stage).await
}
