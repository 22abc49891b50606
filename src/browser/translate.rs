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

    use super::*;

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
}
