//! A cache keeps what the current release does not have.

use super::flaw::last_of_each;
use super::{Check, Flaw, View, cached_error, wrong_content};
use crate::finding::Severity;
use crate::trace::{CacheEntry, Due};

pub(super) static CHECK: Check = Check {
    id: "stale-entry",
    summary: "a cache keeps what the current release no longer has",
    explanation: "When nothing of another release may be kept any more, looks for cache entries that this release does \
        not have: the body is that of another release, or of none while the server answers 404 or 410 for the URL. \
        Such an entry brings an old page or chunk back when the network is slow or gone, next to newer ones, and \
        old caches fill the visitor's quota. It comes about when a runtime cache outlives the deploy, when a worker \
        with a new cache name does not delete the old cache, or when old precaches are not cleaned up.",
    fix: "Put the release into the names of the caches and delete every other cache in the worker's activate event \
        (with Workbox `cleanupOutdatedCaches: true` for precaches; runtime caches need your own `caches.delete`). \
        Precache pages instead of keeping them at run time, or keep them NetworkFirst with an expiration.",
    severity: Severity::Error,
    judge,
};

fn judge(view: &View<'_>) -> Vec<Flaw> {
    let due = view.dues().filter_map(|(due, what, snapshot)| match (what, snapshot) {
        (Due::Cleared { release }, Some((seen, snapshot))) => Some((due, release, seen, snapshot)),
        _ => None,
    });
    last_of_each(due.flat_map(|(due, release, seen, snapshot)| {
        let stale = snapshot.entries.iter().filter(move |entry| is_stale(view, entry, release));
        stale.map(move |entry| {
            let CacheEntry { cache, url, .. } = entry;
            let flaw = Flaw::new(message(entry, release), Some(url), [seen, due]);
            ((cache, url, release), flaw)
        })
    }))
}

fn is_stale(view: &View<'_>, entry: &CacheEntry, release: &str) -> bool {
    let of_a_fault = entry.releases.is_empty() && entry.fault.is_some();
    !entry.is_of(release) && !of_a_fault && !cached_error::is_error(entry) && !wrong_content::holds_html(view, entry)
}

fn message(entry: &CacheEntry, release: &str) -> String {
    let CacheEntry { cache, url, releases, .. } = entry;
    let whose = match releases.as_slice() {
        [] => "an answer of no release".to_owned(),
        [one] => format!("the answer of release {one}"),
        several => format!("the answer of releases {}", several.join(", ")),
    };
    let now = match entry.status_now {
        Some(status @ 400..) => format!(", which answers {status} now"),
        _ => String::new(),
    };
    format!("cache “{cache}” keeps {whose} for {url}, although the visitor is due to be on release {release}{now}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{Story, entry, html};

    fn of(releases: &[&str], status_now: Option<u16>, entry: CacheEntry) -> CacheEntry {
        CacheEntry { releases: releases.iter().map(|&name| name.to_owned()).collect(), status_now, ..entry }
    }

    #[test]
    fn an_entry_of_the_old_release_is_found() {
        let story = Story::new()
            .snapshot([of(&["A"], Some(404), entry("assets", "/a.js", 200))])
            .called("seen")
            .cleared("B")
            .called("due");
        let finding = story.one(&CHECK);
        assert_eq!(
            finding.message,
            "cache “assets” keeps the answer of release A for https://app.test/a.js, although the visitor is due to \
             be on release B, which answers 404 now"
        );
        assert_eq!(story.proof(&finding), ["seen", "due"]);
    }

    #[test]
    fn an_entry_of_no_release_is_stale_when_its_url_is_gone() {
        let stale = |status| {
            let story = Story::new().snapshot([of(&[], status, entry("pages", "/x", 200))]).cleared("B");
            story.all(&CHECK)
        };
        assert_eq!(stale(Some(404)).len(), 1);
        let gone = stale(Some(410));
        assert!(gone[0].message.contains("an answer of no release for"), "{}", gone[0].message);
        assert_eq!(stale(Some(200)), []);
        assert_eq!(stale(None), []);
    }

    #[test]
    fn the_message_names_what_is_known() {
        let story = Story::new().snapshot([of(&["A", "C"], Some(399), entry("pages", "/x", 200))]).cleared("B");
        let message = story.one(&CHECK).message;
        assert!(message.contains("the answer of releases A, C for") && message.ends_with("on release B"), "{message}");
    }

    #[test]
    fn an_entry_that_the_release_has_is_current() {
        Story::new().snapshot([of(&["A", "B"], Some(404), entry("assets", "/a.js", 200))]).cleared("B").none(&CHECK);
    }

    #[test]
    fn only_the_last_look_before_the_demand_counts() {
        let stale = || of(&["A"], Some(404), entry("assets", "/a.js", 200));
        Story::new().snapshot([stale()]).snapshot([]).cleared("B").snapshot([stale()]).none(&CHECK);
        Story::new().snapshot([stale()]).usable(1).none(&CHECK);
        Story::new().cleared("B").none(&CHECK);
    }

    #[test]
    fn other_checks_have_errors_and_wrong_content() {
        let entries =
            [of(&["A"], Some(404), entry("x", "/a.js", 502)), of(&["A"], Some(404), html(entry("x", "/b.js", 200)))];
        Story::new().snapshot(entries).cleared("B").none(&CHECK);
    }

    #[test]
    fn the_answer_of_a_fault_is_of_no_release() {
        let kept = |releases: &[&str]| CacheEntry { fault: Some(1), ..of(releases, Some(404), entry("x", "/a", 200)) };
        Story::new().snapshot([kept(&[])]).cleared("B").none(&CHECK);
        Story::new().snapshot([kept(&["A"])]).cleared("B").one(&CHECK);
    }

    #[test]
    fn a_stale_entry_is_found_once_a_release() {
        let seen = || [of(&["A"], None, entry("x", "/a.js", 200)), of(&["A"], None, entry("y", "/a.js", 200))];
        let story = Story::new().snapshot(seen()).cleared("B").snapshot(seen()).cleared("B").called("last");
        let findings = story.all(&CHECK);
        assert_eq!(findings.len(), 2);
        assert_eq!(story.proof(&findings[0]), ["?", "last"]);
        assert_eq!(story.snapshot(seen()).cleared("C").all(&CHECK).len(), 4);
    }
}
