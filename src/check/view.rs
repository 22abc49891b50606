//! A trace, indexed for the questions that checks ask.

use std::collections::BTreeMap;

use super::address;
use super::reloads::{Stretch, stretches};
use crate::trace::{
    Action, Answer, CacheEntry, Due, Gravity, Initiator, PageState, Party, Response, Snapshot, TabId, Trace, What,
    WorkerState,
};

/// A trace with the lookups that several checks share.
#[derive(Debug)]
pub struct View<'a> {
    trace: &'a Trace,
    faults: Vec<Fault>,
    documents: Vec<Document<'a>>,
    versions: Vec<Version<'a>>,
    stretches: Vec<Stretch<'a>>,
}

#[derive(Debug)]
struct Fault {
    number: u32,
    gravity: Gravity,
    on: u32,
    off: u32,
}

/// A document that a tab showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Document<'a> {
    /// The tab that shows it.
    pub tab: TabId,
    /// Its URL.
    pub url: &'a str,
    /// Who started its navigation; none if the navigation was not seen.
    pub by: Option<Initiator>,
    /// True for the browser's own error page.
    pub error_page: bool,
    /// `seq` of the visitor's action that requested it, if known, else the same as `began`. The request may reach the
    /// server before the browser reports the navigation.
    pub wanted: u32,
    /// `seq` of the navigation that loaded it.
    pub began: u32,
    /// `seq` of its commit.
    pub committed: u32,
    /// `seq` of the visitor's action that left it, if known, else the same as `left`. Requests from then on may belong
    /// to the next document.
    pub until: u32,
    /// `seq` of the next navigation of the tab, `u32::MAX` if there is none.
    pub left: u32,
}

/// The lifecycle of one worker version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version<'a> {
    /// The registration's id.
    pub registration: &'a str,
    /// Its id.
    pub id: &'a str,
    /// Its script.
    pub script: &'a str,
    /// The states that it went through, each with the `seq` of the event, in order.
    pub states: Vec<(u32, WorkerState)>,
}

impl<'a> View<'a> {
    /// Indexes a trace.
    #[must_use]
    pub fn new(trace: &'a Trace) -> Self {
        let (faults, documents, versions) = (faults(trace), documents(trace), versions(trace));
        Self { trace, faults, documents, versions, stretches: stretches(trace) }
    }

    /// The events, each with its `seq`.
    pub fn events(&self) -> impl DoubleEndedIterator<Item = (u32, &'a What)> + use<'a> {
        self.trace.events.iter().map(|event| (event.seq, &event.what))
    }

    /// True when a fault of at least this gravity was active at some time from `from` to `to`.
    #[must_use]
    pub fn faulty(&self, least: Gravity, from: u32, to: u32) -> bool {
        self.faults.iter().any(|fault| fault.gravity >= least && fault.on <= to && fault.off >= from)
    }

    /// True when a fault of at least this gravity was active at some time between the start of the navigation to the
    /// document that the tab shows at `seq`, and `seq`: the fault may have caused what goes wrong there.
    #[must_use]
    pub fn excused(&self, least: Gravity, tab: TabId, seq: u32) -> bool {
        let from = self.document(tab, seq).map_or(seq, |document| document.began);
        self.faulty(least, from, seq)
    }

    /// The documents of all tabs, in the order of their commits.
    #[must_use]
    pub fn documents(&self) -> &[Document<'a>] {
        &self.documents
    }

    /// The document that the tab shows at `seq`.
    #[must_use]
    pub fn document(&self, tab: TabId, seq: u32) -> Option<&Document<'a>> {
        self.documents.iter().rfind(|document| document.tab == tab && document.committed <= seq)
    }

    /// True for a tab in a reload loop: what it shows at any moment is chance, and its requests may have been
    /// cancelled.
    #[must_use]
    pub fn loops(&self, tab: TabId) -> bool {
        self.stretches.iter().any(|stretch| stretch.tab == tab && stretch.is_loop())
    }

    /// The reloads that the app did by itself.
    pub(super) fn stretches(&self) -> &[Stretch<'a>] {
        &self.stretches
    }

    /// The navigation of a tab that started before `seq` and has produced neither a document nor an error page by then.
    #[must_use]
    pub fn under_way(&self, tab: TabId, seq: u32) -> Option<(u32, &'a str)> {
        let mut before = self.events().rev().skip_while(|(at, _)| *at >= seq);
        before.find_map(|(at, what)| match what {
            What::Committed { tab: at_tab, .. } if *at_tab == tab => Some(None),
            What::NavigationStarted { tab: at_tab, url, .. } if *at_tab == tab => Some(Some((at, url.as_str()))),
            _ => None,
        })?
    }

    /// The response that delivered a document, if one was seen.
    #[must_use]
    pub fn document_response(&self, document: &Document<'_>) -> Option<(u32, &'a Response)> {
        self.events()
            .take_while(|(seq, _)| *seq <= document.left)
            .skip_while(|(seq, _)| *seq <= document.began)
            .find_map(|(seq, what)| match what {
                What::Response(response)
                    if response.by == Party::Tab(document.tab)
                        && response.resource == "Document"
                        && address::same_resource(&response.url, document.url) =>
                {
                    Some((seq, response))
                }
                _ => None,
            })
    }

    /// The address that the tab shows just before `seq`, including client-side navigations.
    #[must_use]
    pub fn address(&self, tab: TabId, seq: u32) -> Option<&'a str> {
        self.events().rev().skip_while(|(at, _)| *at >= seq).find_map(|(_, what)| match what {
            What::Committed { tab: at, url, .. } if *at == tab => Some(url.as_str()),
            What::Page(page) if page.tab == tab => Some(page.url.as_str()),
            _ => None,
        })
    }

    /// The last recorded state of the page in the tab before `seq`.
    #[must_use]
    pub fn page(&self, tab: TabId, seq: u32) -> Option<(u32, &'a PageState)> {
        self.events().rev().skip_while(|(at, _)| *at >= seq).find_map(|(at, what)| match what {
            What::Page(page) if page.tab == tab => Some((at, page)),
            _ => None,
        })
    }

    /// Every snapshot of the caches and registrations.
    pub fn snapshots(&self) -> impl DoubleEndedIterator<Item = (u32, &'a Snapshot)> + use<'a> {
        self.events().filter_map(|(seq, what)| match what {
            What::Snapshot(snapshot) => Some((seq, snapshot)),
            _ => None,
        })
    }

    /// Every expectation, with the last snapshot before it.
    pub fn dues(&self) -> impl Iterator<Item = (u32, &'a Due, Option<(u32, &'a Snapshot)>)> + use<'a, '_> {
        self.events().filter_map(|(seq, what)| match what {
            What::Due(due) => Some((seq, due, self.snapshots().rfind(|(at, _)| *at <= seq))),
            _ => None,
        })
    }

    /// The actions of the visitor in all tabs.
    pub fn actions(&self) -> impl DoubleEndedIterator<Item = (u32, TabId, &'a Action)> + use<'a> {
        self.events().filter_map(|(seq, what)| match what {
            What::Action { tab, action } => Some((seq, *tab, action)),
            _ => None,
        })
    }

    /// The origin's responses for this resource.
    pub fn answers<'u>(&self, url: &'u str) -> impl DoubleEndedIterator<Item = (u32, &'a Answer)> + use<'a, 'u> {
        self.events().filter_map(move |(seq, what)| match what {
            What::Answer(answer) if address::same_resource(&answer.url, url) => Some((seq, answer)),
            _ => None,
        })
    }

    /// How a cache entry was created: the origin's last response that `fits`, the change of the cache that followed,
    /// and the snapshot that shows the entry.
    pub fn provenance(&self, entry: &CacheEntry, seen: u32, fits: impl Fn(&Answer) -> bool) -> Vec<u32> {
        let answer =
            self.answers(&entry.url).take_while(|(seq, _)| *seq <= seen).filter(|(_, answer)| fits(answer)).last();
        let Some((answered, _)) = answer else { return vec![seen] };
        let kept = self.events().take_while(|(seq, _)| *seq <= seen).find(|(seq, what)| {
            *seq >= answered && matches!(what, What::CacheChanged { cache } if *cache == entry.cache)
        });
        [Some(answered), kept.map(|(seq, _)| seq), Some(seen)].into_iter().flatten().collect()
    }

    /// The worker versions, in order of appearance.
    #[must_use]
    pub fn versions(&self) -> &[Version<'a>] {
        &self.versions
    }
}

impl Version<'_> {
    /// `seq` of the first event that mentions it.
    #[must_use]
    pub fn appeared(&self) -> u32 {
        self.states.first().map_or(u32::MAX, |(seq, _)| *seq)
    }

    /// `seq` of its end, if it started to install and became redundant without being installed.
    #[must_use]
    pub fn gave_up(&self) -> Option<u32> {
        let mut tried = false;
        for (seq, state) in &self.states {
            match state {
                WorkerState::New | WorkerState::Installing => tried = true,
                WorkerState::Installed | WorkerState::Activating | WorkerState::Activated => return None,
                WorkerState::Redundant => return tried.then_some(*seq),
            }
        }
        None
    }
}

fn faults(trace: &Trace) -> Vec<Fault> {
    let mut faults: Vec<Fault> = Vec::new();
    for event in &trace.events {
        match &event.what {
            What::FaultOn { fault, gravity, .. } => {
                faults.push(Fault { number: *fault, gravity: *gravity, on: event.seq, off: u32::MAX });
            }
            What::FaultOff { fault } => {
                for ended in faults.iter_mut().filter(|known| known.number == *fault) {
                    ended.off = ended.off.min(event.seq);
                }
            }
            _ => {}
        }
    }
    faults
}

fn documents(trace: &Trace) -> Vec<Document<'_>> {
    let mut documents: Vec<Document<'_>> = Vec::new();
    let mut wanted: BTreeMap<TabId, u32> = BTreeMap::new();
    let mut under_way: BTreeMap<TabId, (u32, u32, Initiator)> = BTreeMap::new();
    for event in &trace.events {
        match &event.what {
            What::Action { tab, action: Action::Navigate { .. } | Action::Reload } => {
                wanted.insert(*tab, event.seq);
                if let Some(shown) = shown(&mut documents, *tab) {
                    shown.until = shown.until.min(event.seq);
                }
            }
            What::NavigationStarted { tab, by, .. } => {
                under_way.insert(*tab, (wanted.remove(tab).unwrap_or(event.seq), event.seq, *by));
                if let Some(shown) = shown(&mut documents, *tab) {
                    shown.until = shown.until.min(event.seq);
                    shown.left = shown.left.min(event.seq);
                }
            }
            What::Committed { tab, url, error_page, .. } => {
                let (wanted, began, by) = match under_way.remove(tab) {
                    Some((wanted, began, by)) => (wanted, began, Some(by)),
                    None => (wanted.remove(tab).unwrap_or(event.seq), event.seq, None),
                };
                documents.push(Document {
                    tab: *tab,
                    url,
                    by,
                    error_page: *error_page,
                    wanted,
                    began,
                    committed: event.seq,
                    until: u32::MAX,
                    left: u32::MAX,
                });
            }
            _ => {}
        }
    }
    documents
}

/// The newest document of a tab.
fn shown<'d, 'a>(documents: &'d mut [Document<'a>], tab: TabId) -> Option<&'d mut Document<'a>> {
    documents.iter_mut().rfind(|document| document.tab == tab)
}

fn versions(trace: &Trace) -> Vec<Version<'_>> {
    let mut versions: Vec<Version<'_>> = Vec::new();
    // How many of them belong to a browser that has ended. Those not installed by then ended with it, and their ids are
    // free again.
    let mut before = 0;
    for event in &trace.events {
        if let What::BrowserEnded { .. } = event.what {
            before = versions.len();
        }
        let What::WorkerVersion { registration, version, script, state, .. } = &event.what else { continue };
        let seen = (event.seq, *state);
        let is_gone = |at: usize, known: &Version<'_>| {
            at < before && known.states.last().is_none_or(|(_, state)| *state < WorkerState::Installed)
        };
        let mut known = versions.iter_mut().enumerate();
        match known.find(|(at, known)| known.id == version && !is_gone(*at, known)) {
            Some((_, known)) => known.states.push(seen),
            None => versions.push(Version { registration, id: version, script, states: vec![seen] }),
        }
    }
    versions
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{Story, entry, page, url};

    const ONE: TabId = TabId(1);

    #[test]
    fn a_fault_counts_while_it_lasts_and_by_its_gravity() {
        let trace = Story::new().usable(1).fault_on(1, Gravity::Disturbs).usable(1).fault_off(1).usable(1).trace();
        let view = View::new(&trace);
        for (from, to, faulty) in [(0, 0, false), (0, 2, true), (2, 2, true), (2, 9, true), (0, 9, true), (4, 9, false)]
        {
            assert_eq!(view.faulty(Gravity::Disturbs, from, to), faulty, "{from} to {to}");
            assert_eq!(view.faulty(Gravity::Neutral, from, to), faulty, "{from} to {to}");
            assert!(!view.faulty(Gravity::Breaks, from, to));
        }
    }

    #[test]
    fn faults_end_each_by_its_number() {
        let trace = Story::new().fault_on(1, Gravity::Breaks).fault_on(2, Gravity::Breaks).fault_off(1).trace();
        assert!(View::new(&trace).faulty(Gravity::Breaks, 5, 5));
        let again = Story::new().fault_on(1, Gravity::Breaks).fault_off(1).usable(1).fault_on(1, Gravity::Breaks);
        let trace = again.fault_off(1).trace();
        assert!(!View::new(&trace).faulty(Gravity::Breaks, 2, 2));
    }

    #[test]
    fn a_document_is_excused_from_the_start_of_its_navigation() {
        let open =
            |tab: u32| Story::new().fault_on(1, Gravity::Breaks).starts(tab, "/", Initiator::Visitor).fault_off(1);
        let excused = |story: Story, seq| View::new(&story.trace()).excused(Gravity::Breaks, ONE, seq);
        assert!(excused(open(1).commits(1, "/"), 9));
        assert!(!excused(open(2).commits(1, "/"), 9));
        assert!(!excused(open(1).starts(1, "/", Initiator::Visitor).commits(1, "/"), 9));
        assert!(!excused(open(1), 9));
        assert!(excused(open(1), 1));
        let before = Story::new().visit(1, "/").fault_on(1, Gravity::Breaks).fault_off(1);
        assert!(excused(before.clone(), 9));
        assert!(!excused(before, 2));
    }

    #[test]
    fn a_document_lasts_until_the_next() {
        let trace = Story::new().visit(1, "/a").visit(2, "/b").reload_by_app(1, "/c").trace();
        let view = View::new(&trace);
        let url_at = |seq| view.document(ONE, seq).map(|document| document.url);
        assert_eq!([url_at(1), url_at(2), url_at(6)], [None, Some("https://app.test/a"), Some("https://app.test/a")]);
        let last = Document {
            tab: ONE,
            url: "https://app.test/c",
            by: Some(Initiator::App),
            error_page: false,
            wanted: 6,
            began: 6,
            committed: 7,
            until: u32::MAX,
            left: u32::MAX,
        };
        assert_eq!(view.document(ONE, 7), Some(&last));
        let first = view.documents()[0];
        assert_eq!((first.wanted, first.began), (0, 1));
        assert_eq!((first.until, first.left), (6, 6));
        assert_eq!(view.documents()[1].left, u32::MAX);
        let trace = Story::new().visit(1, "/a").visit(1, "/b").trace();
        let first = View::new(&trace).documents()[0];
        assert_eq!((first.until, first.left), (3, 4));
    }

    #[test]
    fn a_document_without_a_navigation_begins_with_its_commit() {
        let trace = Story::new().usable(1).error_page(1, "/").trace();
        let document = View::new(&trace).documents()[0];
        assert_eq!((document.began, document.by, document.error_page), (1, None, true));
    }

    #[test]
    fn a_document_is_left_at_the_first_navigation_away() {
        let trace = Story::new().visit(1, "/").starts(1, "/a", Initiator::App).starts(1, "/b", Initiator::App).trace();
        assert_eq!(View::new(&trace).documents()[0].left, 3);
    }

    #[test]
    fn the_last_look_before_counts() {
        let trace = Story::new().page(page(1)).page(page(2)).snapshot([]).usable(1).page(page(1)).trace();
        let view = View::new(&trace);
        assert_eq!(view.page(ONE, 4).map(|(seq, _)| seq), Some(0));
        assert_eq!(view.page(ONE, 5).map(|(seq, _)| seq), Some(4));
        assert_eq!(view.page(ONE, 0), None);
        assert_eq!(view.dues().map(|(seq, _, look)| (seq, look.map(|(at, _)| at))).collect::<Vec<_>>(), [(3, Some(2))]);
    }

    #[test]
    fn an_entry_is_led_back_to_the_last_answer_that_fits_and_the_first_change_after_it() {
        let trace = Story::new()
            .cache_changed("c")
            .answer("/a", 200)
            .cache_changed("c")
            .answer("/a", 502)
            .cache_changed("d")
            .cache_changed("c")
            .cache_changed("c")
            .answer("/b", 502)
            .snapshot([])
            .answer("/a", 502)
            .cache_changed("c")
            .trace();
        let view = View::new(&trace);
        let led = |cache: &str, seen, status| view.provenance(&entry(cache, "/a", 502), seen, |a| a.status == status);
        assert_eq!(led("c", 8, 502), [3, 5, 8]);
        assert_eq!(led("c", 8, 200), [1, 2, 8]);
        assert_eq!(led("c", 8, 404), [8]);
        assert_eq!(led("e", 8, 502), [3, 8]);
        assert_eq!(led("c", 4, 502), [3, 4]);
    }

    #[test]
    fn an_address_is_what_the_tab_showed_last() {
        let soft = PageState { url: url("/soft"), ..page(1) };
        let trace = Story::new().visit(1, "/").visit(2, "/b").page(soft).page(page(2)).trace();
        let view = View::new(&trace);
        assert_eq!(view.address(ONE, 2), None);
        assert_eq!(view.address(ONE, 6), Some("https://app.test/"));
        assert_eq!(view.address(ONE, 9), Some("https://app.test/soft"));
    }

    #[test]
    fn a_navigation_is_under_way_until_a_document_comes() {
        let story = Story::new().visit(1, "/").starts(2, "/b", Initiator::App).starts(1, "/a", Initiator::App);
        let trace = story.commits(2, "/b").usable(1).commits(1, "/a").trace();
        let under_way = |seq| View::new(&trace).under_way(ONE, seq);
        assert_eq!([under_way(1), under_way(3), under_way(4)], [None, None, None]);
        assert_eq!([under_way(5), under_way(7)], [Some((4, "https://app.test/a")); 2]);
        assert_eq!(under_way(8), None);
    }

    #[test]
    fn a_version_is_told_from_its_first_state_to_its_last() {
        use WorkerState::{Activated, Installing, Redundant};
        let trace = Story::new()
            .version("1", Installing)
            .version("2", Installing)
            .version("1", Redundant)
            .version("2", Activated)
            .version("2", Redundant)
            .trace();
        let view = View::new(&trace);
        let ends: Vec<_> = view.versions().iter().map(|v| (v.id, v.appeared(), v.gave_up())).collect();
        assert_eq!(ends, [("1", 0, Some(2)), ("2", 1, None)]);
    }

    #[test]
    fn an_id_is_free_again_when_the_browser_has_ended_before_the_version_was_installed() {
        use WorkerState::{Activated, Installed, Installing, Redundant};
        let trace = Story::new()
            .version("1", Activated)
            .version("2", Installing)
            .version("3", Installed)
            .what(What::BrowserEnded { killed: true })
            .version("1", Activated)
            .version("2", Installing)
            .version("2", Redundant)
            .version("3", Activated)
            .trace();
        let view = View::new(&trace);
        let ends: Vec<_> = view.versions().iter().map(|v| (v.id, v.appeared(), v.gave_up())).collect();
        assert_eq!(ends, [("1", 0, None), ("2", 1, None), ("3", 2, None), ("2", 5, Some(6))]);
    }
}
