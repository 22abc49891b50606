//! The origin before a real browser: a worker registers and updates over HTTPS and over plain loopback.

use std::process::Stdio;
use std::time::Duration;

use hyper::StatusCode;
use swapcheck::http::Scheme;
use swapcheck::origin::{Effect, Fault, Match, OriginHost};
use swapcheck::process::{GRACE, Spec};
use swapcheck::release::{Backend, Release};
use swapcheck::trace::{Answer, Gravity, Log, What};
use tempfile::TempDir;

const PAGE: &str = r#"<!doctype html><script type="module">
const tell = (what) => fetch("/told/" + what);
try {
  const registration = await navigator.serviceWorker.register("/sw.js");
  await navigator.serviceWorker.ready;
  await fetch("/dropped").catch((error) => tell("page-" + error.name));
  await fetch("/go");
  await registration.update().catch((error) => tell("update-" + error.name));
  await tell("end");
} catch (error) {
  await tell("failed-" + encodeURIComponent(error));
}
</script>"#;
const WORKER: &str = r#"addEventListener("install", (event) => event.waitUntil(fetch("/told/installed")));"#;

const BROWSERS: [&str; 4] = ["chromium-headless-shell", "chromium", "google-chrome", "google-chrome-stable"];

async fn visit(scheme: Scheme) -> Vec<Answer> {
    let path = std::env::var_os("PATH").unwrap();
    let browser = BROWSERS
        .iter()
        .flat_map(|name| std::env::split_paths(&path).map(move |dir| dir.join(name)))
        .find(|path| path.is_file())
        .unwrap_or_else(|| panic!("no browser on the PATH, looked for {}", BROWSERS.join(", ")));
    let dir = TempDir::new().unwrap();
    std::fs::write(dir.path().join("index.html"), PAGE).unwrap();
    std::fs::write(dir.path().join("sw.js"), WORKER).unwrap();
    let release = Release::new("A", Backend::Directory(dir.path().to_owned()));
    let host = OriginHost::bind(scheme).await.unwrap();
    let log = Log::default();
    let origin = host.origin("site", vec![release], log.clone());
    origin.inject(Fault::new(Match::Prefix("/dropped".into()), Effect::Drop, Gravity::Breaks));
    let hold = origin.inject(Fault::new(Match::Prefix("/go".into()), Effect::Hold, Gravity::Disturbs));

    let profile = TempDir::new().unwrap();
    let mut spec = Spec::new(browser);
    spec.command().arg(format!("--user-data-dir={}", profile.path().display()));
    spec.command().args(["--headless", "--no-sandbox", "--no-first-run", "--disable-background-networking"]);
    spec.command().arg("--remote-debugging-port=0").args(host.browser_args()).arg(origin.url("/"));
    spec.command().stdout(Stdio::null()).stderr(Stdio::null());
    let mark = log.mark();
    let group = spec.owning(profile).spawn().await.unwrap();
    let told = |path: &'static str| {
        let url = origin.url(path);
        move |event: &swapcheck::trace::Event| matches!(&event.what, What::Answer(it) if it.url == url).then_some(())
    };
    let within = Duration::from_secs(60);
    log.wait(mark, within, "the installed worker's request", told("/told/installed")).await.unwrap();
    // From here on only the update check can ask for the worker's script.
    let gateway = Effect::status(StatusCode::BAD_GATEWAY);
    origin.inject(Fault::new(Match::WorkerScript, gateway, Gravity::Disturbs));
    origin.heal(hold);
    log.wait(mark, within, "the end of the page's script", told("/told/end")).await.unwrap();
    group.end(GRACE).await;
    log.snapshot()
        .into_iter()
        .filter_map(|event| if let What::Answer(it) = event.what { Some(it) } else { None })
        .collect()
}

fn judge(answers: &[Answer], base: &str) {
    let seen = |path: &str| answers.iter().filter(|it| it.url == format!("{base}{path}")).collect::<Vec<_>>();
    assert_eq!(seen("/")[0].destination, "document");
    let worker: Vec<_> = seen("/sw.js").iter().map(|it| (it.worker_script, it.status)).collect();
    assert_eq!(worker, [(true, 200), (true, 502)]);
    assert_eq!(seen("/dropped").last().unwrap().status, 0);
    assert_eq!(seen("/told/page-TypeError").len(), 1);
    assert_eq!(seen("/told/update-TypeError").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_lives_on_https() {
    judge(&visit(Scheme::Https).await, "https://site.swapcheck.example");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_lives_on_plain_loopback() {
    let answers = visit(Scheme::Http).await;
    let base = answers[0].url.trim_end_matches('/').to_owned();
    assert!(base.starts_with("http://site.localhost:"), "{base}");
    judge(&answers, &base);
}
