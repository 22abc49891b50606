//! A form of the old release is submitted to the server of the new one.

use std::time::Duration;

use futures::FutureExt;

use super::{Broken, Group, Scenario, Stage};
use crate::browser::Tab;
use crate::trace::{Action, Due, PageState};

pub(super) static SCENARIO: Scenario = Scenario {
    id: "server-action",
    summary: "the visitor types a draft on A, B is deployed, the visitor submits A's form to B",
    healthy: "the form is saved; or the page says that it is not, and the draft is still there on B's page, which \
        saves it",
    own_browser: false,
    group: Group::Tabs,
    play: |stage| play(stage).boxed(),
};

const TEXT: &str = "a letter that nobody wants to write twice";

/// How long a server may take to save a draft.
const SAVE: Duration = Duration::from_secs(20);

async fn play(stage: &mut Stage) -> Result<(), Broken> {
    let draft = stage.app.draft.clone();
    let Some((draft, submit)) = draft.and_then(|draft| Some((draft.clone(), draft.saved.and(draft.submit)?))) else {
        stage.inapplicable(
            "no form with a confirmation is described (`draft` with `submit` and `saved` in swapcheck.toml)",
        );
        return Ok(());
    };
    stage.bypass_http_cache();
    stage.step(format!("a new visitor opens release {} and types a draft", stage.cast.old));
    let tab = stage.first_visit().await?;
    stage.go(&tab, &draft.page).await?;
    if !tab.type_into(&draft.field, TEXT).await? {
        stage.step(format!("no element matches `{}`", draft.field));
        return stage.usable(&tab).await;
    }
    stage.step(format!("release {} is deployed, and the visitor submits the form", stage.cast.new));
    stage.swap(&stage.cast.new);
    let page = send(stage, &tab, &submit).await?;
    stage.usable(&tab).await?;
    if page.saved != Some(true) {
        stage.step(
            "the form is not saved: the browser checks for a worker update, and the visitor opens the form again",
        );
        stage.update(&tab).await?;
        stage.accept_update(&tab).await?;
        let page = stage.go(&tab, &draft.page).await?;
        stage.input_kept(&tab, TEXT).await?;
        if page.draft.as_deref() != Some(TEXT) {
            tab.type_into(&draft.field, TEXT).await?;
        }
        send(stage, &tab, &submit).await?;
    }
    tab.observe().await?;
    stage.demand(&tab, Due::Saved { tab: tab.id() }).await;
    Ok(())
}

/// The visitor submits the form, and waits until the page confirms that it is saved or settles without a confirmation.
async fn send(stage: &Stage, tab: &Tab, selector: &str) -> Result<PageState, Broken> {
    let Some(mark) = tab.click(selector, Action::Submit { selector: selector.to_owned() }).await? else {
        stage.step(format!("no element matches `{selector}`"));
        return Ok(tab.observe().await?);
    };
    Ok(tab.shows_or_rests(mark, SAVE, |page| page.saved == Some(true)).await?)
}
