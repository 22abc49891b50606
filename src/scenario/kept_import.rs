//! What the worker imports under a constant name has changed, and the HTTP cache still has it.
//!
//! Browsers look past the HTTP cache for a worker's own script, and through it for what that imports, unless the page
//! registers with `updateViaCache: "none"`. A worker whose script stays the same while its imports change is then not
//! renewed for as long as the headers of those allow.

use futures::FutureExt;
use hyper::header::{CACHE_CONTROL, HeaderValue};

use super::returning_visit::come_back;
use super::{Broken, Group, Scenario, Stage};
use crate::origin::{Effect, Fault, Match};
use crate::trace::Gravity;

pub(super) static SCENARIO: Scenario = Scenario {
    id: "kept-import",
    summary: "what the worker imports changes under the same name, and is sent with `max-age`, as CDNs do by default",
    healthy: "as returning-visit",
    own_browser: false,
    group: Group::Rollouts,
    play: |stage| play(stage).boxed(),
};

async fn play(stage: &mut Stage) -> Result<(), Broken> {
    // Before any worker comes nobody knows what it imports: every script is sent so.
    let day = HeaderValue::from_static("public, max-age=86400");
    let keeps = Effect::Headers { set: vec![(CACHE_CONTROL, day)], remove: Vec::new() };
    let _until_the_end = stage.inject(Fault::new(Match::Script, keeps, Gravity::Neutral));
    stage.install(&[]).await?;
    if !imports_change(stage).await? {
        stage.inapplicable("the worker imports nothing that changes under the same name");
        return Ok(());
    }
    stage.step(format!("release {} is deployed", stage.cast.new));
    stage.swap(&stage.cast.new);
    come_back(stage).await
}

/// Whether the new release answers something else under the name of something that the worker imports.
async fn imports_change(stage: &Stage) -> Result<bool, Broken> {
    for path in stage.worker_imports() {
        let old = stage.origin.ask(&stage.cast.old, &path, &[]).await?;
        let new = stage.origin.ask(&stage.cast.new, &path, &[]).await?;
        if new.status == 200 && old.body_hash != new.body_hash && !stage.worker_scripts().contains(&path) {
            return Ok(true);
        }
    }
    Ok(false)
}
