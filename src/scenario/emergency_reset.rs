//! An endpoint that resets stale visitors with `Clear-Site-Data`.

use futures::FutureExt;

use super::{Broken, Group, Scenario, Stage};
use crate::trace::Store;

pub(super) static SCENARIO: Scenario = Scenario {
    id: "emergency-reset",
    summary: "pages ask an endpoint whether they are stale, and it answers with Clear-Site-Data; B is deployed",
    healthy: "a visitor of A is on B at once and keeps all cookies; a visitor of B loses nothing",
    own_browser: false,
    group: Group::Endings,
    play: |stage| play(stage).boxed(),
};

/// Statuses with which a server says that nothing exists at a path, whatever the method.
const NOTHING: [u16; 2] = [404, 410];

async fn play(stage: &mut Stage) -> Result<(), Broken> {
    let Some(reset) = stage.app.reset.clone() else {
        stage.inapplicable("the description of the app names no reset endpoint (`reset` in swapcheck.toml)");
        return Ok(());
    };
    // An endpoint that does not accept GET rejects it, and a missing one returns 404: asking resets nothing.
    if NOTHING.contains(&stage.origin.ask(&stage.cast.new, &reset, &[]).await?.status) {
        stage.inapplicable(format!("the server has no endpoint at {reset}"));
        return Ok(());
    }
    stage.begin().await?;
    stage.leave_in_storage().await?;
    stage.step(format!("release {} is deployed, and a visitor of {} returns", stage.cast.new, stage.cast.old));
    stage.swap(&stage.cast.new);
    let tab = stage.visit(&stage.app.start).await?;
    stage.usable(&tab).await?;
    stage.current(&tab, &stage.cast.new).await?;
    stage.close_last(tab).await?;
    stage.storage_kept(&[Store::Cookie]).await?;
    stage.step(format!("the visitor, who is on {} now and has stored new data, returns", stage.cast.new));
    stage.leave_in_storage().await?;
    let tab = stage.visit(&stage.app.start).await?;
    stage.usable(&tab).await?;
    stage.current(&tab, &stage.cast.new).await?;
    stage.close_last(tab).await?;
    stage.storage_kept(&[Store::LocalStorage, Store::IndexedDb, Store::Cookie]).await
}
