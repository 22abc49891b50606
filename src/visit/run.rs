//! The visit and the revisit.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use url::{Position, Url};

use super::record::Record;
use super::{Place, Reach};
use crate::app::App;
use crate::browser::{self, OwnBrowser, Read, Visitor};
use crate::error::Error;
use crate::http::Scheme;
use crate::origin::Origin;
use crate::outcome::Verdict;
use crate::outcome::{Cell, Expected, Fact, Proof, Run, Versions};
use crate::play::Played;
use crate::play::whole;
use crate::scenario::site::{NEW, OLD};
use crate::scenario::site::{Served, Site};
use crate::scenario::site::{Stored, name};
use crate::scenario::{BetweenPages, Broken, Cast, Stage, links};
use crate::trace::redact::redact;
use crate::trace::{Answer, FORMAT, Header, Log, Mark, ReleaseMark, Trace, What, WorkerState};

/// How many linked pages a visit opens, besides the start page.
const ROUTES: usize = 4;

/// Options of a visit.
#[derive(Clone, Debug)]
pub struct Options {
    /// The longest time that it may take.
    pub timeout: Duration,
    /// The maximum number of requests to the site beyond those of the pages themselves.
    pub max_requests: usize,
    /// Paths of pages to visit; if empty, those that the start page links to.
    pub routes: Vec<String>,
    /// The browser; its profile is in the directory of the visit.
    pub browser: browser::Options,
    /// How to reach the site.
    pub reach: Reach,
    /// Kill the browser at the revisit, during an update if there is one.
    pub kill: bool,
}

/// The result of a visit.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The run with its one cell.
    pub run: Run,
    /// The origin of the site.
    pub origin: String,
    /// What was observed, in sentences: about the site, or about its changes since the visit.
    pub seen: Vec<String>,
    /// What could not be tested, and why.
    pub untested: Vec<String>,
}

/// Visits a site for the first time, on a new profile.
///
/// # Errors
/// When the URL is invalid, or there is no browser.
pub async fn visit(url: &str, place: &Place, app: App, options: &Options) -> Result<Outcome, Error> {
    let url = address(url)?;
    let origin = url.origin().ascii_serialization();
    let app = App {
        start: url[Position::BeforePath..Position::AfterQuery].to_owned(),
        routes: if options.routes.is_empty() { app.routes } else { options.routes.clone() },
        ..app
    };
    let site = Site::new(&origin, options.max_requests, Served::default(), &[]);
    let mut told = Told::default();
    let played = play(place, &origin, site, app, options, "visit", async |stage| first(stage, &mut told).await).await?;
    played.ends(place, &origin, told)
}

/// Returns to the site, on the same profile.
///
/// # Errors
/// When there is no browser.
pub async fn revisit(place: &Place, record: Record, app: App, options: &Options) -> Result<Outcome, Error> {
    let origin = record.origin.clone();
    let routes = if options.routes.is_empty() { record.routes.clone() } else { options.routes.clone() };
    let app = App { start: record.start.clone(), routes, ..app };
    let site = Site::new(&origin, options.max_requests, record.served.clone(), &record.entries);
    let mut told = Told::default();
    let kill = options.kill;
    let played =
        play(place, &origin, site, app, options, "revisit", async |stage| again(stage, &record, kill, &mut told).await)
            .await?;
    played.ends(place, &origin, told)
}

fn address(text: &str) -> Result<Url, Error> {
    // Without a scheme, HTTPS is assumed, as browsers do.
    let whole = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    match Url::parse(&whole) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(url),
        _ => Err(Error::Usage(format!("`{text}` is not the URL of a site; use http:// or https:// and a host"))),
    }
}

/// What a scenario reports besides its trace.
#[derive(Debug, Default)]
struct Told {
    seen: Vec<String>,
    untested: Vec<String>,
    record: Option<Record>,
    /// The site did not respond.
    silent: bool,
}

struct Performance {
    cell: Cell,
    versions: Versions,
    took: Duration,
    exhausted: bool,
}

impl Performance {
    fn ends(self, place: &Place, origin: &str, mut told: Told) -> Result<Outcome, Error> {
        if told.silent {
            return Err(Error::Tool(format!(
                "{origin} does not respond: check that a browser on this machine reaches it; --resolve sets the \
                 address of a host, --ca trusts a certificate"
            )));
        }
        // An incomplete visit is not recorded, so it has to be repeated.
        if let Some(record) = told.record.take().filter(|_| self.cell.verdict != Verdict::Broken) {
            place.keep(&Record { browser: self.versions.browser.clone(), ..record })?;
        }
        if self.exhausted {
            told.untested.push(
                "some cache entries were not compared with the site, because --max-requests was reached".to_owned(),
            );
        }
        let seen = told.seen.iter().map(|seen| Fact::new("seen", seen));
        let untested = told.untested.iter().map(|not| Fact::new("not tested", not));
        let learned = [Fact::new("site", origin)].into_iter().chain(seen).chain(untested).collect();
        let run = Run { learned, cells: vec![self.cell], versions: self.versions, took: self.took, ..Run::default() };
        Ok(Outcome { run, origin: origin.to_owned(), seen: told.seen, untested: told.untested })
    }
}

async fn play(
    place: &Place,
    origin: &str,
    site: Site,
    app: App,
    options: &Options,
    scenario: &str,
    story: impl AsyncFnOnce(&mut Stage) -> Result<(), Broken>,
) -> Result<Performance, Error> {
    let began = Instant::now();
    let mut browser = options.browser.clone();
    browser.profile = Some(place.browser());
    browser.args.extend(options.reach.browser_args(&address(origin)?).await?);
    let own = Arc::new(OwnBrowser::launch(&browser).await.map_err(|error| Error::Tool(error.to_string()))?);
    let (product, sandbox) = (own.current().version().to_owned(), own.current().is_sandboxed());

    let log = Log::default();
    let mut events = Vec::new();
    let mut exhausted = false;
    let observed = async {
        let (scheme, host) = origin.split_once("://").unwrap_or(("https", origin));
        let scheme = if scheme == "http" { Scheme::Http } else { Scheme::Https };
        let releases = Origin::elsewhere(scheme, host, &[OLD, NEW], log.clone());
        // The described marks show the site's own release names; the assets of the pages distinguish old and new here.
        let app = App { page_release: None, code_release: None, ..app };
        let visitor = Visitor::of_site(&own.current(), origin, &app, log.clone()).await?;
        let cast = Cast { old: OLD.to_owned(), new: NEW.to_owned() };
        let (own, site, between_pages) = (Some(Arc::clone(&own)), Some(site), BetweenPages::default());
        let mut stage = Stage { origin: releases, visitor, own, site, app, cast, between_pages };
        let played = story(&mut stage).await;
        events = whole(stage.visitor.events());
        exhausted = stage.site.as_ref().is_some_and(Site::is_exhausted);
        let left = stage.visitor.leave().await;
        played?;
        left.map_err(Broken::from)
    };
    let outcome = tokio::select! {
        played = tokio::time::timeout(options.timeout, observed) => match played {
            Ok(played) => played.map_err(|error| error.to_string()),
            Err(_) => Err(format!("the visit did not end within {} s; raise --timeout", options.timeout.as_secs())),
        },
        () = own.gone() => Err("the browser exited: it crashed or was killed".to_owned()),
    };
    // Gracefully, so that the profile is complete.
    own.end().await;
    if events.is_empty() {
        events = whole(log.snapshot());
    }
    let subject = origin.split_once("://").map_or(origin, |(_, host)| host).replace(':', "-");
    let header = Header {
        swapcheck_trace: FORMAT,
        subject: subject.clone(),
        scenario: scenario.to_owned(),
        browser: product.clone(),
    };
    // Removes private data from the trace of a live site before it is judged, saved or printed.
    let trace = redact(Trace { header, events });
    let Played { trace, findings, verdict, reason, otherwise, pictures } = match outcome {
        Ok(()) => Played::judge(trace),
        Err(reason) => Played::broken(trace, reason, Vec::new()),
    };
    let proof = Proof::of(&findings, &trace);
    let took = began.elapsed();
    let cell = Cell {
        variant: subject,
        kind: None,
        scenario: scenario.to_owned(),
        verdict,
        expected: Expected::Pass,
        findings,
        reason,
        took,
        proof,
        trace: Some(trace),
        kept: None,
        pictures,
        accepted: Vec::new(),
        otherwise,
    };
    let versions =
        Versions { swapcheck: env!("CARGO_PKG_VERSION").to_owned(), browser: product, sandbox, ..Versions::default() };
    Ok(Performance { cell, versions, took, exhausted })
}

/// A new visitor opens the site, gets the worker, visits pages in two tabs, and closes the browser.
async fn first(stage: &mut Stage, told: &mut Told) -> Result<(), Broken> {
    stage.step("a new visitor opens the site");
    if !look(stage, std::slice::from_ref(&stage.app.start)).await? {
        told.silent = true;
        return Ok(());
    }
    let tab = stage.first_visit().await?;
    stage.usable(&tab).await?;
    if stage.app.routes.is_empty() {
        stage.app.routes = links(&tab).await?.into_iter().take(ROUTES).map(|link| link.path).collect();
    }
    // Once more, now that a worker may cache what it sees.
    stage.go(&tab, &stage.app.start).await?;
    if let Some((first, others)) = stage.app.routes.split_first() {
        let second = stage.open(first).await?;
        stage.usable(&second).await?;
        for route in others {
            stage.go(&second, route).await?;
            stage.usable(&second).await?;
        }
        second.close().await?;
    }
    stage.workers_rest().await?;
    look(stage, &stage.app.routes).await?;
    stage.look(&tab, "when the visitor leaves").await?;
    let record = record(stage);
    told.seen = seen(&record);
    told.record = Some(record);
    stage.close_last(tab).await
}

/// The visitor returns in two tabs, visits pages and leaves; the browser restarts, and the visitor returns again.
async fn again(stage: &mut Stage, record: &Record, kill: bool, told: &mut Told) -> Result<(), Broken> {
    stage.step("the visitor returns, on the profile of the visit");
    if record.registrations.values().any(|active| *active) {
        stage.remembers(Mark::START).await;
    }
    let pages: Vec<String> = std::iter::once(&stage.app.start).chain(&stage.app.routes).cloned().collect();
    if !look(stage, &pages).await? {
        told.silent = true;
        return Ok(());
    }
    told.seen = stage.site.as_ref().map(Site::changes).unwrap_or_default();
    let deployed = !told.seen.is_empty();
    // Recorded as our own origin would.
    stage.swap(OLD);
    if deployed {
        stage.step(format!("the site has changed since the visit: {}", told.seen.join("; ")));
        stage.swap(NEW);
    }
    if kill {
        stage.step("the visitor returns, and the browser is killed as soon as a new worker installs");
        if !stage.visit_until(WorkerState::Installing).await? {
            stage.step("no worker started to install");
        }
        stage.kill_browser().await?;
        stage.start_browser().await?;
    }
    let tab = stage.open(&stage.app.start).await?;
    let second = match stage.app.routes.first() {
        Some(route) => Some(stage.open(route).await?),
        None => None,
    };
    stage.update(&tab).await?;
    stage.accept_update(&tab).await?;
    stage.usable(&tab).await?;
    if let Some(second) = second {
        stage.usable(&second).await?;
        second.close().await?;
    }
    for route in &stage.app.routes {
        stage.go(&tab, route).await?;
        stage.usable(&tab).await?;
    }
    stage.close_last(tab).await?;

    stage.step("the visitor closes the browser, starts it again, and returns once more");
    stage.close_browser().await?;
    stage.start_browser().await?;
    let tab = stage.visit(&stage.app.start).await?;
    if deployed {
        stage.wholly_current(&tab, NEW).await?;
        if stage.page_release(&tab) == Some(ReleaseMark::Undescribed) {
            told.untested.push(
                "whether the visitor sees the new release: the pages load the same scripts and styles as before"
                    .to_owned(),
            );
        }
    } else {
        stage.usable(&tab).await?;
        stage.look(&tab, "when the visitor leaves").await?;
        stage.inapplicable("the site has not changed since the visit, so there was no deploy to test");
    }
    let now = self::record(stage);
    told.seen.extend(kept_since(&record.entries, &now.entries));
    told.record = Some(now);
    stage.close_last(tab).await
}

/// Reads what the site serves, bypassing the worker. Responses for worker scripts are recorded as our own origin would
/// record them. False if the site does not respond.
async fn look(stage: &Stage, pages: &[String]) -> Result<bool, Broken> {
    let Some(site) = &stage.site else { return Ok(false) };
    let mut workers: Vec<String> = Vec::new();
    stage.visitor.log().find_after(Mark::START, |event| {
        if let What::WorkerVersion { script, .. } = &event.what
            && !script.is_empty()
            && !workers.contains(script)
        {
            workers.push(script.clone());
        }
        None::<()>
    });
    let answers = site.look(&stage.visitor, pages, &workers).await?;
    for url in workers {
        let Some(Read { status, content_type, cache_control, .. }) = site.known(&url) else { continue };
        let release = Some(stage.origin.current());
        let (method, worker_script) = ("GET".to_owned(), true);
        let answer =
            Answer { method, url, worker_script, release, status, content_type, cache_control, ..Answer::default() };
        stage.visitor.log().push(What::Answer(answer));
    }
    Ok(answers)
}

fn record(stage: &Stage) -> Record {
    let at = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let registrations = stage.visitor.registrations();
    Record {
        origin: stage.origin.url(""),
        // Without the query, whose values may be private.
        start: stage.app.start.split('?').next().unwrap_or_default().to_owned(),
        routes: stage.app.routes.clone(),
        at,
        served: stage.site.as_ref().map(Site::served).unwrap_or_default(),
        registrations: registrations.into_iter().map(|one| (name(&one.scope), one.active.is_some())).collect(),
        entries: stage.site.as_ref().map(Site::kept).unwrap_or_default(),
        ..Record::default()
    }
}

/// What a visit has observed, in sentences.
fn seen(record: &Record) -> Vec<String> {
    let mut seen: Vec<String> = Vec::new();
    let pages = std::iter::once(&record.start).chain(&record.routes).map(String::as_str);
    seen.push(format!("visited {}", pages.collect::<Vec<_>>().join(", ")));
    if record.registrations.is_empty() {
        seen.push("no service worker is registered".to_owned());
    }
    for (scope, active) in &record.registrations {
        let state = if *active { "is active" } else { "is not active yet" };
        seen.push(format!("the worker of scope {scope} {state}"));
    }
    let caches: BTreeSet<&str> = record.entries.iter().map(|entry| entry.cache.as_str()).collect();
    let [entry, cache] = [("entry", "entries", record.entries.len()), ("cache", "caches", caches.len())]
        .map(|(one, more, number)| format!("{number} {}", if number == 1 { one } else { more }));
    seen.push(format!("{entry} in {cache}"));
    seen
}

/// How the cache entries have changed, in sentences.
fn kept_since(before: &[Stored], now: &[Stored]) -> Vec<String> {
    let (old, new): (BTreeSet<_>, BTreeSet<_>) = (before.iter().collect(), now.iter().collect());
    let (kept, gone, come) =
        (new.intersection(&old).count(), old.difference(&new).count(), new.difference(&old).count());
    let all = before.len();
    vec![match (kept, gone, come) {
        (_, 0, 0) if all > 0 => format!("all {all} cache entries are unchanged"),
        (0, 1.., 1..) => format!("all {all} cache entries were replaced by {come} new ones"),
        _ => format!("cache entries since the visit: {kept} unchanged, {gone} changed or gone, {come} new"),
    }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_lack_its_scheme() {
        assert_eq!(address("shop.example/a?b").unwrap().as_str(), "https://shop.example/a?b");
        assert_eq!(address("http://127.0.0.1:81").unwrap().as_str(), "http://127.0.0.1:81/");
        for wrong in ["", "ftp://a.test/", "http://", "file:///etc/passwd"] {
            assert_eq!(address(wrong).unwrap_err().exit_code(), 2, "{wrong}");
        }
    }

    #[test]
    fn what_is_kept_is_counted() {
        let entry = |name: &str, hash: &str| {
            let (cache, name, hash) = ("c".to_owned(), name.to_owned(), hash.to_owned());
            Stored { cache, name, status: 200, hash }
        };
        let before = [entry("a", "1"), entry("b", "1"), entry("c", "1")];
        let said = kept_since(&before, &[entry("a", "1"), entry("b", "2")]);
        assert_eq!(said, ["cache entries since the visit: 1 unchanged, 2 changed or gone, 1 new"]);
    }
}
