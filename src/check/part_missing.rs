//! A part of a page that the visitor asked for does not appear.

use super::flaw::last_of_each;
use super::shown::Shown;
use super::{Check, Flaw, View, chunk_load_failure};
use crate::outcome::Severity;
use crate::trace::Due;

pub(super) static CHECK: Check = Check {
    id: "part-missing",
    summary: "a part of the page that the visitor asked for did not appear",
    explanation: "Where the visitor has asked for a lazily loaded part, and has asked again if the page was loaded \
        anew meanwhile, looks whether the page shows it. A click that does nothing leaves the visitor without the \
        part and without a word. It comes about when the part's chunk never arrives and nothing throws, or when an \
        error boundary swallows the failure and shows nothing. Where chunk-load-failure, not-hydrated or \
        error-page-shown names the cause, this check is silent.",
    fix: "Look at what the page asked for after the click: a request without an end names the cause. Give the \
        worker's and the app's requests a timeout, and the lazy part an error boundary that says what happened and \
        offers to reload.",
    severity: Severity::Error,
    judge,
};

fn judge(view: &View<'_>) -> Vec<Flaw> {
    let known = chunk_load_failure::failing_tabs(view);
    last_of_each(view.dues().filter_map(|(due, what, _)| {
        let Due::Part { tab } = what else { return None };
        let shown = Shown::at(view, *tab, due);
        let wrong = shown.without_part()?;
        let explained = known.contains(tab) || shown.not_the_app().is_some() || shown.not_hydrated().is_some();
        (!explained).then(|| ((tab, wrong.url.clone()), wrong.into_flaw()))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{Story, page, url};
    use crate::trace::{PageState, ReleaseMark};

    fn without(tab: u32) -> PageState {
        PageState { lazy_shown: Some(false), hydrated: Some(true), ..page(tab) }
    }

    fn showing(state: PageState) -> Story {
        Story::new().visit(1, "/").click(1).page(state).called("page")
    }

    #[test]
    fn a_part_that_does_not_appear_is_found() {
        let story = showing(without(1)).part(1).called("due");
        let finding = story.one(&CHECK);
        assert_eq!(finding.message, "tab 1 shows https://app.test/ without the part that was asked for");
        assert_eq!(finding.url, Some(url("/")));
        assert_eq!(story.proof(&finding), ["page", "due"]);
        story.part(1).one(&CHECK);
    }

    #[test]
    fn a_part_that_is_there_or_not_due_is_healthy() {
        showing(PageState { lazy_shown: Some(true), ..page(1) }).part(1).none(&CHECK);
        showing(page(1)).part(1).none(&CHECK);
        showing(without(1)).usable(1).current(1, "B").offline(1, "/", "B").none(&CHECK);
    }

    #[test]
    fn a_cause_that_is_known_is_enough() {
        let failing = |tab| showing(without(1)).exception(tab, "ChunkLoadError: Loading chunk 7 failed");
        failing(1).part(1).none(&CHECK);
        failing(2).part(1).one(&CHECK);
        showing(PageState { hydrated: Some(false), ..without(1) }).part(1).none(&CHECK);
        showing(PageState { page_release: ReleaseMark::Missing, ..without(1) }).part(1).none(&CHECK);
    }

    #[test]
    fn tabs_are_told_apart() {
        assert_eq!(showing(without(1)).part(1).visit(2, "/").page(without(2)).part(2).all(&CHECK).len(), 2);
    }
}
