//! A part of a page that the visitor opened does not appear.

use super::flaw::last_of_each;
use super::shown::Shown;
use super::{Check, Flaw, View, chunk_load_failure};
use crate::outcome::Severity;
use crate::trace::Due;

pub(super) static CHECK: Check = Check {
    id: "part-missing",
    summary: "a part of the page that the visitor opened did not appear",
    explanation: "After the visitor has opened a lazily loaded part, and has tried again if the page was reloaded \
        meanwhile, looks whether the page shows it. The click has no effect, and nothing tells the visitor why. \
        Typical causes: the part's chunk never arrives and nothing throws, or an error boundary swallows the failure \
        and renders nothing. If chunk-load-failure, not-hydrated or error-page-shown already reports the cause, this \
        check is silent.",
    fix: "Look at the page's requests after the click: a request that never finishes is the cause. Give requests in \
        the worker and in the app a timeout, and wrap the lazy part in an error boundary that says what happened and \
        offers a reload.",
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
        assert_eq!(
            finding.message,
            "the click has no effect: tab 1 shows https://app.test/ without the part it should open"
        );
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
