//! The reloads that an app makes by itself.

use std::collections::HashMap;

use super::address;
use crate::trace::{Initiator, TabId, Trace, What};

/// One navigation that the app started, to the page that the tab already shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reload<'a> {
    pub(super) seq: u32,
    pub(super) url: &'a str,
}

/// The app's reloads of one tab between two actions of the visitor.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stretch<'a> {
    pub(super) tab: TabId,
    /// `seq` of the visitor's last action before; none before the first.
    since: Option<u32>,
    pub(super) reloads: Vec<Reload<'a>>,
}

impl Stretch<'_> {
    /// The number of consecutive reloads that counts as a loop: a page that needs more than three does not recover.
    pub(super) const LOOP: usize = 4;

    pub(super) fn is_loop(&self) -> bool {
        self.reloads.len() >= Self::LOOP
    }
}

/// All stretches with a reload, in the order of their first.
pub(super) fn stretches(trace: &Trace) -> Vec<Stretch<'_>> {
    let mut stretches: Vec<Stretch<'_>> = Vec::new();
    let mut shown: HashMap<TabId, &str> = HashMap::new();
    let mut acted: HashMap<TabId, u32> = HashMap::new();
    for event in &trace.events {
        let (tab, url) = match &event.what {
            What::Action { tab, .. } => {
                acted.insert(*tab, event.seq);
                continue;
            }
            What::Committed { tab, url, .. } => {
                shown.insert(*tab, url);
                continue;
            }
            What::Page(page) => {
                shown.insert(page.tab, &page.url);
                continue;
            }
            What::NavigationStarted { tab, url, by: Initiator::App, reload }
                if *reload || shown.get(tab).is_some_and(|shown| address::same_page(shown, url)) =>
            {
                (*tab, url)
            }
            _ => continue,
        };
        let (since, reload) = (acted.get(&tab).copied(), Reload { seq: event.seq, url });
        match stretches.iter_mut().find(|stretch| stretch.tab == tab && stretch.since == since) {
            Some(stretch) => stretch.reloads.push(reload),
            None => stretches.push(Stretch { tab, since, reloads: vec![reload] }),
        }
    }
    stretches
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{Story, page, url};
    use crate::trace::PageState;

    /// The number of reloads in each stretch.
    fn counts(story: Story) -> Vec<usize> {
        let trace = story.trace();
        stretches(&trace).iter().map(|stretch| stretch.reloads.len()).collect()
    }

    #[test]
    fn an_action_in_the_tab_ends_a_stretch() {
        let open = || Story::new().visit(1, "/").visit(2, "/").reload_by_app(1, "/").reload_by_app(2, "/");
        assert_eq!(counts(open().reload_by_app(1, "/")), [2, 1]);
        assert_eq!(counts(open().click(1).reload_by_app(1, "/")), [1, 1, 1]);
        assert_eq!(counts(open().click(2).reload_by_app(1, "/")), [2, 1]);
        assert_eq!(counts(open().click(1).reload_by_app(1, "/").click(1)), [1, 1, 1]);
    }

    #[test]
    fn only_the_app_reloads_by_itself() {
        for by in [Initiator::Visitor, Initiator::Browser] {
            assert!(counts(Story::new().visit(1, "/").starts(1, "/", by)).is_empty());
        }
    }

    #[test]
    fn going_elsewhere_is_no_reload() {
        let open = || Story::new().visit(1, "/a").visit(2, "/b");
        assert!(counts(open().starts(1, "/b", Initiator::App)).is_empty());
        assert_eq!(counts(open().starts(1, "/a?fresh#top", Initiator::App)), [1]);
        assert!(counts(open().starts(3, "/a", Initiator::App)).is_empty());
    }

    #[test]
    fn a_soft_navigation_changes_what_the_tab_shows() {
        let open = || Story::new().visit(1, "/").page(PageState { url: url("/soft"), ..page(1) });
        assert_eq!(counts(open().starts(1, "/soft", Initiator::App)), [1]);
        assert!(counts(open().starts(1, "/", Initiator::App)).is_empty());
        let reload = What::NavigationStarted { tab: TabId(1), url: url("/"), by: Initiator::App, reload: true };
        assert_eq!(counts(open().what(reload)), [1]);
    }
}
