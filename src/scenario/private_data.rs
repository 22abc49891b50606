//! The visitor logs in, fetches private data, and logs out.

use futures::FutureExt;

use super::{Broken, Group, Scenario, Stage};
use crate::app::request;

pub(super) static SCENARIO: Scenario = Scenario {
    id: "private-data",
    summary: "a visitor logs in, a page fetches private data, the visitor logs out",
    healthy: "no cache holds the private data",
    own_browser: false,
    group: Group::Endings,
    play: |stage| play(stage).boxed(),
};

async fn play(stage: &mut Stage) -> Result<(), Broken> {
    let Some(private) = stage.app.private.clone() else {
        stage.inapplicable("no private data is described (`private` in swapcheck.toml)");
        return Ok(());
    };
    stage.install(&[]).await?;
    let tab = stage.open(&stage.app.start).await?;
    let secret = request(&private.secret).1.to_owned();
    for (what, asked) in
        [("logs in", &private.login), ("fetches private data", &Some(private.secret)), ("logs out", &private.logout)]
    {
        let Some(asked) = asked else { continue };
        let (method, path) = request(asked);
        let answer = tab.fetch(method, &stage.origin.url(path)).await?;
        let answer = answer.map_or("no response".to_owned(), |status| status.to_string());
        stage.step(format!("the visitor {what}: {method} {path} returns {answer}"));
    }
    stage.forgotten(&tab, &secret).await
}
