//! The worker is removed: by a tombstone that unregisters itself, or by deleting the worker script.

use futures::FutureExt;
use hyper::StatusCode;
use hyper::header::CONTENT_TYPE;

use super::returning_visit::look_around;
use super::{Broken, Group, Scenario, Stage};
use crate::origin::{Effect, Fault, Match};
use crate::trace::Gravity;

pub(super) static TOMBSTONE: Scenario = Scenario {
    id: "kill-switch",
    summary: "B replaces the worker with a tombstone, which clears the caches and unregisters itself",
    healthy: "by the second visit no worker and no cache is left, and pages come from B",
    own_browser: false,
    group: Group::Endings,
    play: |stage| {
        let stone = Effect::fixed(StatusCode::OK, include_str!("tombstone.js")).with(CONTENT_TYPE, "text/javascript");
        play(stage, stone, "its worker script is a tombstone").boxed()
    },
};

pub(super) static REMOVED: Scenario = Scenario {
    id: "worker-removed",
    summary: "B has no worker: the worker script returns 404",
    healthy: "as kill-switch; browsers keep a worker whose script is gone, so only the app's pages can remove it",
    own_browser: false,
    group: Group::Endings,
    play: |stage| play(stage, Effect::status(StatusCode::NOT_FOUND), "its worker script returns 404").boxed(),
};

async fn play(stage: &mut Stage, in_place: Effect, what: &str) -> Result<(), Broken> {
    stage.begin().await?;
    if stage.visitor.registrations().is_empty() {
        stage.inapplicable("the app has no worker");
        return Ok(());
    }
    stage.step(format!("release {} is deployed, and {what}", stage.cast.new));
    stage.swap(&stage.cast.new);
    // Pages that request the script get the same response as the browser.
    let scripts = stage.worker_scripts().into_iter().map(Match::Prefix).chain([Match::WorkerScript]).collect();
    let worker = Fault::new(Match::OneOf(scripts), in_place, Gravity::Disturbs);
    let _until_the_end = stage.inject(worker.called(what));
    let tab = stage.visit(&stage.app.start).await?;
    stage.usable(&tab).await?;
    stage.close_last(tab).await?;
    stage.step("the visitor returns a second time");
    let tab = stage.visit(&stage.app.start).await?;
    stage.usable(&tab).await?;
    look_around(stage, &tab).await?;
    stage.workers_rest().await?;
    stage.current(&tab, &stage.cast.new).await?;
    stage.without_worker(&tab).await
}
