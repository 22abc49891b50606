//! The visitor has missed a release, on a server that keeps the files of a former one for a while.
//!
//! A visitor who goes from A to C and has never seen B meets just what [`super::returning_visit`] tells: B left nothing
//! behind, neither at the visitor nor, on most servers, at the server. The difference is made by servers that keep the
//! files of the release before the current one, as many hosts do: until the next deploy nothing of A is missing, so a
//! worker that is renewed only when it meets a 404 is not, and then all of A is gone at once. That needs no third build
//! of each variant, which would take about eight minutes of two cores when nothing is cached (thirteen of the distinct
//! builds are webpack's, 65 s for two at a time, and Next's cache does not make the next release of them faster): what
//! is left of B at the time of C is its release, and what is gone is A's files.

use futures::FutureExt;

use super::returning_visit::{come_back, visit_and_look_around};
use super::{Broken, Group, Scenario, Stage};
use crate::origin::{Effect, Fault, Match};
use crate::trace::Gravity;

pub(super) static SCENARIO: Scenario = Scenario {
    id: "skipped-release",
    summary: "B is deployed, A's files are kept until the next deploy, and are gone when the visitor comes back",
    healthy: "pages work before and after; as returning-visit once A's files are gone",
    own_browser: false,
    group: Group::Deploys,
    play: |stage| play(stage).boxed(),
};

async fn play(stage: &mut Stage) -> Result<(), Broken> {
    stage.begin().await?;
    let (old, new) = (stage.cast.old.clone(), stage.cast.new.clone());
    stage.step(format!("release {new} is deployed, and the server keeps the files of {old}"));
    let keep = Fault::new(Match::StaticAsset, Effect::Keep { release: old.clone() }, Gravity::Neutral);
    let kept = stage.inject(keep);
    stage.swap(&new);
    visit_and_look_around(stage).await?;
    stage.step(format!("with the next deploy the files of {old} are gone"));
    stage.heal(kept);
    come_back(stage).await
}
