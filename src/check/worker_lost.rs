//! The worker is gone although nothing should have removed it.

use super::flaw::last_of_each;
use super::{Check, Flaw, View};
use crate::outcome::Severity;
use crate::trace::{Due, RegistrationState, What, WorkerState};

pub(super) static CHECK: Check = Check {
    id: "worker-lost",
    summary: "the worker's registration is gone although nothing should have removed it",
    explanation: "When the visitor should be on a release, looks at every scope that had an active worker before and \
        should still have one. Without its worker the app has no offline pages, no push messages and no fast start, \
        and visitors notice only when they need one of these. Typical causes: page code unregisters every worker to \
        get rid of an old one and nothing registers the new one, a worker unregisters itself after a temporary error, \
        or `Clear-Site-Data` reaches visitors who did not need it. Scenarios in which the worker is meant to end are \
        not judged.",
    fix: "Do not unregister workers to deliver a new release: `registration.update()` does that. If a reset is needed, \
        register the worker again after it, and send `Clear-Site-Data` only to visitors who are known to be on an old \
        release.",
    severity: Severity::Error,
    judge,
};

fn judge(view: &View<'_>) -> Vec<Flaw> {
    if view.dues().any(|(_, due, _)| *due == Due::NoWorker) {
        return Vec::new();
    }
    let due = view.dues().filter_map(|(due, what, look)| match (what, look) {
        (Due::Current { release, .. }, Some((seen, snapshot))) => Some((due, release, seen, snapshot)),
        _ => None,
    });
    last_of_each(due.flat_map(|(due, release, seen, snapshot)| {
        let lost = scopes(view, seen).into_iter().filter(|(_, scope)| !has_worker(&snapshot.registrations, scope));
        lost.map(move |(active, scope)| {
            let message = format!(
                "the app no longer works offline: the worker of scope {scope} is gone, although release {release} has \
                 one"
            );
            let proof = [Some(active), deletion(view, scope, seen), Some(seen), Some(due)];
            (scope, Flaw::new(message, Some(scope), proof.into_iter().flatten()))
        })
    }))
}

/// The scopes that had an active worker, each with the first event that shows it.
fn scopes<'a>(view: &View<'a>, before: u32) -> Vec<(u32, &'a str)> {
    let mut scopes: Vec<(u32, &str)> = Vec::new();
    for version in view.versions() {
        let active = version.states.iter().find(|(seq, state)| *state == WorkerState::Activated && *seq < before);
        let scope = view.events().find_map(|(_, what)| match what {
            What::Registration { registration, scope, .. } if registration == version.registration => Some(scope),
            _ => None,
        });
        if let (Some((seq, _)), Some(scope)) = (active, scope)
            && !scopes.iter().any(|(_, known)| known == scope)
        {
            scopes.push((*seq, scope));
        }
    }
    scopes
}

/// Whether a registration of this scope has any worker.
fn has_worker(registrations: &[RegistrationState], scope: &str) -> bool {
    registrations.iter().any(|registration| registration.scope == scope)
}

/// The last event that reports the deletion of a registration of this scope.
fn deletion(view: &View<'_>, wanted: &str, before: u32) -> Option<u32> {
    let gone =
        |(_, what): &(u32, &What)| matches!(what, What::Registration { scope, deleted: true, .. } if scope == wanted);
    view.events().take_while(|(seq, _)| *seq < before).filter(gone).last().map(|(seq, _)| seq)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{Story, registered, url};

    fn registration(scope: &str, deleted: bool) -> What {
        What::Registration { registration: "registration".to_owned(), scope: url(scope), deleted }
    }

    /// A visitor whose worker of scope `/` is active.
    fn installed() -> Story {
        Story::new().what(registration("/", false)).version("1", WorkerState::Activated).called("active")
    }

    #[test]
    fn a_registration_that_is_gone_is_found_with_its_end() {
        let lost = installed().what(registration("/", true)).what(registration("/b", true));
        let lost = lost.what(registration("/", true)).called("end").snapshot([]).called("seen");
        let story = lost.what(registration("/", true)).current(1, "B").called("due");
        let finding = story.one(&CHECK);
        assert_eq!(
            finding.message,
            "the app no longer works offline: the worker of scope https://app.test/ is gone, although release B has one"
        );
        assert_eq!(finding.url, Some(url("/")));
        assert_eq!(story.proof(&finding), ["active", "end", "seen", "due"]);
    }

    #[test]
    fn an_end_that_was_not_seen_is_no_excuse() {
        let story =
            installed().what(registration("/", false)).snapshot([]).called("seen").current(1, "B").called("due");
        assert_eq!(story.proof(&story.one(&CHECK)), ["active", "seen", "due"]);
    }

    #[test]
    fn a_worker_that_is_there_is_not_lost() {
        installed().what(registered("/", "2")).current(1, "B").none(&CHECK);
        installed().what(registered("/b", "2")).current(1, "B").one(&CHECK);
    }

    #[test]
    fn scopes_are_told_apart() {
        let other = || What::Registration { registration: "other".to_owned(), scope: url("/b"), deleted: false };
        let story = || Story::new().what(other()).what(registration("/", false)).version("1", WorkerState::Activated);
        story().what(registered("/", "1")).current(1, "B").none(&CHECK);
        let both = || story().version_of("other", "2", WorkerState::Activated);
        let finding = both().what(registered("/", "1")).current(1, "B").one(&CHECK);
        assert_eq!(finding.url, Some(url("/b")));
        assert_eq!(both().snapshot([]).current(1, "B").all(&CHECK).len(), 2);
    }

    #[test]
    fn what_was_never_active_cannot_be_lost() {
        let waiting = Story::new().what(registration("/", false)).version("1", WorkerState::Installed);
        waiting.clone().snapshot([]).current(1, "B").none(&CHECK);
        waiting.snapshot([]).version("1", WorkerState::Activated).current(1, "B").none(&CHECK);
        Story::new().snapshot([]).current(1, "B").none(&CHECK);
    }

    #[test]
    fn only_where_the_visitor_is_due_to_be_on_a_release() {
        installed().snapshot([]).usable(1).cleared("B").none(&CHECK);
        installed().current(1, "B").none(&CHECK);
        installed().snapshot([]).current(1, "B").no_worker().none(&CHECK);
    }

    #[test]
    fn a_scope_is_lost_once() {
        let story = installed().version("2", WorkerState::Activated).snapshot([]).current(1, "B").current(1, "B");
        story.one(&CHECK);
    }
}
