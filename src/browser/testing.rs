//! What a real browser has told, for tests of what is made of it without a browser.
//!
//! Each recording is the protocol's events of one visitor, in the order in which they came, as JSON lines: without those
//! that nobody reads, such as `Network.responseReceivedExtraInfo`, and without headers and times. What the driver did
//! meanwhile stands between them: it opened a tab, and it began a navigation. A cue is what somebody had to click before
//! the browser told more.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::connection::Connection;
use super::translate::{BINDING, Place, Translator};
use super::visitor::Visitor;
use crate::app::App;
use crate::trace::{Event, Log, RegistrationState, TabId, What};

/// A new visitor gets the worker of A, goes on to a page, B is deployed and its worker waits; the visitor loads a part,
/// and accepts the update; the page reloads itself.
pub(crate) const ACCEPTED_UPDATE: &str = include_str!("fixtures/accepted-update.jsonl");

/// A page warns, logs an error, alerts, throws, leaves a rejection alone, misses an image, and asks a host that is not
/// there. Its worker imports a script that is not there.
pub(crate) const PAGE_WITH_ERRORS: &str = include_str!("fixtures/page-with-errors.jsonl");

/// The connection is dropped when the visitor of a second tab asks for a page. The driver looks at the caches, and the
/// tab is closed.
pub(crate) const ERROR_PAGE: &str = include_str!("fixtures/error-page.jsonl");

/// A worker is installed, the tab is closed, the browser is killed and started again, and the visitor comes back. Of
/// pages it has navigations only.
pub(crate) const KILLED_BROWSER: &str = include_str!("fixtures/killed-browser.jsonl");

/// A worker is installed; at the next visit the one that follows it unregisters itself. Of pages it has navigations only.
pub(crate) const UNREGISTERED_WORKER: &str = include_str!("fixtures/unregistered-worker.jsonl");

/// Whom an event came from.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Of {
    Tab(TabId),
    Worker(String),
    Observer,
    Silent,
}

impl From<Of> for Place {
    fn from(of: Of) -> Self {
        match of {
            Of::Tab(tab) => Self::Tab(tab),
            Of::Worker(target) => Self::Worker(target),
            Of::Observer => Self::Observer,
            Of::Silent => Self::Silent,
        }
    }
}

/// One line of a recording.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Line {
    Event { event: String, of: Of, params: Value },
    Opened { opened: TabId, frame: String },
    Navigates { navigates: TabId },
    Detached { detached: Of },
    Gone { gone: bool },
    Cue { cue: String },
}

fn lines(recording: &str) -> VecDeque<Line> {
    recording.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A recording that is told to a translator.
#[derive(Debug)]
pub(crate) struct Replay {
    left: VecDeque<Line>,
    pub(super) translator: Arc<Translator>,
    pub(crate) log: Log,
}

impl Replay {
    pub(crate) fn of(recording: &str) -> Self {
        let log = Log::default();
        Self { left: lines(recording), translator: Translator::new(log.clone(), None), log }
    }

    /// The same without events that have this in their parameters.
    pub(crate) fn without(mut self, text: &str) -> Self {
        self.left.retain(|line| !matches!(line, Line::Event { params, .. } if params.to_string().contains(text)));
        self
    }

    /// Tells one line more. False when there is none.
    fn tell(&mut self) -> bool {
        match self.left.pop_front() {
            None => return false,
            Some(Line::Event { event, of, params }) => self.translator.event(&of.into(), &event, &params),
            Some(Line::Opened { opened, frame }) => self.translator.opened(opened, &frame),
            Some(Line::Navigates { navigates }) => self.translator.visitor_navigates(navigates),
            Some(Line::Detached { detached }) => self.translator.detached(&detached.into()),
            Some(Line::Gone { gone }) => {
                assert!(gone);
                self.translator.browser_gone();
            }
            Some(Line::Cue { .. }) => {}
        }
        true
    }

    /// Tells it all.
    pub(crate) fn whole(mut self) -> Self {
        while self.tell() {}
        self
    }

    /// Tells it until an event of the log is like this.
    #[track_caller]
    pub(crate) fn until(mut self, wanted: impl Fn(&What) -> bool) -> Self {
        let mark = self.log.mark();
        while self.log.find_after(mark, |event| wanted(&event.what).then_some(())).is_none() {
            assert!(self.tell(), "the recording has no such event");
        }
        self
    }

    /// What `look` gives after each line, without repetitions.
    pub(crate) fn each<T: PartialEq>(mut self, look: impl Fn(&Self) -> T) -> Vec<T> {
        let mut seen = vec![look(&self)];
        while self.tell() {
            seen.push(look(&self));
            seen.dedup();
        }
        seen
    }

    /// What `pick` takes of the events of the log, each worker named by its version.
    pub(crate) fn told<T>(&self, pick: impl Fn(&What) -> Option<T>) -> Vec<T> {
        let mut events = self.log.snapshot();
        self.translator.name_workers(&mut events);
        events.iter().filter_map(|event: &Event| pick(&event.what)).collect()
    }

    pub(crate) fn registrations(&self) -> Vec<RegistrationState> {
        self.translator.registrations()
    }

    pub(crate) fn idle(&self) -> Vec<String> {
        self.translator.idle()
    }

    /// A visitor whose browser does again what was recorded, as far as it is told to navigate and to click as then.
    pub(crate) fn visitor(self, app: &App) -> Visitor {
        let (log, translator) = (self.log.clone(), Arc::clone(&self.translator));
        let mut player = Player { replay: self, frame: String::new(), shown: String::new() };
        player.play();
        let connection = Connection::answered_by(move |method, params| player.answer(method, params));
        Visitor::of_recording(&connection, translator, log, app)
    }
}

/// What answers in place of a browser.
struct Player {
    replay: Replay,
    frame: String,
    /// What the newest page showed when it last told of itself.
    shown: String,
}

impl Player {
    /// Tells what comes until the driver has to do something.
    fn play(&mut self) {
        while let Some(Line::Event { .. } | Line::Detached { .. } | Line::Gone { .. }) = self.replay.left.front() {
            if let Some(Line::Event { params, .. }) = self.replay.left.front()
                && params["name"] == BINDING
            {
                self.shown = params["payload"].as_str().unwrap().to_owned();
            }
            self.replay.tell();
        }
    }

    /// What the driver does has to be what was recorded.
    fn goes_on(&mut self, is_next: impl Fn(&Line) -> bool) {
        let next = self.replay.left.pop_front();
        assert!(next.as_ref().is_some_and(is_next), "the recording goes on otherwise: {next:?}");
        self.play();
    }

    fn answer(&mut self, method: &str, params: &Value) -> Value {
        let expression = params["expression"].as_str().unwrap_or_default();
        match method {
            "Target.createTarget" => json!({ "targetId": "target" }),
            "Target.attachToTarget" => json!({ "sessionId": "session" }),
            "Page.getFrameTree" => {
                if let Some(Line::Opened { frame, .. }) = self.replay.left.front() {
                    self.frame.clone_from(frame);
                    self.replay.left.pop_front();
                }
                json!({ "frameTree": { "frame": {
                    "id": self.frame, "loaderId": "", "url": "", "domainAndRegistry": "", "securityOrigin": "",
                    "mimeType": "text/html", "secureContextType": "Secure", "gatedAPIFeatures": [],
                    "crossOriginIsolatedContextType": "NotIsolated",
                } } })
            }
            "Page.createIsolatedWorld" => json!({ "executionContextId": 1 }),
            "Page.navigate" => {
                self.goes_on(|line| matches!(line, Line::Navigates { .. }));
                json!({ "frameId": self.frame })
            }
            "Runtime.evaluate" => {
                let value = if expression.contains("click()") {
                    self.goes_on(|line| matches!(line, Line::Cue { cue } if expression.contains(cue)));
                    Value::Null
                } else if expression.contains("swapcheckTold") {
                    self.shown.clone().into()
                } else {
                    // Whether there is an element.
                    true.into()
                };
                json!({ "result": { "type": "object", "value": value } })
            }
            _ => json!({}),
        }
    }
}
