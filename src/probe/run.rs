//! One probe: following redirects to the site, visiting it, and rehearsing its next deploy.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use http_body_util::BodyExt;
use hyper::Request;
use hyper::header::{ACCEPT, LOCATION};
use tokio::sync::Semaphore;
use url::{Position, Url};

use super::facts::Facts;
use super::look::{gather, look, other_hosts, traffic};
use super::words::{in_words, rehearsed_in_words};
use crate::app::{App, Marker};
use crate::browser;
use crate::error::Error;
use crate::http::empty;
use crate::origin::Site;
use crate::outcome::OnProgress;
use crate::outcome::Verdict;
use crate::outcome::{Cell, Fact, Progress, Proof, Run, Versions};
use crate::play::Played;
use crate::play::Player;
use crate::play::pool;
use crate::play::results::{Results, UNENDED};
use crate::release::rehearsal::next::Next;
use crate::release::rehearsal::recording::{Bounds, Recording};
use crate::release::rehearsal::rehearsed::{MARK, NEXT, Rehearsed, TODAY};
use crate::release::remote::{Reach, RemoteError};
use crate::release::{Backend, Release, Remote};
use crate::scenario::{self, Scenario};
use crate::select::select;

/// Options of a probe.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The URL to visit.
    pub url: String,
    /// How to reach the site.
    pub reach: Reach,
    /// Limits for the load on the site.
    pub bounds: Bounds,
    /// The longest time that the visit may take.
    pub timeout: Duration,
    /// Whether to rehearse the next deploy.
    pub rehearsal: bool,
    /// The scenarios to rehearse, as globs; all if empty.
    pub scenarios: Vec<String>,
    /// How many scenarios run concurrently.
    pub jobs: usize,
    /// Take screenshots for the report.
    pub pictures: bool,
    /// The browser.
    pub browser: browser::Options,
    /// The description of the app.
    pub app: Option<App>,
}

/// The result of a probe.
#[derive(Clone, Debug)]
pub struct Probed {
    /// What was observed.
    pub facts: Facts,
    /// The visit, and then every scenario; those that could not be tested are inapplicable.
    pub run: Run,
    /// How many hashes in names differ in the rehearsed release; none without a rehearsal.
    pub renamed: Option<usize>,
}

impl Probed {
    /// The exit code of its run.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        self.run.exit_code()
    }
}

/// The name under which the visit is reported.
const LOOK: &str = "look";

/// The maximum number of redirects from the given URL.
const REDIRECTS: usize = 10;

/// The maximum number of asset hosts in the rehearsal.
const HOSTS: usize = 16;

/// How many bytes of the start page are searched for asset hosts.
const SEARCHED: usize = 1 << 20;

/// Scenarios that need to write.
const WRITING: [&str; 2] = ["private-data", "server-action"];

/// Visits a site, and rehearses its next deploy.
///
/// # Errors
/// When the site cannot be visited.
pub async fn probe(options: Options, progress: OnProgress) -> Result<Probed, Error> {
    let began = Instant::now();
    let chosen = select("scenario", scenario::ALL, |scenario| scenario.id, &options.scenarios)
        .map_err(|error| Error::Usage(error.to_string()))?;
    let chosen: Vec<&'static Scenario> = chosen.into_iter().copied().collect();
    progress(Progress::Began { what: format!("connecting to {}", options.url) });
    let (remote, page) = way_to(&options.url, &options.reach).await?;
    progress(Progress::Ended { what: format!("connecting to {}", options.url), took: began.elapsed() });
    let url = remote.url().clone();
    let subject = url.host_str().unwrap_or_default().to_owned();
    let start = remote.start().to_owned();
    let app = App { start, private: None, ..options.app.clone().unwrap_or_default() };
    let recording = Arc::new(Recording::new(remote, options.bounds));

    let mut site = Site { url: url.clone(), assets: Vec::new(), alone: false };
    add_hosts(&mut site, &recording, &options.reach, hosts_in(&page));
    let player = Player::stand_in(&site, &options.browser).await?.with_pictures(options.pictures);
    let versions = Versions {
        swapcheck: env!("CARGO_PKG_VERSION").to_owned(),
        browser: player.browser().version().to_owned(),
        sandbox: player.browser().is_sandboxed(),
        ..Versions::default()
    };
    progress(Progress::CellBegan { variant: subject.clone(), scenario: LOOK.to_owned() });
    let looked = Instant::now();
    let today = || Backend::Rehearsed(Arc::new(Rehearsed::today(Arc::clone(&recording))));
    let releases = vec![Release::new(TODAY, today())];
    let marked = App { page_release: Some(mark()), code_release: None, ..app.clone() };
    // Documents that a worker assembles have no mark, so none is required here.
    let unmarked = App { page_release: None, ..marked.clone() };
    let seen = Mutex::default();
    let played =
        player.tell(&subject, LOOK, releases, &unmarked, options.timeout, async |stage| look(stage, &seen).await).await;
    player.close().await;
    let seen = seen.into_inner().unwrap_or_else(PoisonError::into_inner);
    let base = url.origin().ascii_serialization();
    let mut facts = gather(&recording, &base, &played.trace.events, &seen).await;
    let others = other_hosts(&played.trace.events);
    let cell = cell(&subject, LOOK, played, looked.elapsed());
    progress(ended(&cell));
    let (mut cells, mut renamed) = (vec![cell], None);

    if options.rehearsal && cells[0].verdict == Verdict::Broken {
        let why = "the visit of the site was not completed";
        cells.extend(chosen.iter().map(|one| not_tested(&subject, one, why)));
    } else if options.rehearsal {
        site.alone = true;
        add_hosts(&mut site, &recording, &options.reach, others);
        let workers: HashSet<String> = facts.scripts.iter().map(|script| script.url.clone()).collect();
        let imports: Vec<String> = facts.imports.iter().map(|import| import.url.clone()).collect();
        let caches: BTreeSet<String> = facts.caches.iter().map(|entry| entry.cache.clone()).collect();
        let next = Arc::new(Next::of(&recording.whole(), workers, &imports, &caches));
        renamed = Some(next.changed());
        let release = Rehearsed::next(Arc::clone(&recording), next);
        let next = Release::new(NEXT, Backend::Rehearsed(Arc::new(release)));
        let pair = [Release::new(TODAY, today()), next];
        let app = App { link: seen.link.clone(), ..if seen.marked { marked } else { unmarked } };
        cells.extend(rehearse(&options, &subject, &site, pair, &app, &chosen, &progress).await?);
    }
    facts.asset_hosts = site.assets.iter().map(|url| url.origin().ascii_serialization()).collect();
    facts.traffic = traffic(&recording);
    let mut learned = vec![Fact::new("site", &facts.url)];
    learned.append(&mut in_words(&facts, false));
    learned.extend(renamed.map(|renamed| Fact::new("next release", rehearsed_in_words(renamed))));
    let run = Run { learned, cells, versions, took: began.elapsed(), ..Run::default() };
    Ok(Probed { facts, run, renamed })
}

/// Plays every scenario that applies, and reports the others as not tested.
async fn rehearse(
    options: &Options,
    subject: &str,
    site: &Site,
    pair: [Release; 2],
    app: &App,
    chosen: &[&'static Scenario],
    progress: &OnProgress,
) -> Result<Vec<Cell>, Error> {
    let (writing, played): (Vec<&'static Scenario>, Vec<_>) =
        chosen.iter().partition(|scenario| WRITING.contains(&scenario.id));
    let why = "the probe only reads from a live site and posts nothing to it";
    let results = Results::default();
    let lost = |scenario: &'static Scenario, why| Cell::broken(subject, scenario.id, why);
    results.due(chosen.iter().map(|one| lost(one, UNENDED.to_owned())).collect());
    for one in writing {
        results.ended(not_tested(subject, one, why));
    }
    // Each job has its own browser, because an address serves one release at a time.
    let jobs = options.jobs.clamp(1, played.len().max(1));
    let mut theatres = Vec::new();
    for _ in 0..jobs {
        let player = Player::stand_in(site, &options.browser).await?.with_pictures(options.pictures);
        theatres.push(Arc::new(player));
    }
    let free = Arc::new(Mutex::new(theatres.clone()));
    let play = |scenario: &'static Scenario| {
        let (free, pair, app, subject) = (Arc::clone(&free), pair.clone(), app.clone(), subject.to_owned());
        async move {
            let began = Instant::now();
            let lock = || free.lock().unwrap_or_else(PoisonError::into_inner);
            // There are as many theatres as jobs.
            let Some(player) = lock().pop() else {
                return Cell::broken(&subject, scenario.id, "no browser is available".to_owned());
            };
            let played = player.play(&subject, pair, &app, scenario).await;
            lock().push(player);
            cell(&subject, scenario.id, played, began.elapsed())
        }
    };
    let places = Arc::new(Semaphore::new(jobs));
    pool::play(subject, &played, &places, progress, &results, play, lost).await;
    for player in theatres {
        player.close().await;
    }
    Ok(results.close().cells)
}

/// The release mark of a rehearsal's documents.
fn mark() -> Marker {
    Marker { selector: format!("html[{MARK}]"), attribute: Some(MARK.to_owned()) }
}

fn not_tested(subject: &str, scenario: &Scenario, why: &str) -> Cell {
    Cell { verdict: Verdict::Inapplicable, ..Cell::broken(subject, scenario.id, why.to_owned()) }
}

fn cell(subject: &str, scenario: &str, played: Played, took: Duration) -> Cell {
    // Removes private data from the traces of a live site before they are saved and reported.
    let Played { trace, findings, verdict, reason, otherwise, pictures } = played.redacted();
    let proof = Proof::of(&findings, &trace);
    Cell {
        verdict,
        findings,
        proof,
        otherwise,
        trace: Some(trace),
        pictures,
        took,
        ..Cell::broken(subject, scenario, reason)
    }
}

fn ended(cell: &Cell) -> Progress {
    Progress::CellEnded {
        variant: cell.variant.clone(),
        scenario: cell.scenario.clone(),
        verdict: cell.verdict,
        as_expected: cell.as_expected(),
        took: cell.took,
    }
}

/// Follows redirects to the page that a visit starts at, and returns that page too.
async fn way_to(url: &str, reach: &Reach) -> Result<(Remote, String), Error> {
    let usage = |error: RemoteError| Error::Usage(error.to_string());
    let mut remote = Remote::new(url, reach).map_err(usage)?;
    for _ in 0..REDIRECTS {
        let here = remote.url().clone();
        let cannot = |why: String| Error::Tool(format!("cannot visit {here}: {why}"));
        let request = Request::builder()
            .uri(remote.start())
            .header(ACCEPT, "text/html,application/xhtml+xml,*/*;q=0.8")
            .header("sec-fetch-dest", "document")
            .header("sec-fetch-mode", "navigate")
            .header("upgrade-insecure-requests", "1")
            .body(empty())
            .map_err(|error| cannot(error.to_string()))?;
        let response = remote.upstream().ask(request).await.map_err(cannot)?;
        let location = response.headers().get(LOCATION).and_then(|location| location.to_str().ok());
        match location.filter(|_| response.status().is_redirection()) {
            Some(location) => {
                let to = here.join(location).map_err(|error| {
                    Error::Tool(format!("cannot visit {here}: invalid redirect to `{location}`: {error}"))
                })?;
                remote = Remote::new(to.as_str(), reach).map_err(usage)?;
            }
            None => return Ok((remote, beginning(response.into_body()).await)),
        }
    }
    Err(Error::Tool(format!("cannot visit {url}: more than {REDIRECTS} redirects")))
}

async fn beginning(mut body: crate::http::Body) -> String {
    let mut bytes = Vec::new();
    while let Some(Ok(frame)) = body.frame().await {
        bytes.extend_from_slice(frame.data_ref().map_or(&[], AsRef::as_ref));
        if bytes.len() > SEARCHED {
            break;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Hosts of the scripts and styles that a page refers to.
fn hosts_in(page: &str) -> BTreeSet<String> {
    let values = page.split(['"', '\'', ' ', '>']).filter_map(|text| {
        let text = text.strip_prefix("src=").or_else(|| text.strip_prefix("href=")).unwrap_or(text);
        let path = text.split(['?', '#']).next().unwrap_or(text);
        let asset = [".js", ".mjs", ".css"].iter().any(|end| path.ends_with(end));
        let url = if text.starts_with("//") { format!("https:{text}") } else { text.to_owned() };
        asset.then(|| Url::parse(&url).ok()).flatten()
    });
    let web = values.filter(|url| matches!(url.scheme(), "http" | "https"));
    web.map(|url| url.origin().ascii_serialization()).collect()
}

/// Adds these hosts to the rehearsal.
fn add_hosts(site: &mut Site, recording: &Recording, reach: &Reach, hosts: BTreeSet<String>) {
    for host in hosts {
        let Ok(url) = Url::parse(&host) else { continue };
        let known = std::iter::once(&site.url).chain(&site.assets);
        let mut known = known.map(|known| &known[..Position::BeforePath]);
        if site.assets.len() < HOSTS && !known.any(|known| known == &url[..Position::BeforePath]) {
            // Secret headers are only sent to the site itself.
            let reach = Reach { headers: hyper::HeaderMap::new(), ..reach.clone() };
            if let Ok(remote) = Remote::new(&host, &reach) {
                recording.add_assets(remote);
                site.assets.push(url);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_hosts_that_a_page_names() {
        let page = "<script src=\"https://cdn.example/a.js?x\"></script><link href='//style.example/b.css'>
            <script src=https://c.example:8443/c.mjs></script><a href=\"https://other.example/\"><script src=\"/own.js\">";
        let hosts: Vec<String> = hosts_in(page).into_iter().collect();
        assert_eq!(hosts, ["https://c.example:8443", "https://cdn.example", "https://style.example"]);
    }
}
