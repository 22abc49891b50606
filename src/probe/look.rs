//! Visits a site twice online and once offline, as a visitor would, and reports what was observed.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use hyper::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION};
use url::Url;

use super::facts::{Entry, Facts, Import, Offline, Precached, Registered, Script, Served, Traffic};
use crate::origin::{Effect, Fault, Match};
use crate::release::rehearsal::recording::{Record, Recording};
use crate::release::rehearsal::rehearsed::MARK;
use crate::scenario::links;
use crate::scenario::{Broken, Stage};
use crate::trace::{Event, Gravity, Party, Response, Snapshot, What, WorkerState};

/// How many linked pages are visited.
const ROUTES: usize = 3;

/// How many entries of one kind are reported.
const TOLD: usize = 500;

/// The registrations, with properties that only a page can read.
const REGISTRATIONS: &str = "navigator.serviceWorker?.getRegistrations().then((all) => Promise.all(
  all.slice(0, 100).map(async (one) => ({
    scope: one.scope,
    updateViaCache: one.updateViaCache,
    navigationPreload: one.active ? (await one.navigationPreload.getState()).enabled : null,
    installing: one.installing?.scriptURL ?? null,
    waiting: one.waiting?.scriptURL ?? null,
    active: one.active?.scriptURL ?? null,
  }))
)) ?? []";

/// What only the visitor's tabs can observe; filled in as the probe proceeds.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    registrations: Vec<Registered>,
    /// Whether the site's documents carry the release mark.
    pub marked: bool,
    /// Selector of a link on the start page that leads to another page.
    pub link: Option<String>,
    /// The events of the second visit.
    second: Range<usize>,
    offline: Offline,
}

/// Visits the site. The stage's log then holds the events.
pub(super) async fn look(stage: &Stage, seen: &Mutex<Seen>) -> Result<(), Broken> {
    let note = |change: &dyn Fn(&mut Seen)| change(&mut seen.lock().unwrap_or_else(PoisonError::into_inner));
    stage.step("a new visitor opens the site");
    let tab = stage.first_visit().await?;
    let links = links(&tab).await?;
    note(&|seen| seen.link = links.first().map(|link| link.selector.clone()));
    let marked = tab.evaluate(&format!("document.documentElement.hasAttribute('{MARK}')")).await?;
    note(&|seen| seen.marked = marked == Some(true.into()));

    stage.step("the visitor returns");
    let begin = stage.mark().position();
    stage.go(&tab, &stage.app.start).await?;
    let end = stage.mark().position();
    note(&|seen| seen.second = begin..end);
    let given = stage.app.routes.clone();
    let routes = if given.is_empty() { links.into_iter().map(|link| link.path).take(ROUTES).collect() } else { given };
    for route in &routes {
        stage.go(&tab, route).await?;
    }
    stage.go(&tab, &stage.app.start).await?;
    stage.workers_rest().await?;
    let all = tab.evaluate(REGISTRATIONS).await?;
    let all: Vec<Registered> = all.and_then(|all| serde_json::from_value(all).ok()).unwrap_or_default();
    note(&|seen| seen.registrations.clone_from(&all));
    stage.look(&tab, "after two visits").await?;
    stage.usable(&tab).await?;
    stage.close_last(tab).await?;
    let offline = offline(stage).await?;
    note(&|seen| seen.offline.clone_from(&offline));
    Ok(())
}

/// Collects the facts from the events. `base` is the site's URL without a path.
pub(super) async fn gather(recording: &Recording, base: &str, events: &[Event], seen: &Seen) -> Facts {
    let scripts = scripts(recording, events, &seen.registrations).await;
    let second = events.get(seen.second.clone()).unwrap_or_default();
    Facts {
        url: recording.site().to_string(),
        imports: imports(recording, base, events, &scripts).await,
        precache: precache(recording, &scripts, events).await,
        scripts: scripts.into_iter().map(|(script, _)| script).collect(),
        caches: entries(recording, events),
        served: served(second),
        offline: seen.offline.clone(),
        errors: errors(events),
        clear_site_data: clearing(recording),
        asset_hosts: Vec::new(),
        traffic: traffic(recording),
        registrations: seen.registrations.clone(),
    }
}

/// The requests to the site so far.
pub(super) fn traffic(recording: &Recording) -> Traffic {
    Traffic { requests: recording.asked(), refused: recording.refused(), unsent: recording.unsent() }
}

/// The start page offline.
async fn offline(stage: &Stage) -> Result<Offline, Broken> {
    stage.step("the network goes down");
    let mark = stage.mark();
    let cut = stage.inject(Fault::new(Match::Any, Effect::Drop, Gravity::Breaks).called("no network"));
    let tab = stage.visitor.open_tab().await?;
    let page = stage.go(&tab, &stage.app.start).await?;
    let shown = !tab.is_on_error_page();
    let mut failed = BTreeSet::new();
    stage.visitor.log().find_after(mark, |event| {
        if let What::RequestFailed { by: Party::Tab(_), url, resource, canceled: false, .. } = &event.what
            && resource != "Document"
        {
            failed.insert(url.clone());
        }
        None::<()>
    });
    tab.close().await?;
    stage.heal(cut);
    Ok(Offline { tried: true, shown, title: page.title, failed: failed.into_iter().take(TOLD).collect() })
}

fn served(events: &[Event]) -> Vec<Served> {
    let responses = events.iter().filter_map(|event| match &event.what {
        What::Response(response @ Response { by: Party::Tab(_), .. }) => Some(Served {
            url: response.url.clone(),
            resource: response.resource.clone(),
            status: response.status,
            by: response.source.to_string(),
            cache: response.cache.clone(),
        }),
        _ => None,
    });
    responses.take(TOLD).collect()
}

/// The worker scripts, each with the response of the site.
async fn scripts(
    recording: &Recording,
    events: &[Event],
    registrations: &[Registered],
) -> Vec<(Script, Option<Arc<Record>>)> {
    let mut urls: BTreeSet<String> = events
        .iter()
        .filter_map(|event| match &event.what {
            What::WorkerVersion { script, .. } if !script.is_empty() => Some(script.clone()),
            What::Answer(answer) if answer.worker_script && answer.destination == "serviceworker" => {
                Some(answer.url.clone())
            }
            _ => None,
        })
        .collect();
    for one in registrations {
        urls.extend([&one.installing, &one.waiting, &one.active].into_iter().flatten().cloned());
    }
    let mut scripts = Vec::new();
    for url in urls.into_iter().take(20) {
        let mut headers = HeaderMap::new();
        headers.insert("service-worker", HeaderValue::from_static("script"));
        let record = recording.get(&url, &headers).await.ok();
        let script = record.as_ref().map_or_else(
            || Script { url: url.clone(), ..Script::default() },
            |record| Script {
                url: url.clone(),
                status: record.status.as_u16(),
                content_type: record.header(CONTENT_TYPE).to_owned(),
                cache_control: record.header(CACHE_CONTROL).to_owned(),
                allowed: record.header("service-worker-allowed").to_owned(),
                redirect: redirect(record),
                bytes: record.body.len(),
            },
        );
        scripts.push((script, record));
    }
    scripts
}

fn redirect(record: &Record) -> Option<String> {
    record.status.is_redirection().then(|| record.header(LOCATION).to_owned())
}

/// The scripts that workers loaded without fetching them: their imports.
async fn imports(
    recording: &Recording,
    base: &str,
    events: &[Event],
    scripts: &[(Script, Option<Arc<Record>>)],
) -> Vec<Import> {
    let imported = events.iter().filter_map(|event| match &event.what {
        What::Response(Response { by: Party::Worker(_), url, resource, mime, .. })
            if resource != "Fetch" && mime.contains("javascript") && url.starts_with(base) =>
        {
            Some(url.as_str())
        }
        _ => None,
    });
    let imported: BTreeSet<&str> =
        imported.filter(|url| !scripts.iter().any(|(script, _)| script.url == **url)).collect();
    let mut imports = Vec::new();
    for url in imported.into_iter().take(50) {
        let record = recording.get(url, &HeaderMap::new()).await.ok();
        imports.push(Import {
            status: record.as_ref().map(|record| record.status.as_u16()),
            content_type: record.as_ref().map(|record| record.header(CONTENT_TYPE).to_owned()).unwrap_or_default(),
            cache_control: record.as_ref().map(|record| record.header(CACHE_CONTROL).to_owned()).unwrap_or_default(),
            url: url.to_owned(),
        });
    }
    imports
}

/// The entries of the precache manifests, or else what the workers fetched while installing.
async fn precache(
    recording: &Recording,
    scripts: &[(Script, Option<Arc<Record>>)],
    events: &[Event],
) -> Vec<Precached> {
    let mut named: Vec<(String, Option<String>)> = Vec::new();
    for (script, record) in scripts {
        let Some(text) = record.as_ref().and_then(|record| std::str::from_utf8(&record.body).ok()) else { continue };
        let Ok(base) = Url::parse(&script.url) else { continue };
        for (url, revision) in manifest(text) {
            if let Ok(url) = base.join(&url) {
                named.push((url.into(), revision));
            }
        }
    }
    if named.is_empty() {
        named = fetched_while_installing(events).into_iter().map(|url| (url, None)).collect();
    }
    named.dedup();
    let mut list = Vec::new();
    for (url, revision) in named.into_iter().take(TOLD) {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
        let record = recording.get(&url, &headers).await.ok();
        list.push(Precached {
            status: record.as_ref().map(|record| record.status.as_u16()),
            content_type: record.as_ref().map(|record| record.header(CONTENT_TYPE).to_owned()).unwrap_or_default(),
            redirect: record.as_ref().and_then(|record| redirect(record)),
            url,
            revision,
        });
    }
    list
}

fn fetched_while_installing(events: &[Event]) -> BTreeSet<String> {
    let mut installing = BTreeSet::new();
    let mut fetched = BTreeSet::new();
    for event in events {
        match &event.what {
            What::WorkerVersion { version, state: WorkerState::Installing, .. } => drop(installing.insert(version)),
            What::WorkerVersion { version, state, .. } if *state > WorkerState::Installing => {
                installing.remove(version);
            }
            What::Response(Response { by: Party::Worker(version), resource, url, .. })
                if resource == "Fetch" && installing.contains(version) =>
            {
                fetched.insert(url.clone());
            }
            _ => {}
        }
    }
    fetched
}

/// The entries of a Workbox precache manifest in a script: objects with a `url` and a `revision`.
fn manifest(script: &str) -> Vec<(String, Option<String>)> {
    let script = script.replace("\\\"", "\"");
    let mut entries = Vec::new();
    for object in script.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(object, _)| object)) {
        if object.len() > 4096 || !object.contains("revision") {
            continue;
        }
        if let Some(Some(url)) = field(object, "url") {
            entries.push((url, field(object, "revision").flatten()));
        }
    }
    entries
}

/// A field of an object: none if it is missing, and `Some(None)` if it is not a string.
fn field(object: &str, name: &str) -> Option<Option<String>> {
    let value = object.match_indices(name).find_map(|(at, _)| {
        let before = object[..at].chars().next_back();
        let after = object[at + name.len()..].trim_start_matches(['"', '\'']).trim_start();
        before.is_none_or(|c| !c.is_alphanumeric()).then(|| after.strip_prefix(':')).flatten()
    })?;
    let value = value.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'));
    Some(quote.and_then(|quote| value[1..].split_once(quote)).map(|(text, _)| text.to_owned()))
}

/// The cache entries of the last snapshot, with remarks.
fn entries(recording: &Recording, events: &[Event]) -> Vec<Entry> {
    let snapshot = events.iter().rev().find_map(|event| match &event.what {
        What::Snapshot(snapshot) => Some(snapshot),
        _ => None,
    });
    let records = recording.whole();
    let remark = |entry: &crate::trace::CacheEntry| {
        let record = records.get(&entry.url).and_then(|all| all.first());
        let cache_control = record.map(|record| record.header(CACHE_CONTROL).to_owned()).unwrap_or_default();
        let directives = cache_control.to_ascii_lowercase();
        let script = ["script", "css"].iter().any(|kind| record.is_some_and(|r| r.header(CONTENT_TYPE).contains(kind)));
        let asset =
            script || entry.url.split('?').next().is_some_and(|url| url.ends_with(".js") || url.ends_with(".css"));
        let mut remarks = Vec::new();
        let mut says = |yes: bool, what: &str| remarks.extend(yes.then(|| what.to_owned()));
        says(entry.status >= 400, "an error");
        says((300..400).contains(&entry.status), "a redirect");
        says(entry.opaque, "opaque: pages and workers cannot see its status");
        says(asset && entry.html_body, "HTML in place of a script or style");
        says(directives.contains("private"), "sent with private");
        says(directives.contains("no-store"), "sent with no-store");
        says(record.is_some_and(|record| record.headers.contains_key("set-cookie")), "sent with a cookie");
        Entry {
            cache: entry.cache.clone(),
            url: entry.url.clone(),
            status: entry.status,
            opaque: entry.opaque,
            content_type: entry.content_type.clone(),
            cache_control,
            remarks,
        }
    };
    snapshot.map(|Snapshot { entries, .. }| entries.iter().take(TOLD).map(remark).collect()).unwrap_or_default()
}

fn errors(events: &[Event]) -> Vec<String> {
    // Offline failures are expected.
    let online = events.iter().take_while(|event| !matches!(event.what, What::FaultOn { .. }));
    let mut errors = Vec::new();
    for event in online {
        let told = match &event.what {
            What::Exception { .. } | What::WorkerError { .. } => true,
            What::Console { level, .. } => level == "error",
            What::RequestFailed { canceled, .. } => !canceled,
            What::Response(Response { status, .. }) => *status >= 400,
            _ => false,
        };
        let text = event.to_string();
        if told && !errors.contains(&text) && errors.len() < TOLD {
            errors.push(text);
        }
    }
    errors
}

fn clearing(recording: &Recording) -> std::collections::BTreeMap<String, String> {
    let records = recording.whole();
    let clears =
        |record: &Arc<Record>| Some(record.header("clear-site-data").to_owned()).filter(|what| !what.is_empty());
    records.into_iter().filter_map(|(url, all)| Some((url, all.iter().find_map(clears)?))).collect()
}

/// Origins that something was loaded from.
pub(super) fn other_hosts(events: &[Event]) -> BTreeSet<String> {
    let urls = events.iter().filter_map(|event| match &event.what {
        What::Response(Response { url, .. }) => Url::parse(url).ok(),
        _ => None,
    });
    let web = urls.filter(|url| matches!(url.scheme(), "http" | "https"));
    web.map(|url| url.origin().ascii_serialization()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_of_workbox_and_serwist() {
        let found = manifest("e.precacheAndRoute([{url:\"/a.js\",revision:null},{'revision':'1f','url':'/'}],{x:1})");
        assert_eq!(found, [("/a.js".to_owned(), None), ("/".to_owned(), Some("1f".to_owned()))]);
        let found = manifest(r#"const m = JSON.parse("[{\"revision\":\"ab\",\"url\":\"/b\"}]");"#);
        assert_eq!(found, [("/b".to_owned(), Some("ab".to_owned()))]);
        assert_eq!(manifest("function f({url}){} const revision = {base_url: 'x'};"), []);
    }
}
