//! A visitor: one browser context with its own registrations, caches, storage and tabs; or a whole browser, if its
//! profile must outlive it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use chromiumoxide::cdp::browser_protocol::browser::{
    BrowserContextId, SetDownloadBehaviorBehavior, SetDownloadBehaviorParams,
};
use chromiumoxide::cdp::browser_protocol::network::{CookieParam, CookieSameSite};
use chromiumoxide::cdp::browser_protocol::target::{
    AttachToTargetParams, CloseTargetParams, CreateTargetParams, DisposeBrowserContextParams, GetTargetInfoParams,
    TargetId,
};
use chromiumoxide::cdp::browser_protocol::{fetch, network, page, service_worker, storage};
use chromiumoxide::cdp::js_protocol::runtime::EvaluateParams;
use serde::Deserialize;
use serde_json::{Value, json};

use super::caches::{self, Kept};
use super::connection::{CallError, Session};
use super::elsewhere;
use super::hub::Hub;
use super::launch::Browser;
use super::tab::Tab;
use super::translate::{Place, Translator};
use super::update_check::{CHECK_FOR_UPDATES, UpdateCheck};
use crate::app::App;
use crate::app::storage::{Cookie, Storage};
use crate::http::BLANK;
use crate::trace::{Event, Log, RegistrationState, Store, TabId};

/// Storage quota of the origin, in bytes. By default a browser allows more than half of the disk.
const ROOM: f64 = 2e9;

/// Deletes the cache entries for a URL. If no entry has exactly this URL, the query is ignored, because libraries add
/// one, for example for a revision. DevTools cannot delete an entry with a `Vary` header.
const EVICT: &str = "async (url) => {
  const kept = [];
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) kept.push({ cache, request });
  }
  const exact = kept.filter(({ request }) => request.url === url);
  const gone = exact.length ? exact : kept.filter(({ request }) => request.url.split('?')[0] === url);
  for (const { cache, request } of gone) await cache.delete(request);
  return gone.length > 0;
}";

/// Stores data in each kind of storage of the site, and reports which kinds contain it.
const STORAGE: &str = include_str!("storage.js");

/// Reads URLs from a page that bypasses the worker; see [`Read`] for the result.
const READ: &str = include_str!("read.js");

/// How many URLs are read concurrently.
const READ_AT_ONCE: usize = 6;

/// How long one URL may take, in seconds: less than the limit for a call to the browser.
const READING: u32 = 20;

/// The response of the origin to a GET request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Read {
    /// The status; 302 for any redirect.
    pub status: u16,
    /// `Content-Type`; empty if missing.
    pub content_type: String,
    /// `Cache-Control`; empty if missing.
    pub cache_control: String,
    /// SHA-256 of the body in hexadecimal; empty if the body is too large to read.
    pub hash: String,
    /// URLs of the scripts and styles, if it is an HTML page.
    pub assets: Vec<String>,
}

/// Stores name-value pairs in localStorage.
const REMEMBER: &str = "async (items) => items.forEach(([name, value]) => localStorage.setItem(name, value))";

/// A visitor of one origin.
#[derive(Debug)]
pub struct Visitor {
    browser: Session,
    observer: Session,
    hub: Arc<Hub>,
    /// The browser context created for the visitor; none if the visitor uses the browser's default context.
    made: Option<BrowserContextId>,
    /// Id of the context, which distinguishes the visitor's workers from others.
    context: String,
    translator: Arc<Translator>,
    log: Log,
    origin: String,
    blank: String,
    /// The driver serves the blank page, not the origin.
    blank_is_made_up: bool,
    marks: Arc<str>,
    tabs: AtomicU32,
}

impl Visitor {
    /// A new visitor of `origin` (scheme, host and port, without a trailing slash), with empty storage. `blank` is a
    /// URL of the origin that returns an empty page.
    ///
    /// # Errors
    /// When a command to the browser fails.
    pub async fn new(browser: &Browser, origin: &str, blank: &str, app: &App, log: Log) -> Result<Self, CallError> {
        let session = browser.connection().browser();
        let made = session.call(elsewhere::context(browser.reach())).await?.browser_context_id;
        let mut visitor = Self::nowhere(browser, origin, blank, app, log);
        visitor.made = Some(made);
        visitor.arrive().await?;
        Ok(visitor)
    }

    /// A visitor who uses the whole browser, with everything in its profile.
    ///
    /// # Errors
    /// When a command to the browser fails.
    pub async fn at_home(browser: &Browser, origin: &str, blank: &str, app: &App, log: Log) -> Result<Self, CallError> {
        let mut visitor = Self::nowhere(browser, origin, blank, app, log);
        visitor.arrive().await?;
        Ok(visitor)
    }

    /// As [`Visitor::at_home`], for a live site, which has no empty page: the driver serves it, without a request to
    /// the site.
    ///
    /// # Errors
    /// When a command to the browser fails.
    pub async fn of_site(browser: &Browser, origin: &str, app: &App, log: Log) -> Result<Self, CallError> {
        let mut visitor = Self::nowhere(browser, origin, &format!("{origin}{BLANK}"), app, log);
        visitor.blank_is_made_up = true;
        visitor.arrive().await?;
        Ok(visitor)
    }

    fn nowhere(browser: &Browser, origin: &str, blank: &str, app: &App, log: Log) -> Self {
        let session = browser.connection().browser();
        let held = app.reset.as_ref().map(|path| format!("{origin}{path}"));
        Self {
            observer: session.clone(),
            browser: session,
            hub: Arc::clone(browser.hub()),
            made: None,
            context: String::new(),
            translator: Translator::new(log.clone(), held),
            log,
            origin: origin.to_owned(),
            blank: blank.to_owned(),
            blank_is_made_up: false,
            marks: marks(app).into(),
            tabs: AtomicU32::new(0),
        }
    }

    /// A visitor of `https://app.test`, without a browser: what `translator` is told is all that happens.
    #[cfg(test)]
    pub(super) fn of_recording(
        connection: &super::connection::Connection,
        translator: Arc<Translator>,
        log: Log,
        app: &App,
    ) -> Self {
        Self {
            observer: connection.browser(),
            browser: connection.browser(),
            hub: Arc::default(),
            made: None,
            context: String::new(),
            translator,
            log,
            origin: "https://app.test".to_owned(),
            blank: format!("https://app.test{BLANK}"),
            blank_is_made_up: false,
            marks: marks(app).into(),
            tabs: AtomicU32::new(0),
        }
    }

    /// Subscribes to the events of the context.
    async fn arrive(&mut self) -> Result<(), CallError> {
        let mut downloads = SetDownloadBehaviorParams::new(SetDownloadBehaviorBehavior::Deny);
        downloads.browser_context_id.clone_from(&self.made);
        self.browser.call(downloads).await?;
        // This page never opens the origin, so it is not a client of any worker and keeps none waiting.
        let (target, observer) = self.open_page(Place::Observer).await?;
        let info = GetTargetInfoParams { target_id: Some(target) };
        let context = self.browser.call(info).await?.target_info.browser_context_id;
        self.context = context.map(|id| id.inner().clone()).unwrap_or_default();
        self.hub.add_context(&self.context, &self.translator);
        observer.call(service_worker::EnableParams::default()).await?;
        observer.call(storage::TrackCacheStorageForOriginParams::new(self.origin.clone())).await?;
        let mut room = storage::OverrideQuotaForOriginParams::new(self.origin.clone());
        room.quota_size = Some(ROOM);
        observer.call(room).await?;
        self.observer = observer;
        Ok(())
    }

    /// Stops recording, because the browser is about to end with all tabs and running workers.
    pub fn loses_browser(&self) {
        self.hub.remove_context(&self.context);
        self.translator.browser_gone();
    }

    /// Continues in another browser on the same profile.
    ///
    /// # Errors
    /// When a command to the browser fails.
    pub async fn moves_to(&mut self, browser: &Browser) -> Result<(), CallError> {
        self.browser = browser.connection().browser();
        self.hub = Arc::clone(browser.hub());
        self.arrive().await
    }

    /// Restores the cookies and localStorage of an earlier login.
    ///
    /// # Errors
    /// When a command to the browser fails.
    pub async fn bring(&self, brought: &Storage) -> Result<(), CallError> {
        if !brought.cookies.is_empty() {
            let cookies = brought.cookies.iter().map(|cookie| self.cookie(cookie)).collect();
            let mut set = storage::SetCookiesParams::new(cookies);
            set.browser_context_id.clone_from(&self.made);
            self.browser.call(set).await?;
        }
        if !brought.local.is_empty() {
            self.evaluate_on_blank(&format!("({REMEMBER})({})", json!(brought.local))).await?;
        }
        Ok(())
    }

    fn cookie(&self, cookie: &Cookie) -> CookieParam {
        let mut set = CookieParam::new(cookie.name.clone(), cookie.value.clone());
        // Without a domain the cookie belongs to the origin's own host.
        set.url = Some(format!("{}/", self.origin));
        set.path = Some(cookie.path.clone());
        (set.secure, set.http_only) = (Some(cookie.secure), Some(cookie.http_only));
        set.same_site = cookie.same_site.as_deref().and_then(|policy| policy.parse::<CookieSameSite>().ok());
        set
    }

    /// The log of the visitor's events.
    #[must_use]
    pub fn log(&self) -> &Log {
        &self.log
    }

    async fn open_page(&self, place: Place) -> Result<(TargetId, Session), CallError> {
        let mut create = CreateTargetParams::new("about:blank");
        create.browser_context_id.clone_from(&self.made);
        let target = self.browser.call(create).await?.target_id;
        let mut attach = AttachToTargetParams::new(target.clone());
        attach.flatten = Some(true);
        let id = self.browser.call(attach).await?.session_id;
        let session = self.browser.sibling(id.inner().clone());
        self.hub.add_session(&session, &self.translator, place);
        Ok((target, session))
    }

    /// Opens an empty tab.
    ///
    /// # Errors
    /// When a command to the browser fails.
    pub async fn open_tab(&self) -> Result<Tab, CallError> {
        let id = TabId(self.tabs.fetch_add(1, Ordering::Relaxed) + 1);
        let (target, session) = self.open_page(Place::Tab(id)).await?;
        Tab::prepare(id, target, session, Arc::clone(&self.translator), self.log.clone(), Arc::clone(&self.marks)).await
    }

    /// Makes the browser check for worker updates now. Returns the state of the newest worker, or the browser's error.
    ///
    /// # Errors
    /// When a command to the browser fails.
    pub async fn update_workers(&self, tab: Option<&Tab>) -> Result<UpdateCheck, CallError> {
        let on_site = tab.filter(|tab| tab.is_on(&self.origin));
        let answer = match on_site {
            Some(tab) => tab.evaluate(CHECK_FOR_UPDATES).await?,
            None => self.evaluate_on_blank(CHECK_FOR_UPDATES).await?,
        };
        Ok(UpdateCheck::read(answer.as_ref()))
    }

    /// A page of the origin that bypasses the worker.
    async fn open_blank(&self) -> Result<(TargetId, Session), CallError> {
        let (target, session) = self.open_page(Place::Silent).await?;
        session.call(network::EnableParams::default()).await?;
        session.call(network::SetBypassServiceWorkerParams::new(true)).await?;
        if self.blank_is_made_up {
            session
                .call(fetch::EnableParams { patterns: Some(vec![made_up(&self.blank)]), ..Default::default() })
                .await?;
        }
        session.call(page::NavigateParams::new(self.blank.clone())).await?;
        Ok((target, session))
    }

    /// All entries in the caches. Read through `tab` if it shows a page of the origin, otherwise through a page that no
    /// worker controls.
    ///
    /// # Errors
    /// When a command to the browser fails.
    pub async fn kept(&self, tab: Option<&Tab>) -> Result<Vec<Kept>, CallError> {
        if let Some(tab) = tab.filter(|tab| tab.is_on(&self.origin)) {
            return caches::read(tab.session(), &self.origin).await;
        }
        let (target, session) = self.open_blank().await?;
        let kept = caches::read(&session, &self.origin).await;
        self.browser.call(CloseTargetParams::new(target)).await?;
        kept
    }

    /// Stops a worker, as browsers stop idle workers. What it has in memory is lost.
    ///
    /// # Errors
    /// When a command to the browser fails.
    pub async fn stop_worker(&self, version: &str) -> Result<(), CallError> {
        self.observer.call(service_worker::StopWorkerParams::new(version)).await.map(drop)
    }

    /// Limits the storage of the origin to this many bytes beyond its current usage; none restores the default quota.
    ///
    /// # Errors
    /// When a command to the browser fails.
    pub async fn limit_storage(&self, beyond: Option<f64>) -> Result<(), CallError> {
        let mut limit = storage::OverrideQuotaForOriginParams::new(self.origin.clone());
        limit.quota_size = Some(ROOM);
        if let Some(beyond) = beyond {
            let usage = storage::GetUsageAndQuotaParams::new(self.origin.clone());
            limit.quota_size = Some(self.observer.call(usage).await?.usage + beyond);
        }
        self.observer.call(limit).await.map(drop)
    }

    /// Ids of the running worker versions that are neither installing nor activating.
    #[must_use]
    pub fn idle_workers(&self) -> Vec<String> {
        self.translator.idle()
    }

    /// Deletes the entries for this URL from all caches, as a browser that needs space may. True if there were any.
    /// Works without an open tab.
    ///
    /// # Errors
    /// When a command to the browser fails.
    pub async fn evict(&self, url: &str) -> Result<bool, CallError> {
        let evicted = self.evaluate_on_blank(&format!("({EVICT})({})", Value::from(url))).await?;
        Ok(evicted == Some(Value::Bool(true)))
    }

    /// Reports which kinds of storage contain the visitor's data; with `leave`, stores it first. Works without an open
    /// tab and without a page of the app.
    ///
    /// # Errors
    /// When a command to the browser fails.
    pub async fn storage(&self, leave: bool) -> Result<Vec<Store>, CallError> {
        let kinds = self.evaluate_on_blank(&format!("({STORAGE})({leave})")).await?;
        serde_json::from_value(kinds.unwrap_or_default())
            .map_err(|error| CallError::Form { method: "Runtime.evaluate".to_owned(), message: error.to_string() })
    }

    /// Evaluates a promise on a page of the origin that bypasses the worker.
    ///
    /// # Errors
    /// When a command to the browser fails.
    pub async fn evaluate_on_blank(&self, expression: &str) -> Result<Option<Value>, CallError> {
        let (target, session) = self.open_blank().await?;
        let mut evaluate = EvaluateParams::new(expression);
        (evaluate.await_promise, evaluate.return_by_value) = (Some(true), Some(true));
        let answer = session.call(evaluate).await;
        self.browser.call(CloseTargetParams::new(target)).await?;
        Ok(answer?.result.value)
    }

    /// The responses of the origin to a GET request for each of these URLs (of the same origin), bypassing the worker
    /// and the HTTP cache; none for a URL without a response.
    ///
    /// # Errors
    /// When a command to the browser fails.
    pub async fn read(&self, urls: &[String]) -> Result<Vec<Option<Read>>, CallError> {
        let (target, session) = self.open_blank().await?;
        let mut read = Vec::new();
        for some in urls.chunks(READ_AT_ONCE) {
            let mut evaluate = EvaluateParams::new(format!("({READ})({}, {READING})", json!(some)));
            (evaluate.await_promise, evaluate.return_by_value) = (Some(true), Some(true));
            let answer = session.call(evaluate).await?.result.value;
            let answers = answer.and_then(|answer| serde_json::from_value::<Vec<Option<Read>>>(answer).ok());
            read.extend(answers.unwrap_or_else(|| vec![None; some.len()]));
        }
        self.browser.call(CloseTargetParams::new(target)).await?;
        Ok(read)
    }

    /// Every live registration with its workers.
    #[must_use]
    pub fn registrations(&self) -> Vec<RegistrationState> {
        self.translator.registrations()
    }

    /// The events so far, with workers identified by version.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        let mut events = self.log.snapshot();
        self.translator.name_workers(&mut events);
        events
    }

    /// Removes the visitor's tabs, workers and data.
    ///
    /// # Errors
    /// When a command to the browser fails.
    pub async fn leave(self) -> Result<(), CallError> {
        self.hub.remove_context(&self.context);
        if let Some(made) = self.made {
            self.browser.call(DisposeBrowserContextParams::new(made)).await?;
        }
        Ok(())
    }
}

/// The one request of an internal page that the driver answers itself.
fn made_up(blank: &str) -> fetch::RequestPattern {
    fetch::RequestPattern { url_pattern: Some(blank.to_owned()), ..Default::default() }
}

/// What the observing script needs to know about an app.
fn marks(app: &App) -> String {
    let mark = |mark: &Option<crate::app::Marker>| {
        mark.as_ref().map(|mark| json!({ "selector": mark.selector, "attribute": mark.attribute }))
    };
    json!({
        "hydrated": app.hydrated,
        "page": mark(&app.page_release),
        "code": mark(&app.code_release),
        "lazy": app.lazy.as_ref().map(|lazy| &lazy.appears),
        "update": app.update.as_ref().map(|update| &update.accept),
        "draft": app.draft.as_ref().map(|draft| &draft.field),
        "saved": app.draft.as_ref().and_then(|draft| draft.saved.as_ref()),
        "signs": app.signs,
    })
    .to_string()
}
