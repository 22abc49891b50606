//! Probes of deployments under made-up names, in a real browser: what is seen, and what the rehearsal of the next
//! deploy finds without a second release.

use std::sync::Arc;
use std::time::Duration;

use crate::common::front::{self, Front};
use crate::common::site::{self, Edit, Site};
use swapcheck::outcome::Verdict;
use swapcheck::probe::{Options, Probed, probe};
use swapcheck::report::human::Look;

fn options(front: &Front, scenarios: &[&str]) -> Options {
    Options {
        url: "https://shop.example/".to_owned(),
        reach: front.reach(),
        timeout: Duration::from_secs(180),
        rehearsal: !scenarios.is_empty(),
        scenarios: scenarios.iter().map(|one| (*one).to_owned()).collect(),
        jobs: 2,
        app: Some(site::app()),
        ..Options::default()
    }
}

async fn probed(options: Options) -> Probed {
    let probed = probe(options, Arc::new(|_| {})).await.unwrap();
    let mut told = Vec::new();
    swapcheck::report::probe::human(&mut told, &probed, Look { width: 120, verbose: true }).unwrap();
    println!("{}", String::from_utf8_lossy(&told));
    probed
}

/// What each scenario was found to show.
fn found(probed: &Probed) -> Vec<(&str, Vec<&str>)> {
    probed.run.cells.iter().map(|cell| (cell.scenario.as_str(), cell.found())).collect()
}

const STORIES: [&str; 4] = ["returning-visit", "gateway-outage", "soft-error", "offline"];

#[tokio::test(flavor = "multi_thread")]
async fn a_healthy_site_is_seen_as_it_is_and_survives_its_next_deploy() {
    let site = Site::with(&[]);
    let front = Front::before(&["shop.example"], front::files(&site.files("A")).await).await;
    let stories: Vec<&str> = STORIES.into_iter().chain(["private-data"]).collect();
    let probed = probed(options(&front, &stories)).await;
    let facts = &probed.facts;
    let one = &facts.registrations[0];
    assert_eq!((one.scope.as_str(), one.update_via_cache.as_str()), ("https://shop.example/", "imports"));
    assert_eq!(one.active.as_deref(), Some("https://shop.example/sw.js"));
    assert_eq!((facts.scripts[0].status, facts.scripts[0].content_type.as_str()), (200, "text/javascript"));
    assert_eq!(facts.precache.len(), 5);
    assert!(facts.precache.iter().all(swapcheck::probe::Precached::is_there));
    assert_eq!(facts.caches.len(), 5);
    assert!(facts.offline.shown && facts.offline.title == "Start", "{:?}", facts.offline);
    assert!(facts.served.iter().any(|one| one.cache.as_deref() == Some("release-A")));
    assert_eq!(facts.errors, Vec::<String>::new());
    assert!(facts.traffic.requests < 60, "{:?}", facts.traffic);
    let healthy: Vec<_> = ["look"].iter().chain(&stories).map(|name| (*name, Vec::new())).collect();
    assert_eq!(found(&probed), healthy);
    let untested = probed.run.cells.last().unwrap();
    assert_eq!(untested.verdict, Verdict::Inapplicable);
    assert!(untested.reason.contains("only reads from"), "{}", untested.reason);
    let known = |about: &str| probed.run.learned.iter().find(|fact| fact.about == about).map(|fact| fact.text.as_str());
    assert!(known("registration").unwrap().contains("https://shop.example/sw.js"), "{:?}", probed.run.learned);
    assert!(known("next release").is_some(), "{:?}", probed.run.learned);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_keeps_errors_is_caught_without_a_second_release() {
    let keeps = Edit {
        file: "sw.js",
        good: "return await fetch(request);",
        bad: "const kept = await caches.match(request, { cacheName: 'pages' });
              if (kept) return kept;
              const fresh = await fetch(request);
              await (await caches.open('pages')).put(request, fresh.clone());
              return fresh;",
    };
    let site = Site::with(&[keeps]);
    let front = Front::before(&["shop.example"], front::files(&site.files("A")).await).await;
    let probed = probed(options(&front, &["gateway-outage"])).await;
    assert_eq!(found(&probed)[1].0, "gateway-outage");
    assert!(found(&probed)[1].1.contains(&"cached-error"), "{:?}", found(&probed));
    assert_eq!(probed.exit_code(), 1);
}

/// The scenarios in which a variant of the sample has to show something, and what.
fn expected(variant: &str) -> Vec<(String, Vec<String>)> {
    use swapcheck::sample::variant::Variant;
    let sample = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-app");
    let all = Variant::load_all(&sample).unwrap();
    let variant = all.into_iter().find(|known| known.name == variant).unwrap();
    let scenarios = swapcheck::scenario::ALL.iter();
    scenarios
        .map(|scenario| match swapcheck::sample::expected::expected(&variant, scenario.id) {
            swapcheck::outcome::Expected::Findings { mut checks, .. } => {
                checks.sort();
                (scenario.id.to_owned(), checks)
            }
            _ => (scenario.id.to_owned(), Vec::new()),
        })
        .collect()
}

/// Probes the variant of the sample that `SWAPCHECK_PROBE_VARIANT` names, deployed under a made-up name, and sets what
/// the rehearsal finds beside what two real releases have to show.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "builds a release of the sample app"]
async fn a_variant_of_the_sample() {
    use swapcheck::app::App;
    use swapcheck::release::Backend;
    use swapcheck::release::cache::Cache;
    use swapcheck::sample::build::Builder;
    use swapcheck::sample::variant::Variant;
    let name = std::env::var("SWAPCHECK_PROBE_VARIANT").unwrap_or("naive-cache-first".to_owned());
    let sample = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-app");
    let builder = Builder::open(&sample, &Cache::place().unwrap(), Arc::new(|_| {})).await.unwrap();
    let variant = Variant::load_all(&sample).unwrap().into_iter().find(|known| known.name == name).unwrap();
    // A name of several characters, as builds have; one letter is written for many things.
    let build = builder.build(&variant, "r7f3a2c").await.unwrap();
    let release = build.serve(std::time::SystemTime::now() - Duration::from_secs(24 * 3600)).await.unwrap();
    let Backend::Server(addr) = release.backend else { panic!("{release:?} is not served") };
    let front = Front::before(&["shop.example", "assets.swapcheck.example"], addr).await;
    println!("{name} is built and served");
    let chosen = std::env::var("SWAPCHECK_PROBE_SCENARIOS").unwrap_or("*".to_owned());
    let mut options = options(&front, &chosen.split(',').collect::<Vec<_>>());
    // What tells the release is not given away.
    let described = std::env::var_os("SWAPCHECK_PROBE_UNDESCRIBED").is_none();
    let app = App::read(&sample.join("swapcheck.toml")).unwrap();
    options.app = described.then_some(App { page_release: None, code_release: None, ..app });
    let probed = probed(options).await;
    release.end().await;
    println!("\n{name}, scenario by scenario: what the rehearsal finds, and what two real releases have to show");
    for (scenario, checks) in expected(&name) {
        let cell = probed.run.cells.iter().find(|cell| cell.scenario == scenario);
        let Some(cell) = cell else { continue };
        let sign = if cell.found() == checks { "same" } else { "OTHER" };
        println!("{sign:6} {scenario:<20} {:?} / {checks:?} {}", cell.found(), cell.reason);
    }
}

/// Probes the files in the directory that `SWAPCHECK_PROBE_DIR` names, with the description in `SWAPCHECK_PROBE_APP`.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a directory"]
async fn a_directory() {
    let dir = std::path::PathBuf::from(std::env::var_os("SWAPCHECK_PROBE_DIR").unwrap());
    let front = Front::before(&["shop.example"], front::files(&dir).await).await;
    let app = std::env::var_os("SWAPCHECK_PROBE_APP");
    let app = app.map(|file| swapcheck::app::App::read(std::path::Path::new(&file)).unwrap());
    let probed = probed(Options { app, ..options(&front, &["*"]) }).await;
    println!("{:#?}", found(&probed));
}
