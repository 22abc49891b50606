//! Data that the site stored for the visitor is lost.

use super::flaw::last_of_each;
use super::{Check, Flaw, View};
use crate::outcome::Severity;
use crate::trace::{Due, Store, What};

pub(super) static CHECK: Check = Check {
    id: "lost-storage",
    summary: "data that the site stored for the visitor is lost without need",
    explanation: "The visitor has data in localStorage, in IndexedDB and in a cookie, none of which belongs to the \
        worker or to a release. Looks whether it is still there after the deploy. In a real app it is drafts, \
        settings, carts, queued messages and keys, and nobody tells the visitor. The typical cause: an update is \
        forced by clearing everything. `Clear-Site-Data: \"storage\"` deletes localStorage, IndexedDB and \
        sessionStorage along with workers and caches, and `\"cookies\"` also logs the visitor out; page code that \
        calls `localStorage.clear()` or deletes every database on a new version does the same damage.",
    fix: "Let an update touch only caches and workers: delete caches by name, and update the registration. Send \
        `Clear-Site-Data` only to visitors who cannot be reached otherwise, never to current ones: compare with a \
        version that is a build constant, and clear nothing if either side is missing. Keep drafts on the server, or \
        write them back after the reset.",
    severity: Severity::Fatal,
    judge,
};

fn judge(view: &View<'_>) -> Vec<Flaw> {
    last_of_each(view.dues().flat_map(|(due, what, _)| {
        let kinds: &[Store] = if let Due::Stored { kinds } = what { kinds } else { &[] };
        kinds.iter().filter_map(move |kind| {
            let (seen, _) = looks(view, due).next_back().filter(|(_, found)| !found.contains(kind))?;
            let (had, _) = looks(view, due).rfind(|(_, found)| found.contains(kind))?;
            let message = format!("the visitor's data is lost: what the site stored in {kind} is gone");
            Some((kind, Flaw::new(message, None, [had, seen, due])))
        })
    }))
}

/// What the site's storage contained, each time it was read before `seq`.
fn looks<'a>(view: &View<'a>, seq: u32) -> impl DoubleEndedIterator<Item = (u32, &'a [Store])> + use<'a> {
    let before = view.events().filter(move |(at, _)| *at < seq);
    before.filter_map(|(at, what)| match what {
        What::Stored { kinds } => Some((at, kinds.as_slice())),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::Story;
    use Store::{Cookie, IndexedDb, LocalStorage};

    fn look(story: Story, kinds: &[Store]) -> Story {
        story.what(What::Stored { kinds: kinds.to_vec() })
    }

    fn due(story: Story, kinds: &[Store]) -> Story {
        story.what(What::Due(Due::Stored { kinds: kinds.to_vec() }))
    }

    fn had() -> Story {
        look(Story::new(), &[LocalStorage, IndexedDb, Cookie]).called("had")
    }

    #[test]
    fn what_is_gone_is_found_kind_by_kind() {
        let story = look(had(), &[Cookie]).called("seen");
        let story = due(story, &[LocalStorage, IndexedDb, Cookie]).called("due");
        let found = story.all(&CHECK);
        let messages: Vec<&str> = found.iter().map(|finding| finding.message.as_str()).collect();
        let gone = |kind| format!("the visitor's data is lost: what the site stored in {kind} is gone");
        assert_eq!(messages, [gone("localStorage"), gone("IndexedDB")]);
        assert_eq!(story.proof(&found[0]), ["had", "seen", "due"]);
        assert_eq!(found[0].url, None);
    }

    #[test]
    fn what_is_there_or_not_due_is_healthy() {
        due(look(had(), &[LocalStorage, IndexedDb, Cookie]), &[LocalStorage, IndexedDb, Cookie]).none(&CHECK);
        due(look(had(), &[Cookie]), &[Cookie]).none(&CHECK);
        look(had(), &[]).usable(1).current(1, "B").none(&CHECK);
        due(had(), &[Cookie]).none(&CHECK);
    }

    #[test]
    fn what_was_never_there_is_not_lost() {
        due(look(look(Story::new(), &[LocalStorage]), &[]), &[Cookie]).none(&CHECK);
        due(Story::new(), &[Cookie]).none(&CHECK);
    }

    #[test]
    fn only_looks_before_the_due_count_and_the_last_of_them() {
        look(due(had(), &[Cookie]), &[]).none(&CHECK);
        due(look(look(had(), &[]), &[Cookie]), &[Cookie]).none(&CHECK);
    }

    #[test]
    fn a_kind_is_lost_once() {
        due(due(look(had(), &[]), &[Cookie]), &[Cookie]).one(&CHECK);
    }
}
