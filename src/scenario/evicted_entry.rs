//! The browser has evicted one entry that the worker had cached: a script, or a page.

use futures::FutureExt;

use super::{Broken, Group, Scenario, Stage};

pub(super) static SCENARIO: Scenario = Scenario {
    id: "evicted-entry",
    summary: "a script, and then a page, is missing from the worker's caches when the visitor returns",
    healthy: "missing entries come from the server, and every page works",
    own_browser: false,
    group: Group::Offline,
    play: |stage| play(stage).boxed(),
};

async fn play(stage: &mut Stage) -> Result<(), Broken> {
    stage.bypass_http_cache();
    let known = stage.app.known_routes();
    stage.install(&known).await?;
    // The last response from a cache was for the page that the visitor saw last.
    let page = known.last().unwrap_or(&stage.app.start);
    if !evict(stage, page).await? {
        // A worker may only serve what it had cached on an earlier visit.
        let tab = stage.open(page).await?;
        stage.close_last(tab).await?;
        if !evict(stage, page).await? {
            stage.inapplicable("no page and no script came from a cache");
        }
    }
    Ok(())
}

/// Deletes a script and then a page from the caches, and visits `page` after each. False if there was neither.
async fn evict(stage: &Stage, page: &str) -> Result<bool, Broken> {
    let mut evicted = false;
    for kind in ["Script", "Document"] {
        let Some(url) = stage.evict(kind).await? else { continue };
        evicted = true;
        stage.step(format!("{url} is evicted from the caches, and the visitor returns"));
        let tab = stage.open(page).await?;
        stage.usable(&tab).await?;
        stage.close_last(tab).await?;
    }
    Ok(evicted)
}
