//! A page reloads itself for no reason that the visitor could understand.

use std::collections::HashSet;

use super::reloads::Reload;
use super::{Check, Flaw, View, address};
use crate::outcome::Severity;
use crate::trace::{Action, TabId, What};

pub(super) static CHECK: Check = Check {
    id: "unexpected-reload",
    summary: "a page reloaded itself without need",
    explanation: "Looks for navigations that the app makes by itself to the page that the tab already shows, beyond \
        the one after an update that the visitor accepted in that tab, and the one with which a tab may move itself to \
        a new release. The visitor loses their place and what they typed, and the page loads twice. The typical cause: \
        the page reloads on every `controllerchange`. With `clientsClaim` that event also fires on the very first \
        visit, and it fires in every open tab when the visitor accepts an update in one of them.",
    fix: "Reload on `controllerchange` only if the page had a controller when it loaded \
        (`navigator.serviceWorker.controller`) and the visitor accepted the update in this tab; in other tabs, offer a \
        reload. Remember an automatic reload in sessionStorage, so that it happens once per release.",
    severity: Severity::Error,
    judge,
};

fn judge(view: &View<'_>) -> Vec<Flaw> {
    let mut used = HashSet::new();
    let mut without_need: Vec<(TabId, Vec<Reload<'_>>)> = Vec::new();
    for stretch in view.stretches().iter().filter(|stretch| !view.loops(stretch.tab)) {
        let tab = stretch.tab;
        for &reload in &stretch.reloads {
            let mut justifies = |reason: Option<u32>| reason.is_some_and(|seq| used.insert((tab, seq)));
            if justifies(accepted(view, tab, reload.seq)) || justifies(new_release(view, reload.seq)) {
                continue;
            }
            let same = |(known, reloads): &&mut (TabId, Vec<Reload<'_>>)| {
                *known == tab && address::same_page(reloads[0].url, reload.url)
            };
            match without_need.iter_mut().find(same) {
                Some((_, reloads)) => reloads.push(reload),
                None => without_need.push((tab, vec![reload])),
            }
        }
    }
    without_need.iter().map(|(tab, reloads)| flaw(*tab, reloads)).collect()
}

fn flaw(tab: TabId, reloads: &[Reload<'_>]) -> Flaw {
    let url = reloads[0].url;
    let times = match reloads.len() {
        1 => "once".to_owned(),
        several => format!("{several} times"),
    };
    let message =
        format!("the page reloads while the visitor uses it: {tab} reloaded {url} by itself {times} without need");
    // The page may have a reason that no event shows, such as a timer.
    Flaw::new(message, Some(url), reloads.iter().map(|reload| reload.seq)).likely()
}

/// `seq` of the last update that the visitor accepted in the tab before `seq`.
fn accepted(view: &View<'_>, tab: TabId, seq: u32) -> Option<u32> {
    let accepts = |(at, acting, action): &(u32, TabId, &Action)| {
        *at <= seq && *acting == tab && matches!(action, Action::AcceptUpdate)
    };
    view.actions().rfind(accepts).map(|(at, _, _)| at)
}

/// `seq` of the last swap before `seq` that changed the release that the origin serves.
fn new_release(view: &View<'_>, seq: u32) -> Option<u32> {
    let mut served: Option<&str> = None;
    let mut changed = None;
    for (at, what) in view.events().take_while(|(at, _)| *at <= seq) {
        match what {
            What::Swap { release } => {
                if served.is_some_and(|served| served != release) {
                    changed = Some(at);
                }
                served = Some(release);
            }
            // The first release may be served without a swap.
            What::Answer(answer) => served = served.or(answer.release.as_deref()),
            _ => {}
        }
    }
    changed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{Story, url};
    use crate::outcome::Confidence;

    fn on_a() -> Story {
        Story::new().swap("A").visit(1, "/").visit(2, "/")
    }

    #[test]
    fn a_reload_on_the_first_visit_is_found() {
        let finding = on_a().reload_by_app(1, "/").one(&CHECK);
        assert_eq!(
            finding.message,
            "the page reloads while the visitor uses it: tab 1 reloaded https://app.test/ by itself once without need"
        );
        assert_eq!((finding.url, finding.confidence), (Some(url("/")), Confidence::Likely));
        assert_eq!(finding.events.len(), 1);
    }

    #[test]
    fn each_tab_may_reload_once_for_a_new_release() {
        on_a().swap("B").reload_by_app(1, "/").reload_by_app(2, "/").none(&CHECK);
        on_a().swap("B").reload_by_app(1, "/").swap("A").reload_by_app(1, "/").none(&CHECK);
        on_a().swap("B").reload_by_app(1, "/").reload_by_app(1, "/").one(&CHECK);
        on_a().swap("B").swap("A").reload_by_app(1, "/").reload_by_app(1, "/").one(&CHECK);
        on_a().reload_by_app(1, "/").swap("B").one(&CHECK);
    }

    #[test]
    fn the_same_release_again_is_not_a_new_one() {
        on_a().swap("A").reload_by_app(1, "/").one(&CHECK);
        on_a().swap("B").reload_by_app(1, "/").swap("B").reload_by_app(1, "/").one(&CHECK);
    }

    #[test]
    fn the_first_release_may_be_served_without_a_swap() {
        let by_a = |story: Story| story.answered_by("/", "A").swap("B").answered_by("/", "B");
        by_a(Story::new()).visit(1, "/").reload_by_app(1, "/").none(&CHECK);
        Story::new().swap("B").answered_by("/", "A").visit(1, "/").reload_by_app(1, "/").one(&CHECK);
        Story::new().answered_by("/", "A").swap("A").visit(1, "/").reload_by_app(1, "/").one(&CHECK);
        by_a(Story::new()).swap("B").visit(1, "/").reload_by_app(1, "/").reload_by_app(1, "/").one(&CHECK);
    }

    #[test]
    fn an_accepted_update_may_reload_its_tab_once() {
        on_a().accept(1).reload_by_app(1, "/").none(&CHECK);
        on_a().accept(1).reload_by_app(1, "/").accept(1).reload_by_app(1, "/").none(&CHECK);
        on_a().accept(1).reload_by_app(1, "/").reload_by_app(1, "/").one(&CHECK);
        on_a().accept(1).reload_by_app(2, "/").one(&CHECK);
        on_a().click(1).reload_by_app(1, "/").one(&CHECK);
        on_a().reload_by_app(1, "/").accept(1).one(&CHECK);
        on_a().swap("B").accept(1).reload_by_app(1, "/").reload_by_app(1, "/").none(&CHECK);
    }

    #[test]
    fn reloads_of_a_page_in_a_tab_are_one_finding() {
        let story = on_a().reload_by_app(1, "/").reload_by_app(1, "/?again").reload_by_app(2, "/");
        let findings = story.visit(1, "/other").reload_by_app(1, "/other").all(&CHECK);
        let messages: Vec<&str> = findings.iter().map(|finding| finding.message.as_str()).collect();
        assert_eq!(
            messages,
            [
                "the page reloads while the visitor uses it: tab 1 reloaded https://app.test/ by itself 2 times \
                 without need",
                "the page reloads while the visitor uses it: tab 2 reloaded https://app.test/ by itself once without \
                 need",
                "the page reloads while the visitor uses it: tab 1 reloaded https://app.test/other by itself once \
                 without need",
            ]
        );
    }

    #[test]
    fn a_loop_is_left_to_its_check() {
        let reloaded = |times| (0..times).fold(on_a(), |story, _| story.reload_by_app(1, "/"));
        reloaded(4).none(&CHECK);
        reloaded(3).one(&CHECK);
        reloaded(4).click(1).reload_by_app(1, "/").none(&CHECK);
        reloaded(4).reload_by_app(2, "/").one(&CHECK);
    }
}
