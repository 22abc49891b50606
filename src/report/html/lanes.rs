//! Arranges a trace into the lanes of a timeline: the origin, each worker version, each tab, the caches.

use std::collections::BTreeMap;

use super::scale::Scale;
use super::text::{address, moment, short};
use crate::check::View;
use crate::trace::{
    CacheEntry, Gravity, Initiator, PageState, Party, ReleaseMark, Snapshot, TabId, Trace, What, WorkerState,
};

/// Maximum number of worker lanes, and of tab lanes.
const MOST: usize = 10;

/// Maximum number of rows for overlapping faults.
const FAULT_ROWS: usize = 4;

/// Maximum number of marked cache changes.
const CHANGES: usize = 400;

/// Maximum number of spans named in a description.
const NAMED: usize = 12;

/// One lane.
#[derive(Debug, Default)]
pub(super) struct Lane {
    /// Its name.
    pub name: String,
    /// Its subtitle.
    pub about: String,
    /// A text alternative of what it shows.
    pub words: String,
    /// How many rows of spans it has.
    pub rows: usize,
    pub spans: Vec<Span>,
    pub marks: Vec<Mark>,
    pub columns: Vec<Column>,
}

/// Something with a duration.
#[derive(Debug)]
pub(super) struct Span {
    pub from: f64,
    pub to: f64,
    pub row: usize,
    /// CSS class.
    pub class: &'static str,
    /// Its label, if there is room.
    pub text: String,
    /// Its tooltip.
    pub title: String,
}

/// Something at a moment.
#[derive(Debug)]
pub(super) struct Mark {
    pub x: f64,
    pub shape: Shape,
    pub title: String,
}

/// The shape of a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// The visitor navigates.
    ByVisitor,
    /// The page navigates by itself.
    ByApp,
    /// The browser retries by itself.
    ByBrowser,
    /// The visitor acts on the page.
    Action,
    /// The scenario expects something of the app.
    Due,
    /// An error or a failed request.
    Wrong,
    /// A cache changed.
    Change,
}

/// The cache contents at a moment, by release.
#[derive(Debug)]
pub(super) struct Column {
    pub x: f64,
    pub parts: Vec<(&'static str, usize)>,
    pub all: usize,
    pub title: String,
}

/// All lanes of a trace, and a note on what was left out.
pub(super) struct Lanes {
    pub lanes: Vec<Lane>,
    pub cut: Option<String>,
}

/// Arranges a trace.
pub(super) fn lanes(trace: &Trace, scale: &Scale, home: Option<&str>) -> Lanes {
    let arranged = Arranged { trace, view: View::new(trace), scale, home, releases: releases(trace) };
    let (workers, tabs) = (arranged.workers(), arranged.tabs());
    let left = workers.len().saturating_sub(MOST) + tabs.len().saturating_sub(MOST);
    let cut = (left > 0).then(|| format!("{left} more workers and tabs are not shown."));
    let mut lanes = vec![arranged.origin()];
    lanes.extend(workers.into_iter().take(MOST));
    lanes.extend(tabs.into_iter().take(MOST));
    lanes.extend(arranged.caches());
    Lanes { lanes, cut }
}

/// The releases in order of appearance. The first one is known from its responses: it is never swapped in.
pub(super) fn releases(trace: &Trace) -> Vec<&str> {
    let mut releases = Vec::new();
    for event in &trace.events {
        let release = match &event.what {
            What::Swap { release } => Some(release.as_str()),
            What::Answer(answer) => answer.release.as_deref(),
            _ => None,
        };
        releases.extend(release.filter(|release| !releases.contains(release)));
    }
    releases
}

/// The release that is served before the first swap.
fn at_first(trace: &Trace) -> Option<&str> {
    let before = trace.events.iter().take_while(|event| !matches!(event.what, What::Swap { .. }));
    let mut answers = before.filter_map(|event| match &event.what {
        What::Answer(answer) => answer.release.as_deref(),
        _ => None,
    });
    answers.next()
}

/// The CSS class of a release.
pub(super) fn look(releases: &[&str], release: &str) -> &'static str {
    match releases.iter().position(|known| *known == release) {
        Some(0) => "r0",
        Some(1) => "r1",
        Some(2) => "r2",
        _ => "rx",
    }
}

struct Arranged<'a> {
    trace: &'a Trace,
    view: View<'a>,
    scale: &'a Scale,
    home: Option<&'a str>,
    releases: Vec<&'a str>,
}

impl Arranged<'_> {
    fn time(&self, seq: u32) -> String {
        let at = usize::try_from(seq).ok().and_then(|at| self.trace.events.get(at)).or(self.trace.events.last());
        moment(at.map_or(0, |event| event.at_ms))
    }

    fn span(&self, (from, to): (u32, u32), class: &'static str, text: &str) -> Span {
        let title = format!("{}, from {} to {}", short(text, 200), self.time(from), self.time(to));
        let (from, to) = (self.scale.x(from), self.scale.x(to));
        Span { from, to, row: 0, class, text: short(text, 120), title }
    }

    fn mark(&self, seq: u32, shape: Shape, text: &str) -> Mark {
        Mark { x: self.scale.x(seq), shape, title: format!("{}: {}", self.time(seq), short(text, 300)) }
    }

    fn origin(&self) -> Lane {
        let mut lane = Lane { name: "origin".to_owned(), rows: 1, ..Lane::default() };
        let mut served: Option<(u32, &str)> = at_first(self.trace).map(|release| (0, release));
        let mut faults: BTreeMap<u32, (u32, &str, Gravity)> = BTreeMap::new();
        // The end of each row of faults.
        let mut rows: Vec<f64> = Vec::new();
        let mut bars = Vec::new();
        for event in &self.trace.events {
            match &event.what {
                What::Swap { release } => {
                    if let Some((from, before)) = served.replace((event.seq, release)) {
                        lane.spans.push(self.release((from, event.seq), before));
                    }
                }
                What::FaultOn { fault, text, gravity } => {
                    faults.insert(*fault, (event.seq, text, *gravity));
                }
                What::FaultOff { fault } => {
                    if let Some(fault) = faults.remove(fault) {
                        bars.push((fault, event.seq));
                    }
                }
                _ => {}
            }
        }
        if let Some((from, release)) = served {
            lane.spans.push(self.release((from, u32::MAX), release));
        }
        bars.extend(faults.into_values().map(|fault| (fault, u32::MAX)));
        bars.sort_by_key(|((on, ..), _)| *on);
        for ((on, text, gravity), off) in bars {
            let class = match gravity {
                Gravity::Neutral => "neutral",
                Gravity::Disturbs => "disturbs",
                Gravity::Breaks => "breaks",
            };
            let mut span = self.span((on, off), class, &format!("fault: {text}"));
            let free = rows.iter().position(|end| *end <= span.from);
            let row = free.unwrap_or(rows.len()).min(FAULT_ROWS - 1);
            if row == rows.len() {
                rows.push(0.0);
            }
            rows[row] = span.to;
            span.row = row + 1;
            lane.spans.push(span);
        }
        lane.rows += rows.len();
        lane.words = words("The origin", &lane.spans);
        lane
    }

    fn release(&self, during: (u32, u32), release: &str) -> Span {
        self.span(during, look(&self.releases, release), &format!("release {release}"))
    }

    fn workers(&self) -> Vec<Lane> {
        let lane = |version: &crate::check::Version<'_>| {
            let name = format!("worker {}", short(version.id, 12));
            let about = address(version.script, self.home);
            let mut lane = Lane { name, about, rows: 1, ..Lane::default() };
            let mut states = version.states.clone();
            // The browser repeats the state when the worker starts or stops.
            states.dedup_by_key(|(_, state)| *state);
            for (at, (seq, state)) in states.iter().enumerate() {
                let until = states.get(at + 1).map_or(u32::MAX, |(next, _)| *next);
                let class = match state {
                    WorkerState::New | WorkerState::Installing => "installing",
                    WorkerState::Installed => "waiting",
                    WorkerState::Activating => "activating",
                    WorkerState::Activated => "activated",
                    WorkerState::Redundant => "redundant",
                };
                lane.spans.push(self.span((*seq, until), class, &state.to_string()));
            }
            let mine = |by: &Party| matches!(by, Party::Worker(id) if id == version.id);
            for event in &self.trace.events {
                let is_error = match &event.what {
                    What::WorkerError { version: id, .. } => id == version.id,
                    What::Exception { by, .. } => mine(by),
                    _ => false,
                };
                if is_error {
                    lane.marks.push(self.mark(event.seq, Shape::Wrong, &event.to_string()));
                }
            }
            lane.words = words(&format!("Worker {}", short(version.id, 12)), &lane.spans);
            lane
        };
        self.view.versions().iter().map(lane).collect()
    }

    fn tabs(&self) -> Vec<Lane> {
        let mut tabs: BTreeMap<TabId, Lane> = BTreeMap::new();
        for event in &self.trace.events {
            let (tab, shape) = match &event.what {
                What::NavigationStarted { tab, by, .. } => {
                    let shape = match by {
                        Initiator::Visitor => Shape::ByVisitor,
                        Initiator::App => Shape::ByApp,
                        Initiator::Browser => Shape::ByBrowser,
                    };
                    (*tab, shape)
                }
                What::Action {
                    action: crate::trace::Action::Navigate { .. } | crate::trace::Action::Reload, ..
                } => {
                    continue;
                }
                What::Action { tab, .. } => (*tab, Shape::Action),
                What::Exception { by: Party::Tab(tab), .. } => (*tab, Shape::Wrong),
                What::RequestFailed { by: Party::Tab(tab), canceled: false, .. } => (*tab, Shape::Wrong),
                What::Due(due) => match due_tab(due) {
                    Some(tab) => (tab, Shape::Due),
                    None => continue,
                },
                What::TabOpened { tab } => {
                    self.lane(&mut tabs, *tab);
                    continue;
                }
                _ => continue,
            };
            let mark = self.mark(event.seq, shape, &event.to_string());
            self.lane(&mut tabs, tab).marks.push(mark);
        }
        let closed = |tab: TabId, from: u32| {
            let closed = |what: &What| matches!(what, What::TabClosed { tab: closed } if *closed == tab);
            self.view.events().find(|(seq, what)| *seq >= from && closed(what)).map(|(seq, _)| seq)
        };
        for (at, document) in self.view.documents().iter().enumerate() {
            let next = self.view.documents()[at + 1..].iter().find(|next| next.tab == document.tab);
            let until = next.map(|next| next.committed).or_else(|| closed(document.tab, document.committed));
            let until = until.unwrap_or(u32::MAX);
            let shown = self.shown(document.tab, (document.committed, until));
            let path = address(document.url, self.home);
            let (class, text) = match shown.map(|page| &page.page_release) {
                _ if document.error_page => ("broken", format!("{path} · the browser's error page")),
                Some(ReleaseMark::Names(release)) => {
                    (look(&self.releases, release), format!("{path} · release {release}"))
                }
                Some(ReleaseMark::Missing) => ("broken", format!("{path} · no release")),
                Some(ReleaseMark::Undescribed) | None => ("neutral", path),
            };
            let span = self.span((document.committed, until), class, &text);
            self.lane(&mut tabs, document.tab).spans.push(span);
        }
        for (tab, lane) in &mut tabs {
            lane.words = words(&format!("Tab {}", tab.0), &lane.spans);
        }
        tabs.into_values().collect()
    }

    fn lane<'t>(&self, tabs: &'t mut BTreeMap<TabId, Lane>, tab: TabId) -> &'t mut Lane {
        tabs.entry(tab).or_insert_with(|| Lane { name: tab.to_string(), rows: 1, ..Lane::default() })
    }

    /// The last observed state of a document's page.
    fn shown(&self, tab: TabId, (from, until): (u32, u32)) -> Option<&PageState> {
        let looks = self.trace.events.iter().filter(|event| event.seq >= from && event.seq < until);
        let mut looks = looks.filter_map(|event| match &event.what {
            What::Page(page) if page.tab == tab => Some(page),
            _ => None,
        });
        looks.next_back()
    }

    fn caches(&self) -> Option<Lane> {
        let mut lane = Lane { name: "caches".to_owned(), about: "entries, by release".to_owned(), ..Lane::default() };
        for (seq, snapshot) in self.view.snapshots() {
            lane.columns.push(self.column(seq, snapshot));
        }
        let changes = self.view.events().filter(|(_, what)| matches!(what, What::CacheChanged { .. }));
        lane.marks =
            changes.take(CHANGES).map(|(seq, what)| self.mark(seq, Shape::Change, &what.to_string())).collect();
        let told: Vec<&str> = lane.columns.iter().map(|column| column.title.as_str()).collect();
        lane.words = format!("Cache contents. {}", told.join(" "));
        (!lane.columns.is_empty() || !lane.marks.is_empty()).then_some(lane)
    }

    fn column(&self, seq: u32, snapshot: &Snapshot) -> Column {
        let mut parts: BTreeMap<(usize, &'static str), (String, usize)> = BTreeMap::new();
        for entry in &snapshot.entries {
            let (order, class, name) = whose(entry, &self.releases);
            parts.entry((order, class)).or_insert((name, 0)).1 += 1;
        }
        let told: Vec<String> = parts.values().map(|(name, number)| format!("{number} {name}")).collect();
        let all = snapshot.entries.len();
        let entries = if all == 1 { "entry" } else { "entries" };
        let told = if told.is_empty() { String::new() } else { format!(": {}", told.join(", ")) };
        let title = format!("{}, {}: {all} {entries}{told}.", self.time(seq), short(&snapshot.label, 120));
        let parts = parts.into_iter().map(|((_, class), (_, number))| (class, number)).collect();
        Column { x: self.scale.x(seq), parts, all, title }
    }
}

fn due_tab(due: &crate::trace::Due) -> Option<TabId> {
    use crate::trace::Due;
    match due {
        Due::Usable { tab }
        | Due::Part { tab }
        | Due::Current { tab, .. }
        | Due::Input { tab, .. }
        | Due::Saved { tab }
        | Due::Offline { tab, .. } => Some(*tab),
        Due::Cleared { .. } | Due::Forgotten { .. } | Due::NoWorker | Due::Stored { .. } => None,
    }
}

/// Whether an entry should not be in a cache.
pub(super) fn is_bad(entry: &CacheEntry) -> bool {
    entry.status >= 400 || entry.fault.is_some()
}

/// The release of an entry: its position in the order, CSS class and text.
fn whose(entry: &CacheEntry, releases: &[&str]) -> (usize, &'static str, String) {
    match entry.releases.as_slice() {
        _ if is_bad(entry) => (0, "broken", "errors".to_owned()),
        [] => (1, "rx", "of no known release".to_owned()),
        [one] => {
            let order = releases.iter().position(|known| known == one).unwrap_or(7);
            (2 + order, look(releases, one), format!("of release {} only", short(one, 30)))
        }
        _ => (9, "shared", "same in several releases".to_owned()),
    }
}

fn words(name: &str, spans: &[Span]) -> String {
    if spans.is_empty() {
        return format!("{name}: nothing observed.");
    }
    let mut told: Vec<&str> = spans.iter().take(NAMED).map(|span| span.title.as_str()).collect();
    let more = format!("and {} more", spans.len().saturating_sub(NAMED));
    if spans.len() > NAMED {
        told.push(&more);
    }
    format!("{name}: {}.", told.join("; "))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::check::testing::{Story, entry, page};

    fn arranged(story: &Story) -> Vec<Lane> {
        let trace = story.trace();
        lanes(&trace, &Scale::of(&trace, &BTreeSet::new()), Some("https://app.test")).lanes
    }

    #[test]
    fn the_origin_shows_releases_and_faults_that_overlap_on_rows_of_their_own() {
        let story = Story::new().swap("A").fault_on(1, Gravity::Neutral).fault_on(2, Gravity::Breaks);
        let lane = arranged(&story.swap("B").fault_off(2).fault_on(3, Gravity::Disturbs).usable(1)).remove(0);
        let told: Vec<_> = lane.spans.iter().map(|span| (span.row, span.class, span.text.as_str())).collect();
        let expected = [
            (0, "r0", "release A"),
            (0, "r1", "release B"),
            (1, "neutral", "fault: a fault"),
            (2, "breaks", "fault: a fault"),
            (2, "disturbs", "fault: a fault"),
        ];
        assert_eq!((told, lane.rows), (expected.to_vec(), 3));
        assert!(lane.words.starts_with("The origin: release A, from 0.00 s to "), "{}", lane.words);
    }

    #[test]
    fn the_release_that_nobody_deploys_is_seen_by_its_answers() {
        let story = Story::new().usable(1).answered_by("/", "A").swap("B").answered_by("/", "B");
        assert_eq!(releases(&story.trace()), ["A", "B"]);
        let lane = arranged(&story).remove(0);
        let told: Vec<_> = lane.spans.iter().map(|span| (span.class, span.text.as_str())).collect();
        assert_eq!(told, [("r0", "release A"), ("r1", "release B")]);
    }

    #[test]
    fn a_tab_shows_its_documents_by_release_and_who_moved_it() {
        let of = |release: &str| PageState { page_release: ReleaseMark::Names(release.to_owned()), ..page(1) };
        let story = Story::new().swap("A").swap("B").visit(1, "/a").page(of("A")).reload_by_app(1, "/b").page(of("B"));
        let lanes = arranged(&story.error_page(1, "/c").usable(1));
        let tab = lanes.iter().find(|lane| lane.name == "tab 1").unwrap();
        let told: Vec<_> = tab.spans.iter().map(|span| (span.class, span.text.as_str())).collect();
        assert_eq!(
            told,
            [("r0", "/a · release A"), ("r1", "/b · release B"), ("broken", "/c · the browser's error page")]
        );
        let shapes: Vec<_> = tab.marks.iter().map(|mark| mark.shape).collect();
        assert_eq!(shapes, [Shape::ByVisitor, Shape::ByApp, Shape::Due]);
        assert!(tab.spans.windows(2).all(|pair| pair[0].to <= pair[1].from + 0.1));
    }

    #[test]
    fn a_worker_shows_its_states_once_each() {
        use WorkerState::{Activated, Installed, Installing};
        let story = [Installing, Installing, Installed, Activated, Activated].iter();
        let lanes = arranged(&story.fold(Story::new(), |story, state| story.version("7", *state)));
        let told: Vec<_> = lanes[1].spans.iter().map(|span| span.class).collect();
        assert_eq!((lanes[1].name.as_str(), told), ("worker 7", vec!["installing", "waiting", "activated"]));
    }

    #[test]
    fn caches_are_told_by_whose_their_entries_are() {
        let of = |releases: &[&str]| CacheEntry {
            releases: releases.iter().map(|&name| name.to_owned()).collect(),
            ..entry("c", "/", 200)
        };
        let entries = [of(&["A"]), of(&["A", "B"]), of(&[]), entry("c", "/", 502), of(&["B"]), of(&["B"])];
        let lanes = arranged(&Story::new().swap("A").swap("B").snapshot(entries));
        let column = &lanes.last().unwrap().columns[0];
        assert_eq!(column.parts, [("broken", 1), ("rx", 1), ("r0", 1), ("r1", 2), ("shared", 1)]);
        assert!(
            column.title.contains("6 entries: 1 errors, 1 of no known release, 1 of release A only"),
            "{}",
            column.title
        );
    }

    #[test]
    fn thousands_of_workers_do_not_make_thousands_of_lanes() {
        let names: Vec<String> = (0..2000).map(|number| number.to_string()).collect();
        let story = names.iter().fold(Story::new(), |story, name| story.version(name, WorkerState::Installing));
        let trace = story.trace();
        let Lanes { lanes, cut } = lanes(&trace, &Scale::of(&trace, &BTreeSet::new()), None);
        assert_eq!((lanes.len(), cut.as_deref()), (MOST + 1, Some("1990 more workers and tabs are not shown.")));
    }
}
