//! The browser has lost one thing that the worker had stored: a script, or a page.

use futures::FutureExt;

use super::{Broken, Group, Scenario, Stage};

pub(super) static SCENARIO: Scenario = Scenario {
    id: "evicted-entry",
    summary: "a script, and then a page, are gone from the worker's caches when the visitor comes back",
    healthy: "what is missing comes from the server, every page works",
    own_browser: false,
    group: Group::Offline,
    play: |stage| play(stage).boxed(),
};

async fn play(stage: &mut Stage) -> Result<(), Broken> {
    stage.bypass_http_cache();
    let known = stage.app.known_routes();
    stage.install(&known).await?;
    // The page that the visitor saw last is the one that needs what was last given to it.
    let page = known.last().unwrap_or(&stage.app.start);
    if !evict(stage, page).await? {
        // A worker may only give what it had stored by the visit before.
        let tab = stage.open(page).await?;
        stage.close_last(tab).await?;
        if !evict(stage, page).await? {
            stage.inapplicable("no page and no script came from a cache");
        }
    }
    Ok(())
}

/// Takes a script and then a page from the caches, and visits `page` after each. False when there was neither.
async fn evict(stage: &Stage, page: &str) -> Result<bool, Broken> {
    let mut evicted = false;
    for kind in ["Script", "Document"] {
        let Some(url) = stage.evict(kind).await? else { continue };
        evicted = true;
        stage.step(format!("{url} is gone from the caches, and the visitor comes back"));
        let tab = stage.open(page).await?;
        stage.usable(&tab).await?;
        stage.close_last(tab).await?;
    }
    Ok(evicted)
}
