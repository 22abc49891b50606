//! What is observed: the events of a trace.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The version of the format that this build writes and the only one that it reads.
pub const FORMAT: u32 = 1;

/// The first line of a saved trace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// Version of the format, [`FORMAT`].
    pub swapcheck_trace: u32,
    /// What was tested: the variant's name, or a name for the user's own app.
    pub subject: String,
    /// The scenario that was played.
    pub scenario: String,
    /// The name and version that the browser reports.
    pub browser: String,
}

/// Everything observed in one cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// The subject, the scenario and the browser.
    pub header: Header,
    /// The events, ordered by [`Event::seq`].
    pub events: Vec<Event>,
}

/// One observation or action.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Position in the trace, from 0, without gaps.
    pub seq: u32,
    /// Milliseconds since the start of the trace.
    pub at_ms: u64,
    /// The observation or action.
    #[serde(flatten)]
    pub what: What,
}

/// Number of a tab of a visitor, from 1 in the order of opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TabId(pub u32);

impl fmt::Display for TabId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tab {}", self.0)
    }
}

/// The source of a request or an error.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Party {
    /// A page in this tab.
    Tab(TabId),
    /// The service worker version with this id (as in [`What::WorkerVersion`]; empty while unknown).
    Worker(String),
}

/// What a fault excuses while it is active.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gravity {
    /// Only headers differ, every response is still correct. Excuses nothing.
    Neutral,
    /// A healthy app copes: only a failed worker installation is excused, because the browser tries again later.
    Disturbs,
    /// Pages loaded meanwhile may be broken. What stays in a cache, and what happens afterwards, is not excused.
    Breaks,
}

/// Who started a navigation of a tab's main frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Initiator {
    /// The visitor, as the scenario directs.
    Visitor,
    /// The page or its worker.
    App,
    /// The browser itself, for example when its error page retries.
    Browser,
}

/// Where a response came from, as the browser reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// The network, without a worker.
    Network,
    /// The HTTP cache.
    HttpCache,
    /// The network, via the worker.
    WorkerNetwork,
    /// The HTTP cache, via the worker.
    WorkerHttpCache,
    /// CacheStorage, via the worker.
    WorkerCache,
    /// The worker, which generated it or whose source the browser does not report.
    Worker,
}

impl Source {
    /// True if a worker answered.
    #[must_use]
    pub fn is_worker(self) -> bool {
        matches!(self, Self::WorkerNetwork | Self::WorkerHttpCache | Self::WorkerCache | Self::Worker)
    }
}

/// State of a worker version, as in the Service Worker specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WorkerState {
    /// Known; the install event has not been dispatched yet.
    New,
    /// Handling the install event.
    Installing,
    /// Installed and waiting.
    Installed,
    /// Handling the activate event.
    Activating,
    /// Active.
    Activated,
    /// Discarded.
    Redundant,
}

impl fmt::Display for WorkerState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::New => "new",
            Self::Installing => "installing",
            Self::Installed => "installed (waiting)",
            Self::Activating => "activating",
            Self::Activated => "activated",
            Self::Redundant => "redundant",
        })
    }
}

/// The content of an event. Serialised with `event` as its tag.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum What {
    // The scenario.
    /// A step of the scenario, in words.
    Step {
        /// What happens.
        text: String,
    },
    /// The visitor acts on a page: clicks, types, reloads, enters an address.
    Action {
        /// The tab.
        tab: TabId,
        /// The action.
        action: Action,
    },
    /// What is expected of a healthy app at this point. Checks judge it.
    Due(Due),
    /// What the app's configuration says about its worker. The first event of a trace, if it says anything.
    Claims(Claims),
    /// A wait for the app timed out. Not an error of the tool.
    Expired {
        /// What the scenario waited for.
        awaited: String,
        /// For how long.
        within_ms: u64,
        /// What happened instead.
        instead: String,
    },
    /// The scenario does not apply to this app.
    Inapplicable {
        /// The reason.
        why: String,
    },
    /// The end of a complete trace.
    End,

    // The origin.
    /// The origin serves this release from now on.
    Swap {
        /// Name of the release.
        release: String,
    },
    /// A fault starts.
    FaultOn {
        /// Number of the fault within the origin.
        fault: u32,
        /// Description of the fault.
        text: String,
        /// What it excuses.
        gravity: Gravity,
    },
    /// A fault ends.
    FaultOff {
        /// Number of the fault.
        fault: u32,
    },
    /// The origin answered a request.
    Answer(Answer),

    // The browser, if the visitor has an own one.
    /// The browser ends, with all tabs and running workers.
    BrowserEnded {
        /// True if it was killed: what it had not yet written to its profile is lost.
        killed: bool,
    },
    /// The browser was restarted on the same profile.
    BrowserStarted,

    // Tabs.
    /// A tab was opened.
    TabOpened {
        /// Its number.
        tab: TabId,
    },
    /// A tab was closed.
    TabClosed {
        /// Its number.
        tab: TabId,
    },
    /// A navigation of the main frame started.
    NavigationStarted {
        /// The tab.
        tab: TabId,
        /// The URL.
        url: String,
        /// Who started it.
        by: Initiator,
        /// True for a reload.
        reload: bool,
    },
    /// A new document was committed in the main frame.
    Committed {
        /// The tab.
        tab: TabId,
        /// The document's URL.
        url: String,
        /// True for the browser's own error page; `url` is then the address that failed.
        error_page: bool,
        /// True if the back/forward cache restored it.
        restored: bool,
    },
    /// The main frame fired its load event.
    Loaded {
        /// The tab.
        tab: TabId,
    },
    /// The state of a page; recorded on each change and on request of a scenario.
    Page(PageState),
    /// A page or a worker received the headers of a response.
    Response(Response),
    /// A request got no response.
    RequestFailed {
        /// Who sent it.
        by: Party,
        /// The URL.
        url: String,
        /// Resource type in DevTools: `Document`, `Script`, `Fetch` …
        resource: String,
        /// The browser's error, such as `net::ERR_EMPTY_RESPONSE`.
        error: String,
        /// True if the page itself cancelled it, for example because the visitor left.
        canceled: bool,
    },
    /// An uncaught exception or an unhandled rejection.
    Exception {
        /// Who raised it.
        by: Party,
        /// The message.
        text: String,
        /// The script; empty if unknown.
        url: String,
        /// Line in it, from 1; 0 if unknown.
        line: u32,
    },
    /// A warning or an error on the console.
    Console {
        /// Who raised it.
        by: Party,
        /// `warning` or `error`.
        level: String,
        /// The message.
        text: String,
    },

    // Workers and caches.
    /// A registration was created or deleted.
    Registration {
        /// The browser's id for it.
        registration: String,
        /// Its scope.
        scope: String,
        /// True if it was deleted.
        deleted: bool,
    },
    /// The state of a worker version.
    WorkerVersion {
        /// The registration's id.
        registration: String,
        /// The version's id.
        version: String,
        /// Its script.
        script: String,
        /// Its state.
        state: WorkerState,
        /// True while it is running.
        running: bool,
    },
    /// The browser reported a worker error: a syntax error, an exception, a rejected install event, a failed import.
    WorkerError {
        /// The version's id.
        version: String,
        /// The message.
        text: String,
        /// The script.
        url: String,
        /// Line in it, from 1; 0 if unknown.
        line: u32,
    },
    /// The content of a cache changed, or a cache was created or deleted.
    CacheChanged {
        /// The cache; empty if the list of caches changed.
        cache: String,
    },
    /// A snapshot of caches and registrations.
    Snapshot(Snapshot),
    /// A check of the visitor's stored data.
    Stored {
        /// The kinds of storage that still contain it.
        kinds: Vec<Store>,
    },
    /// A page requested part of a file, as media players do.
    Range(RangeAnswer),
}

/// What an app's configuration says about its worker; `None` where it says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Claims {
    /// Path of the worker script.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub script: Option<String>,
    /// Whether a new worker replaces the old one without waiting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skip_waiting: Option<bool>,
    /// Whether a worker takes control of pages that were loaded without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clients_claim: Option<bool>,
}

/// A kind of storage in which a site stores data for the visitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Store {
    /// `localStorage`.
    LocalStorage,
    /// An IndexedDB database.
    IndexedDb,
    /// A cookie.
    Cookie,
}

/// The response to a page that requested part of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RangeAnswer {
    /// The tab.
    pub tab: TabId,
    /// The file.
    pub url: String,
    /// The requested `Range`.
    pub range: String,
    /// The status; none if the request failed.
    pub status: Option<u16>,
    /// True if the bytes are exactly those of the range.
    pub right: bool,
}

/// An action of the visitor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Action {
    /// Enters an address.
    Navigate {
        /// The address.
        url: String,
    },
    /// Reloads the page.
    Reload,
    /// Submits a form.
    Submit {
        /// Selector of the clicked element.
        selector: String,
    },
    /// Clicks an element.
    Click {
        /// Selector of the element.
        selector: String,
    },
    /// Accepts an update that the page offers.
    AcceptUpdate,
    /// Types into a field.
    Type {
        /// The field's selector.
        selector: String,
        /// The text.
        text: String,
    },
}

/// What is expected of a healthy app at a point of the scenario. A [`What::Page`] of the tab comes just before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "due")]
pub enum Due {
    /// The tab shows a working page of the app, from any release.
    Usable {
        /// Which tab.
        tab: TabId,
    },
    /// The tab shows the lazily loaded part that the visitor opened.
    Part {
        /// Which tab.
        tab: TabId,
    },
    /// The visitor is on this release: page, client code and worker. A [`What::Snapshot`] comes before it.
    Current {
        /// The tab that shows it.
        tab: TabId,
        /// The release.
        release: String,
    },
    /// The caches hold nothing from other releases. A [`What::Snapshot`] comes before it.
    Cleared {
        /// The release.
        release: String,
    },
    /// The text that the visitor typed is still there.
    Input {
        /// Which tab.
        tab: TabId,
        /// The text.
        text: String,
    },
    /// The page confirms that the form is saved.
    Saved {
        /// Which tab.
        tab: TabId,
    },
    /// No cache holds private data of a visitor who has logged out. A [`What::Snapshot`] comes before it.
    Forgotten {
        /// The URL of the private data.
        url: String,
    },
    /// No worker and no cache is left. A [`What::Snapshot`] comes before it.
    NoWorker,
    /// The visitor's data is still in these kinds of storage. A [`What::Stored`] comes before it.
    Stored {
        /// The kinds.
        kinds: Vec<Store>,
    },
    /// The tab shows a working page of the app without a network.
    Offline {
        /// Which tab.
        tab: TabId,
        /// The visited address.
        url: String,
        /// The expected release.
        release: String,
    },
}

/// A request that the origin received, and its response.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// `GET` …
    pub method: String,
    /// Absolute URL, as the browser sees it.
    pub url: String,
    /// `Sec-Fetch-Dest`: `document`, `script`, `empty` … Empty if the browser sent none.
    pub destination: String,
    /// True for a worker script or its imports (`Service-Worker: script`, or destination `serviceworker`).
    pub worker_script: bool,
    /// The release that answered; none if a fault answered instead.
    pub release: Option<String>,
    /// The fault that changed the response.
    pub fault: Option<u32>,
    /// True for a navigation preload request (`Service-Worker-Navigation-Preload`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub preload: bool,
    /// The status; 0 if the connection was dropped.
    pub status: u16,
    /// `Content-Type`; empty if missing.
    pub content_type: String,
    /// `Cache-Control`; empty if missing.
    pub cache_control: String,
}

/// The mark with which a page reports its release.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReleaseMark {
    /// The app's description names no such mark.
    #[default]
    Undescribed,
    /// It is described, but not on the page.
    Missing,
    /// It names this release.
    Names(String),
}

/// The state of a page. Selectors come from the app's description; what it does not describe is `None`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageState {
    /// The tab.
    pub tab: TabId,
    /// The document's URL.
    pub url: String,
    /// Its title.
    pub title: String,
    /// Whether the page is hydrated.
    #[serde(default)]
    pub hydrated: Option<bool>,
    /// The release of the document.
    #[serde(default)]
    pub page_release: ReleaseMark,
    /// The release of the running client code.
    #[serde(default)]
    pub code_release: ReleaseMark,
    /// Whether the lazily loaded part is shown.
    #[serde(default)]
    pub lazy_shown: Option<bool>,
    /// Whether the page offers an update.
    #[serde(default)]
    pub update_offered: Option<bool>,
    /// The draft, if the page has one.
    #[serde(default)]
    pub draft: Option<String>,
    /// Whether the page confirms that the draft is saved.
    #[serde(default)]
    pub saved: Option<bool>,
    /// Whether a worker controls the page.
    #[serde(default)]
    pub controlled: bool,
}

/// A response that a page or a worker received.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Response {
    /// Who received it.
    pub by: Party,
    /// The URL.
    pub url: String,
    /// Resource type in DevTools: `Document`, `Script`, `Fetch` …
    pub resource: String,
    /// The status.
    pub status: u16,
    /// The MIME type.
    pub mime: String,
    /// Where it came from.
    pub source: Source,
    /// The cache, if it came from CacheStorage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache: Option<String>,
}

/// The caches and registrations of the origin at one moment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// When it was taken, in words.
    pub label: String,
    /// Every entry of every cache.
    pub entries: Vec<CacheEntry>,
    /// Every live registration.
    pub registrations: Vec<RegistrationState>,
}

/// One entry of CacheStorage, compared with the releases.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CacheEntry {
    /// Name of the cache.
    pub cache: String,
    /// URL of the request.
    pub url: String,
    /// The real status, even of an opaque response.
    pub status: u16,
    /// True for an opaque response, whose status scripts cannot see.
    #[serde(default)]
    pub opaque: bool,
    /// `Content-Type` of the entry; empty if missing.
    pub content_type: String,
    /// True if the body starts like HTML.
    #[serde(default)]
    pub html_body: bool,
    /// The releases that return exactly this body for this URL.
    pub releases: Vec<String>,
    /// The status that the current release returns for the URL; none if it was not requested.
    pub status_now: Option<u16>,
    /// The fault that returned exactly this body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<u32>,
}

impl CacheEntry {
    /// Whether it belongs to `release`: the release returns it, or it belongs to no release in particular.
    #[must_use]
    pub fn is_of(&self, release: &str) -> bool {
        let gone = matches!(self.status_now, Some(404 | 410));
        self.releases.iter().any(|name| name == release) || (self.releases.is_empty() && !gone)
    }
}

/// One registration and its workers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistrationState {
    /// Its scope.
    pub scope: String,
    /// Version id of the installing worker.
    pub installing: Option<String>,
    /// Version id of the waiting worker.
    pub waiting: Option<String>,
    /// Version id of the active worker.
    pub active: Option<String>,
}
