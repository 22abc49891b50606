//! A tab of the old release stays open during the deploy, and then needs a part that it has not loaded yet.

use futures::FutureExt;

use super::{Broken, Group, Scenario, Stage};

pub(super) static SCENARIO: Scenario = Scenario {
    id: "open-tab",
    summary: "a tab of A stays open, B is deployed, the worker updates, the visitor opens a lazily loaded part",
    healthy: "the part loads, or the app reloads itself into B, once",
    own_browser: false,
    group: Group::Tabs,
    play: |stage| {
        stage.bypass_http_cache();
        play(stage).boxed()
    },
};

pub(super) static HTTP_CACHE: Scenario = Scenario {
    id: "open-tab-cached",
    summary: "as open-tab, with the server's own caching headers for assets",
    healthy: "as open-tab; a pass here and a failure there means that only the HTTP cache saves the visitor",
    own_browser: false,
    group: Group::Tabs,
    play: |stage| play(stage).boxed(),
};

async fn play(stage: &mut Stage) -> Result<(), Broken> {
    let Some(lazy) = stage.app.lazy.clone() else { return follow_link(stage).await };
    stage.step(format!("a new visitor opens release {}", stage.cast.old));
    let tab = stage.first_visit().await?;
    stage.go(&tab, &lazy.page).await?;
    stage.update(&tab).await?;

    stage.step(format!("release {} is deployed while the tab stays open", stage.cast.new));
    stage.swap(&stage.cast.new);
    stage.update(&tab).await?;

    stage.step("the visitor opens the lazy part");
    let page = stage.open_part(&tab, &lazy.click).await?;
    if page.lazy_shown == Some(false) {
        // An app that has recovered has reloaded the page, so the visitor clicks again.
        stage.reloads_rest(&tab).await?;
        stage.open_part(&tab, &lazy.click).await?;
    }
    stage.look(&tab, "after the visitor opened the lazy part").await?;
    stage.part_shown(&tab).await?;
    stage.usable(&tab).await?;
    if stage.accept_update(&tab).await? {
        stage.current(&tab, &stage.cast.new).await?;
    }
    Ok(())
}

/// If no lazily loaded part is described, follows a link instead: the code of the linked page is loaded when the
/// visitor goes there.
async fn follow_link(stage: &mut Stage) -> Result<(), Broken> {
    let Some(link) = stage.app.link.clone() else {
        stage.inapplicable(
            "no lazily loaded part is described (`lazy` in swapcheck.toml), and the start page has no link to another \
             page",
        );
        return Ok(());
    };
    stage.step(format!("a new visitor opens release {}", stage.cast.old));
    let tab = stage.first_visit().await?;
    stage.go(&tab, &stage.app.start).await?;
    stage.update(&tab).await?;

    stage.step(format!("release {} is deployed while the tab stays open", stage.cast.new));
    stage.swap(&stage.cast.new);
    stage.update(&tab).await?;

    stage.step("the visitor follows a link on the open page");
    stage.open_part(&tab, &link).await?;
    stage.reloads_rest(&tab).await?;
    stage.look(&tab, "after the visitor followed the link").await?;
    stage.usable(&tab).await?;
    if stage.accept_update(&tab).await? {
        stage.current(&tab, &stage.cast.new).await?;
    }
    Ok(())
}
