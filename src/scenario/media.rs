//! A page plays a sound, of which players ask for parts.

use futures::FutureExt;

use super::{Broken, Group, Scenario, Stage};
use crate::origin::{Effect, Fault, Match};
use crate::trace::Gravity;

pub(super) static SCENARIO: Scenario = Scenario {
    id: "media",
    summary: "a page asks for parts of a sound, then for the whole, then for parts again, as players do",
    healthy: "each part is just what was asked for, with status 206",
    own_browser: false,
    group: Group::Offline,
    play: |stage| play(stage).boxed(),
};

/// The sound. The origin has it, as not every app has one, under a name that rules for media match.
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
    stage.step("the page asks for the beginning of a sound, and for a part further on");
    ask(0, 99).await?;
    ask(400, 499).await?;
    stage.step("the page asks for the whole sound, and then for parts of it again");
    tab.fetch("GET", &url).await?;
    ask(0, 99).await?;
    ask(400, 499).await?;
    stage.usable(&tab).await
}
