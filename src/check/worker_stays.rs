//! A removed worker is still registered, or its caches remain.

use super::flaw::last_of_each;
use super::{Check, Flaw, View};
use crate::outcome::Severity;
use crate::trace::{Due, What};

pub(super) static CHECK: Check = Check {
    id: "worker-stays",
    summary: "a removed worker is still registered, or its caches remain",
    explanation: "When no worker should be left, looks for registrations and for caches with entries. A worker that \
        stays keeps serving what it has until the visitor clears the browser's data, and caches without a worker only \
        use up the quota. Typical causes: the worker script was simply deleted (browsers keep a worker whose script \
        returns 404), a tombstone waits for all tabs to close, or pages still register the old script.",
    fix: "Do not delete the worker script: replace it with a tombstone that calls `skipWaiting()`, deletes all caches \
        and calls `registration.unregister()`, and leave it there for months. Let pages unregister a worker whose \
        script returns 404 or 410.",
    severity: Severity::Fatal,
    judge,
};

fn judge(view: &View<'_>) -> Vec<Flaw> {
    last_of_each(view.dues().flat_map(|(due, what, snapshot)| {
        let looked = snapshot.filter(|_| *what == Due::NoWorker);
        looked.into_iter().flat_map(move |(seen, snapshot)| {
            let registered = snapshot.registrations.iter().map(move |registration| {
                let scope = registration.scope.as_str();
                let message =
                    format!("the removed worker keeps serving pages: the worker of scope {scope} is still registered");
                ((scope, true), Flaw::new(message, Some(scope), [seen, due]))
            });
            let kept = snapshot.entries.iter().filter(move |entry| !is_of_a_page(view, &entry.cache, seen)).map(
                move |entry| {
                    let of_cache = snapshot.entries.iter().filter(|other| other.cache == entry.cache).count();
                    let what = if of_cache == 1 { "entry" } else { "entries" };
                    let message =
                        format!("old caches use up storage: cache “{}” still has {of_cache} {what}", entry.cache);
                    ((entry.cache.as_str(), false), Flaw::new(message, None, [seen, due]))
                },
            );
            registered.chain(kept)
        })
    }))
}

/// True for a cache that was written after the last registration was gone, so that a page must have written it.
fn is_of_a_page(view: &View<'_>, wanted: &str, seen: u32) -> bool {
    let ended = view.events().rev().skip_while(|(at, _)| *at >= seen).find_map(|(at, what)| match what {
        What::Registration { deleted, .. } => Some(deleted.then_some(at)),
        _ => None,
    });
    let written = |(at, what): (u32, &What)| {
        matches!(what, What::CacheChanged { cache } if cache == wanted)
            && ended.flatten().is_some_and(|ended| ended < at)
    };
    view.events().take_while(|(at, _)| *at < seen).any(written)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{Story, entry, url};
    use crate::trace::{RegistrationState, Snapshot};

    fn look(scopes: &[&str], caches: &[&str]) -> Story {
        let registration = |scope: &&str| RegistrationState { scope: url(scope), ..RegistrationState::default() };
        let snapshot = Snapshot {
            registrations: scopes.iter().map(registration).collect(),
            entries: caches.iter().map(|cache| entry(cache, "/", 200)).collect(),
            ..Snapshot::default()
        };
        Story::new().what(What::Snapshot(snapshot)).called("seen")
    }

    fn gone(story: Story) -> Story {
        story.what(What::Due(Due::NoWorker)).called("due")
    }

    fn messages(story: Story) -> Vec<String> {
        story.all(&CHECK).into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn a_worker_that_stays_is_found() {
        let story = gone(look(&["/"], &[]));
        let finding = story.one(&CHECK);
        assert_eq!(
            finding.message,
            "the removed worker keeps serving pages: the worker of scope https://app.test/ is still registered"
        );
        assert_eq!(finding.url, Some(url("/")));
        assert_eq!(story.proof(&finding), ["seen", "due"]);
    }

    #[test]
    fn a_cache_that_stays_is_found_once() {
        let found = messages(gone(look(&[], &["one", "two", "two"])));
        assert_eq!(
            found,
            [
                "old caches use up storage: cache “one” still has 1 entry",
                "old caches use up storage: cache “two” still has 2 entries"
            ]
        );
        assert_eq!(messages(gone(look(&["/same"], &[&url("/same")]))).len(), 2);
    }

    #[test]
    fn a_cache_that_a_page_has_made_anew_is_the_pages() {
        let registration = |deleted| What::Registration { registration: "0".to_owned(), scope: url("/"), deleted };
        let kept = |story: Story| gone(story.snapshot([entry("one", "/", 200)])).all(&CHECK).len();
        assert_eq!(kept(Story::new().what(registration(true)).cache_changed("one")), 0);
        assert_eq!(kept(Story::new().what(registration(true)).cache_changed("two")), 1);
        assert_eq!(kept(Story::new().cache_changed("one").what(registration(true))), 1);
        assert_eq!(kept(Story::new().what(registration(true)).what(registration(false)).cache_changed("one")), 1);
        assert_eq!(kept(Story::new().cache_changed("one")), 1);
        let late = Story::new().snapshot([entry("one", "/", 200)]).what(registration(true)).cache_changed("one");
        assert_eq!(gone(late).all(&CHECK).len(), 1);
        let cleared = Story::new().what(registration(true)).cache_changed("one").snapshot([entry("one", "/", 200)]);
        assert_eq!(gone(cleared.what(registration(false))).all(&CHECK).len(), 0);
    }

    #[test]
    fn nothing_left_or_nothing_due_is_healthy() {
        gone(look(&[], &[])).none(&CHECK);
        gone(Story::new()).none(&CHECK);
        look(&["/"], &["one"]).usable(1).cleared("B").none(&CHECK);
    }
}
