//! A tab of the old release stays open over the deploy, and then needs a part that it has not loaded yet.

use futures::FutureExt;

use super::{Broken, Group, Scenario, Stage};

pub(super) static SCENARIO: Scenario = Scenario {
    id: "open-tab",
    summary: "a tab of A is open, B is deployed, the worker updates, the visitor opens a lazy part",
    healthy: "the part loads, or the app recovers to B by itself, once",
    own_browser: false,
    group: Group::Tabs,
    play: |stage| {
        stage.bypass_http_cache();
        play(stage).boxed()
    },
};

pub(super) static HTTP_CACHE: Scenario = Scenario {
    id: "open-tab-cached",
    summary: "as open-tab, with the caching headers that the server itself sends for its assets",
    healthy: "as open-tab; a pass here and a failure there means that only the HTTP cache saves the visitor",
    own_browser: false,
    group: Group::Tabs,
    play: |stage| play(stage).boxed(),
};

async fn play(stage: &mut Stage) -> Result<(), Broken> {
    let Some(lazy) = stage.app.lazy.clone() else { return follow_link(stage).await };
    stage.step(format!("a new visitor comes to release {}", stage.cast.old));
    let tab = stage.first_visit().await?;
    stage.go(&tab, &lazy.page).await?;
    stage.update(&tab).await?;

    stage.step(format!("release {} is deployed while the tab stays open", stage.cast.new));
    stage.swap(&stage.cast.new);
    stage.update(&tab).await?;

    stage.step("the visitor opens the lazy part");
    let page = stage.open_part(&tab, &lazy.click).await?;
    if page.lazy_shown == Some(false) {
        // An app that has recovered shows the page anew, and the visitor asks again.
        stage.reloads_rest(&tab).await?;
        stage.open_part(&tab, &lazy.click).await?;
    }
    stage.look(&tab, "after the part was asked for").await?;
    stage.part_shown(&tab).await?;
    stage.usable(&tab).await?;
    if stage.accept_update(&tab).await? {
        stage.current(&tab, &stage.cast.new).await?;
    }
    Ok(())
}

/// Where no lazily loaded part is described, a page that the open one links to stands in for it: its code is loaded
/// when the visitor goes there.
async fn follow_link(stage: &mut Stage) -> Result<(), Broken> {
    let Some(link) = stage.app.link.clone() else {
        stage.inapplicable(
            "no lazily loaded part is described (`lazy` in swapcheck.toml), and no link to another page is known",
        );
        return Ok(());
    };
    stage.step(format!("a new visitor comes to release {}", stage.cast.old));
    let tab = stage.first_visit().await?;
    stage.go(&tab, &stage.app.start).await?;
    stage.update(&tab).await?;

    stage.step(format!("release {} is deployed while the tab stays open", stage.cast.new));
    stage.swap(&stage.cast.new);
    stage.update(&tab).await?;

    stage.step("the visitor follows a link on the open page");
    stage.open_part(&tab, &link).await?;
    stage.reloads_rest(&tab).await?;
    stage.look(&tab, "after the link was followed").await?;
    stage.usable(&tab).await?;
    if stage.accept_update(&tab).await? {
        stage.current(&tab, &stage.cast.new).await?;
    }
    Ok(())
}
