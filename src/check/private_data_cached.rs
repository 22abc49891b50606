//! A cache holds data that belongs to one visitor.

use super::flaw::last_of_each;
use super::{Check, Flaw, View, address};
use crate::outcome::Severity;
use crate::trace::Due;

pub(super) static CHECK: Check = Check {
    id: "private-data-cached",
    summary: "a cache still holds private data after the visitor has logged out",
    explanation: "After the visitor has logged out, looks in CacheStorage for data that only that visitor may see. The \
        next user of the browser can read it, the app may even show it when the network is slow, and neither logging \
        out nor `Cache-Control: no-store` removes it: CacheStorage ignores caching headers. The typical cause: a \
        runtime route caches every response of an API, as the defaults of several plugins do.",
    fix: "Let the worker cache only what is the same for everybody. Use `NetworkOnly` for API routes and for pages \
        behind a login, or reject responses marked `private` or `no-store` in a `cacheWillUpdate`, and delete a \
        visitor's caches when they log out.",
    severity: Severity::Fatal,
    judge,
};

fn judge(view: &View<'_>) -> Vec<Flaw> {
    last_of_each(view.dues().flat_map(|(due, what, snapshot)| {
        let due_here = match (what, snapshot) {
            (Due::Forgotten { url }, Some((seen, snapshot))) => Some((url, seen, snapshot)),
            _ => None,
        };
        due_here.into_iter().flat_map(move |(url, seen, snapshot)| {
            let kept = snapshot.entries.iter().filter(move |entry| address::same_resource(&entry.url, url));
            kept.map(move |entry| {
                let message = format!(
                    "the next user of the browser can read private data: cache “{}” still holds {} after the logout",
                    entry.cache, entry.url
                );
                let mut proof = view.provenance(entry, seen, |answer| answer.status == entry.status);
                proof.push(due);
                ((&entry.cache, &entry.url), Flaw::new(message, Some(&entry.url), proof))
            })
        })
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{Story, entry, url};
    use crate::trace::What;

    fn forgotten(story: Story) -> Story {
        story.what(What::Due(Due::Forgotten { url: url("/secret") })).called("due")
    }

    #[test]
    fn a_secret_in_a_cache_is_found() {
        let story = Story::new().answer("/secret", 401).answer("/secret", 200).called("answer").cache_changed("apis");
        let story = forgotten(story.called("kept").snapshot([entry("apis", "/secret", 200)]).called("seen"));
        let finding = story.one(&CHECK);
        assert_eq!(
            finding.message,
            "the next user of the browser can read private data: cache “apis” still holds https://app.test/secret \
             after the logout"
        );
        assert_eq!(finding.url, Some(url("/secret")));
        assert_eq!(story.proof(&finding), ["answer", "kept", "seen", "due"]);
        forgotten(Story::new().snapshot([entry("a", "/secret", 200), entry("b", "/secret", 200)])).all(&CHECK).len();
    }

    #[test]
    fn other_entries_and_other_moments_are_healthy() {
        forgotten(Story::new().snapshot([entry("apis", "/other", 200)])).none(&CHECK);
        forgotten(Story::new().snapshot([entry("apis", "/secret", 200)]).snapshot([])).none(&CHECK);
        forgotten(Story::new()).none(&CHECK);
        Story::new().snapshot([entry("apis", "/secret", 200)]).cleared("A").usable(1).none(&CHECK);
    }

    #[test]
    fn each_entry_is_found_once() {
        let kept = || Story::new().snapshot([entry("a", "/secret", 200), entry("b", "/secret", 200)]);
        assert_eq!(forgotten(kept()).all(&CHECK).len(), 2);
        assert_eq!(forgotten(forgotten(kept())).all(&CHECK).len(), 2);
    }
}
