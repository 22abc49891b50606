//! Runs a user's own app in the selected scenarios.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::try_join;
use hyper::header::HeaderMap;
use tokio::sync::Semaphore;

use super::{Learned, learn};
use crate::app::App;
use crate::browser;
use crate::error::Error;
use crate::http::Scheme;
use crate::outcome::OnProgress;
use crate::outcome::Verdict;
use crate::outcome::{Cell, Fact, Progress, Proof, Versions};
use crate::play::Played;
use crate::play::Player;
use crate::play::pool;
use crate::play::pool::{cores, usual_jobs};
use crate::play::results::{Results, UNENDED};
use crate::release::Release;
use crate::release::source::Source;
use crate::scenario::{self, Scenario};
use crate::select::select;
use crate::trace::{Due, PageState, ReleaseMark, Trace, What};

/// The names of the old and the new release.
pub const NAMES: [&str; 2] = ["A", "B"];

/// Scenarios that take longer than others. They start first, so that none runs alone at the end.
const LONG: [&str; 8] = [
    "worker-restart",
    "rolling-deploy",
    "slow-origin",
    "soft-error",
    "immutable-error",
    "install-outage",
    "quota",
    "offline",
];

/// Number of scenarios per core if the releases are files.
const FILES_PER_CORE: usize = 10;

/// Why a pass does not count if no page in the scenario shows its release, although the start page does.
const SILENT: &str = "no page that should come from the new release shows which release it is from; describe \
                      `page_release` in swapcheck.toml";

/// What to test, and how.
#[derive(Debug)]
pub struct Options {
    /// The name of the app.
    pub name: String,
    /// The old and the new release.
    pub sources: [Source; 2],
    /// Headers added to every request to either release.
    pub headers: HeaderMap,
    /// The app, as far as it is described.
    pub app: App,
    /// Globs of the scenarios; empty for all.
    pub scenarios: Vec<String>,
    /// Number of scenarios to run in parallel; chosen for the machine if absent.
    pub jobs: Option<usize>,
    /// The browser.
    pub browser: browser::Options,
    /// Serve plain HTTP on a loopback address.
    pub http: bool,
    /// Take screenshots, for a report that shows them.
    pub pictures: bool,
}

/// Default number of parallel scenarios. Files cost less than a server that renders pages.
fn jobs(sources: &[Source; 2]) -> usize {
    let files = |source: &Source| matches!(source, Source::Files(_) | Source::SinglePage(_));
    if sources.iter().all(files) { cores() * FILES_PER_CORE } else { usual_jobs() }
}

/// The scenarios that the globs select.
///
/// # Errors
/// When a glob matches nothing.
pub fn scenarios(globs: &[String]) -> Result<Vec<&'static Scenario>, Error> {
    Ok(select("scenario", scenario::ALL, |scenario| scenario.id, globs)?.into_iter().copied().collect())
}

/// Serves both releases, discovers what it needs to know of the app, runs the scenarios, and records each result.
///
/// # Errors
/// When no scenario can run.
pub async fn run(options: Options, progress: OnProgress, results: &Results) -> Result<(), Error> {
    let scenarios = scenarios(&options.scenarios)?;
    let due = |scenario: &&'static Scenario| Cell::broken(&options.name, scenario.id, UNENDED.to_owned());
    results.due(scenarios.iter().map(due).collect());
    let sources = NAMES.iter().zip(&options.sources);
    let sources = sources.map(|(name, source)| Fact::new(format!("release {name}"), source.to_string()));
    results.note(|run| run.learned = sources.collect());
    let scheme = if options.http { Scheme::Http } else { Scheme::Https };
    let [old, new] = &options.sources;
    let (old, new) = try_join(serve(old, NAMES[0], &progress), serve(new, NAMES[1], &progress)).await?;
    let player = Arc::new(Player::open(scheme, &options.browser).await?.with_pictures(options.pictures));
    results.note(|run| {
        run.versions = Versions {
            swapcheck: env!("CARGO_PKG_VERSION").to_owned(),
            browser: player.browser().version().to_owned(),
            sandbox: player.browser().is_sandboxed(),
            ..Versions::default()
        };
    });
    let releases = [old, new].map(|release| release.with_headers(options.headers.clone()));
    let tried = play(&options, &player, &releases, &scenarios, &progress, results).await;
    player.close().await;
    for release in releases {
        release.end().await;
    }
    tried
}

async fn serve(source: &Source, name: &str, progress: &OnProgress) -> Result<Release, Error> {
    let what = format!("start of release {name}");
    progress(Progress::Began { what: what.clone() });
    let began = Instant::now();
    let release = source.serve(name).await?;
    progress(Progress::Ended { what, took: began.elapsed() });
    Ok(release)
}

async fn play(
    options: &Options,
    player: &Arc<Player>,
    releases: &[Release; 2],
    scenarios: &[&'static Scenario],
    progress: &OnProgress,
    results: &Results,
) -> Result<(), Error> {
    let what = "first visit to both releases".to_owned();
    progress(Progress::Began { what: what.clone() });
    let began = Instant::now();
    let Learned { app, facts, untold } = learn(player, releases, &options.app).await?;
    progress(Progress::Ended { what, took: began.elapsed() });
    results.note(|run| run.learned.extend(facts));

    let is_real = options.sources.iter().any(|source| matches!(source, Source::Site(_)));
    let (app, untold) = (Arc::new(app), Arc::new(untold));
    let play = |scenario: &'static Scenario| {
        let (player, releases, name) = (Arc::clone(player), releases.clone(), options.name.clone());
        let (app, untold) = (Arc::clone(&app), Arc::clone(&untold));
        async move {
            let began = Instant::now();
            let played = player.play(&name, releases, &app, scenario).await;
            // Text of a live site's pages can be private.
            let played = if is_real { played.redacted() } else { played };
            cell(&name, scenario, played, untold.as_deref(), began.elapsed())
        }
    };
    let broken = |scenario: &'static Scenario, why| Cell::broken(&options.name, scenario.id, why);
    let places = Arc::new(Semaphore::new(options.jobs.unwrap_or_else(|| jobs(&options.sources))));
    let mut longest_first = scenarios.to_vec();
    longest_first.sort_by_key(|scenario| !LONG.contains(&scenario.id));
    pool::play(&options.name, &longest_first, &places, progress, results, play, broken).await;
    Ok(())
}

/// The result of a scenario. If the releases cannot be distinguished, a pass does not count.
fn cell(name: &str, scenario: &Scenario, played: Played, untold: Option<&str>, took: Duration) -> Cell {
    let Played { trace, findings, verdict, reason, mut otherwise, pictures } = played;
    if otherwise.0 == Verdict::Pass && rests_on_releases(&trace) {
        otherwise = (Verdict::Inapplicable, untold.unwrap_or(SILENT).to_owned());
    }
    let (verdict, reason) = match verdict {
        Verdict::Broken => (verdict, reason),
        _ => Verdict::of(&findings, &otherwise),
    };
    let proof = Proof::of(&findings, &trace);
    let trace = Some(trace);
    Cell { verdict, findings, proof, otherwise, trace, pictures, took, ..Cell::broken(name, scenario.id, reason) }
}

/// Whether pages were expected from a release, and none of them showed its release.
fn rests_on_releases(trace: &Trace) -> bool {
    let mut shown: Option<&PageState> = None;
    let mut deployed = false;
    let mut told = Vec::new();
    for event in &trace.events {
        match &event.what {
            What::Page(page) => shown = Some(page),
            What::Swap { .. } => deployed = true,
            What::Due(Due::Current { .. } | Due::Offline { .. }) if deployed => {
                let names = |mark: &ReleaseMark| matches!(mark, ReleaseMark::Names(_));
                told.push(shown.is_some_and(|page| names(&page.page_release) || names(&page.code_release)));
            }
            _ => {}
        }
    }
    !told.is_empty() && !told.contains(&true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{Story, page};

    fn of(mark: ReleaseMark) -> Trace {
        let shown = PageState { page_release: mark, ..page(1) };
        Story::new().swap("B").visit(1, "/").page(shown).current(1, "B").trace()
    }

    #[test]
    fn a_page_that_does_not_tell_its_release_passes_nothing() {
        assert!(rests_on_releases(&of(ReleaseMark::Undescribed)));
        assert!(!rests_on_releases(&of(ReleaseMark::Names("B".to_owned()))));
        let code = PageState { code_release: ReleaseMark::Names("B".to_owned()), ..page(1) };
        assert!(!rests_on_releases(&Story::new().swap("B").visit(1, "/").page(code).current(1, "B").trace()));
    }

    #[test]
    fn where_nothing_rests_on_it_nobody_asks() {
        assert!(!rests_on_releases(&Story::new().visit(1, "/").page(page(1)).usable(1).trace()));
        assert!(!rests_on_releases(&Story::new().visit(1, "/").page(page(1)).current(1, "A").trace()));
        assert!(!rests_on_releases(&Story::new().swap("B").visit(1, "/").page(page(1)).usable(1).trace()));
    }

    #[test]
    fn the_scenarios_that_begin_first_are_there() {
        for id in LONG {
            assert!(scenario::ALL.iter().any(|known| known.id == id), "{id}");
        }
    }
}
