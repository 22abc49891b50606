//! Translates the browser's events into trace events.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Deserialize;
use serde_json::Value;

use crate::trace::{
    Event, Initiator, Log, PageState, Party, RegistrationState, ReleaseMark, Response, Source, TabId, What, WorkerState,
};

/// Name of the function with which the observing script reports the state of a page.
pub(super) const BINDING: &str = "__swapcheckReport";

/// How many pending requests are tracked.
const UNDER_WAY: usize = 20_000;

/// What a session belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A tab of the visitor.
    Tab(TabId),
    /// A worker, by its target id.
    Worker(String),
    /// The page from which worker states are observed.
    Observer,
    /// An internal page, of which nothing is recorded.
    Silent,
}

/// Writes a visitor's events into the log.
#[derive(Debug)]
pub(super) struct Translator {
    log: Log,
    /// A URL that pages are not waited for, because the origin holds it back until the page has settled.
    held: Option<String>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    tabs: HashMap<TabId, TabState>,
    /// URL and resource type of pending requests, by party and request id.
    requests: HashMap<(String, String), (String, String)>,
    /// Version id by target id.
    versions: HashMap<String, String>,
    registrations: BTreeMap<String, Known>,
    /// Ids of deleted registrations; the browser still reports their versions.
    deleted: HashSet<String>,
    last_error: Option<(String, String)>,
}

#[derive(Debug, Default)]
struct TabState {
    frame: String,
    /// The visitor has started a navigation that the browser has not reported yet.
    visitor_navigates: bool,
    on_error_page: bool,
    /// A navigation has started and not committed yet.
    leaves: bool,
    url: String,
    /// URLs of pending requests, by id.
    open: HashMap<String, String>,
}

#[derive(Debug, Default)]
struct Known {
    scope: String,
    versions: BTreeMap<String, (WorkerState, bool)>,
    /// The script of each version.
    scripts: BTreeMap<String, String>,
}

/// What the observing script reports of a page.
#[derive(Debug, Deserialize)]
pub(super) struct Look {
    url: String,
    title: String,
    hydrated: Option<bool>,
    page: Mark,
    code: Mark,
    lazy: Option<bool>,
    update: Option<bool>,
    draft: Option<String>,
    saved: Option<bool>,
    controlled: bool,
}

#[derive(Debug, Deserialize)]
struct Mark {
    described: bool,
    value: Option<String>,
}

impl From<Mark> for ReleaseMark {
    fn from(mark: Mark) -> Self {
        match mark {
            Mark { described: false, .. } => Self::Undescribed,
            Mark { value: Some(release), .. } => Self::Names(release),
            Mark { value: None, .. } => Self::Missing,
        }
    }
}

impl Look {
    pub(super) fn into_state(self, tab: TabId) -> PageState {
        PageState {
            tab,
            url: self.url,
            title: self.title,
            hydrated: self.hydrated,
            page_release: self.page.into(),
            code_release: self.code.into(),
            lazy_shown: self.lazy,
            update_offered: self.update,
            draft: self.draft,
            saved: self.saved,
            controlled: self.controlled,
        }
    }
}

impl Translator {
    pub(super) fn new(log: Log, held: Option<String>) -> Arc<Self> {
        Arc::new(Self { log, held, state: Mutex::default() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A tab with this main frame was opened.
    pub(super) fn opened(&self, tab: TabId, frame: &str) {
        self.state().tabs.insert(tab, TabState { frame: frame.to_owned(), ..TabState::default() });
        self.log.push(What::TabOpened { tab });
    }

    /// Attributes the next navigation of this tab to the visitor.
    pub(super) fn visitor_navigates(&self, tab: TabId) {
        if let Some(state) = self.state().tabs.get_mut(&tab) {
            state.visitor_navigates = true;
        }
    }

    /// Whether the tab shows the browser's error page, and the URL that it shows or failed to load.
    pub(super) fn shows(&self, tab: TabId) -> (bool, String) {
        self.state().tabs.get(&tab).map_or((false, String::new()), |tab| (tab.on_error_page, tab.url.clone()))
    }

    /// Whether the tab has a navigation that has not committed yet.
    pub(super) fn leaves(&self, tab: TabId) -> bool {
        self.state().tabs.get(&tab).is_some_and(|tab| tab.leaves)
    }

    /// URLs of the tab's pending requests.
    pub(super) fn open_requests(&self, tab: TabId) -> Vec<String> {
        self.state().tabs.get(&tab).map(|tab| tab.open.values().cloned().collect()).unwrap_or_default()
    }

    /// Every live registration with its workers.
    pub(super) fn registrations(&self) -> Vec<RegistrationState> {
        let state = self.state();
        let newest = |known: &Known, wanted: &[WorkerState]| {
            known.versions.iter().rev().find(|(_, (state, _))| wanted.contains(state)).map(|(id, _)| id.clone())
        };
        let live = state.registrations.values().map(|known| RegistrationState {
            scope: known.scope.clone(),
            installing: newest(known, &[WorkerState::New, WorkerState::Installing]),
            waiting: newest(known, &[WorkerState::Installed]),
            active: newest(known, &[WorkerState::Activating, WorkerState::Activated]),
        });
        live.filter(|r| r.installing.is_some() || r.waiting.is_some() || r.active.is_some()).collect()
    }

    /// Ids of the running versions that are neither installing nor activating.
    pub(super) fn idle(&self) -> Vec<String> {
        let state = self.state();
        let versions = state.registrations.values().flat_map(|known| &known.versions);
        let idle = versions
            .filter(|(_, (now, running))| *running && matches!(now, WorkerState::Installed | WorkerState::Activated));
        idle.map(|(id, _)| id.clone()).collect()
    }

    /// Replaces target ids with version ids in events: the browser reports them only after the first events.
    pub(super) fn name_workers(&self, events: &mut [Event]) {
        let state = self.state();
        for event in events {
            let by = match &mut event.what {
                What::Response(Response { by, .. })
                | What::RequestFailed { by, .. }
                | What::Exception { by, .. }
                | What::Console { by, .. } => by,
                _ => continue,
            };
            if let Party::Worker(target) = by {
                *target = state.versions.get(target).cloned().unwrap_or_default();
            }
        }
    }

    /// A session has ended.
    pub(super) fn detached(&self, place: &Place) {
        match place {
            Place::Tab(tab) => {
                self.state().tabs.remove(tab);
                self.log.push(What::TabClosed { tab: *tab });
            }
            Place::Worker(target) => self.worker_gone(target),
            Place::Observer | Place::Silent => {}
        }
    }

    /// A worker has ended. The browser reports nothing more about a version whose script failed to load.
    fn worker_gone(&self, target: &str) {
        let mut state = self.state();
        if state.versions.contains_key(target) {
            return;
        }
        for (registration, known) in &mut state.registrations {
            for (version, (now, running)) in &mut known.versions {
                if (*now, *running) == (WorkerState::New, false) {
                    *now = WorkerState::Redundant;
                    self.log.push(What::WorkerVersion {
                        registration: registration.clone(),
                        version: version.clone(),
                        script: known.scripts.get(version).cloned().unwrap_or_default(),
                        state: *now,
                        running: false,
                    });
                }
            }
        }
    }

    /// The browser has ended, with all tabs and running workers. After a restart it reports the registrations in its
    /// profile again; workers that were not installed yet are not among them.
    pub(super) fn browser_gone(&self) {
        let mut state = self.state();
        let mut tabs: Vec<TabId> = std::mem::take(&mut state.tabs).into_keys().collect();
        tabs.sort_unstable();
        for tab in tabs {
            self.log.push(What::TabClosed { tab });
        }
        state.requests.clear();
        state.registrations.clear();
        state.deleted.clear();
        state.last_error = None;
    }

    /// Handles one event of one session.
    pub(super) fn event(&self, place: &Place, method: &str, params: &Value) {
        match place {
            Place::Tab(tab) => self.of_tab(*tab, method, params),
            Place::Worker(target) => self.of_party(&Party::Worker(target.clone()), method, params),
            Place::Observer => self.of_observer(method, params),
            Place::Silent => {}
        }
    }

    fn of_tab(&self, tab: TabId, method: &str, params: &Value) {
        let mut guard = self.state();
        let Some(state) = guard.tabs.get_mut(&tab) else { return };
        match method {
            "Page.frameStartedNavigating" if text(params, "/frameId") == state.frame => {
                let kind = text(params, "/navigationType");
                let url = text(params, "/url").to_owned();
                if kind.to_ascii_lowercase().contains("samedocument") || url == "about:blank" {
                    return;
                }
                let by = if std::mem::take(&mut state.visitor_navigates) {
                    Initiator::Visitor
                } else if state.on_error_page {
                    Initiator::Browser
                } else {
                    Initiator::App
                };
                state.open.clear();
                state.leaves = true;
                self.log.push(What::NavigationStarted { tab, url, by, reload: kind.starts_with("reload") });
            }
            "Page.frameNavigated" if params.pointer("/frame/parentId").is_none() => {
                let unreachable = text(params, "/frame/unreachableUrl").to_owned();
                state.on_error_page = !unreachable.is_empty();
                state.leaves = false;
                text(params, "/frame/id").clone_into(&mut state.frame);
                state.url = if state.on_error_page { unreachable } else { text(params, "/frame/url").to_owned() };
                let url = state.url.clone();
                let restored = text(params, "/type") == "BackForwardCacheRestore";
                if url != "about:blank" {
                    self.log.push(What::Committed { tab, url, error_page: state.on_error_page, restored });
                }
            }
            "Page.javascriptDialogOpening" => {
                let (kind, said) = (text(params, "/type"), text(params, "/message"));
                let words = format!("{kind} dialog: {said}");
                self.log.push(What::Console { by: Party::Tab(tab), level: "warning".to_owned(), text: words });
            }
            "Page.loadEventFired" => self.log.push(What::Loaded { tab }),
            "Runtime.bindingCalled" if text(params, "/name") == BINDING => {
                if let Ok(look) = serde_json::from_str::<Look>(text(params, "/payload"))
                    && look.url != "about:blank"
                {
                    self.log.push(What::Page(look.into_state(tab)));
                }
            }
            "Inspector.targetCrashed" => self.log.push(What::Exception {
                by: Party::Tab(tab),
                text: "the page's process crashed".to_owned(),
                url: state.url.clone(),
                line: 0,
            }),
            _ => {
                match method {
                    "Network.requestWillBeSent"
                        if ends_by_itself(text(params, "/type"))
                            && self.held.as_deref() != Some(text(params, "/request/url"))
                            && state.open.len() < UNDER_WAY =>
                    {
                        let (id, url) = (text(params, "/requestId"), text(params, "/request/url"));
                        state.open.insert(id.to_owned(), url.to_owned());
                    }
                    "Network.loadingFinished" | "Network.loadingFailed" => {
                        state.open.remove(text(params, "/requestId"));
                    }
                    _ => {}
                }
                drop(guard);
                self.of_party(&Party::Tab(tab), method, params);
            }
        }
    }

    fn of_party(&self, by: &Party, method: &str, params: &Value) {
        let by = by.clone();
        match method {
            "Network.requestWillBeSent" => {
                let request = (text(params, "/request/url").to_owned(), text(params, "/type").to_owned());
                let mut state = self.state();
                if state.requests.len() < UNDER_WAY {
                    state.requests.insert((by.to_string(), text(params, "/requestId").to_owned()), request);
                }
            }
            "Network.responseReceived" => self.log.push(What::Response(response(by, params))),
            "Network.loadingFinished" => {
                self.state().requests.remove(&(by.to_string(), text(params, "/requestId").to_owned()));
            }
            "Network.loadingFailed" => {
                let key = (by.to_string(), text(params, "/requestId").to_owned());
                let (url, resource) = self.state().requests.remove(&key).unwrap_or_default();
                let resource = if resource.is_empty() { text(params, "/type").to_owned() } else { resource };
                self.log.push(What::RequestFailed {
                    by,
                    url,
                    resource,
                    error: text(params, "/errorText").to_owned(),
                    canceled: params.pointer("/canceled").and_then(Value::as_bool).unwrap_or(false),
                });
            }
            "Runtime.exceptionThrown" => {
                let details = &params["exceptionDetails"];
                let thrown = text(details, "/exception/description");
                let said = if thrown.is_empty() { text(details, "/text") } else { thrown };
                self.log.push(What::Exception {
                    by,
                    text: said.to_owned(),
                    url: text(details, "/url").to_owned(),
                    line: number(details, "/lineNumber") + 1,
                });
            }
            "Runtime.consoleAPICalled" => {
                let level = text(params, "/type");
                if matches!(level, "error" | "warning") {
                    let args = params["args"].as_array().map(Vec::as_slice).unwrap_or_default();
                    let words: Vec<String> = args.iter().map(spoken).collect();
                    self.log.push(What::Console { by, level: level.to_owned(), text: words.join(" ") });
                }
            }
            "Log.entryAdded" => {
                let level = text(params, "/entry/level");
                // Entries of the network log were already recorded with their response.
                if matches!(level, "error" | "warning") && text(params, "/entry/source") != "network" {
                    let words = text(params, "/entry/text").to_owned();
                    self.log.push(What::Console { by, level: level.to_owned(), text: words });
                }
            }
            _ => {}
        }
    }

    fn of_observer(&self, method: &str, params: &Value) {
        let list = |name: &str| params[name].as_array().cloned().unwrap_or_default();
        match method {
            "ServiceWorker.workerRegistrationUpdated" => {
                for registration in list("registrations") {
                    self.registration(&registration);
                }
            }
            "ServiceWorker.workerVersionUpdated" => {
                for version in list("versions") {
                    self.version(&version);
                }
            }
            "ServiceWorker.workerErrorReported" => {
                let error = &params["errorMessage"];
                let said = (text(error, "/versionId").to_owned(), text(error, "/errorMessage").trim_start().to_owned());
                // The browser reports each error twice.
                if self.state().last_error.replace(said.clone()) != Some(said.clone()) {
                    let (version, text_) = said;
                    self.log.push(What::WorkerError {
                        version,
                        text: text_,
                        url: text(error, "/sourceURL").to_owned(),
                        line: number(error, "/lineNumber"),
                    });
                }
            }
            "Storage.cacheStorageContentUpdated" | "Storage.cacheStorageListUpdated" => {
                let cache = text(params, "/cacheName").to_owned();
                let same =
                    |event: &Event| Some(matches!(&event.what, What::CacheChanged { cache: last } if *last == cache));
                if self.log.find_last(same) != Some(true) {
                    self.log.push(What::CacheChanged { cache });
                }
            }
            _ => {}
        }
    }

    fn registration(&self, params: &Value) {
        let id = text(params, "/registrationId").to_owned();
        let scope = text(params, "/scopeURL").to_owned();
        let deleted = params["isDeleted"].as_bool().unwrap_or(false);
        let mut state = self.state();
        let known = state.registrations.contains_key(&id);
        if deleted {
            state.registrations.remove(&id);
            state.deleted.insert(id.clone());
        } else {
            state.deleted.remove(&id);
            state.registrations.entry(id.clone()).or_default().scope.clone_from(&scope);
        }
        if known == deleted {
            self.log.push(What::Registration { registration: id, scope, deleted });
        }
    }

    fn version(&self, params: &Value) {
        let (registration, version) = (text(params, "/registrationId"), text(params, "/versionId"));
        let now = match text(params, "/status") {
            "installing" => WorkerState::Installing,
            "installed" => WorkerState::Installed,
            "activating" => WorkerState::Activating,
            "activated" => WorkerState::Activated,
            "redundant" => WorkerState::Redundant,
            _ => WorkerState::New,
        };
        let running = matches!(text(params, "/runningStatus"), "running" | "starting");
        let mut state = self.state();
        let target = text(params, "/targetId");
        if !target.is_empty() {
            state.versions.insert(target.to_owned(), version.to_owned());
        }
        let is_news = if state.deleted.contains(registration) {
            true
        } else {
            let known = state.registrations.entry(registration.to_owned()).or_default();
            known.scripts.insert(version.to_owned(), text(params, "/scriptURL").to_owned());
            known.versions.insert(version.to_owned(), (now, running)) != Some((now, running))
        };
        if is_news {
            self.log.push(What::WorkerVersion {
                registration: registration.to_owned(),
                version: version.to_owned(),
                script: text(params, "/scriptURL").to_owned(),
                state: now,
                running,
            });
        }
    }
}

fn response(by: Party, params: &Value) -> Response {
    let response = &params["response"];
    let flag = |name: &str| response[name].as_bool().unwrap_or(false);
    let source = if flag("fromServiceWorker") {
        match text(response, "/serviceWorkerResponseSource") {
            "cache-storage" => Source::WorkerCache,
            "network" => Source::WorkerNetwork,
            "http-cache" => Source::WorkerHttpCache,
            _ => Source::Worker,
        }
    } else if flag("fromDiskCache") || flag("fromPrefetchCache") {
        Source::HttpCache
    } else {
        Source::Network
    };
    Response {
        by,
        url: text(response, "/url").to_owned(),
        resource: text(params, "/type").to_owned(),
        status: u16::try_from(number(response, "/status")).unwrap_or_default(),
        mime: text(response, "/mimeType").to_owned(),
        source,
        cache: response["cacheStorageCacheName"].as_str().map(str::to_owned),
    }
}

/// Whether a request of this type ends with its response.
fn ends_by_itself(kind: &str) -> bool {
    !matches!(kind, "WebSocket" | "EventSource" | "Ping" | "Media" | "Prefetch")
}

/// A console argument as text, roughly as a console shows it.
fn spoken(argument: &Value) -> String {
    match &argument["value"] {
        Value::Null => text(argument, "/description").to_owned(),
        Value::String(said) => said.clone(),
        other => other.to_string(),
    }
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn number(value: &Value, pointer: &str) -> u32 {
    let number = value.pointer(pointer);
    let whole = number.and_then(|n| n.as_u64().or_else(|| n.as_f64().map(|n| n.max(0.0) as u64)));
    whole.and_then(|n| u32::try_from(n).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{
        ACCEPTED_UPDATE, ERROR_PAGE, KILLED_BROWSER, PAGE_WITH_ERRORS, Replay, UNREGISTERED_WORKER,
    };
    use super::*;

    const TAB: TabId = TabId(1);

    fn path(url: &str) -> &str {
        url.strip_prefix("https://app.test").unwrap_or(url)
    }

    /// The life of each worker version: its id, its state, and whether it runs.
    fn lives(replay: &Replay) -> Vec<(String, WorkerState, bool)> {
        replay.told(|what| match what {
            What::WorkerVersion { version, state, running, .. } => Some((version.clone(), *state, *running)),
            _ => None,
        })
    }

    fn version(id: &str, state: WorkerState, running: bool) -> (String, WorkerState, bool) {
        (id.to_owned(), state, running)
    }

    #[test]
    fn who_served_a_response() {
        let source = |of: Value| response(Party::Tab(TabId(1)), &json!({ "response": of })).source;
        let by_worker = |of: &str| source(json!({ "fromServiceWorker": true, "serviceWorkerResponseSource": of }));
        assert_eq!(source(json!({})), Source::Network);
        assert_eq!(source(json!({ "fromDiskCache": true })), Source::HttpCache);
        assert_eq!(by_worker("network"), Source::WorkerNetwork);
        assert_eq!(by_worker("http-cache"), Source::WorkerHttpCache);
        assert_eq!(by_worker("cache-storage"), Source::WorkerCache);
        assert_eq!(by_worker("fallback-code"), Source::Worker);
    }

    #[test]
    fn a_navigation_that_the_visitor_has_not_begun_is_the_apps() {
        let replay = Replay::of(ACCEPTED_UPDATE).whole();
        let of_pages = replay.told(|what| match what {
            What::NavigationStarted { url, by, reload, .. } => {
                Some(format!("{} by {by:?}{}", path(url), if *reload { ", a reload" } else { "" }))
            }
            What::Committed { url, error_page: false, restored: false, .. } => Some(format!("{} is there", path(url))),
            What::Loaded { .. } => Some("loaded".to_owned()),
            _ => None,
        });
        assert_eq!(
            of_pages,
            [
                "/ by Visitor",
                "/ is there",
                "loaded",
                "/part by Visitor",
                "/part is there",
                "loaded",
                "/part by App, a reload",
                "/part is there",
                "loaded"
            ]
        );
    }

    #[test]
    fn a_navigation_within_the_document_is_none() {
        let replay = Replay::of(PAGE_WITH_ERRORS).whole();
        let begun = |replay: &Replay| replay.told(|what| matches!(what, What::NavigationStarted { .. }).then_some(()));
        assert_eq!(begun(&replay).len(), 1);
        for (kind, url) in [("sameDocument", "https://app.test/#there"), ("differentDocument", "about:blank")] {
            let params = json!({ "frameId": "ID-1", "navigationType": kind, "url": url });
            replay.translator.event(&Place::Tab(TAB), "Page.frameStartedNavigating", &params);
        }
        let of_a_frame = json!({ "frameId": "ID-9", "navigationType": "reload", "url": "https://app.test/frame" });
        replay.translator.event(&Place::Tab(TAB), "Page.frameStartedNavigating", &of_a_frame);
        assert_eq!(begun(&replay).len(), 1);
    }

    #[test]
    fn what_a_page_shows_is_told_as_it_changes() {
        let replay = Replay::of(ACCEPTED_UPDATE).whole();
        let shown = replay.told(|what| match what {
            What::Page(page) => Some((
                format!("{:?} {:?}", page.page_release, page.code_release),
                page.hydrated == Some(true),
                page.update_offered == Some(true),
                page.lazy_shown == Some(true),
            )),
            _ => None,
        });
        let named = |page: &str, code: &str| format!(r#"Names("{page}") {code}"#);
        let (a, b) = (named("A", r#"Names("A")"#), named("B", r#"Names("B")"#));
        let alive: Vec<_> = shown.into_iter().filter(|(_, hydrated, ..)| *hydrated).collect();
        let (no, yes) = (false, true);
        assert_eq!(
            alive,
            [
                (a.clone(), yes, no, no),
                (a.clone(), yes, no, no),
                (a.clone(), yes, yes, no),
                (a.clone(), yes, yes, yes),
                (a, yes, no, yes),
                (b, yes, no, no)
            ]
        );
    }

    #[test]
    fn a_worker_version_is_told_once_for_each_of_its_states() {
        use WorkerState::{Activated, Activating, Installed, Installing, New, Redundant};
        let replay = Replay::of(ACCEPTED_UPDATE).whole();
        let lives = lives(&replay);
        let of = |wanted: &str| -> Vec<_> {
            lives.iter().filter(|(id, ..)| id == wanted).map(|(_, state, running)| (*state, *running)).collect()
        };
        let comes = [(New, false), (New, true), (Installing, true), (Installed, true), (Activating, true)];
        let first = [&comes[..], &[(Activated, true), (Activated, false), (Redundant, false)]].concat();
        assert_eq!(of("0"), first);
        assert_eq!(of("1"), [&comes[..], &[(Activated, true)]].concat());
        assert!(
            !replay
                .told(
                    |what| matches!(what, What::WorkerVersion { script, .. } if path(script) == "/sw.js").then_some(())
                )
                .is_empty()
        );
    }

    #[test]
    fn registrations_say_which_version_is_where() {
        let seen = Replay::of(ACCEPTED_UPDATE).each(Replay::registrations);
        let seen: Vec<_> = seen
            .iter()
            .map(|all| match all.as_slice() {
                [] => String::new(),
                [RegistrationState { installing, waiting, active, .. }] => {
                    let named = |id: &Option<String>| id.clone().unwrap_or_else(|| "-".to_owned());
                    format!("{} {} {}", named(installing), named(waiting), named(active))
                }
                more => panic!("{more:?}"),
            })
            .collect();
        let installing_waiting_active = ["", "0 - -", "- 0 -", "- - 0", "1 - 0", "- 1 0", "- 1 -", "- - 1"];
        assert_eq!(seen, installing_waiting_active);
    }

    #[test]
    fn workers_that_install_or_activate_are_not_idle() {
        let seen = Replay::of(ACCEPTED_UPDATE).each(Replay::idle);
        assert_eq!(seen, [&[][..], &["0"], &[], &["0"], &["0", "1"], &["1"], &[], &["1"]]);
    }

    #[test]
    fn a_worker_that_is_stopped_is_no_crash() {
        let replay = Replay::of(ACCEPTED_UPDATE).whole();
        assert_eq!(replay.told(|what| matches!(what, What::Exception { .. }).then_some(())), []);
        replay.translator.event(&Place::Tab(TAB), "Inspector.targetCrashed", &json!({}));
        let crashes = replay.told(|what| match what {
            What::Exception { by, text, url, .. } => Some((by.clone(), text.clone(), path(url).to_owned())),
            _ => None,
        });
        assert_eq!(crashes, [(Party::Tab(TAB), "the page's process crashed".to_owned(), "/part".to_owned())]);
    }

    #[test]
    fn a_response_has_whose_it_is_and_where_it_came_from() {
        let replay = Replay::of(ACCEPTED_UPDATE).whole();
        let scripts = replay.told(|what| match what {
            What::Response(Response { by, url, resource, status: 200, source, cache, .. }) if url.ends_with("A.js") => {
                Some(format!("{} {by:?} {resource} {source:?} {}", path(url), cache.clone().unwrap_or_default()))
            }
            _ => None,
        });
        assert_eq!(
            scripts,
            [
                "/assets/main.A.js Tab(TabId(1)) Script Network ",
                r#"/assets/main.A.js Worker("0") Fetch Network "#,
                r#"/assets/part.A.js Worker("0") Fetch Network "#,
                "/assets/main.A.js Tab(TabId(1)) Script WorkerCache release-A",
                "/assets/part.A.js Tab(TabId(1)) Script WorkerCache release-A",
            ]
        );
    }

    #[test]
    fn a_request_is_open_until_its_end() {
        let seen = Replay::of(ACCEPTED_UPDATE).each(|replay| {
            let mut open = replay.translator.open_requests(TAB);
            open.sort_unstable();
            open.iter().map(|url| path(url).to_owned()).collect::<Vec<_>>().join(" ")
        });
        let first_page = ["", "/", "/ /assets/main.A.js", "/assets/main.A.js", "", "/sw.js", ""];
        assert_eq!(seen[..first_page.len()], first_page);
        assert_eq!(seen.last().map(String::as_str), Some(""));

        let held = Translator::new(Log::default(), Some("https://app.test/reset".to_owned()));
        held.opened(TAB, "ID-1");
        for (kind, url) in [("Fetch", "/reset"), ("EventSource", "/news"), ("Media", "/film"), ("Fetch", "/data")] {
            let request = json!({ "url": format!("https://app.test{url}") });
            let params = json!({ "requestId": url, "type": kind, "request": request });
            held.event(&Place::Tab(TAB), "Network.requestWillBeSent", &params);
        }
        assert_eq!(held.open_requests(TAB), ["https://app.test/data"]);
    }

    #[test]
    fn a_failed_request_has_the_url_that_its_beginning_has_told() {
        let failed = |recording| {
            Replay::of(recording).whole().told(|what| match what {
                What::RequestFailed { by, url, resource, error, canceled } => {
                    Some(format!("{by:?} {resource} {} {error} {canceled}", path(url)))
                }
                _ => None,
            })
        };
        assert_eq!(
            failed(PAGE_WITH_ERRORS),
            [
                "Tab(TabId(1)) Fetch https://nowhere.invalid/ net::ERR_NAME_NOT_RESOLVED false",
                "Tab(TabId(1)) Fetch /sw.js net::ERR_ABORTED true",
                r#"Worker("0") Other /missing.js net::ERR_INVALID_RESPONSE false"#,
            ]
        );
        assert_eq!(failed(ERROR_PAGE), ["Tab(TabId(2)) Document / net::ERR_EMPTY_RESPONSE false"]);
    }

    #[test]
    fn an_exception_has_its_first_words_and_its_line() {
        let replay = Replay::of(PAGE_WITH_ERRORS).whole();
        let thrown = replay.told(|what| match what {
            What::Exception { by, text, url, line } => {
                let first = text.lines().next().unwrap_or_default().chars().take(26).collect::<String>();
                Some(format!("{by:?} {}:{line} {first}", path(url)))
            }
            _ => None,
        });
        assert_eq!(
            thrown,
            [
                "Tab(TabId(1)) /:12 TypeError: broken",
                "Tab(TabId(1)) /:11 Error: nobody handles this",
                r#"Worker("0") /sw.js:1 NetworkError: Failed to ex"#,
                "Tab(TabId(1)) /here:1 TypeError: Failed to regis",
            ]
        );
    }

    #[test]
    fn warnings_and_errors_of_the_console_are_told_and_what_the_network_repeats_is_not() {
        let replay = Replay::of(PAGE_WITH_ERRORS).whole();
        let said = replay.told(|what| match what {
            What::Console { by, level, text } => Some(format!("{by:?} {level}: {}", text.lines().next().unwrap())),
            _ => None,
        });
        assert_eq!(
            said,
            [
                "Tab(TabId(1)) warning: odd 7 Object",
                "Tab(TabId(1)) error: Error: told",
                "Tab(TabId(1)) warning: alert dialog: hello",
                r#"Worker("0") error: A bad HTTP response code (404) was received when fetching the script."#,
            ]
        );
    }

    #[test]
    fn an_error_of_a_worker_is_told_once_although_the_browser_reports_it_twice() {
        let replay = Replay::of(PAGE_WITH_ERRORS).whole();
        let errors = replay.told(|what| match what {
            What::WorkerError { version, text, url, line } => {
                Some(format!("{version} {}:{line} {}", path(url), text.chars().take(23).collect::<String>()))
            }
            _ => None,
        });
        assert_eq!(
            errors,
            ["0 /sw.js:1 Uncaught NetworkError: ", "0 :0 A bad HTTP response cod", "0 :0 Failed to register a Se"]
        );
        assert!(replay.registrations().is_empty());
        assert_eq!(lives(&replay).last(), Some(&version("0", WorkerState::Redundant, true)));
    }

    #[test]
    fn an_error_page_has_the_address_that_failed() {
        let replay = Replay::of(ERROR_PAGE).until(|what| matches!(what, What::Loaded { .. }));
        let (tab, url) = (TabId(2), "https://app.test/".to_owned());
        let committed = What::Committed { tab, url: url.clone(), error_page: true, restored: false };
        assert_eq!(replay.told(|what| (*what == committed).then_some(())).len(), 1);
        assert_eq!(replay.translator.shows(tab), (true, url.clone()));

        // Nobody asks the browser to try again.
        let again = json!({ "frameId": "ID-1", "navigationType": "reload", "url": url });
        replay.translator.event(&Place::Tab(tab), "Page.frameStartedNavigating", &again);
        let by = replay.told(|what| match what {
            What::NavigationStarted { by, .. } => Some(*by),
            _ => None,
        });
        assert_eq!(by, [Initiator::Visitor, Initiator::Browser]);
        assert!(replay.translator.leaves(tab));
    }

    #[test]
    fn a_page_of_the_driver_leaves_no_trace() {
        let replay = Replay::of(ERROR_PAGE).whole();
        let of_blank = replay.told(|what| format!("{what:?}").contains("/blank").then_some(()));
        assert_eq!(of_blank, []);
        assert_eq!(replay.told(|what| matches!(what, What::TabClosed { tab: TabId(2) }).then_some(())).len(), 1);
        assert_eq!(replay.translator.shows(TabId(2)), (false, String::new()));
    }

    #[test]
    fn a_page_that_comes_back_from_the_back_forward_cache_is_restored() {
        let replay = Replay::of(ACCEPTED_UPDATE).whole();
        let frame = json!({ "id": "ID-9", "url": "https://app.test/" });
        let params = json!({ "frame": frame, "type": "BackForwardCacheRestore" });
        replay.translator.event(&Place::Tab(TAB), "Page.frameNavigated", &params);
        let restored = replay.told(|what| match what {
            What::Committed { url, restored: true, .. } => Some(path(url).to_owned()),
            _ => None,
        });
        assert_eq!(restored, ["/"]);
    }

    #[test]
    fn a_cache_that_changes_several_times_in_a_row_is_told_once() {
        let replay = Replay::of(ACCEPTED_UPDATE).whole();
        let changed = replay.told(|what| match what {
            What::CacheChanged { cache } => Some(cache.clone()),
            _ => None,
        });
        assert_eq!(changed, ["", "release-A", "release-A", "", "release-B", "", "release-B"]);
    }

    #[test]
    fn what_the_profile_keeps_is_told_anew_after_the_browser_was_killed() {
        use WorkerState::Activated;
        let replay = Replay::of(KILLED_BROWSER).whole();
        let registered = replay.told(|what| match what {
            What::Registration { registration, deleted, .. } => Some((registration.clone(), *deleted)),
            _ => None,
        });
        assert_eq!(registered, [("0".to_owned(), false), ("0".to_owned(), false)]);
        let lives = lives(&replay);
        let newest: Vec<_> = lives.iter().rev().take(3).rev().collect();
        let stopped = [&version("0", Activated, true), &version("0", Activated, false), &version("0", Activated, true)];
        assert_eq!(newest, stopped);

        let open = |replay: &Replay| {
            replay.translator.browser_gone();
            replay.told(|what| if let What::TabClosed { tab } = what { Some(*tab) } else { None })
        };
        assert_eq!(open(&replay), [TabId(1), TabId(2)]);
        assert_eq!(replay.registrations(), []);
    }

    #[test]
    fn a_registration_that_is_deleted_has_no_versions_although_the_browser_goes_on_to_tell_of_them() {
        let replay = Replay::of(UNREGISTERED_WORKER).whole();
        let registered = replay.told(|what| match what {
            What::Registration { deleted, .. } => Some(*deleted),
            _ => None,
        });
        assert_eq!(registered, [false, true]);
        assert_eq!(lives(&replay).last(), Some(&version("1", WorkerState::Redundant, true)));
        let late = json!({ "versions": [{ "registrationId": "0", "versionId": "1", "status": "activated",
                                          "runningStatus": "running", "scriptURL": "https://app.test/sw.js" }] });
        replay.translator.event(&Place::Observer, "ServiceWorker.workerVersionUpdated", &late);
        assert_eq!((replay.registrations(), replay.idle()), (Vec::new(), Vec::new()));
    }

    #[test]
    fn a_worker_whose_script_could_not_be_loaded_is_redundant_when_it_ends() {
        let new = |what: &What| matches!(what, What::WorkerVersion { state: WorkerState::New, .. });
        let replay = Replay::of(PAGE_WITH_ERRORS).until(new);
        assert_eq!(replay.registrations().len(), 1);
        replay.translator.detached(&Place::Worker("ID-9".to_owned()));
        assert_eq!(replay.registrations(), []);
        assert_eq!(lives(&replay).last(), Some(&version("0", WorkerState::Redundant, false)));
    }
}
