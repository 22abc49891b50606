//! A visitor: one browser context, with its own registrations, caches and storage, and its tabs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use chromiumoxide::cdp::browser_protocol::browser::BrowserContextId;
use chromiumoxide::cdp::browser_protocol::network::{CookieParam, CookieSameSite};
use chromiumoxide::cdp::browser_protocol::target::{
    AttachToTargetParams, CloseTargetParams, CreateBrowserContextParams, CreateTargetParams,
    DisposeBrowserContextParams, TargetId,
};
use chromiumoxide::cdp::browser_protocol::{network, page, service_worker, storage};
use chromiumoxide::cdp::js_protocol::runtime::EvaluateParams;
use serde_json::{Value, json};

use super::caches::{self, Kept};
use super::connection::{CallError, Session};
use super::hub::Hub;
use super::launch::Browser;
use super::tab::Tab;
use super::translate::{Place, Translator};
use crate::app::App;
use crate::storage::{Cookie, Storage};
use crate::trace::{Event, Log, RegistrationState, TabId};

/// What [`Visitor::update_workers`] says when it has found no new worker.
pub const NOTHING_NEW: &str = "nothing new";

/// Looks for updates of every registration, and tells the newest worker's state. A look that finds another worker still
/// being installed has no outcome before that has one: it is given 10 s.
const UPDATE: &str = "navigator.serviceWorker.getRegistrations().then(async (all) => {
  if (!all.length) return 'there is no registration';
  const late = new Promise((done) => setTimeout(done, 10000, 'late'));
  for (const one of all) {
    try {
      if ((await Promise.race([one.update(), late])) === 'late') return 'no outcome within 10 s';
    } catch (error) { return 'refused: ' + error.message; }
  }
  return all.some((one) => one.installing) ? 'installing' : all.some((one) => one.waiting) ? 'waiting' : 'nothing new';
})";

/// Deletes what the caches keep for a URL. Where none keeps just this URL, a query that a library has added, such as
/// that of a revision, makes no difference. DevTools cannot delete an entry that varies by a header.
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

/// Puts pairs of a name and a value into localStorage.
const REMEMBER: &str = "async (items) => items.forEach(([name, value]) => localStorage.setItem(name, value))";

/// A visitor of one origin.
#[derive(Debug)]
pub struct Visitor {
    browser: Session,
    observer: Session,
    hub: Arc<Hub>,
    context: BrowserContextId,
    translator: Arc<Translator>,
    log: Log,
    origin: String,
    blank: String,
    marks: Arc<str>,
    tabs: AtomicU32,
}

impl Visitor {
    /// A new visitor of `origin` (scheme, host and port, without a slash at the end), who knows nothing yet.
    /// `blank` is an address of the origin that answers an empty page and that no worker needs to see.
    ///
    /// # Errors
    /// When the browser does not do as told.
    pub async fn new(browser: &Browser, origin: &str, blank: &str, app: &App, log: Log) -> Result<Self, CallError> {
        let session = browser.connection().browser();
        let context = session.call(CreateBrowserContextParams::default()).await?.browser_context_id;
        let translator = Translator::new(log.clone());
        browser.hub().add_context(context.inner(), &translator);
        let mut visitor = Self {
            observer: session.clone(),
            browser: session,
            hub: Arc::clone(browser.hub()),
            context,
            translator,
            log,
            origin: origin.to_owned(),
            blank: blank.to_owned(),
            marks: marks(app).into(),
            tabs: AtomicU32::new(0),
        };
        // This page never goes to the origin, so it is nobody's client and keeps no worker waiting.
        let (_, observer) = visitor.open_page(Place::Observer).await?;
        observer.call(service_worker::EnableParams::default()).await?;
        observer.call(storage::TrackCacheStorageForOriginParams::new(origin)).await?;
        visitor.observer = observer;
        Ok(visitor)
    }

    /// Gives the visitor what he brings along from an earlier login.
    ///
    /// # Errors
    /// When the browser does not do as told.
    pub async fn bring(&self, brought: &Storage) -> Result<(), CallError> {
        if !brought.cookies.is_empty() {
            let cookies = brought.cookies.iter().map(|cookie| self.cookie(cookie)).collect();
            let mut set = storage::SetCookiesParams::new(cookies);
            set.browser_context_id = Some(self.context.clone());
            self.browser.call(set).await?;
        }
        if !brought.local.is_empty() {
            self.evaluate_on_blank(&format!("({REMEMBER})({})", json!(brought.local))).await?;
        }
        Ok(())
    }

    fn cookie(&self, cookie: &Cookie) -> CookieParam {
        let mut set = CookieParam::new(cookie.name.clone(), cookie.value.clone());
        // Without a domain it is the origin's own host that gets it.
        set.url = Some(format!("{}/", self.origin));
        set.path = Some(cookie.path.clone());
        (set.secure, set.http_only) = (Some(cookie.secure), Some(cookie.http_only));
        set.same_site = cookie.same_site.as_deref().and_then(|policy| policy.parse::<CookieSameSite>().ok());
        set
    }

    /// The log that the visitor's events go to.
    #[must_use]
    pub fn log(&self) -> &Log {
        &self.log
    }

    async fn open_page(&self, place: Place) -> Result<(TargetId, Session), CallError> {
        let mut create = CreateTargetParams::new("about:blank");
        create.browser_context_id = Some(self.context.clone());
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
    /// When the browser does not do as told.
    pub async fn open_tab(&self) -> Result<Tab, CallError> {
        let id = TabId(self.tabs.fetch_add(1, Ordering::Relaxed) + 1);
        let (target, session) = self.open_page(Place::Tab(id)).await?;
        Tab::prepare(id, target, session, Arc::clone(&self.translator), self.log.clone(), Arc::clone(&self.marks)).await
    }

    /// Has the browser look for updates of the workers now. Gives the state of the newest worker in words, or what
    /// the browser said when it could not.
    ///
    /// # Errors
    /// When the browser does not do as told.
    pub async fn update_workers(&self, tab: Option<&Tab>) -> Result<String, CallError> {
        if let Some(tab) = tab.filter(|tab| tab.is_on(&self.origin)) {
            let answer = tab.evaluate(UPDATE).await?;
            return Ok(answer.as_ref().and_then(Value::as_str).unwrap_or("the page was left meanwhile").to_owned());
        }
        let answer = self.evaluate_on_blank(UPDATE).await?;
        Ok(answer.as_ref().and_then(Value::as_str).unwrap_or("unknown").to_owned())
    }

    /// A page of the origin that no worker sees.
    async fn open_blank(&self) -> Result<(TargetId, Session), CallError> {
        let (target, session) = self.open_page(Place::Silent).await?;
        session.call(network::EnableParams::default()).await?;
        session.call(network::SetBypassServiceWorkerParams::new(true)).await?;
        session.call(page::NavigateParams::new(self.blank.clone())).await?;
        Ok((target, session))
    }

    /// Everything that the caches keep. Looked at from `tab` where that shows a page of the origin, otherwise from
    /// a page that no worker controls.
    ///
    /// # Errors
    /// When the browser does not do as told.
    pub async fn kept(&self, tab: Option<&Tab>) -> Result<Vec<Kept>, CallError> {
        if let Some(tab) = tab.filter(|tab| tab.is_on(&self.origin)) {
            return caches::read(tab.session(), &self.origin).await;
        }
        let (target, session) = self.open_blank().await?;
        let kept = caches::read(&session, &self.origin).await;
        self.browser.call(CloseTargetParams::new(target)).await?;
        kept
    }

    /// Stops a worker, as the browser does with idle ones. What it has in memory is gone.
    ///
    /// # Errors
    /// When the browser does not do as told.
    pub async fn stop_worker(&self, version: &str) -> Result<(), CallError> {
        self.observer.call(service_worker::StopWorkerParams::new(version)).await.map(drop)
    }

    /// Leaves the origin so many bytes beyond what it uses already; none gives it back what it had.
    ///
    /// # Errors
    /// When the browser does not do as told.
    pub async fn limit_storage(&self, beyond: Option<f64>) -> Result<(), CallError> {
        let mut limit = storage::OverrideQuotaForOriginParams::new(self.origin.clone());
        if let Some(beyond) = beyond {
            let usage = storage::GetUsageAndQuotaParams::new(self.origin.clone());
            limit.quota_size = Some(self.observer.call(usage).await?.usage + beyond);
        }
        self.observer.call(limit).await.map(drop)
    }

    /// Ids of the worker versions that run now and are neither being installed nor being activated.
    #[must_use]
    pub fn idle_workers(&self) -> Vec<String> {
        self.translator.idle()
    }

    /// Takes what is kept for this URL out of all caches, as a browser that needs room may. True when there was
    /// something. No tab has to be open for it.
    ///
    /// # Errors
    /// When the browser does not do as told.
    pub async fn evict(&self, url: &str) -> Result<bool, CallError> {
        let evicted = self.evaluate_on_blank(&format!("({EVICT})({})", Value::from(url))).await?;
        Ok(evicted == Some(Value::Bool(true)))
    }

    /// Evaluates a promise on a page of the origin that no worker sees.
    ///
    /// # Errors
    /// When the browser does not do as told.
    pub async fn evaluate_on_blank(&self, expression: &str) -> Result<Option<Value>, CallError> {
        let (target, session) = self.open_blank().await?;
        let mut evaluate = EvaluateParams::new(expression);
        (evaluate.await_promise, evaluate.return_by_value) = (Some(true), Some(true));
        let answer = session.call(evaluate).await;
        self.browser.call(CloseTargetParams::new(target)).await?;
        Ok(answer?.result.value)
    }

    /// Every live registration with its workers.
    #[must_use]
    pub fn registrations(&self) -> Vec<RegistrationState> {
        self.translator.registrations()
    }

    /// The events so far, with every worker named by its version.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        let mut events = self.log.snapshot();
        self.translator.name_workers(&mut events);
        events
    }

    /// Takes the visitor's tabs, workers and data away.
    ///
    /// # Errors
    /// When the browser does not do as told.
    pub async fn leave(self) -> Result<(), CallError> {
        self.hub.remove_context(self.context.inner());
        self.browser.call(DisposeBrowserContextParams::new(self.context)).await?;
        Ok(())
    }
}

/// What the watching script has to know of an app.
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
