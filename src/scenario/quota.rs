//! While the new worker installs, the storage quota is full.

use futures::FutureExt;

use super::returning_visit::{come_back, visit_and_look_around};
use super::{Broken, Group, Scenario, Stage};
use crate::origin::{Effect, Fault, Match};
use crate::trace::Gravity;

pub(super) static SCENARIO: Scenario = Scenario {
    id: "quota",
    summary: "the storage quota is full while B's worker installs and the visitor browses; later there is room again",
    healthy: "pages work throughout, and everything comes from B once there is room",
    own_browser: false,
    group: Group::Offline,
    play: |stage| play(stage).boxed(),
};

/// Less than the size of any script.
const LITTLE: f64 = 1024.0;

async fn play(stage: &mut Stage) -> Result<(), Broken> {
    stage.begin().await?;
    stage.step(format!("the storage quota is full, and release {} is deployed", stage.cast.new));
    stage.visitor.limit_storage(Some(LITTLE)).await?;
    // Recorded like a fault of the origin, so that a failed installation is excused.
    let refused = Fault::new(Match::OneOf(Vec::new()), Effect::Hold, Gravity::Disturbs);
    let full = stage.inject(refused.called("the storage quota is full"));
    stage.swap(&stage.cast.new);
    visit_and_look_around(stage).await?;
    stage.step("there is room again");
    stage.heal(full);
    stage.visitor.limit_storage(None).await?;
    come_back(stage).await
}
