//! The endpoint that is to free visitors whom nothing else reaches, by `Clear-Site-Data`.

use futures::FutureExt;

use super::{Broken, Group, Scenario, Stage};
use crate::trace::Store;

pub(super) static SCENARIO: Scenario = Scenario {
    id: "emergency-reset",
    summary: "the pages ask an endpoint whether they are stale, which answers with Clear-Site-Data; B is deployed",
    healthy: "a visitor of A is on B at once and has the cookies still; one who is on B loses nothing",
    own_browser: false,
    group: Group::Endings,
    play: |stage| play(stage).boxed(),
};

/// Statuses by which a server says that there is nothing at a path, whatever the method.
const NOTHING: [u16; 2] = [404, 410];

async fn play(stage: &mut Stage) -> Result<(), Broken> {
    let Some(reset) = stage.app.reset.clone() else {
        stage.inapplicable("the app's description names no endpoint that resets visitors");
        return Ok(());
    };
    // An endpoint that takes no GET refuses it, and one that is not there is not found: nothing is reset by asking.
    if NOTHING.contains(&stage.origin.ask(&stage.cast.new, &reset, &[]).await?.status) {
        stage.inapplicable(format!("the server has nothing at {reset}"));
        return Ok(());
    }
    stage.begin().await?;
    stage.leave_in_storage().await?;
    stage.step(format!("release {} is deployed, and a visitor of {} comes", stage.cast.new, stage.cast.old));
    stage.swap(&stage.cast.new);
    let tab = stage.visit(&stage.app.start).await?;
    stage.usable(&tab).await?;
    stage.current(&tab, &stage.cast.new).await?;
    stage.close_last(tab).await?;
    stage.storage_kept(&[Store::Cookie]).await?;
    stage.step(format!("the visitor, who is on {} now and has new things stored, comes back", stage.cast.new));
    stage.leave_in_storage().await?;
    let tab = stage.visit(&stage.app.start).await?;
    stage.usable(&tab).await?;
    stage.current(&tab, &stage.cast.new).await?;
    stage.close_last(tab).await?;
    stage.storage_kept(&[Store::LocalStorage, Store::IndexedDb, Store::Cookie]).await
}
