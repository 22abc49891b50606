//! A tab: the actions of the visitor in it, and waiting until its page has settled.

use std::sync::Arc;
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use chromiumoxide::cdp::browser_protocol::emulation::SetFocusEmulationEnabledParams;
use chromiumoxide::cdp::browser_protocol::input::InsertTextParams;
use chromiumoxide::cdp::browser_protocol::page::{
    AddScriptToEvaluateOnNewDocumentParams, CaptureScreenshotFormat, CaptureScreenshotParams,
    CreateIsolatedWorldParams, GetFrameTreeParams, NavigateParams, ReloadParams,
};
use chromiumoxide::cdp::browser_protocol::target::{CloseTargetParams, TargetId};
use chromiumoxide::cdp::browser_protocol::{inspector, log, network, page};
use chromiumoxide::cdp::js_protocol::runtime::{self, AddBindingParams, EvaluateParams};
use serde_json::Value;
use tokio::time::Instant;

use super::connection::{CallError, Session};
use super::translate::{BINDING, Look, Translator};
use crate::trace::{
    Action, Event, Expiry, Initiator, Log, Mark, PageState, Party, Picture, RangeAnswer, ReleaseMark, Response, TabId,
    What,
};

/// Name of the isolated world that the observing script runs in.
const WORLD: &str = "swapcheck";

const WATCH: &str = include_str!("watch.js");

/// How long a loading page may show no activity, and how long it may take to settle after the last activity.
const REST: Duration = Duration::from_secs(20);

/// The longest time that a page may take to settle.
const RESTING: Duration = Duration::from_secs(60);

/// A page that has loaded but not hydrated counts as settled after being quiet for this long.
const LIFELESS: Duration = Duration::from_millis(1500);

/// Without a hydration mark, a page counts as settled after being quiet for this long.
const SILENT: Duration = Duration::from_millis(800);

/// A hydrated page counts as settled after being quiet for this long, so that its prefetches have finished.
const IDLE: Duration = Duration::from_millis(400);

/// The longest time to wait for the prefetches of a hydrated page; some never stop fetching.
const AHEAD: Duration = Duration::from_secs(5);

/// The longest time that a busy page gets to become idle.
const BUSY: Duration = Duration::from_secs(2);

/// After this many navigations without settling, a page is not waited for any longer.
const RESTLESS: usize = 6;

/// How long a page may take to respond while a navigation is pending. If the navigation hangs, it never does.
const LEAVING: Duration = Duration::from_secs(5);

/// How long a tab may take to close.
const CLOSING: Duration = Duration::from_secs(30);

/// How long a screenshot may take. A page whose main thread is busy delivers none.
const PICTURE: Duration = Duration::from_secs(3);

/// The JPEG quality of a screenshot (0 to 100): enough to see what a page shows.
const QUALITY: i64 = 35;

/// The largest screenshot, in bytes.
const LARGEST_PICTURE: usize = 200_000;

/// One tab of a visitor.
#[derive(Debug)]
pub struct Tab {
    id: TabId,
    target: TargetId,
    session: Session,
    translator: Arc<Translator>,
    log: Log,
    marks: Arc<str>,
    /// How long a page that has loaded but not hydrated must be quiet before it counts as settled.
    lifeless: Duration,
}

impl Tab {
    pub(super) async fn prepare(
        id: TabId,
        target: TargetId,
        session: Session,
        translator: Arc<Translator>,
        log: Log,
        marks: Arc<str>,
    ) -> Result<Self, CallError> {
        let frame = session.call(GetFrameTreeParams::default()).await?.frame_tree.frame.id;
        translator.opened(id, frame.inner());
        session.send(inspector::EnableParams::default());
        session.send(page::EnableParams::default());
        session.send(network::EnableParams::default());
        session.send(log::EnableParams::default());
        session.send(SetFocusEmulationEnabledParams::new(true));
        let mut binding = AddBindingParams::new(BINDING);
        binding.execution_context_name = Some(WORLD.to_owned());
        session.send(binding);
        let mut script = AddScriptToEvaluateOnNewDocumentParams::new(format!("({WATCH})({marks}, \"{BINDING}\")"));
        script.world_name = Some(WORLD.to_owned());
        session.send(script);
        session.call(runtime::EnableParams::default()).await?;
        let described: Value = serde_json::from_str(&marks).unwrap_or_default();
        let lifeless = if described["hydrated"].is_null() { SILENT } else { LIFELESS };
        Ok(Self { id, target, session, translator, log, marks, lifeless })
    }

    /// Its number.
    #[must_use]
    pub fn id(&self) -> TabId {
        self.id
    }

    pub(super) fn session(&self) -> &Session {
        &self.session
    }

    /// Whether it shows the browser's own error page.
    #[must_use]
    pub fn is_on_error_page(&self) -> bool {
        self.translator.shows(self.id).0
    }

    /// Whether it shows a page of this origin.
    pub(super) fn is_on(&self, origin: &str) -> bool {
        let (error_page, url) = self.translator.shows(self.id);
        !error_page && url.strip_prefix(origin).is_some_and(|rest| rest.starts_with('/'))
    }

    /// Enters an address. Returns the mark from which to wait for the outcome.
    pub fn navigate(&self, url: &str) -> Mark {
        let mark = self.acts(Action::Navigate { url: url.to_owned() });
        self.translator.visitor_navigates(self.id);
        // The command returns with the response headers, which a fault may hold back: events report the outcome.
        self.session.send(NavigateParams::new(url));
        mark
    }

    /// Reloads the page. Returns the mark from which to wait for the outcome.
    pub fn reload(&self) -> Mark {
        let mark = self.acts(Action::Reload);
        self.translator.visitor_navigates(self.id);
        self.session.send(ReloadParams::default());
        mark
    }

    fn acts(&self, action: Action) -> Mark {
        let mark = self.log.mark();
        self.log.push(What::Action { tab: self.id, action });
        mark
    }

    /// Clicks the first element that matches `selector`; none if there is no such element.
    ///
    /// # Errors
    /// When the browser has ended.
    pub async fn click(&self, selector: &str, action: Action) -> Result<Option<Mark>, CallError> {
        let name = Value::from(selector);
        let there = self.evaluate(&format!("document.querySelector({name}) !== null")).await?;
        if there != Some(Value::Bool(true)) {
            return Ok(None);
        }
        let mark = self.acts(action);
        self.evaluate(&format!("document.querySelector({name})?.click()")).await?;
        Ok(Some(mark))
    }

    /// Types into the first element that matches `selector`, after its content; false if there is no such element.
    ///
    /// # Errors
    /// When the browser has ended.
    pub async fn type_into(&self, selector: &str, text: &str) -> Result<bool, CallError> {
        let name = Value::from(selector);
        let focus = format!("(document.querySelector({name})?.focus(), document.querySelector({name}) !== null)");
        if self.evaluate(&focus).await? != Some(Value::Bool(true)) {
            return Ok(false);
        }
        self.acts(Action::Type { selector: selector.to_owned(), text: text.to_owned() });
        self.session.call(InsertTextParams::new(text)).await?;
        Ok(true)
    }

    /// Makes the page fetch a URL, with cookies, and read the response. Returns the status; none if there was no
    /// response.
    ///
    /// # Errors
    /// When the browser has ended.
    pub async fn fetch(&self, method: &str, url: &str) -> Result<Option<u64>, CallError> {
        let (method, url) = (Value::from(method), Value::from(url));
        let fetch = format!("fetch({url}, {{ method: {method} }})");
        // In the page's main world: fetches of isolated worlds bypass the worker.
        let mut evaluate = EvaluateParams::new(
            fetch + ".then(async (answer) => (await answer.text(), answer.status)).catch(() => null)",
        );
        (evaluate.await_promise, evaluate.return_by_value) = (Some(true), Some(true));
        let answer = match self.session.call(evaluate).await {
            Ok(answer) => answer.result.value,
            Err(error) if matches!(error, CallError::Gone { .. }) => return Err(error),
            Err(_) => None,
        };
        Ok(answer.as_ref().and_then(Value::as_u64))
    }

    /// Makes the page request part of a file, as media players do, and records the response. `expected` are the right
    /// bytes, in ASCII.
    ///
    /// # Errors
    /// When the browser has ended.
    pub async fn fetch_range(&self, url: &str, range: &str, expected: &str) -> Result<(), CallError> {
        let (asked, wanted) = (Value::from(url), Value::from(range));
        // In the page's main world: fetches of isolated worlds bypass the worker.
        let mut evaluate = EvaluateParams::new(format!(
            "fetch({asked}, {{ headers: {{ range: {wanted} }} }})
               .then(async (answer) => [answer.status, await answer.text()]).catch(() => null)"
        ));
        (evaluate.await_promise, evaluate.return_by_value) = (Some(true), Some(true));
        let answer = match self.session.call(evaluate).await {
            Ok(answer) => answer.result.value.unwrap_or_default(),
            Err(error) if matches!(error, CallError::Gone { .. }) => return Err(error),
            Err(_) => Value::Null,
        };
        self.log.push(What::Range(RangeAnswer {
            tab: self.id,
            url: url.to_owned(),
            range: range.to_owned(),
            status: answer[0].as_u64().and_then(|status| u16::try_from(status).ok()),
            right: answer[1].as_str() == Some(expected),
        }));
        Ok(())
    }

    /// Closes the tab and waits until it is gone.
    ///
    /// Chromium passes the close request to the document in the tab. If another document replaces it at that moment,
    /// the request is lost, so it is repeated for each new document.
    ///
    /// # Errors
    /// When the browser has ended or the tab does not close.
    pub async fn close(self) -> Result<(), CallError> {
        let (mark, deadline) = (self.log.mark(), Instant::now() + CLOSING);
        // The newest document since the first close request.
        let mut newest = None;
        loop {
            match self.session.browser().call(CloseTargetParams::new(self.target.clone())).await {
                Ok(_) => {}
                // The tab has closed meanwhile.
                Err(CallError::Refused { .. }) if newest.is_some() => {}
                Err(error) => return Err(error),
            }
            let next = |event: &Event| match event.what {
                What::TabClosed { tab } if tab == self.id => Some(None),
                What::Committed { tab, .. } if tab == self.id && Some(event.seq) > newest => Some(Some(event.seq)),
                _ => None,
            };
            let left = deadline.saturating_duration_since(Instant::now());
            let unfinished = |_| CallError::Unfinished { what: format!("closing {}", self.id), within: CLOSING };
            newest = self.log.wait(mark, left, "the tab to close", next).await.map_err(unfinished)?;
            if newest.is_none() {
                return Ok(());
            }
        }
    }

    /// Reads and records the state of the page.
    ///
    /// # Errors
    /// When the browser has ended.
    pub async fn observe(&self) -> Result<PageState, CallError> {
        let state = self.look().await?;
        self.log.push(What::Page(state.clone()));
        Ok(state)
    }

    /// Takes a screenshot of the tab for the event `seq`, if screenshots are wanted. If it is not ready in time, the
    /// scenario continues without it.
    ///
    /// The screenshot is not scaled: scaling would resize the page, which the page could observe.
    pub async fn picture(&self, seq: u32) {
        if !self.log.wants_pictures() {
            return;
        }
        let mut capture = CaptureScreenshotParams::default();
        (capture.format, capture.quality) = (Some(CaptureScreenshotFormat::Jpeg), Some(QUALITY));
        let Ok(Ok(answer)) = tokio::time::timeout(PICTURE, self.session.call(capture)).await else { return };
        let encoded: &str = answer.data.as_ref();
        match BASE64_STANDARD.decode(encoded) {
            Ok(jpeg) if jpeg.len() <= LARGEST_PICTURE => self.log.keep(Picture { seq, jpeg }),
            _ => {}
        }
    }

    async fn look(&self) -> Result<PageState, CallError> {
        let (error_page, url) = self.translator.shows(self.id);
        let look = format!("({WATCH})({}, null)", self.marks);
        // Before its first document a tab does not respond while that document is loading.
        let nothing = error_page || url.is_empty();
        let seen = if nothing { None } else { self.evaluate(&look).await? };
        let seen = seen.as_ref().and_then(Value::as_str).and_then(|json| serde_json::from_str::<Look>(json).ok());
        Ok(match seen {
            Some(look) => look.into_state(self.id),
            None => self.nothing(url),
        })
    }

    /// The state of an error page.
    fn nothing(&self, url: String) -> PageState {
        let marks: Value = serde_json::from_str(&self.marks).unwrap_or_default();
        let missing = |name: &str| if marks[name].is_null() { ReleaseMark::Undescribed } else { ReleaseMark::Missing };
        let absent = |name: &str| (!marks[name].is_null()).then_some(false);
        PageState {
            tab: self.id,
            url,
            title: String::new(),
            hydrated: absent("hydrated"),
            page_release: missing("page"),
            code_release: missing("code"),
            lazy_shown: absent("lazy"),
            update_offered: absent("update"),
            draft: None,
            saved: absent("saved"),
            controlled: false,
        }
    }

    /// Evaluates an expression in the isolated world and awaits its promise. None if no page can respond, for example
    /// because the visitor has left it.
    ///
    /// # Errors
    /// When the browser has ended.
    pub async fn evaluate(&self, expression: &str) -> Result<Option<Value>, CallError> {
        let answer = async {
            let frame = self.session.call(GetFrameTreeParams::default()).await?.frame_tree.frame.id;
            let mut world = CreateIsolatedWorldParams::new(frame);
            world.world_name = Some(WORLD.to_owned());
            let context = self.session.call(world).await?.execution_context_id;
            let mut evaluate = EvaluateParams::new(expression);
            evaluate.context_id = Some(context);
            evaluate.await_promise = Some(true);
            evaluate.return_by_value = Some(true);
            evaluate.user_gesture = Some(true);
            self.session.call(evaluate).await
        };
        let patience = if self.translator.leaves(self.id) { LEAVING } else { Duration::MAX };
        match tokio::time::timeout(patience, answer).await {
            Ok(Ok(answer)) if answer.exception_details.is_none() => {
                Ok(Some(answer.result.value.unwrap_or(Value::Null)))
            }
            Ok(Err(error)) if matches!(error, CallError::Gone { .. }) => Err(error),
            Ok(_) | Err(_) => Ok(None),
        }
    }

    /// Waits until the page that is loaded after `mark` has settled: it is hydrated and has finished prefetching, or it
    /// has loaded and does not hydrate, or it is an error page. If it does not settle, records a timeout. Then records
    /// the state of the page.
    ///
    /// # Errors
    /// When the browser has ended.
    pub async fn settle(&self, mark: Mark) -> Result<PageState, CallError> {
        loop {
            if let Err(expiry) = self.rests(mark).await {
                let seq = self.log.append(expiry.into());
                self.picture(seq).await;
                break;
            }
            let fetches_ahead =
                async { while self.standing(mark) == Standing::Alive && !self.is_at_rest(IDLE).await {} };
            let _ = tokio::time::timeout(AHEAD, fetches_ahead).await;
            // A page may reload itself as soon as it is hydrated.
            if self.standing(mark) != Standing::Loading {
                break;
            }
        }
        self.observe().await
    }

    /// Waits until the page has been quiet for a while and its only pending requests are for these paths of `origin`.
    pub async fn waits_only_for(&self, origin: &str, paths: &[String]) {
        let sign = |event: &Event| self.concerns(event).then_some(());
        loop {
            let here = self.log.mark();
            if self.log.wait(here, SILENT, "activity of the page", sign).await.is_ok() {
                continue;
            }
            let open = self.translator.open_requests(self.id);
            let is_one = |url: &String| {
                let path = url.strip_prefix(origin).map(|path| path.split('?').next().unwrap_or(path));
                path.is_some_and(|path| paths.iter().any(|one| one == path))
            };
            if !open.is_empty() && open.iter().all(is_one) {
                return;
            }
        }
    }

    async fn rests(&self, mark: Mark) -> Result<(), Expiry> {
        let began = Instant::now();
        let mut deadline = began + REST;
        loop {
            let here = self.log.mark();
            let standing = self.standing(mark);
            let is_at_rest = async {
                match standing {
                    Standing::Alive | Standing::ErrorPage | Standing::Restless => true,
                    Standing::Loading => {
                        let any = |event: &Event| self.concerns(event).then_some(());
                        let _ = self.log.wait(here, RESTING, "a page", any).await;
                        false
                    }
                    // A fetch whose response is never read never finishes. Without a hydration mark nothing else is
                    // known about the page.
                    Standing::Loaded => {
                        self.is_at_rest(self.lifeless).await || self.lifeless == SILENT && self.silence() >= AHEAD
                    }
                }
            };
            match tokio::time::timeout_at(deadline, is_at_rest).await {
                Ok(true) => return Ok(()),
                // The page is slow, but still loading.
                Ok(false) if standing == Standing::Loading => {
                    deadline = (Instant::now() + REST).min(began + RESTING);
                }
                Ok(false) => {}
                Err(_elapsed) => return Err(self.log.expiry(mark, began.elapsed(), "the page to settle")),
            }
        }
    }

    /// Time since the last activity of the page.
    fn silence(&self) -> Duration {
        let sign = |event: &Event| self.concerns(event).then(|| Duration::from_millis(event.at_ms));
        self.log.elapsed().saturating_sub(self.log.find_last(sign).unwrap_or_default())
    }

    fn standing(&self, mark: Mark) -> Standing {
        standing(&self.log, self.id, mark)
    }

    fn concerns(&self, event: &Event) -> bool {
        concerns(event, self.id)
    }

    /// Waits until the page is in a state that is `wanted`, or has settled without it: it has been quiet for a while
    /// and no request is pending. Then records its state.
    ///
    /// # Errors
    /// When the browser has ended.
    pub async fn shows_or_rests(
        &self,
        mark: Mark,
        within: Duration,
        wanted: impl Fn(&PageState) -> bool,
    ) -> Result<PageState, CallError> {
        let shown = |event: &Event| match &event.what {
            What::Page(page) if page.tab == self.id && wanted(page) => Some(()),
            _ => None,
        };
        let watch = async {
            while self.log.find_after(mark, shown).is_none() {
                if self.is_at_rest(LIFELESS).await {
                    return;
                }
            }
        };
        // If the page never settles, its current state is recorded.
        let _ = tokio::time::timeout(within, watch).await;
        self.observe().await
    }

    /// Waits for the next activity of the page. True if there was none for `quiet`, no request is pending, and the page
    /// is idle.
    async fn is_at_rest(&self, quiet: Duration) -> bool {
        let here = self.log.mark();
        let sign = |event: &Event| self.concerns(event).then_some(());
        if self.log.wait(here, quiet, "activity of the page", sign).await.is_ok() {
            return false;
        }
        if !self.translator.open_requests(self.id).is_empty() {
            return false;
        }
        // Lets a busy page finish its work. Without the timeout Chromium may never consider a page idle that waits for
        // a frame.
        let limit = BUSY.as_millis();
        let idle =
            format!("new Promise((done) => requestIdleCallback(() => setTimeout(done), {{ timeout: {limit} }}))");
        let _ = self.evaluate(&idle).await;
        self.log.find_after(here, sign).is_none()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Loading,
    Loaded,
    Alive,
    ErrorPage,
    Restless,
}

/// How far the newest document of a tab after `mark` has come.
fn standing(log: &Log, of: TabId, mark: Mark) -> Standing {
    let mut standing = Standing::Loading;
    let (mut navigations, mut committed, mut failed) = (0, false, false);
    log.find_after(mark, |event| {
        match &event.what {
            What::NavigationStarted { tab, by, .. } if *tab == of => {
                (standing, committed) = (Standing::Loading, false);
                navigations += usize::from(*by != Initiator::Visitor);
            }
            What::Committed { tab, error_page, restored, .. } if *tab == of => {
                committed = true;
                failed = *error_page;
                standing = if *restored { Standing::Loaded } else { Standing::Loading };
            }
            // An error page that is closed while it loads stays open for ever.
            What::Loaded { tab } if *tab == of && committed && standing == Standing::Loading => {
                standing = if failed { Standing::ErrorPage } else { Standing::Loaded };
            }
            // The page before it may still show itself while the navigation is under way.
            What::Page(page) if page.tab == of && committed && page.hydrated == Some(true) => {
                standing = Standing::Alive;
            }
            _ => {}
        }
        None::<()>
    });
    if navigations >= RESTLESS { Standing::Restless } else { standing }
}

/// Whether an event tells of a tab's page or its requests.
fn concerns(event: &Event, of: TabId) -> bool {
    let its = |by: &Party| *by == Party::Tab(of);
    match &event.what {
        What::NavigationStarted { tab, .. } | What::Committed { tab, .. } | What::Loaded { tab } => *tab == of,
        What::Page(page) => page.tab == of,
        What::Response(Response { by, .. }) | What::RequestFailed { by, .. } => its(by),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{ACCEPTED_UPDATE, ERROR_PAGE, PAGE_WITH_ERRORS, Replay};
    use super::*;

    const TAB: TabId = TabId(1);

    fn standings(replay: Replay, tab: TabId) -> Vec<Standing> {
        replay.each(|replay| standing(&replay.log, tab, Mark::START))
    }

    #[test]
    fn a_document_stands_where_its_newest_sign_says() {
        use Standing::{Alive, ErrorPage, Loaded, Loading};
        // A page that is alive before it has loaded stays so.
        assert_eq!(standings(Replay::of(ACCEPTED_UPDATE), TAB), [Loading, Alive, Loading, Alive, Loading, Alive]);
        let lifeless = Replay::of(ACCEPTED_UPDATE).without(r#"hydrated\":true"#);
        assert_eq!(standings(lifeless, TAB), [Loading, Loaded, Loading, Loaded, Loading, Loaded]);
        assert_eq!(standings(Replay::of(PAGE_WITH_ERRORS), TAB), [Loading, Alive]);
        assert_eq!(standings(Replay::of(ERROR_PAGE), TabId(2)), [Loading, ErrorPage]);
    }

    #[test]
    fn the_page_that_is_left_says_nothing_of_the_next_one() {
        let leaves = |what: &What| matches!(what, What::NavigationStarted { reload: true, .. });
        let replay = Replay::of(ACCEPTED_UPDATE).until(leaves);
        let last_page = |event: &Event| matches!(event.what, What::Page(_)).then(|| event.what.clone());
        replay.log.push(replay.log.find_last(last_page).unwrap());
        assert_eq!(standing(&replay.log, TAB, Mark::START), Standing::Loading);
    }

    #[test]
    fn what_was_before_the_mark_or_is_of_another_tab_does_not_count() {
        let replay = Replay::of(ACCEPTED_UPDATE).whole();
        assert_eq!(standing(&replay.log, TAB, Mark::START), Standing::Alive);
        assert_eq!(standing(&replay.log, TAB, replay.log.mark()), Standing::Loading);
        assert_eq!(standing(&replay.log, TabId(2), Mark::START), Standing::Loading);
    }

    #[test]
    fn a_page_that_navigates_again_and_again_is_not_waited_for() {
        let reload = |what: &What| matches!(what, What::NavigationStarted { reload: true, .. });
        let replay = Replay::of(ACCEPTED_UPDATE).until(reload);
        let again = replay.told(|what| reload(what).then(|| what.clone())).remove(0);
        // The visitor's own do not count.
        for _ in 0..RESTLESS - 2 {
            replay.log.push(again.clone());
        }
        assert_eq!(standing(&replay.log, TAB, Mark::START), Standing::Loading);
        replay.log.push(again);
        assert_eq!(standing(&replay.log, TAB, Mark::START), Standing::Restless);
    }

    #[test]
    fn documents_looks_and_requests_concern_a_tab_and_its_workers_do_not() {
        let replay = Replay::of(ACCEPTED_UPDATE).whole();
        let events = replay.log.snapshot();
        let of_worker = |event: &&Event| match &event.what {
            What::Response(Response { by, .. }) | What::RequestFailed { by, .. } => matches!(by, Party::Worker(_)),
            What::WorkerVersion { .. } | What::Registration { .. } | What::CacheChanged { .. } => true,
            What::TabOpened { .. } => true,
            _ => false,
        };
        let (others, own): (Vec<_>, Vec<_>) = events.iter().partition(of_worker);
        assert!(own.iter().all(|event| concerns(event, TAB) && !concerns(event, TabId(2))));
        assert!(others.len() > 30 && !others.iter().any(|event| concerns(event, TAB)));
    }

    #[tokio::test]
    async fn a_tab_settles_on_the_page_that_the_browser_shows() {
        let replay = Replay::of(ACCEPTED_UPDATE);
        let log = replay.log.clone();
        let visitor = replay.visitor(&crate::app::App { hydrated: Some("html".to_owned()), ..Default::default() });
        let tab = visitor.open_tab().await.unwrap();
        let mark = tab.navigate("https://app.test/");
        let page = tab.settle(mark).await.unwrap();
        assert_eq!((page.hydrated, page.page_release), (Some(true), ReleaseMark::Names("A".to_owned())));
        assert_eq!(log.find_last(|event| matches!(event.what, What::Expired { .. }).then_some(())), None);
        assert!(!tab.is_on_error_page() && tab.is_on("https://app.test"));
    }
}
