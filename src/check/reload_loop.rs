//! A page reloads itself again and again.

use super::flaw::last_of_each;
use super::reloads::Stretch;
use super::{Check, Flaw, View};
use crate::outcome::Severity;

pub(super) static CHECK: Check = Check {
    id: "reload-loop",
    summary: "a page reloaded itself again and again",
    explanation: "Looks for more than three navigations in a row that the app makes by itself to the page that the tab \
        already shows. The visitor can neither read nor type, and each round requests everything from the server \
        again, at the worst time. Typical causes: a page reloads on every version mismatch or `controllerchange`, and \
        the reload does not remove the reason for it: old and new servers alternate during a rolling deploy, the \
        worker keeps serving the old page, or an error handler reloads without remembering that it already has.",
    fix: "Let a page reload itself at most once for one reason: store the reason in sessionStorage before the reload, \
        and if it is already there, show a message instead. Do not compare versions across servers that may run \
        different releases, and reload on `controllerchange` only after the visitor has accepted an update.",
    severity: Severity::Fatal,
    judge,
};

fn judge(view: &View<'_>) -> Vec<Flaw> {
    last_of_each(view.stretches().iter().filter(|stretch| stretch.is_loop()).map(|Stretch { tab, reloads, .. }| {
        let url = reloads[0].url;
        let message = format!("the page is unusable: {tab} reloaded {url} by itself {} times in a row", reloads.len());
        ((tab, url), Flaw::new(message, Some(url), reloads.iter().take(Stretch::LOOP).map(|reload| reload.seq)))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{Story, page, url};
    use crate::trace::{Gravity, PageState, Party, ReleaseMark, TabId, What};

    fn reloaded(times: usize) -> Story {
        (0..times).fold(Story::new().visit(1, "/"), |story, _| story.reload_by_app(1, "/").called("committed"))
    }

    #[test]
    fn four_reloads_in_a_row_are_a_loop() {
        let story = reloaded(6);
        let finding = story.one(&CHECK);
        assert_eq!(
            finding.message,
            "the page is unusable: tab 1 reloaded https://app.test/ by itself 6 times in a row"
        );
        assert_eq!(finding.url, Some(url("/")));
        assert_eq!(finding.events.len(), 4);
        assert_eq!(reloaded(4).all(&CHECK).len(), 1);
    }

    #[test]
    fn three_reloads_are_not_a_loop() {
        reloaded(3).none(&CHECK);
        reloaded(3).click(1).reload_by_app(1, "/").none(&CHECK);
    }

    #[test]
    fn a_loop_that_never_loads_a_page_is_a_loop() {
        let story = Story::new().visit(1, "/");
        (0..4).fold(story, |story, _| story.starts(1, "/", crate::trace::Initiator::App)).one(&CHECK);
    }

    #[test]
    fn nothing_excuses_a_loop() {
        (0..4)
            .fold(Story::new().fault_on(1, Gravity::Breaks).visit(1, "/"), |s, _| s.reload_by_app(1, "/"))
            .one(&CHECK);
    }

    #[test]
    fn what_a_looping_tab_shows_or_gets_is_left_to_this_check() {
        let dead = |tab| PageState { hydrated: Some(false), page_release: ReleaseMark::Missing, ..page(tab) };
        let cut = |tab| What::RequestFailed {
            by: Party::Tab(TabId(tab)),
            url: url("/a.js"),
            resource: "Script".to_owned(),
            error: "net::ERR_ABORTED".to_owned(),
            canceled: false,
        };
        let dues = |story: Story| story.usable(1).part(1).current(1, "B").offline(1, "/", "B");
        let others = |story: Story| {
            let found = crate::check::judge(&story.trace());
            found.into_iter().filter(|finding| finding.check != CHECK.id).count()
        };
        assert_eq!(others(dues(reloaded(4).what(cut(1)).page(dead(1)))), 0);
        assert!(others(dues(reloaded(3).page(dead(1)))) > 0);
        assert_eq!(others(reloaded(3).what(cut(1))), others(reloaded(3)) + 1);
        assert!(others(reloaded(4).visit(2, "/").page(dead(2)).usable(2)) > 0);
    }

    #[test]
    fn a_loop_that_the_visitor_starts_again_is_one_finding() {
        let story = (0..4).fold(reloaded(4).click(1), |story, _| story.reload_by_app(1, "/"));
        story.one(&CHECK);
    }
}
