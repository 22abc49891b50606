//! The visitor types in one tab and accepts the update in another.

use futures::FutureExt;

use super::{Broken, Group, Scenario, Stage};

pub(super) static SCENARIO: Scenario = Scenario {
    id: "two-tabs",
    summary: "the visitor types a draft in one tab, B is deployed, the visitor accepts the update in another tab",
    healthy: "the draft is kept, and both tabs are on B after the next navigation",
    own_browser: false,
    group: Group::Tabs,
    play: |stage| play(stage).boxed(),
};

const TEXT: &str = "a sentence that took long to write";

async fn play(stage: &mut Stage) -> Result<(), Broken> {
    let Some(draft) = stage.app.draft.clone() else {
        stage.inapplicable("no form with a draft is described (`draft` in swapcheck.toml)");
        return Ok(());
    };
    stage.bypass_http_cache();
    stage.install(&[]).await?;
    stage.step("the visitor types a draft in one tab and opens another tab");
    let typing = stage.open(&draft.page).await?;
    if !typing.type_into(&draft.field, TEXT).await? {
        stage.step(format!("no element matches `{}`", draft.field));
    }
    let other = stage.open(&stage.app.start).await?;
    stage.step(format!("release {} is deployed, and the visitor accepts the update in the other tab", stage.cast.new));
    stage.swap(&stage.cast.new);
    stage.update(&other).await?;
    stage.accept_update(&other).await?;
    stage.reloads_rest(&typing).await?;
    stage.input_kept(&typing, TEXT).await?;
    stage.usable(&typing).await?;
    stage.step("the visitor navigates in both tabs");
    for tab in [&typing, &other] {
        stage.go(tab, &stage.app.start).await?;
        stage.update(tab).await?;
        stage.accept_update(tab).await?;
    }
    for tab in [&typing, &other] {
        stage.go(tab, &stage.app.start).await?;
        stage.current(tab, &stage.cast.new).await?;
    }
    Ok(())
}
