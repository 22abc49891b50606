//! A script that the worker imports has changed under the same name, and the HTTP cache still has the old one.
//!
//! Browsers bypass the HTTP cache for the worker script itself, but use it for the script's imports, unless the page
//! registers the worker with `updateViaCache: "none"`. A worker whose script stays the same while its imports change is
//! then not updated until the cached imports expire.

use futures::FutureExt;
use hyper::header::{CACHE_CONTROL, HeaderValue};

use super::returning_visit::come_back;
use super::{Broken, Group, Scenario, Stage};
use crate::origin::{Effect, Fault, Match};
use crate::trace::Gravity;

pub(super) static SCENARIO: Scenario = Scenario {
    id: "kept-import",
    summary: "a script that the worker imports changes under the same name and is sent with `max-age`, as CDNs do by \
        default",
    healthy: "as returning-visit",
    own_browser: false,
    group: Group::Rollouts,
    play: |stage| play(stage).boxed(),
};

async fn play(stage: &mut Stage) -> Result<(), Broken> {
    // The imports are unknown before the first worker installs, so every script is sent with these headers.
    let day = HeaderValue::from_static("public, max-age=86400");
    let keeps = Effect::Headers { set: vec![(CACHE_CONTROL, day)], remove: Vec::new() };
    let _until_the_end = stage.inject(Fault::new(Match::Script, keeps, Gravity::Neutral));
    stage.install(&[]).await?;
    if !imports_change(stage).await? {
        stage.inapplicable("the worker imports no script that changes under the same name");
        return Ok(());
    }
    stage.step(format!("release {} is deployed", stage.cast.new));
    stage.swap(&stage.cast.new);
    come_back(stage).await
}

/// Whether a script that the worker imports differs between the releases under the same name.
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
