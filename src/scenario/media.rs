//! A page plays an audio file, which players request in parts.

use futures::FutureExt;

use super::{Broken, Group, Scenario, Stage};
use crate::origin::{Effect, Fault, Match};
use crate::trace::Gravity;

pub(super) static SCENARIO: Scenario = Scenario {
    id: "media",
    summary: "a page requests parts of an audio file, then all of it, then parts again, as players do",
    healthy: "each part contains exactly the requested bytes, with status 206",
    own_browser: false,
    group: Group::Offline,
    play: |stage| play(stage).boxed(),
};

/// The audio file. The origin serves it, because not every app has one, under a name that media rules match.
const SOUND: &str = "/swapcheck-sound.wav";

async fn play(stage: &mut Stage) -> Result<(), Broken> {
    let body: String = (0..256).map(|at| format!("{at:03} ")).collect();
    let file = Effect::File { body: body.clone(), content_type: "audio/wav" };
    let file = Fault::new(Match::Prefix(SOUND.to_owned()), file, Gravity::Neutral);
    let _until_the_end = stage.inject(file);
    stage.install(&[]).await?;
    if stage.visitor.registrations().is_empty() {
        stage.inapplicable("the app has no worker");
        return Ok(());
    }
    let tab = stage.open(&stage.app.start).await?;
    let url = stage.origin.url(SOUND);
    let ask = async |from: usize, to: usize| {
        let part = body.get(from..=to).unwrap_or_default();
        tab.fetch_range(&url, &format!("bytes={from}-{to}"), part).await
    };
    stage.step("the page requests the beginning of an audio file, and a part further on");
    ask(0, 99).await?;
    ask(400, 499).await?;
    stage.step("the page requests the whole audio file, and then parts of it again");
    tab.fetch("GET", &url).await?;
    ask(0, 99).await?;
    ask(400, 499).await?;
    stage.usable(&tab).await
}
