//! While the new release is rolled out, old and new servers stand behind one address.

use futures::FutureExt;

use super::returning_visit::come_back;
use super::{Broken, Group, Scenario, Stage};
use crate::origin::{Effect, Fault, Match};
use crate::trace::Gravity;

pub(super) static SCENARIO: Scenario = Scenario {
    id: "rolling-deploy",
    summary: "A and B answer in turn behind one address, then only B",
    healthy: "no reload loop, no page whose parts do not fit, all of B afterwards",
    own_browser: false,
    group: Group::Rollouts,
    play: |stage| play(stage).boxed(),
};

async fn play(stage: &mut Stage) -> Result<(), Broken> {
    stage.begin().await?;
    let (old, new) = (stage.cast.old.clone(), stage.cast.new.clone());
    stage.swap(&new);
    // Chance decides in a real rollout. So that the same comes of it each time, pages and the worker's script are of
    // one release during a visit, and each asset is asked of the other one first, and of the right one when it is
    // asked for again.
    for (page, other) in [(&new, &old), (&old, &new), (&new, &old)] {
        stage.step(format!("{new} is rolled out: the visitor meets pages of {page}, and assets of {other} and {page}"));
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
    stage.step(format!("only {new} is left"));
    come_back(stage).await
}
