//! The browser is killed during the update; its profile survives.

use futures::FutureExt;

use super::returning_visit::come_back;
use super::waits::INSTALL;
use super::{Broken, Group, Scenario, Stage};
use crate::browser::{Tab, UpdateCheck};
use crate::origin::{Effect, Fault, FaultId, Match};
use crate::trace::{Gravity, WorkerState};

pub(super) static SCENARIO: Scenario = Scenario {
    id: "browser-restart",
    summary: "the browser is killed while B's worker installs, and again when it starts to activate",
    healthy: "as returning-visit, on the profile that the killed browser has left",
    own_browser: true,
    group: Group::Deploys,
    play: |stage| play(stage).boxed(),
};

/// How many update checks are triggered before the browser counts as not asking the server.
const LOOKS: usize = 3;

async fn play(stage: &mut Stage) -> Result<(), Broken> {
    stage.begin().await?;
    if stage.visitor.registrations().is_empty() {
        stage.inapplicable("the app has no worker");
        return Ok(());
    }
    // Data stored in the seconds before a kill may be lost, so the old release is written to the profile first.
    stage.step("the visitor closes the browser and starts it again later");
    stage.close_browser().await?;
    stage.start_browser().await?;

    stage.step(format!("a tab is open, release {} is deployed, and its worker loads slowly", stage.cast.new));
    let tab = stage.open(&stage.app.start).await?;
    stage.swap(&stage.cast.new);
    let held = hold(stage);
    let by = if until_held(stage, &tab, held).await? {
        "while the new worker loads"
    } else {
        "although no new worker loads"
    };
    stage.step(format!("the browser is killed {by}"));
    stage.kill_browser().await?;
    stage.heal(held);
    stage.start_browser().await?;

    stage.step("the visitor returns, and the browser is killed as soon as a worker starts to activate");
    if stage.visit_until(WorkerState::Activating).await? {
        stage.kill_browser().await?;
        stage.start_browser().await?;
    } else {
        stage.step("no worker started to activate");
    }
    come_back(stage).await
}

/// Holds back the response that the new worker needs first: for the first URL that it fetches while it installs, or, if
/// it fetches nothing, for its script.
fn hold(stage: &Stage) -> FaultId {
    let fetchers = stage.installing_fetchers();
    let (what, text) = if fetchers.is_empty() {
        (Match::WorkerScript, "the new worker's script: no response until the fault ends")
    } else {
        let by_worker = Match::OneOf(fetchers.into_iter().map(Match::FetchedBy).collect());
        (by_worker, "the first URL that the new worker fetches while it installs: no response until the fault ends")
    };
    let fault = Fault::new(what, Effect::Hold, Gravity::Disturbs).called(text);
    stage.inject(Fault { first_url_only: true, ..fault })
}

/// Triggers update checks until the origin holds a request back. False if it never does.
async fn until_held(stage: &Stage, tab: &Tab, held: FaultId) -> Result<bool, Broken> {
    let look = async {
        for _ in 0..LOOKS {
            if stage.visitor.update_workers(Some(tab)).await? != UpdateCheck::NothingNew {
                break;
            }
        }
        Ok::<_, Broken>(())
    };
    tokio::select! {
        met = stage.origin.holds(held) => return Ok(met),
        looked = look => looked?,
    }
    Ok(tokio::time::timeout(INSTALL, stage.origin.holds(held)).await.unwrap_or(false))
}
