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
    /// What was tried: the variant's name, or a name for the user's own app.
    pub subject: String,
    /// The scenario that was played.
    pub scenario: String,
    /// The browser, as it names itself.
    pub browser: String,
}

/// Everything observed in one cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// What was played on what.
    pub header: Header,
    /// The events, ordered by [`Event::seq`].
    pub events: Vec<Event>,
}

/// One thing that was observed or done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Position in the trace, from 0, without gaps.
    pub seq: u32,
    /// Milliseconds since the trace began.
    pub at_ms: u64,
    /// What it was.
    #[serde(flatten)]
    pub what: What,
}

/// Number of a tab within its visitor, from 1 in the order of opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TabId(pub u32);

impl fmt::Display for TabId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tab {}", self.0)
    }
}

/// Who made a request or raised an error.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Party {
    /// A page in this tab.
    Tab(TabId),
    /// The service worker version with this id (as in [`What::WorkerVersion`]; empty while it is not known yet).
    Worker(String),
}

/// How far a fault excuses what goes wrong while it lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gravity {
    /// Headers differ; every answer is still right. Excuses nothing.
    Neutral,
    /// A good app copes: only a failed worker install is excused, as the browser tries again later.
    Disturbs,
    /// Pages that were loaded meanwhile may be broken. What is kept, and what comes after, is not excused.
    Breaks,
}

/// Who caused a navigation of a tab's main frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Initiator {
    /// The visitor, as the scenario says.
    Visitor,
    /// The page or its worker.
    App,
    /// The browser by itself, such as another try of its own error page.
    Browser,
}

/// Where a response came from, as the browser says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// The network, without a worker between.
    Network,
    /// The HTTP cache.
    HttpCache,
    /// The worker, which had it from the network.
    WorkerNetwork,
    /// The worker, which had it from the HTTP cache.
    WorkerHttpCache,
    /// The worker, which had it from CacheStorage.
    WorkerCache,
    /// The worker, which made it up or whose source the browser does not tell.
    Worker,
}

impl Source {
    /// True where a worker answered.
    #[must_use]
    pub fn is_worker(self) -> bool {
        matches!(self, Self::WorkerNetwork | Self::WorkerHttpCache | Self::WorkerCache | Self::Worker)
    }
}

/// Life of one worker version, as in the Service Worker specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WorkerState {
    /// Known, its install event not yet sent.
    New,
    /// Its install event is under way.
    Installing,
    /// Installed and waiting.
    Installed,
    /// Its activate event is under way.
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

/// What an event tells. Serialised with `event` as its tag.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum What {
    // The scenario.
    /// The scenario does something, in words.
    Step {
        /// What is done.
        text: String,
    },
    /// The visitor acts on a page: clicks, types, reloads, enters an address.
    Action {
        /// Where.
        tab: TabId,
        /// What.
        action: Action,
    },
    /// What a healthy app gives at this point. Checks judge it.
    Due(Due),
    /// What the app's configuration claims of its worker. The first event of a trace, where it claims anything.
    Claims(Claims),
    /// Something that was awaited of the app did not come in time. Not an error of the tool.
    Expired {
        /// What was awaited.
        awaited: String,
        /// How long.
        within_ms: u64,
        /// What came instead.
        instead: String,
    },
    /// The scenario has no meaning for this app.
    Inapplicable {
        /// Why not.
        why: String,
    },
    /// The trace is whole.
    End,

    // The origin.
    /// From here on the origin serves this release.
    Swap {
        /// Name of the release.
        release: String,
    },
    /// A fault begins.
    FaultOn {
        /// Number of the fault within the origin.
        fault: u32,
        /// The fault in words.
        text: String,
        /// What it excuses.
        gravity: Gravity,
    },
    /// A fault ends.
    FaultOff {
        /// Number of the fault.
        fault: u32,
    },
    /// The origin has answered a request.
    Answer(Answer),

    // The browser, where the visitor has one of their own.
    /// The browser ends, and with it every tab and running worker.
    BrowserEnded {
        /// True when it was killed: what it had not written to its profile yet is lost.
        killed: bool,
    },
    /// The browser was started again, on the profile that it has left.
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
    /// A navigation of the main frame began.
    NavigationStarted {
        /// Where.
        tab: TabId,
        /// Where to.
        url: String,
        /// Who wanted it.
        by: Initiator,
        /// True for a reload.
        reload: bool,
    },
    /// A new document was committed in the main frame.
    Committed {
        /// Where.
        tab: TabId,
        /// The document's URL.
        url: String,
        /// True for the browser's own error page (then `url` is the address that failed).
        error_page: bool,
        /// True when the back/forward cache restored it.
        restored: bool,
    },
    /// The load event of the main frame.
    Loaded {
        /// Where.
        tab: TabId,
    },
    /// What a page shows; recorded at each change and when a scenario asks.
    Page(PageState),
    /// Headers of a response arrived at a page or a worker.
    Response(Response),
    /// A request got no response.
    RequestFailed {
        /// Whose.
        by: Party,
        /// Of what.
        url: String,
        /// What it was for, as DevTools names it: `Document`, `Script`, `Fetch` …
        resource: String,
        /// The browser's error, such as `net::ERR_EMPTY_RESPONSE`.
        error: String,
        /// True when the page itself gave up, for instance because it was left.
        canceled: bool,
    },
    /// An exception that nobody caught, or a rejection that nobody handled.
    Exception {
        /// Whose.
        by: Party,
        /// What it says.
        text: String,
        /// The script, empty when unknown.
        url: String,
        /// Line in it, from 1; 0 when unknown.
        line: u32,
    },
    /// A warning or an error on the console.
    Console {
        /// Whose.
        by: Party,
        /// `warning` or `error`.
        level: String,
        /// What it says.
        text: String,
    },

    // Workers and caches.
    /// A registration was made, changed or deleted.
    Registration {
        /// The browser's id.
        registration: String,
        /// Its scope.
        scope: String,
        /// True when it is gone.
        deleted: bool,
    },
    /// A worker version's state.
    WorkerVersion {
        /// The registration's id.
        registration: String,
        /// The version's id.
        version: String,
        /// Its script.
        script: String,
        /// Its state.
        state: WorkerState,
        /// True while it runs.
        running: bool,
    },
    /// The browser reports an error of a worker: a syntax error, a throw, a rejected install, a failed import.
    WorkerError {
        /// The version's id.
        version: String,
        /// What it says.
        text: String,
        /// The script.
        url: String,
        /// Line in it, from 1; 0 when unknown.
        line: u32,
    },
    /// The content of a cache changed, or a cache came or went.
    CacheChanged {
        /// The cache; empty where the list of caches changed.
        cache: String,
    },
    /// What the browser keeps, looked at on purpose.
    Snapshot(Snapshot),
    /// Which of the things that were left in the site's storage are there, looked at on purpose.
    Stored {
        /// The kinds of storage that still have what was left there.
        kinds: Vec<Store>,
    },
    /// A page has asked for a part of a file, as media players do.
    Range(RangeAnswer),
}

/// What an app's configuration claims of its worker. What it says nothing of is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Claims {
    /// Path of the script of the worker that there is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub script: Option<String>,
    /// Whether a new worker takes the place of the old one without waiting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skip_waiting: Option<bool>,
    /// Whether a worker takes over pages that were loaded without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clients_claim: Option<bool>,
}

/// A kind of storage in which a site keeps things for its visitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Store {
    /// `localStorage`.
    LocalStorage,
    /// A database of IndexedDB.
    IndexedDb,
    /// A cookie.
    Cookie,
}

/// What a page got that asked for a part of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RangeAnswer {
    /// Where.
    pub tab: TabId,
    /// The file.
    pub url: String,
    /// The `Range` that was asked for.
    pub range: String,
    /// The status; none where the request failed.
    pub status: Option<u16>,
    /// True when the bytes are those that the range names.
    pub right: bool,
}

/// What a visitor does.
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
    /// Sends a form.
    Submit {
        /// The selector of what is clicked.
        selector: String,
    },
    /// Clicks what the selector names.
    Click {
        /// The selector.
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

/// What a healthy app gives at a point of the story. A [`What::Page`] of the tab stands just before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "due")]
pub enum Due {
    /// The tab shows a page of the app that works, of whatever release.
    Usable {
        /// Which tab.
        tab: TabId,
    },
    /// The tab shows the lazily loaded part that the visitor has asked for.
    Part {
        /// Which tab.
        tab: TabId,
    },
    /// The visitor is on this release: page, code and worker. A [`What::Snapshot`] stands before it.
    Current {
        /// The tab that shows it.
        tab: TabId,
        /// The release.
        release: String,
    },
    /// The caches keep nothing of another release than this. A [`What::Snapshot`] stands before it.
    Cleared {
        /// The release.
        release: String,
    },
    /// What the visitor has typed is still there.
    Input {
        /// Which tab.
        tab: TabId,
        /// The text.
        text: String,
    },
    /// The page says that what the visitor has sent is saved.
    Saved {
        /// Which tab.
        tab: TabId,
    },
    /// No cache keeps what belongs to a visitor who has logged out. A [`What::Snapshot`] stands before it.
    Forgotten {
        /// What no cache may keep.
        url: String,
    },
    /// No worker is left, and no cache. A [`What::Snapshot`] stands before it.
    NoWorker,
    /// What was left in these kinds of storage is still there. A [`What::Stored`] stands before it.
    Stored {
        /// The kinds.
        kinds: Vec<Store>,
    },
    /// With no network at all the tab shows a page of the app that works.
    Offline {
        /// Which tab.
        tab: TabId,
        /// The address that was visited.
        url: String,
        /// The release that it has to be of.
        release: String,
    },
}

/// One request as the origin saw it, and what was answered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// `GET` …
    pub method: String,
    /// Absolute URL as the browser sees it.
    pub url: String,
    /// `Sec-Fetch-Dest`: `document`, `script`, `empty` … Empty when the browser sent none.
    pub destination: String,
    /// True for a worker's script or its imports (`Service-Worker: script`, or destination `serviceworker`).
    pub worker_script: bool,
    /// The release that answered, none when a fault answered instead.
    pub release: Option<String>,
    /// The fault that changed the answer.
    pub fault: Option<u32>,
    /// True for a request that the browser sends ahead of the worker (`Service-Worker-Navigation-Preload`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub preload: bool,
    /// The status; 0 when the connection was dropped.
    pub status: u16,
    /// `Content-Type`, empty without.
    pub content_type: String,
    /// `Cache-Control`, empty without.
    pub cache_control: String,
}

/// The mark by which a page tells its release.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReleaseMark {
    /// The app's description names no such mark.
    #[default]
    Undescribed,
    /// It is described, and not on the page.
    Missing,
    /// It names this release.
    Names(String),
}

/// What a page shows. Selectors come from the app's description; a part the description does not name is `None`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageState {
    /// Where.
    pub tab: TabId,
    /// The document's URL.
    pub url: String,
    /// Its title.
    pub title: String,
    /// Whether the client code has taken over.
    #[serde(default)]
    pub hydrated: Option<bool>,
    /// The release that the document carries.
    #[serde(default)]
    pub page_release: ReleaseMark,
    /// The release of the client code that runs.
    #[serde(default)]
    pub code_release: ReleaseMark,
    /// Whether the lazily loaded part is shown.
    #[serde(default)]
    pub lazy_shown: Option<bool>,
    /// Whether the page offers an update.
    #[serde(default)]
    pub update_offered: Option<bool>,
    /// The draft, where the page has one.
    #[serde(default)]
    pub draft: Option<String>,
    /// Whether the page says that the draft is saved.
    #[serde(default)]
    pub saved: Option<bool>,
    /// Whether a worker controls the page.
    #[serde(default)]
    pub controlled: bool,
}

/// A response as the page or worker got it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Response {
    /// Whose.
    pub by: Party,
    /// Of what.
    pub url: String,
    /// What it was for, as DevTools names it: `Document`, `Script`, `Fetch` …
    pub resource: String,
    /// The status.
    pub status: u16,
    /// The MIME type.
    pub mime: String,
    /// Where it came from.
    pub source: Source,
    /// The cache, where the worker had it from one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache: Option<String>,
}

/// What the browser keeps for the origin.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The moment, in words.
    pub label: String,
    /// Every entry of every cache.
    pub entries: Vec<CacheEntry>,
    /// Every live registration.
    pub registrations: Vec<RegistrationState>,
}

/// One entry of CacheStorage, beside what the releases say of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CacheEntry {
    /// Name of the cache.
    pub cache: String,
    /// URL of the request.
    pub url: String,
    /// The real status, also of an opaque response.
    pub status: u16,
    /// True for an opaque response, whose status page script cannot see.
    #[serde(default)]
    pub opaque: bool,
    /// `Content-Type` as kept, empty without.
    pub content_type: String,
    /// True when the body begins as HTML does.
    #[serde(default)]
    pub html_body: bool,
    /// The releases that give this very body for this URL.
    pub releases: Vec<String>,
    /// The status with which the current release answers the URL; none when it was not asked.
    pub status_now: Option<u16>,
    /// The fault that has answered with this very body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<u32>,
}

impl CacheEntry {
    /// Whether it belongs to `release`: the release gives it, or it is nobody's in particular.
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
    /// Version id of the worker that installs.
    pub installing: Option<String>,
    /// Version id of the worker that waits.
    pub waiting: Option<String>,
    /// Version id of the active worker.
    pub active: Option<String>,
}
