//! Small traces for the tests of checks, built event by event.

use super::Check;
use crate::outcome::{Confidence, Finding, Severity};
use crate::trace::{
    Action, Answer, CacheEntry, Due, Event, FORMAT, Gravity, Header, Initiator, PageState, Party, RegistrationState,
    ReleaseMark, Response, Snapshot, Source, TabId, Trace, What, WorkerState,
};

/// A trace under construction. Each method adds one event unless it says otherwise.
#[derive(Clone)]
pub(crate) struct Story {
    events: Vec<What>,
    names: Vec<(u32, &'static str)>,
}

/// A minimal finding of a check.
pub(crate) fn finding(check: &str) -> Finding {
    Finding {
        check: check.to_owned(),
        severity: Severity::Error,
        confidence: Confidence::Certain,
        message: String::new(),
        url: None,
        fix: String::new(),
        events: Vec::new(),
    }
}

/// A URL of the app.
pub(crate) fn url(path: &str) -> String {
    format!("https://app.test{path}")
}

/// A page at `/` of an app without a description.
pub(crate) fn page(tab: u32) -> PageState {
    PageState {
        tab: TabId(tab),
        url: url("/"),
        title: "App".to_owned(),
        hydrated: None,
        page_release: ReleaseMark::Undescribed,
        code_release: ReleaseMark::Undescribed,
        lazy_shown: None,
        update_offered: None,
        draft: None,
        saved: None,
        controlled: true,
    }
}

/// A good response from the network.
pub(crate) fn response(tab: u32, resource: &str, path: &str) -> Response {
    let by = Party::Tab(TabId(tab));
    let (resource, mime) = (resource.to_owned(), "text/javascript".to_owned());
    Response { by, url: url(path), resource, status: 200, mime, source: Source::Network, cache: None }
}

/// A response of the origin.
pub(crate) fn answer(path: &str, status: u16) -> Answer {
    Answer { method: "GET".to_owned(), url: url(path), status, ..Answer::default() }
}

/// A cache entry.
pub(crate) fn entry(cache: &str, path: &str, status: u16) -> CacheEntry {
    CacheEntry { cache: cache.to_owned(), url: url(path), status, ..CacheEntry::default() }
}

/// The same as an opaque response.
pub(crate) fn opaque(entry: CacheEntry) -> CacheEntry {
    CacheEntry { opaque: true, ..entry }
}

/// The same as an HTML page.
pub(crate) fn html(entry: CacheEntry) -> CacheEntry {
    CacheEntry { content_type: "text/html; charset=utf-8".to_owned(), html_body: true, ..entry }
}

/// A snapshot with only a registration with this active worker.
pub(crate) fn registered(scope: &str, active: &str) -> What {
    let registration =
        RegistrationState { scope: url(scope), active: Some(active.to_owned()), ..RegistrationState::default() };
    What::Snapshot(Snapshot { registrations: vec![registration], ..Snapshot::default() })
}

impl Story {
    pub(crate) fn new() -> Self {
        Self { events: Vec::new(), names: Vec::new() }
    }

    pub(crate) fn what(mut self, what: What) -> Self {
        self.events.push(what);
        self
    }

    /// Names the last event, for [`Story::proof`]. Adds nothing.
    pub(crate) fn called(mut self, name: &'static str) -> Self {
        self.names.push((u32::try_from(self.events.len() - 1).unwrap(), name));
        self
    }

    // The origin.
    pub(crate) fn swap(self, release: &str) -> Self {
        self.what(What::Swap { release: release.to_owned() })
    }

    pub(crate) fn fault_on(self, fault: u32, gravity: Gravity) -> Self {
        self.what(What::FaultOn { fault, text: "a fault".to_owned(), gravity })
    }

    pub(crate) fn fault_off(self, fault: u32) -> Self {
        self.what(What::FaultOff { fault })
    }

    pub(crate) fn answer(self, path: &str, status: u16) -> Self {
        self.what(What::Answer(answer(path, status)))
    }

    pub(crate) fn answer_of(self, path: &str, status: u16, mime: &str) -> Self {
        self.what(What::Answer(Answer { content_type: mime.to_owned(), ..answer(path, status) }))
    }

    pub(crate) fn answered_by(self, path: &str, release: &str) -> Self {
        self.what(What::Answer(Answer { release: Some(release.to_owned()), ..answer(path, 200) }))
    }

    pub(crate) fn dropped(self, path: &str, fault: u32) -> Self {
        self.what(What::Answer(Answer { fault: Some(fault), ..answer(path, 0) }))
    }

    // Navigations.
    pub(crate) fn starts(self, tab: u32, path: &str, by: Initiator) -> Self {
        self.what(What::NavigationStarted { tab: TabId(tab), url: url(path), by, reload: false })
    }

    /// The visitor enters an address: two events.
    pub(crate) fn starts_by_visitor(self, tab: u32, path: &str) -> Self {
        let action = Action::Navigate { url: url(path) };
        self.acts(tab, action).starts(tab, path, Initiator::Visitor)
    }

    pub(crate) fn commits(self, tab: u32, path: &str) -> Self {
        self.what(What::Committed { tab: TabId(tab), url: url(path), error_page: false, restored: false })
    }

    pub(crate) fn error_page(self, tab: u32, path: &str) -> Self {
        self.what(What::Committed { tab: TabId(tab), url: url(path), error_page: true, restored: false })
    }

    /// The visitor enters an address and gets a document: three events.
    pub(crate) fn visit(self, tab: u32, path: &str) -> Self {
        self.starts_by_visitor(tab, path).commits(tab, path)
    }

    /// The app navigates and gets a document: two events.
    pub(crate) fn reload_by_app(self, tab: u32, path: &str) -> Self {
        self.starts(tab, path, Initiator::App).commits(tab, path)
    }

    // The visitor.
    fn acts(self, tab: u32, action: Action) -> Self {
        self.what(What::Action { tab: TabId(tab), action })
    }

    pub(crate) fn click(self, tab: u32) -> Self {
        self.acts(tab, Action::Click { selector: "button".to_owned() })
    }

    pub(crate) fn accept(self, tab: u32) -> Self {
        self.acts(tab, Action::AcceptUpdate)
    }

    pub(crate) fn submits(self, tab: u32) -> Self {
        self.acts(tab, Action::Submit { selector: "button".to_owned() })
    }

    // Observations.
    pub(crate) fn page(self, state: PageState) -> Self {
        self.what(What::Page(state))
    }

    fn throws(self, by: Party, text: &str) -> Self {
        self.what(What::Exception { by, text: text.to_owned(), url: String::new(), line: 0 })
    }

    pub(crate) fn exception(self, tab: u32, text: &str) -> Self {
        self.throws(Party::Tab(TabId(tab)), text)
    }

    pub(crate) fn worker_exception(self, version: &str, text: &str) -> Self {
        self.throws(Party::Worker(version.to_owned()), text)
    }

    pub(crate) fn console(self, tab: u32, level: &str, text: &str) -> Self {
        let by = Party::Tab(TabId(tab));
        self.what(What::Console { by, level: level.to_owned(), text: text.to_owned() })
    }

    pub(crate) fn version(self, version: &str, state: WorkerState) -> Self {
        self.version_of("registration", version, state)
    }

    pub(crate) fn version_of(self, registration: &str, version: &str, state: WorkerState) -> Self {
        let (registration, version) = (registration.to_owned(), version.to_owned());
        self.what(What::WorkerVersion { registration, version, script: url("/sw.js"), state, running: true })
    }

    pub(crate) fn worker_error(self, version: &str, text: &str) -> Self {
        let (version, text) = (version.to_owned(), text.to_owned());
        self.what(What::WorkerError { version, text, url: String::new(), line: 0 })
    }

    pub(crate) fn cache_changed(self, cache: &str) -> Self {
        self.what(What::CacheChanged { cache: cache.to_owned() })
    }

    pub(crate) fn snapshot(self, entries: impl IntoIterator<Item = CacheEntry>) -> Self {
        self.what(What::Snapshot(Snapshot { entries: entries.into_iter().collect(), ..Snapshot::default() }))
    }

    // Expectations.
    pub(crate) fn usable(self, tab: u32) -> Self {
        self.what(What::Due(Due::Usable { tab: TabId(tab) }))
    }

    pub(crate) fn part(self, tab: u32) -> Self {
        self.what(What::Due(Due::Part { tab: TabId(tab) }))
    }

    pub(crate) fn current(self, tab: u32, release: &str) -> Self {
        self.what(What::Due(Due::Current { tab: TabId(tab), release: release.to_owned() }))
    }

    pub(crate) fn cleared(self, release: &str) -> Self {
        self.what(What::Due(Due::Cleared { release: release.to_owned() }))
    }

    pub(crate) fn saved(self, tab: u32) -> Self {
        self.what(What::Due(Due::Saved { tab: TabId(tab) }))
    }

    pub(crate) fn no_worker(self) -> Self {
        self.what(What::Due(Due::NoWorker))
    }

    pub(crate) fn offline(self, tab: u32, path: &str, release: &str) -> Self {
        self.what(What::Due(Due::Offline { tab: TabId(tab), url: url(path), release: release.to_owned() }))
    }

    // Judging.
    /// The trace so far.
    pub(crate) fn trace(&self) -> Trace {
        let named = |name: &str| name.to_owned();
        let (subject, scenario, browser) = (named("app"), named("story"), named("Chromium"));
        let events = self.events.iter().cloned().chain([What::End]).zip(0..);
        Trace {
            header: Header { swapcheck_trace: FORMAT, subject, scenario, browser },
            events: events.map(|(what, seq)| Event { seq, at_ms: u64::from(seq), what }).collect(),
        }
    }

    /// The findings of the check.
    pub(crate) fn all(&self, check: &Check) -> Vec<Finding> {
        check.run(&super::View::new(&self.trace()))
    }

    /// The only finding of the check.
    #[track_caller]
    pub(crate) fn one(&self, check: &Check) -> Finding {
        let mut findings = self.all(check);
        assert_eq!(findings.len(), 1, "{findings:#?}");
        findings.remove(0)
    }

    /// Asserts that the check is silent.
    #[track_caller]
    pub(crate) fn none(&self, check: &Check) {
        assert_eq!(self.all(check), []);
    }

    /// The names of the events that prove a finding, `?` for an unnamed event.
    pub(crate) fn proof(&self, finding: &Finding) -> Vec<&'static str> {
        let name = |event: &u32| self.names.iter().find(|(seq, _)| seq == event).map_or("?", |(_, name)| *name);
        finding.events.iter().map(name).collect()
    }
}
