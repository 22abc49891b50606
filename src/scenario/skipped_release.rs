//! The visitor has missed a release, on a server that keeps the files of the previous release for a while.
//!
//! For a visitor who goes from A to C without seeing B, the story is that of [`super::returning_visit`]: B left nothing
//! behind, neither in the browser nor, on most servers, on the server. Servers that keep the files of the previous
//! release, as many hosts do, make the difference: until the next deploy nothing of A is missing, so a worker that is
//! only replaced after a 404 stays, and then all files of A disappear at once. This needs no third build of each
//! variant, which would take about eight minutes on two cores when nothing is cached (thirteen of the distinct builds
//! use webpack, 65 s for two at a time, and Next's cache does not speed up the next release): B's release stands in for
//! C, and the files of A disappear.

use futures::FutureExt;

use super::returning_visit::{come_back, visit_and_look_around};
use super::{Broken, Group, Scenario, Stage};
use crate::origin::{Effect, Fault, Match};
use crate::trace::Gravity;

pub(super) static SCENARIO: Scenario = Scenario {
    id: "skipped-release",
    summary: "B is deployed, and A's files stay on the server until the next deploy; when the visitor returns after \
        it, they are gone",
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
    stage.step(format!("the next deploy removes the files of {old}"));
    stage.heal(kept);
    come_back(stage).await
}
