//! A new worker is still waiting when it should be active.

use super::flaw::last_of_each;
use super::{Check, Flaw, View};
use crate::outcome::Severity;
use crate::trace::Due;

pub(super) static CHECK: Check = Check {
    id: "stuck-waiting",
    summary: "the new worker is installed, but still waiting",
    explanation: "When the visitor should be on a release, looks for a worker that is installed and still waiting. \
        Until it activates, the old worker keeps serving the old release, also offline, and a reload does not change \
        that: the old page is gone only after the new one has arrived. Typical causes: nothing calls `skipWaiting()`, \
        the page offers no way to accept the update or its message does not reach the worker, or some tab always stays \
        open.",
    fix: "Offer the update in the page (workbox-window's `waiting` event, then `messageSkipWaiting()`), and handle \
        that message in the worker: `if (event.data?.type === 'SKIP_WAITING') self.skipWaiting()`. Check for a waiting \
        worker when the page loads too (`registration.waiting`), not only for a new one.",
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
                    "the visitor does not get the update: worker {waiting} of scope {scope} is still waiting when \
                     release {release} should be active"
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
            "the visitor does not get the update: worker 2 of scope https://app.test/ is still waiting when release B \
             should be active"
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
