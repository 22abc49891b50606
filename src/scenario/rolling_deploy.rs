//! During the rollout, old and new servers share one address.

use futures::FutureExt;

use super::returning_visit::come_back;
use super::{Broken, Group, Scenario, Stage};
use crate::origin::{Effect, Fault, Match};
use crate::trace::Gravity;

pub(super) static SCENARIO: Scenario = Scenario {
    id: "rolling-deploy",
    summary: "A and B alternate behind one address, then only B is left",
    healthy: "no reload loop, no page with mismatched parts, and everything comes from B afterwards",
    own_browser: false,
    group: Group::Rollouts,
    play: |stage| play(stage).boxed(),
};

async fn play(stage: &mut Stage) -> Result<(), Broken> {
    stage.begin().await?;
    let (old, new) = (stage.cast.old.clone(), stage.cast.new.clone());
    stage.swap(&new);
    // In a real rollout chance decides. To make the outcome repeatable, pages and the worker script come from one
    // release during a visit, and each asset comes from the other release on the first request, and from the right one
    // when it is requested again.
    for (page, other) in [(&new, &old), (&old, &new), (&new, &old)] {
        stage.step(format!(
            "release {new} is rolled out: the visitor gets pages of {page}, and assets of {other} and {page}"
        ));
        let turns = Effect::Alternate { releases: vec![other.clone(), page.clone()] };
        let pin = Effect::Pin { release: page.clone() };
        let turns = stage.inject(Fault::new(Match::StaticAsset, turns, Gravity::Disturbs));
        let pin = stage.inject(Fault::new(Match::StaticAsset.not(), pin, Gravity::Disturbs));
        let tab = stage.open(&stage.app.start).await?;
        stage.update(&tab).await?;
        stage.usable(&tab).await?;
        stage.close_last(tab).await?;
        stage.heal(pin);
        stage.heal(turns);
    }
    stage.step(format!("only release {new} is left"));
    come_back(stage).await
}
