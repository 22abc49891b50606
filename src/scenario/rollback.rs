//! The new release is rolled back.

use futures::FutureExt;

use super::returning_visit::come_back_to;
use super::{Broken, Group, Scenario, Stage};

pub(super) static SCENARIO: Scenario = Scenario {
    id: "rollback",
    summary: "B is deployed, the visitor moves to it, and the server goes back to A",
    healthy: "everything comes from A again, and nothing from B remains",
    own_browser: false,
    group: Group::Rollouts,
    play: |stage| play(stage).boxed(),
};

async fn play(stage: &mut Stage) -> Result<(), Broken> {
    stage.bypass_http_cache();
    stage.install(&[]).await?;
    stage.step(format!("release {} is deployed, and the visitor returns twice", stage.cast.new));
    stage.swap(&stage.cast.new);
    for _ in 0..2 {
        let tab = stage.visit(&stage.app.start).await?;
        stage.close_last(tab).await?;
    }
    stage.step(format!("the deploy is rolled back to release {}", stage.cast.old));
    stage.swap(&stage.cast.old);
    come_back_to(stage, &stage.cast.old).await
}
