//! A new worker waits where it should have taken over.

use super::flaw::last_of_each;
use super::{Check, Flaw, View};
use crate::outcome::Severity;
use crate::trace::Due;

pub(super) static CHECK: Check = Check {
    id: "stuck-waiting",
    summary: "the new worker is installed, but still waits",
    explanation: "When the visitor is due to be wholly on a release, looks for a worker that is installed and waits. \
        Until it takes over, the old worker goes on to answer with the old release, also offline, and a reload does \
        not change that: the old page is gone only after the new one has come. It comes about when nothing calls \
        `skipWaiting()`, when the page offers no way to accept the update or its message does not reach the worker, \
        or when some tab always stays open.",
    fix: "Offer the update in the page (workbox-window's `waiting` event, then `messageSkipWaiting()`), and listen for \
        that message in the worker: `if (event.data?.type === 'SKIP_WAITING') self.skipWaiting()`. Look for a \
        waiting worker when the page is loaded too (`registration.waiting`), not only for a new one.",
    severity: Severity::Error,
    judge,
};

fn judge(view: &View<'_>) -> Vec<Flaw> {
    last_of_each(view.dues().flat_map(|(due, what, snapshot)| {
        let current = match what {
            Due::Current { release, .. } => snapshot.map(|(seen, snapshot)| (release, seen, snapshot)),
            _ => None,
        };
        current.into_iter().flat_map(move |(release, seen, snapshot)| {
            snapshot.registrations.iter().filter_map(move |registration| {
                let (scope, waiting) = (&registration.scope, registration.waiting.as_deref()?);
                let message = format!(
                    "worker {waiting} of scope {scope} still waits, although the visitor is due to be on release {release}"
                );
                Some(((scope, waiting), Flaw::new(message, Some(scope), [seen, due])))
            })
        })
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{Story, url};
    use crate::trace::{RegistrationState, Snapshot, What};

    fn look(scope: &str, waiting: Option<&str>) -> What {
        let waiting = waiting.map(str::to_owned);
        let registration = RegistrationState {
            scope: url(scope),
            installing: Some("9".to_owned()),
            waiting,
            active: Some("1".to_owned()),
        };
        What::Snapshot(Snapshot { registrations: vec![registration], ..Snapshot::default() })
    }

    #[test]
    fn a_worker_that_waits_is_found() {
        let story = Story::new().what(look("/", Some("2"))).called("seen").current(1, "B").called("due");
        let finding = story.one(&CHECK);
        assert_eq!(
            finding.message,
            "worker 2 of scope https://app.test/ still waits, although the visitor is due to be on release B"
        );
        assert_eq!(finding.url, Some(url("/")));
        assert_eq!(story.proof(&finding), ["seen", "due"]);
    }

    #[test]
    fn a_worker_may_wait_until_it_is_due() {
        Story::new().what(look("/", None)).current(1, "B").none(&CHECK);
        Story::new().what(look("/", Some("2"))).usable(1).offline(1, "/", "B").none(&CHECK);
        Story::new()
            .what(look("/", Some("2")))
            .what(look("/", None))
            .current(1, "B")
            .what(look("/", Some("2")))
            .none(&CHECK);
        Story::new().current(1, "B").none(&CHECK);
    }

    #[test]
    fn each_waiting_worker_is_one_finding() {
        let story = Story::new().what(look("/", Some("2"))).current(1, "B").current(2, "B");
        story.one(&CHECK);
        assert_eq!(
            story
                .what(look("/", Some("3")))
                .current(1, "B")
                .what(look("/b", Some("3")))
                .current(1, "B")
                .all(&CHECK)
                .len(),
            3
        );
    }
}
