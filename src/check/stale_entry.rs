//! A cache still holds files that the current release does not have.

use super::flaw::last_of_each;
use super::uncaught_exception::essence;
use super::{Check, Flaw, View, cached_error, wrong_content};
use crate::outcome::Severity;
use crate::trace::{CacheEntry, Due, Party, What, WorkerState};

pub(super) static CHECK: Check = Check {
    id: "stale-entry",
    summary: "a cache still holds files that the current release does not have",
    explanation: "Once only one release should remain, looks for cache entries that this release does not have: the \
        body comes from another release, or from none while the server returns 404 or 410 for the URL. Such an entry \
        brings an old page or chunk back next to newer ones when the network is slow or down, and old caches use up \
        the visitor's quota. Typical causes: a runtime cache outlives the deploy, a worker with a new cache name does \
        not delete the old cache, old precaches are not cleaned up, or the new worker never installed completely \
        because a file that it imports or precaches was missing.",
    fix: "Put the release into the names of the caches and delete every other cache in the worker's activate event \
        (with Workbox `cleanupOutdatedCaches: true` for precaches; runtime caches need your own `caches.delete`). \
        Precache pages instead of caching them at runtime, or use NetworkFirst with an expiration for them.",
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
        let half = half_installed(view, due);
        stale.map(move |entry| {
            let CacheEntry { cache, url, .. } = entry;
            let (why, events) = half.clone().unwrap_or_default();
            let flaw = Flaw::new(message(entry, release) + &why, Some(url), events.into_iter().chain([seen, due]));
            ((cache, url, release), flaw)
        })
    }))
}

/// Finds a worker that became active although it threw while installing, or whose installation never ends: why the
/// old entries remain, and the events that prove it.
fn half_installed(view: &View<'_>, due: u32) -> Option<(String, Vec<u32>)> {
    view.versions().iter().rev().find_map(|version| {
        let states = || version.states.iter().filter(|(seq, _)| *seq < due);
        let installed = states().find(|(_, state)| *state == WorkerState::Installed).map_or(due, |(seq, _)| *seq);
        let thrown = view.events().take_while(|(seq, _)| *seq < installed).find_map(|(seq, what)| match what {
            What::Exception { by: Party::Worker(id), text, .. } if id == version.id => Some((seq, shortened(text))),
            _ => None,
        });
        let (since, state) = states().next_back()?;
        let id = version.id;
        match (state, thrown) {
            (WorkerState::Activated, Some((seq, text))) => {
                Some((format!("; worker {id} threw while installing and is active nevertheless: {text}"), vec![seq]))
            }
            (WorkerState::Installing, Some((seq, text))) => {
                Some((format!("; worker {id} threw and never finishes installing: {text}"), vec![seq]))
            }
            (WorkerState::Installing, None) => Some((format!("; worker {id} never finishes installing"), vec![*since])),
            _ => None,
        }
    })
}

/// The beginning of an exception message.
fn shortened(text: &str) -> String {
    const SHOWN: usize = 120;
    let text = essence(text);
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn is_stale(view: &View<'_>, entry: &CacheEntry, release: &str) -> bool {
    let of_a_fault = entry.releases.is_empty() && entry.fault.is_some();
    !entry.is_of(release) && !of_a_fault && !cached_error::is_error(entry) && !wrong_content::holds_html(view, entry)
}

fn message(entry: &CacheEntry, release: &str) -> String {
    let CacheEntry { cache, url, releases, .. } = entry;
    let whose = match releases.as_slice() {
        [] => "a response of no release".to_owned(),
        [one] => format!("the response of release {one}"),
        several => format!("the response of releases {}", several.join(", ")),
    };
    let now = match entry.status_now {
        Some(status @ 400..) => format!(", which returns {status} for it"),
        _ => String::new(),
    };
    format!(
        "old content can reappear: cache “{cache}” still holds {whose} for {url} after the update to release \
         {release}{now}"
    )
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
            "old content can reappear: cache “assets” still holds the response of release A for https://app.test/a.js \
             after the update to release B, which returns 404 for it"
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
        assert!(gone[0].message.contains("a response of no release for"), "{}", gone[0].message);
        assert_eq!(stale(Some(200)), []);
        assert_eq!(stale(None), []);
    }

    #[test]
    fn a_worker_that_is_not_whole_is_said_to_be_the_reason() {
        use WorkerState::{Activated, Installed, Installing, Redundant};
        let ends = |story: Story| {
            let story = story.snapshot([of(&["A"], None, entry("x", "/a.js", 200))]).called("seen");
            let story = story.cleared("B").called("due");
            let finding = story.one(&CHECK);
            let (_, why) = finding.message.split_once("to release B").unwrap();
            (why.to_owned(), story.proof(&finding).join(" "))
        };
        let throwing = || Story::new().version("1", Installing).worker_exception("1", "Uncaught Error: no import\n at");
        let active = throwing().called("thrown").version("1", Installed).version("1", Activated);
        let why = "; worker 1 threw while installing and is active nevertheless: Error: no import";
        assert_eq!(ends(active.clone()), (why.to_owned(), "thrown seen due".to_owned()));
        let why = "; worker 1 threw and never finishes installing: Error: no import";
        assert_eq!(ends(throwing().called("thrown")), (why.to_owned(), "thrown seen due".to_owned()));
        let endless = Story::new().version("1", Activated).version("2", Installing).called("since");
        let why = "; worker 2 never finishes installing";
        assert_eq!(ends(endless), (why.to_owned(), "since seen due".to_owned()));
        let (none, proof) = (String::new(), "seen due".to_owned());
        assert_eq!(ends(active.version("1", Redundant).version("2", Activated)), (none.clone(), proof.clone()));
        let later = Story::new().version("1", Installed).worker_exception("1", "Error").version("1", Activated);
        assert_eq!(ends(later), (none.clone(), proof.clone()));
        let other = Story::new().worker_exception("2", "Error").version("1", Installed).version("1", Activated);
        assert_eq!(ends(other), (none, proof));
        let long = "x".repeat(121);
        assert_eq!((shortened(&long).chars().count(), shortened(&long[1..]).len()), (121, 120));
    }

    #[test]
    fn the_message_names_what_is_known() {
        let story = Story::new().snapshot([of(&["A", "C"], Some(399), entry("pages", "/x", 200))]).cleared("B");
        let message = story.one(&CHECK).message;
        assert!(
            message.contains("the response of releases A, C for") && message.ends_with("to release B"),
            "{message}"
        );
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
