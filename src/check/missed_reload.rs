//! The visitor accepted an update, and the page does not follow.

use super::flaw::last_of_each;
use super::shown::Shown;
use super::{Check, Flaw, View};
use crate::outcome::Severity;
use crate::trace::{Action, Due, TabId, What, WorkerState};

pub(super) static CHECK: Check = Check {
    id: "missed-reload",
    summary: "the visitor accepted an update, the new worker took control, and the tab did not reload",
    explanation: "Looks for tabs in which the visitor accepted an update and the new worker took control, but which \
        did not reload and still show the old release. The old page now runs under the new worker, which no longer has \
        its chunks. Typical causes: the page sends the message to the worker and listens for nothing afterwards, it \
        listens for `controllerchange` on the wrong object or only once too early, or it waits for an event that its \
        library does not fire for a worker from an earlier visit.",
    fix: "Reload the tab in which the update was accepted as soon as the new worker controls it: \
        `navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true })`, \
        registered before the message is sent.",
    severity: Severity::Error,
    judge,
};

fn judge(view: &View<'_>) -> Vec<Flaw> {
    last_of_each(view.dues().filter_map(|(due, what, _)| {
        let Due::Current { tab, release } = what else { return None };
        let accepted = accepted(view, *tab, due)?;
        let took_over = view.versions().iter().flat_map(|version| &version.states).map(|(at, state)| (*at, *state));
        let took_over = took_over.filter(|(at, state)| accepted < *at && *at < due && *state == WorkerState::Activated);
        let (took_over, _) = took_over.min_by_key(|(at, _)| *at)?;
        Shown::at(view, *tab, due).of_another_release(release)?;
        let url = view.address(*tab, due).unwrap_or_default();
        let message = format!(
            "the visitor stays on the old page after accepting the update: {tab} did not reload {url} when the new \
             worker took control"
        );
        Some(((tab, release), Flaw::new(message, Some(url), [accepted, took_over, due])))
    }))
}

/// `seq` of the accepted update in the tab, if no navigation followed it.
fn accepted(view: &View<'_>, tab: TabId, due: u32) -> Option<u32> {
    view.events().rev().skip_while(|(at, _)| *at >= due).find_map(|(at, what)| match what {
        What::NavigationStarted { tab: t, .. } if *t == tab => Some(None),
        What::Action { tab: t, action: Action::AcceptUpdate } if *t == tab => Some(Some(at)),
        _ => None,
    })?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{Story, page, url};
    use crate::trace::{PageState, ReleaseMark};

    fn of(release: &str) -> PageState {
        PageState { code_release: ReleaseMark::Names(release.to_owned()), ..page(1) }
    }

    fn accepted() -> Story {
        Story::new().visit(1, "/").accept(1).called("accepted")
    }

    fn took_over(story: Story) -> Story {
        story.version("2", WorkerState::Activating).version("2", WorkerState::Activated).called("took over")
    }

    fn due(story: Story, shows: &str) -> Story {
        story.page(of(shows)).current(1, "B").called("due")
    }

    #[test]
    fn a_tab_that_does_not_follow_is_found() {
        let story = due(took_over(accepted()).version("2", WorkerState::Activated), "A");
        let finding = story.one(&CHECK);
        assert_eq!(
            finding.message,
            "the visitor stays on the old page after accepting the update: tab 1 did not reload https://app.test/ when \
             the new worker took control"
        );
        assert_eq!(finding.url, Some(url("/")));
        assert_eq!(story.proof(&finding), ["accepted", "took over", "due"]);
        story.current(1, "B").one(&CHECK);
        due(took_over(accepted()), "A").visit(1, "/").one(&CHECK);
    }

    #[test]
    fn a_tab_that_was_reloaded_or_left_is_healthy() {
        due(took_over(accepted()).reload_by_app(1, "/"), "A").none(&CHECK);
        due(accepted().visit(1, "/"), "A").none(&CHECK);
        due(took_over(accepted()).reload_by_app(2, "/"), "A").one(&CHECK);
        due(took_over(accepted()), "B").none(&CHECK);
    }

    #[test]
    fn without_an_accepted_update_there_is_nothing_to_follow() {
        due(took_over(Story::new().visit(1, "/")), "A").none(&CHECK);
        due(took_over(Story::new().visit(1, "/").click(1).accept(2)), "A").none(&CHECK);
    }

    #[test]
    fn a_worker_that_does_not_take_over_is_left_to_its_check() {
        due(accepted(), "A").none(&CHECK);
        due(accepted().version("2", WorkerState::Installed), "A").none(&CHECK);
        due(took_over(Story::new()).visit(1, "/").accept(1), "A").none(&CHECK);
        took_over(due(accepted(), "A")).none(&CHECK);
    }

    #[test]
    fn it_is_judged_where_a_release_is_due() {
        took_over(accepted()).page(of("A")).usable(1).none(&CHECK);
    }
}
