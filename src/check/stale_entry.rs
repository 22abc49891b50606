//! A cache keeps what the current release does not have.

use super::flaw::last_of_each;
use super::uncaught_exception::essence;
use super::{Check, Flaw, View, cached_error, wrong_content};
use crate::outcome::Severity;
use crate::trace::{CacheEntry, Due, Party, What, WorkerState};

pub(super) static CHECK: Check = Check {
    id: "stale-entry",
    summary: "a cache keeps what the current release no longer has",
    explanation: "When nothing of another release may be kept any more, looks for cache entries that this release does \
        not have: the body is that of another release, or of none while the server answers 404 or 410 for the URL. \
        Such an entry brings an old page or chunk back when the network is slow or gone, next to newer ones, and \
        old caches fill the visitor's quota. It comes about when a runtime cache outlives the deploy, when a worker \
        with a new cache name does not delete the old cache, or when old precaches are not cleaned up; \
        also when the new worker never came up whole, because a file that it imports or precaches could not be had.",
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
        let half = half_installed(view, due);
        stale.map(move |entry| {
            let CacheEntry { cache, url, .. } = entry;
            let (why, events) = half.clone().unwrap_or_default();
            let flaw = Flaw::new(message(entry, release) + &why, Some(url), events.into_iter().chain([seen, due]));
            ((cache, url, release), flaw)
        })
    }))
}

/// A worker that came to be the active one although it threw while it was installed, or that never ends its
/// installation: why the old entries stay, and the events that tell.
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
            (WorkerState::Activated, Some((seq, text))) => Some((
                format!("; worker {id} threw while it was installed, and is active all the same: {text}"),
                vec![seq],
            )),
            (WorkerState::Installing, Some((seq, text))) => {
                Some((format!("; worker {id} threw, and its installation does not end: {text}"), vec![seq]))
            }
            (WorkerState::Installing, None) => {
                Some((format!("; the installation of worker {id} does not end"), vec![*since]))
            }
            _ => None,
        }
    })
}

/// The beginning of what an exception says.
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
        [] => "an answer of no release".to_owned(),
        [one] => format!("the answer of release {one}"),
        several => format!("the answer of releases {}", several.join(", ")),
    };
    let now = match entry.status_now {
        Some(status @ 400..) => format!(", which answers {status} for it"),
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
             be on release B, which answers 404 for it"
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
    fn a_worker_that_is_not_whole_is_said_to_be_the_reason() {
        use WorkerState::{Activated, Installed, Installing, Redundant};
        let ends = |story: Story| {
            let story = story.snapshot([of(&["A"], None, entry("x", "/a.js", 200))]).called("seen");
            let story = story.cleared("B").called("due");
            let finding = story.one(&CHECK);
            let (_, why) = finding.message.split_once("on release B").unwrap();
            (why.to_owned(), story.proof(&finding).join(" "))
        };
        let throwing = || Story::new().version("1", Installing).worker_exception("1", "Uncaught Error: no import\n at");
        let active = throwing().called("thrown").version("1", Installed).version("1", Activated);
        let why = "; worker 1 threw while it was installed, and is active all the same: Error: no import";
        assert_eq!(ends(active.clone()), (why.to_owned(), "thrown seen due".to_owned()));
        let why = "; worker 1 threw, and its installation does not end: Error: no import";
        assert_eq!(ends(throwing().called("thrown")), (why.to_owned(), "thrown seen due".to_owned()));
        let endless = Story::new().version("1", Activated).version("2", Installing).called("since");
        let why = "; the installation of worker 2 does not end";
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
