//! A report of a real story, opened in a real browser: it asks nothing of a network, nothing in it fails, and what a
//! page has put into it does nothing.

use std::path::Path;
use std::time::Duration;

use crate::common::site::{self, Site};
use serde_json::Value;
use swapcheck::browser::{Browser, Options, Visitor};
use swapcheck::http::Scheme;
use swapcheck::outcome::Verdict;
use swapcheck::outcome::{Cell, Expected, Proof, Run};
use swapcheck::play::Played;
use swapcheck::play::Player;
use swapcheck::release::{Backend, Release};
use swapcheck::report::html;
use swapcheck::scenario;
use swapcheck::trace::{Log, Mark, Party, TabId, What};

/// More than a whole story takes on a busy machine.
const STORY: Duration = Duration::from_secs(240);

/// Text of a page that would show if it did anything.
const EVIL: &str =
    "</script><script>document.title='owned'</script><img src=https://leak.test/x onerror=\"document.title='owned'\">";

async fn play() -> Played {
    let site = Site::with(&[]);
    let player = Player::open(Scheme::Https, &Options::default()).await.unwrap().with_pictures(true);
    let releases = ["A", "B"].map(|name| Release::new(name, Backend::Directory(site.files(name))));
    let scenario = scenario::ALL.iter().find(|scenario| scenario.id == "returning-visit").unwrap();
    let played = tokio::time::timeout(STORY, player.play("site", releases, &site::app(), scenario)).await.unwrap();
    player.close().await;
    played
}

fn report(played: Played) -> String {
    let Played { mut trace, findings, verdict, reason, otherwise, pictures } = played;
    assert_eq!((verdict, reason.as_str()), (Verdict::Pass, ""), "{findings:?}");
    assert!(!pictures.is_empty() && pictures.iter().all(|picture| picture.jpeg.starts_with(&[0xff, 0xd8])));
    let dues = |seq: u32| matches!(trace.events[seq as usize].what, What::Due(_));
    assert!(pictures.iter().all(|picture| dues(picture.seq)), "a picture stands beside what was due");
    // As if the page had said so.
    let said = What::Console { by: Party::Tab(TabId(1)), level: "error".to_owned(), text: EVIL.to_owned() };
    trace.events[3].what = said;
    let cell = Cell {
        variant: EVIL.to_owned(),
        kind: None,
        scenario: "returning-visit".to_owned(),
        verdict,
        expected: Expected::Inapplicable { why: EVIL.to_owned() },
        proof: Proof::of(&findings, &trace),
        findings,
        reason,
        took: Duration::from_secs(1),
        trace: Some(trace),
        kept: None,
        pictures,
        accepted: Vec::new(),
        otherwise,
    };
    html::render(&Run { cells: vec![cell], took: Duration::from_secs(1), ..Run::default() })
}

/// What opening a file has come to: the events, and what an expression about the page gives.
async fn open(browser: &Browser, file: &Path, expression: &str) -> (Vec<What>, Value) {
    let log = Log::default();
    let nowhere = "https://nowhere.test";
    let app = swapcheck::app::App::default();
    let visitor = Visitor::new(browser, nowhere, nowhere, &app, log.clone()).await.unwrap();
    let tab = visitor.open_tab().await.unwrap();
    let mark = tab.navigate(&format!("file://{}", file.display()));
    tab.settle(mark).await.unwrap();
    let said = tab.evaluate(expression).await.unwrap().unwrap();
    let events = log.snapshot().into_iter().map(|event| event.what).collect();
    assert!(log.find_after(Mark::START, |event| matches!(event.what, What::Loaded { .. }).then_some(())).is_some());
    visitor.leave().await.unwrap();
    (events, said)
}

/// What a report must not do: ask for anything but itself, or have something go wrong.
fn wrong(events: &[What]) -> Vec<&What> {
    let is_wrong = |what: &&What| match what {
        What::Response(response) => response.resource != "Document" && !response.url.starts_with("data:image/jpeg"),
        What::RequestFailed { .. } | What::Exception { .. } | What::Console { .. } => true,
        _ => false,
    };
    events.iter().filter(is_wrong).collect()
}

const LOOK: &str = "JSON.stringify({ title: document.title, scripts: document.scripts.length, \
    filter: !document.querySelector('form.filter').hidden, \
    pictures: [...document.images].filter((image) => image.complete && image.naturalWidth > 100).length, \
    leaks: document.querySelectorAll('[src^=http], [href^=http]').length, \
    wide: document.documentElement.scrollWidth > innerWidth })";

#[tokio::test(flavor = "multi_thread")]
async fn a_report_opens_without_an_error_and_without_a_request() {
    let page = report(play().await);
    let dir = tempfile::TempDir::new().unwrap();
    let file = dir.path().join("report.html");
    std::fs::write(&file, &page).unwrap();
    for width in [360, 1280] {
        let options = Options { args: vec![format!("--window-size={width},800")], ..Options::default() };
        let browser = Browser::launch(&options).await.unwrap();
        let (events, seen) = open(&browser, &file, LOOK).await;
        assert_eq!(wrong(&events), Vec::<&What>::new(), "at {width}");
        let seen: Value = serde_json::from_str(seen.as_str().unwrap()).unwrap();
        assert_eq!(seen["title"], "swapcheck: Not healthy: 1 of 1 scenario");
        assert_eq!((&seen["scripts"], &seen["filter"], &seen["leaks"]), (&1.into(), &true.into(), &0.into()));
        assert!(seen["pictures"].as_u64().unwrap() > 0, "{seen}");
        assert_eq!(seen["wide"], false, "the page itself is not scrolled sideways at {width}");

        // What a page would do if it could get in is refused by the policy, and that would be seen.
        let broken = dir.path().join("broken.html");
        std::fs::write(&broken, page.replacen("<main>", &format!("<main>{EVIL}"), 1)).unwrap();
        let (events, seen) = open(&browser, &broken, "document.title").await;
        assert!(wrong(&events).iter().any(|what| matches!(what, What::Console { .. })), "the policy is seen at work");
        assert_eq!(seen, "swapcheck: Not healthy: 1 of 1 scenario");
        browser.end().await;
    }
}
