//! The network goes down after the update.

use futures::FutureExt;
use hyper::header::{HeaderValue, VARY};

use super::{Broken, Group, Scenario, Stage};
use crate::browser::Tab;
use crate::origin::{Effect, Fault, Match};
use crate::trace::{Gravity, PageState, ReleaseMark};

pub(super) static SCENARIO: Scenario = Scenario {
    id: "offline",
    summary: "the visitor is on B, and the network goes down",
    healthy: "whatever works offline on A also works on B, and shows B",
    own_browser: false,
    group: Group::Offline,
    play: |stage| play(stage).boxed(),
};

pub(super) static VARYING: Scenario = Scenario {
    id: "offline-varying",
    summary: "as offline, with a CDN that sends the pages of B with `Vary: Accept, Accept-Language`",
    healthy: "as offline: a page that the worker has fetched ahead is found although the visitor's request headers \
        differ",
    own_browser: false,
    group: Group::Offline,
    play: |stage| varying(stage).boxed(),
};

/// The `Vary` header of the CDN, which replaces Next.js's own and therefore includes its values.
const PAGES_VARY: &str = "accept, accept-language, rsc, next-router-state-tree, next-router-prefetch, \
    next-router-segment-prefetch";

/// A page that nobody has visited and that no release has.
const UNKNOWN: &str = "/swapcheck-page-that-nobody-has-visited";

/// A worker fetches a page with other request headers than a visitor, and `caches.match(request)` respects `Vary`.
async fn varying(stage: &mut Stage) -> Result<(), Broken> {
    stage.bypass_http_cache();
    let promised = promised(stage).await?;
    let vary = Effect::Headers { set: vec![(VARY, HeaderValue::from_static(PAGES_VARY))], remove: Vec::new() };
    let _until_the_end = stage.inject(Fault::new(Match::StaticAsset.not(), vary, Gravity::Neutral));
    deployed(stage, promised).await
}

async fn play(stage: &mut Stage) -> Result<(), Broken> {
    stage.bypass_http_cache();
    let promised = promised(stage).await?;
    deployed(stage, promised).await
}

/// The pages that must work offline: those that do on the old release, or those that the app promises.
async fn promised(stage: &Stage) -> Result<Vec<String>, Broken> {
    let offline = stage.app.offline.clone().unwrap_or_default();
    stage.install(&[]).await?;

    let (mut pages, mut fallback) = (offline.pages.clone().unwrap_or_default(), false);
    if offline.pages.is_none() {
        stage.step(format!("the visitor opens release {} offline", stage.cast.old));
        let cut = cut(stage);
        let tab = stage.open(&stage.app.start).await?;
        if works(&tab).await? {
            pages.push(stage.app.start.clone());
        }
        if offline.fallback.is_some() {
            stage.go(&tab, UNKNOWN).await?;
            fallback = works(&tab).await?;
        }
        tab.close().await?;
        stage.heal(cut);
    }
    if fallback {
        pages.push(UNKNOWN.to_owned());
    }
    Ok(pages)
}

/// Deploys the new release, moves the visitor to it, and opens these pages offline.
async fn deployed(stage: &Stage, pages: Vec<String>) -> Result<(), Broken> {
    if pages.is_empty() {
        stage.inapplicable(
            "the old release does not work offline, and the description promises no offline pages (`offline` in \
             swapcheck.toml)",
        );
        return Ok(());
    }

    // The worker updates under a tab of the old release, so that its installation does not race with the new page.
    stage.step(format!("release {} is deployed while a tab is open, and the worker updates", stage.cast.new));
    let tab = stage.open(&stage.app.start).await?;
    stage.swap(&stage.cast.new);
    stage.update(&tab).await?;
    stage.accept_update(&tab).await?;
    stage.step("the visitor opens the start page again, and returns later");
    stage.go(&tab, &stage.app.start).await?;
    stage.close_last(tab).await?;
    let tab = stage.visit(&stage.app.start).await?;
    stage.close_last(tab).await?;
    stage.step("the network goes down");
    let _until_the_end = cut(stage);
    let tab = stage.visitor.open_tab().await?;
    for page in &pages {
        stage.go(&tab, page).await?;
        stage.works_offline(&tab, page, &stage.cast.new).await?;
    }
    Ok(())
}

fn cut(stage: &Stage) -> crate::origin::FaultId {
    let mut fault = Fault::new(Match::Any, Effect::Drop, Gravity::Breaks);
    fault.text = "no network".to_owned();
    stage.inject(fault)
}

/// Whether the tab shows a working page of the app.
async fn works(tab: &Tab) -> Result<bool, Broken> {
    let PageState { hydrated, page_release, .. } = tab.observe().await?;
    Ok(!tab.is_on_error_page() && hydrated != Some(false) && page_release != ReleaseMark::Missing)
}
