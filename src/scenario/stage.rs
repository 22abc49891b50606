//! What a scenario can do: the actions and expectations that scenarios are made of.

use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::{StreamExt, TryStreamExt};
use tokio::time::Instant;

use super::site::Site;
use super::waits::{INSTALL, NO_WORKER, goes_on, state_of};
use crate::app::App;
use crate::browser::{CallError, Kept, LaunchError, OwnBrowser, Tab, Visitor};
use crate::origin::{AskError, Effect, Fault, FaultId, Hold, Match, Origin};
use crate::trace::{
    Action, CacheEntry, Due, Event, Expiry, Log, Mark, PageState, ReleaseMark, Response, Snapshot, Store, What,
    WorkerState,
};

/// How long a waiting worker may take to activate after the last tab has closed while no worker runs.
const ASLEEP: Duration = Duration::from_secs(5);

/// How long to watch for unrequested reloads after page and workers have settled.
const RELOAD: Duration = Duration::from_secs(1);

/// The longest time that reloads are followed.
const RELOADING: Duration = Duration::from_secs(15);

/// How long workers may make no progress after an accepted update, and how long the response of a reset may take.
const ACCEPT: Duration = Duration::from_secs(15);

/// The longest time that an accepted update is followed.
const ACCEPTING: Duration = Duration::from_secs(60);

/// How many consecutive resets are followed.
const RESETS: usize = 5;

/// How long a lazy part may take to appear.
const PART: Duration = Duration::from_secs(20);

/// How long the deletion of old cache entries may take after page and workers have settled.
const CLEARING: Duration = Duration::from_secs(5);

/// How many cache entries are compared with the releases concurrently.
const ASKED_AT_ONCE: usize = 8;

/// Why a scenario could not be completed. Always a failure of the tool, never of the app.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// A command to the browser failed.
    #[error(transparent)]
    Call(#[from] CallError),
    /// A release did not respond.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// The visitor's own browser did not restart.
    #[error(transparent)]
    Launch(#[from] LaunchError),
    /// The visitor has no own browser that could be ended.
    #[error("the scenario ends the browser but is not marked `own_browser`")]
    SharedBrowser,
}

/// The names of the releases in a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cast {
    /// The release that the visitor has visited.
    pub old: String,
    /// The release that is deployed.
    pub new: String,
}

/// The origin, the visitor and the app of one scenario.
#[derive(Debug)]
pub struct Stage {
    /// The server that the visitor sees.
    pub origin: Origin,
    /// The visitor.
    pub visitor: Visitor,
    /// The visitor's own browser, if the scenario needs one.
    pub own: Option<Arc<OwnBrowser>>,
    /// The live site, for a visit: what it serves is requested through the visitor's browser.
    pub site: Option<Site>,
    /// The description of the app.
    pub app: App,
    /// The releases.
    pub cast: Cast,
    /// Holds back worker scripts while no page is open, see [`Stage::go`].
    pub between_pages: BetweenPages,
}

/// Holds back worker scripts from the time the last page closes until the next one has settled.
#[derive(Debug, Default)]
pub struct BetweenPages(Mutex<Option<Hold>>);

impl BetweenPages {
    fn begin(&self, hold: Hold) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(hold);
    }

    fn end(&self) -> Option<Hold> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Stage {
    pub(super) fn log(&self) -> &Log {
        self.visitor.log()
    }

    /// Records what happens next, for the reader of the trace.
    pub fn step(&self, text: impl Into<String>) {
        self.log().push(What::Step { text: text.into() });
    }

    /// Records that the scenario does not apply to this app.
    pub fn inapplicable(&self, why: impl Into<String>) {
        self.log().push(What::Inapplicable { why: why.into() });
    }

    // The origin.

    /// Deploys a release.
    pub fn swap(&self, release: &str) {
        self.origin.swap(release);
    }

    /// Begins a fault.
    #[must_use]
    pub fn inject(&self, fault: Fault) -> FaultId {
        self.origin.inject(fault)
    }

    /// Ends a fault.
    pub fn heal(&self, fault: FaultId) {
        self.origin.heal(fault);
    }

    /// Disables the HTTP cache for assets, so that it does not hide missing files.
    pub fn bypass_http_cache(&self) {
        let gravity = crate::trace::Gravity::Neutral;
        let _ends_with_the_story = self.inject(Fault::new(Match::StaticAsset, Effect::no_store(), gravity));
    }

    // Pages.

    /// Opens a page in a new tab and waits until it has settled.
    ///
    /// # Errors
    /// When the tool cannot complete the step.
    pub async fn open(&self, path: &str) -> Result<Tab, Broken> {
        let tab = self.visitor.open_tab().await?;
        self.go(&tab, path).await?;
        Ok(tab)
    }

    /// Goes to a page in an open tab and waits until it has settled.
    ///
    /// The browser's requests for the worker script are held back until then. Otherwise it would be chance whether a
    /// new worker takes control before, while or after a page fetches its parts, and so would be the responses. The
    /// same is true between two pages: the browser checks for an update by itself a few seconds after a navigation.
    ///
    /// # Errors
    /// When the tool cannot complete the step.
    pub async fn go(&self, tab: &Tab, path: &str) -> Result<PageState, Broken> {
        let (resets, scripts) = (self.origin.hold_resets(), self.origin.hold_worker_scripts());
        let mark = tab.navigate(&self.origin.url(path));
        let page = self.rest(tab, mark, scripts).await?;
        self.resets_rest(tab, page, resets).await
    }

    /// Reloads the page in a tab and waits until it has settled, as in [`Stage::go`].
    ///
    /// # Errors
    /// When the tool cannot complete the step.
    pub async fn reload(&self, tab: &Tab) -> Result<PageState, Broken> {
        let (resets, scripts) = (self.origin.hold_resets(), self.origin.hold_worker_scripts());
        let mark = tab.reload();
        let page = self.rest(tab, mark, scripts).await?;
        self.resets_rest(tab, page, resets).await
    }

    /// Waits until the page that is loaded after `mark` has settled, and then releases the worker script.
    ///
    /// A page may request that script itself. The browser blocks such a request while its own is pending, because both
    /// use one entry of its HTTP cache; so the script is released as soon as the page waits for nothing else.
    async fn rest(&self, tab: &Tab, mark: Mark, scripts: Hold) -> Result<PageState, Broken> {
        let (origin, mut scripts) = (self.origin.url(""), Some((scripts, self.between_pages.end())));
        let mut rest = pin!(tab.settle(mark));
        loop {
            let paths = self.worker_scripts();
            tokio::select! {
                page = &mut rest => return Ok(page?),
                () = tab.waits_only_for(&origin, &paths), if scripts.is_some() => {
                    if self.origin.held_scripts() > 0 {
                        scripts = None;
                    }
                }
            }
        }
    }

    /// If the page has requested the reset endpoint, releases its response and waits until everything has settled. Like
    /// a new worker, a reset in the middle of a load would hit some of the page's files and not others, by chance; and
    /// it would interrupt the installation of a worker.
    async fn resets_rest(&self, tab: &Tab, page: PageState, mut held: Hold) -> Result<PageState, Broken> {
        let Some(reset) = self.app.reset.as_deref().filter(|_| self.origin.held_resets() > 0) else { return Ok(page) };
        let url = self.origin.url(reset);
        let of_worker = |event: &Event| match &event.what {
            What::Answer(answer) => answer.worker_script,
            What::WorkerVersion { .. } | What::Registration { .. } => true,
            _ => false,
        };
        let answered = |event: &Event| match &event.what {
            What::Response(Response { url: asked, .. }) | What::RequestFailed { url: asked, .. } => {
                (*asked == url).then_some(())
            }
            _ => None,
        };
        for _ in 0..RESETS {
            self.log().quiet(RELOAD, INSTALL, of_worker).await;
            self.workers_rest().await?;
            let mark = self.log().mark();
            drop(held);
            if let Err(expiry) = self.log().wait(mark, ACCEPT, "the response of the reset endpoint", answered).await {
                self.expired(expiry);
                break;
            }
            held = self.origin.hold_resets();
            let until_the_page_rests = self.origin.hold_worker_scripts();
            self.follow_reloads(tab, mark).await?;
            drop(until_the_page_rests);
            if self.origin.held_resets() == 0 {
                break;
            }
        }
        self.workers_rest().await?;
        Ok(tab.observe().await?)
    }

    /// A new visitor opens the app, gets the worker if there is one, visits the start page and `routes` again so that
    /// the worker has seen them, and closes the tab.
    ///
    /// # Errors
    /// When the tool cannot complete the step.
    pub async fn install(&self, routes: &[String]) -> Result<(), Broken> {
        self.step(format!("a new visitor opens release {}", self.cast.old));
        let tab = self.first_visit().await?;
        self.go(&tab, &self.app.start).await?;
        for route in routes {
            self.go(&tab, route).await?;
        }
        self.workers_rest().await?;
        self.close_last(tab).await
    }

    /// How most scenarios start: a visitor who has visited the old release, and no HTTP cache that hides missing files.
    ///
    /// # Errors
    /// When the tool cannot complete the step.
    pub async fn begin(&self) -> Result<(), Broken> {
        self.bypass_http_cache();
        self.install(&self.app.known_routes()).await
    }

    /// Opens the start page in a tab and waits for the first worker.
    ///
    /// # Errors
    /// When the tool cannot complete the step.
    pub async fn first_visit(&self) -> Result<Tab, Broken> {
        let mark = self.log().mark();
        let tab = self.open(&self.app.start).await?;
        let worker = |event: &Event| matches!(event.what, What::WorkerVersion { .. }).then_some(());
        if self.log().wait(mark, NO_WORKER, "a worker", worker).await.is_err() {
            self.step(format!("no worker was registered within {} ms", NO_WORKER.as_millis()));
        }
        self.workers_rest().await?;
        self.reloads_rest(&tab).await?;
        Ok(tab)
    }

    /// The visitor opens a page, the browser checks for a worker update, and the visitor accepts it if the page offers
    /// it. Returns when everything has settled.
    ///
    /// # Errors
    /// When the tool cannot complete the step.
    pub async fn visit(&self, path: &str) -> Result<Tab, Broken> {
        let tab = self.open(path).await?;
        self.update(&tab).await?;
        self.accept_update(&tab).await?;
        Ok(tab)
    }

    /// Closes the last tab, and gives a waiting worker time to activate.
    ///
    /// # Errors
    /// When the tool cannot complete the step.
    pub async fn close_last(&self, tab: Tab) -> Result<(), Broken> {
        tab.close().await?;
        self.all_closed().await?;
        self.no_page_is_left();
        Ok(())
    }

    /// Holds back worker scripts until the next page has settled.
    pub(super) fn no_page_is_left(&self) {
        self.between_pages.begin(self.origin.hold_worker_scripts());
    }

    async fn all_closed(&self) -> Result<(), Broken> {
        let mark = self.log().mark();
        for waiting in self.visitor.registrations().into_iter().filter_map(|registration| registration.waiting) {
            let reached = |event: &Event| state_of(event, &waiting).filter(|state| *state >= WorkerState::Activated);
            // If no worker runs, the browser activates it at once, or leaves it waiting until the next visit.
            let within = if self.visitor.idle_workers().is_empty() { ASLEEP } else { INSTALL };
            if let Err(expiry) = self.log().wait(mark, within, "the waiting worker to activate", reached).await {
                self.expired(expiry);
            }
        }
        self.workers_rest().await
    }

    /// Watches a tab for unrequested reloads, and waits until the last of them has settled.
    ///
    /// # Errors
    /// When the tool cannot complete the step.
    pub async fn reloads_rest(&self, tab: &Tab) -> Result<(), Broken> {
        self.reloads_since(tab, self.log().mark()).await
    }

    /// The same for reloads since `mark`.
    pub(super) async fn reloads_since(&self, tab: &Tab, mark: Mark) -> Result<(), Broken> {
        if self.follow_reloads(tab, mark).await? {
            self.workers_rest().await?;
        }
        Ok(())
    }

    /// The same without waiting for workers. True if there were any.
    async fn follow_reloads(&self, tab: &Tab, mark: Mark) -> Result<bool, Broken> {
        let navigates = |event: &Event| matches!(event.what, What::NavigationStarted { tab: t, .. } if t == tab.id());
        // The time since the last event counts: no reload has started in it.
        let (here, still) = (self.log().mark(), self.log().silence());
        let reload = |event: &Event| navigates(event).then_some(());
        if self.log().wait(here, RELOAD.saturating_sub(still), "a reload", reload).await.is_ok() {
            self.log().quiet(RELOAD, RELOADING, navigates).await;
        }
        let any = self.log().find_after(mark, |event| navigates(event).then_some(())).is_some();
        if any {
            tab.settle(mark).await?;
        }
        Ok(any)
    }

    /// Accepts an update if the page offers one, and waits until everything has settled. True if it did.
    ///
    /// # Errors
    /// When the tool cannot complete the step.
    pub async fn accept_update(&self, tab: &Tab) -> Result<bool, Broken> {
        let Some(update) = self.app.update.clone() else { return Ok(false) };
        let Some(mark) = tab.click(&update.accept, Action::AcceptUpdate).await? else { return Ok(false) };
        let reload = |event: &Event| match event.what {
            What::NavigationStarted { tab: t, .. } if t == tab.id() => Some(()),
            _ => None,
        };
        let awaited = "the page to act on the accepted update";
        match self.log().wait_while(mark, (ACCEPT, ACCEPTING), awaited, reload, goes_on).await {
            Ok(()) => {
                tab.settle(mark).await?;
            }
            Err(expiry) => {
                let seq = self.log().append(expiry.into());
                tab.picture(seq).await;
            }
        }
        self.workers_rest().await?;
        self.reloads_rest(tab).await?;
        Ok(true)
    }

    /// Opens the lazy part of the page in `tab`, and waits until it is shown or the page settles without it.
    ///
    /// # Errors
    /// When the tool cannot complete the step.
    pub async fn open_part(&self, tab: &Tab, click: &str) -> Result<PageState, Broken> {
        let Some(mark) = tab.click(click, Action::Click { selector: click.to_owned() }).await? else {
            self.step(format!("no element matches `{click}`"));
            return Ok(tab.observe().await?);
        };
        Ok(tab.shows_or_rests(mark, PART, |page| page.lazy_shown == Some(true)).await?)
    }

    // Expectations.

    /// Records what is expected of a healthy app at this point, and takes a screenshot if wanted.
    pub(super) async fn demand(&self, tab: &Tab, due: Due) {
        let seq = self.log().append(What::Due(due));
        tab.picture(seq).await;
    }

    /// Expects a working page in the tab.
    ///
    /// # Errors
    /// When the tool cannot complete the step.
    pub async fn usable(&self, tab: &Tab) -> Result<(), Broken> {
        self.seen(tab).await?;
        self.demand(tab, Due::Usable { tab: tab.id() }).await;
        Ok(())
    }

    /// Expects the lazy part in the tab.
    ///
    /// # Errors
    /// When the tool cannot complete the step.
    pub async fn part_shown(&self, tab: &Tab) -> Result<(), Broken> {
        tab.observe().await?;
        self.demand(tab, Due::Part { tab: tab.id() }).await;
        Ok(())
    }

    /// Expects the visitor to be on this release: page, client code and worker.
    ///
    /// # Errors
    /// When the tool cannot complete the step.
    pub async fn current(&self, tab: &Tab, release: &str) -> Result<(), Broken> {
        self.look(tab, &format!("when the visitor should be on release {release}")).await?;
        self.seen(tab).await?;
        self.demand(tab, Due::Current { tab: tab.id(), release: release.to_owned() }).await;
        Ok(())
    }

    /// Expects the visitor to be on this release, and nothing from another release in the caches.
    ///
    /// # Errors
    /// When the tool cannot complete the step.
    pub async fn wholly_current(&self, tab: &Tab, release: &str) -> Result<(), Broken> {
        let mut looked = None;
        let snapshot = loop {
            let mark = self.log().mark();
            let label = format!("when everything must come from release {release}");
            let snapshot = self.look_into_caches(Some(tab), label).await?;
            // Reading large caches takes time.
            let left = CLEARING.saturating_sub(looked.get_or_insert_with(Instant::now).elapsed());
            let cleared = snapshot.entries.iter().all(|entry| entry.is_of(release));
            let changed = |event: &Event| matches!(event.what, What::CacheChanged { .. }).then_some(());
            if cleared || self.log().wait(mark, left, "old cache entries to be deleted", changed).await.is_err() {
                break snapshot;
            }
        };
        self.log().push(What::Snapshot(snapshot));
        self.seen(tab).await?;
        // Both expectations are for the same moment, so the screenshot follows the second one.
        self.log().push(What::Due(Due::Current { tab: tab.id(), release: release.to_owned() }));
        self.demand(tab, Due::Cleared { release: release.to_owned() }).await;
        Ok(())
    }

    /// Stores data for the visitor in each kind of storage.
    ///
    /// # Errors
    /// When the tool cannot complete the step.
    pub async fn leave_in_storage(&self) -> Result<(), Broken> {
        let kinds = self.visitor.storage(true).await?;
        self.log().push(What::Stored { kinds });
        Ok(())
    }

    /// Expects the stored data in these kinds of storage.
    ///
    /// # Errors
    /// When the tool cannot complete the step.
    pub async fn storage_kept(&self, kinds: &[Store]) -> Result<(), Broken> {
        let found = self.visitor.storage(false).await?;
        self.log().push(What::Stored { kinds: found });
        self.log().push(What::Due(Due::Stored { kinds: kinds.to_vec() }));
        Ok(())
    }

    /// Expects the typed text in the tab.
    ///
    /// # Errors
    /// When the tool cannot complete the step.
    pub async fn input_kept(&self, tab: &Tab, text: &str) -> Result<(), Broken> {
        tab.observe().await?;
        self.demand(tab, Due::Input { tab: tab.id(), text: text.to_owned() }).await;
        Ok(())
    }

    /// Expects that no cache holds the response of this path.
    ///
    /// # Errors
    /// When the tool cannot complete the step.
    pub async fn forgotten(&self, tab: &Tab, path: &str) -> Result<(), Broken> {
        self.look(tab, "after the visitor has logged out").await?;
        self.demand(tab, Due::Forgotten { url: self.origin.url(path) }).await;
        Ok(())
    }

    /// Expects that no worker and no cache is left.
    ///
    /// # Errors
    /// When the tool cannot complete the step.
    pub async fn without_worker(&self, tab: &Tab) -> Result<(), Broken> {
        self.look(tab, "when no worker should be left").await?;
        self.demand(tab, Due::NoWorker).await;
        Ok(())
    }

    /// Expects a working page of this release without a network.
    ///
    /// # Errors
    /// When the tool cannot complete the step.
    pub async fn works_offline(&self, tab: &Tab, path: &str, release: &str) -> Result<(), Broken> {
        tab.observe().await?;
        let due = Due::Offline { tab: tab.id(), url: self.origin.url(path), release: release.to_owned() };
        self.demand(tab, due).await;
        Ok(())
    }

    /// Records a snapshot of caches and registrations. Cached errors are never excused.
    ///
    /// # Errors
    /// When the tool cannot complete the step.
    pub async fn look(&self, tab: &Tab, label: &str) -> Result<(), Broken> {
        let snapshot = self.look_into_caches(Some(tab), label.to_owned()).await?;
        self.log().push(What::Snapshot(snapshot));
        Ok(())
    }

    async fn look_into_caches(&self, tab: Option<&Tab>, label: String) -> Result<Snapshot, Broken> {
        let kept = self.visitor.kept(tab).await?;
        if let Some(site) = &self.site {
            let entries = site.compare(&self.visitor, kept).await?;
            return Ok(Snapshot { label, entries, registrations: self.visitor.registrations() });
        }
        let compared = futures::stream::iter(kept).map(|entry| self.compare(entry)).buffered(ASKED_AT_ONCE);
        let entries = compared.try_collect().await?;
        Ok(Snapshot { label, entries, registrations: self.visitor.registrations() })
    }

    /// Compares a cache entry with the responses of the releases for its URL.
    async fn compare(&self, kept: Kept) -> Result<CacheEntry, Broken> {
        let (mut releases, mut status_now, mut fault) = (Vec::new(), None, None);
        if let Some(path) = self.origin.path(&kept.url) {
            let hash = kept.body_hash();
            fault = self.origin.fault_with_body(&hash).map(|FaultId(number)| number);
            for release in self.origin.releases() {
                let asked = self.origin.ask(release, path, &kept.request_headers).await?;
                if *release == self.origin.current() {
                    status_now = Some(asked.status);
                }
                // A body that is too large to read counts as equal.
                if asked.status == kept.status && (asked.body_hash == hash || !kept.whole) {
                    releases.push(release.to_owned());
                }
            }
        }
        let html_body = kept.begins_as_html();
        let Kept { cache, url, status, opaque, content_type, .. } = kept;
        Ok(CacheEntry { cache, url, status, opaque, content_type, html_body, releases, status_now, fault })
    }

    /// Records the state of the page in a tab. For a live site, the assets that it loads identify its release, if they
    /// differ.
    async fn seen(&self, tab: &Tab) -> Result<(), Broken> {
        let page = tab.observe().await?;
        if let Some(site) = &self.site
            && page.page_release == ReleaseMark::Undescribed
            && let Some(release) = site.release_shown(tab).await?
        {
            self.log().push(What::Page(PageState { page_release: ReleaseMark::Names(release), ..page }));
        }
        Ok(())
    }

    /// The release in the newest recorded state of the page in a tab.
    #[must_use]
    pub fn page_release(&self, tab: &Tab) -> Option<ReleaseMark> {
        self.log().find_last(|event| match &event.what {
            What::Page(page) if page.tab == tab.id() => Some(page.page_release.clone()),
            _ => None,
        })
    }

    pub(super) fn expired(&self, expiry: Expiry) {
        self.log().push(expiry.into());
    }

    /// The position in the log after the newest event.
    #[must_use]
    pub fn mark(&self) -> Mark {
        self.log().mark()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::browser::testing::{ACCEPTED_UPDATE, Replay};
    use crate::http::Scheme;

    /// A story without a browser and a server: what was recorded is all that happens.
    fn stage(recording: &str) -> Stage {
        let description = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/site/swapcheck.toml");
        let (app, replay) = (App::read(&description).unwrap(), Replay::of(recording));
        Stage {
            origin: Origin::elsewhere(Scheme::Https, "app.test", &["A", "B"], replay.log.clone()),
            visitor: replay.visitor(&app),
            own: None,
            site: None,
            app,
            cast: Cast { old: "A".to_owned(), new: "B".to_owned() },
            between_pages: BetweenPages::default(),
        }
    }

    fn any(stage: &Stage, wanted: fn(&What) -> bool) -> bool {
        stage.log().find_last(|event| wanted(&event.what).then_some(())).is_some()
    }

    fn active(stage: &Stage) -> Vec<Option<String>> {
        stage.visitor.registrations().into_iter().map(|registration| registration.active).collect()
    }

    #[tokio::test]
    async fn a_visitor_gets_the_worker_loads_a_part_and_accepts_the_update() {
        let stage = stage(ACCEPTED_UPDATE);
        let tab = stage.first_visit().await.unwrap();
        assert_eq!(active(&stage), [Some("0".to_owned())]);
        assert_eq!(stage.page_release(&tab), Some(ReleaseMark::Names("A".to_owned())));

        let page = stage.go(&tab, "/part").await.unwrap();
        assert_eq!((page.hydrated, page.lazy_shown, page.update_offered), (Some(true), Some(false), Some(true)));
        // The page offers the update, so that nobody waits for the worker to take over.
        stage.workers_rest().await.unwrap();
        let page = stage.open_part(&tab, "#load").await.unwrap();
        assert_eq!(page.lazy_shown, Some(true));

        assert!(stage.accept_update(&tab).await.unwrap());
        assert_eq!(active(&stage), [Some("1".to_owned())]);
        assert_eq!(stage.page_release(&tab), Some(ReleaseMark::Names("B".to_owned())));
        assert!(!any(&stage, |what| matches!(what, What::Expired { .. } | What::Step { .. })), "{:?}", stage.log());
    }

    #[tokio::test]
    async fn an_update_is_accepted_only_where_the_page_offers_one() {
        let mut stage = stage(ACCEPTED_UPDATE);
        stage.app.update = None;
        let tab = stage.open("/").await.unwrap();
        assert!(!stage.accept_update(&tab).await.unwrap());
        assert!(!any(&stage, |what| matches!(what, What::Action { action: Action::AcceptUpdate, .. })));
    }

    #[tokio::test]
    async fn a_reload_that_has_begun_before_it_is_looked_for_is_followed_to_its_end() {
        let stage = stage(ACCEPTED_UPDATE);
        let tab = stage.open("/").await.unwrap();
        let page = stage.go(&tab, "/part").await.unwrap();
        let here = stage.mark();
        for selector in ["#load", "#accept"] {
            tab.click(selector, Action::Click { selector: selector.to_owned() }).await.unwrap();
        }
        stage.reloads_since(&tab, here).await.unwrap();
        let names = |release: &str| Some(ReleaseMark::Names(release.to_owned()));
        assert_eq!((Some(page.page_release), stage.page_release(&tab)), (names("A"), names("B")));
        assert!(!any(&stage, |what| matches!(what, What::Expired { .. })), "{:?}", stage.log());
    }
}
