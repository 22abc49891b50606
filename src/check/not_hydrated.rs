//! The page is shown, but its client code does not run.

use super::flaw::last_of_each;
use super::shown::Shown;
use super::{Check, Flaw, View};
use crate::outcome::Severity;
use crate::trace::Due;

pub(super) static CHECK: Check = Check {
    id: "not-hydrated",
    summary: "the app's page is shown, but its client code does not run",
    explanation: "At each point where the app should be usable, looks for a page of the app whose hydration mark is \
        missing. The page looks complete, but buttons, forms and client-side navigation do nothing, which is worse \
        than an error page. Typical causes: one of the page's scripts is an error or HTML, a page of one release \
        requests scripts that only another release has, or the code throws before hydration is complete.",
    fix: "Look at this page's requests and exceptions in the trace: a script that failed to load is the cause. Serve a \
        page and its scripts from one release: use network-first for pages, precache them together with their scripts, \
        or keep the old release's scripts on the server for a while.",
    severity: Severity::Error,
    judge,
};

fn judge(view: &View<'_>) -> Vec<Flaw> {
    last_of_each(view.dues().filter_map(|(due, what, _)| {
        let (Due::Usable { tab } | Due::Part { tab } | Due::Current { tab, .. }) = what else { return None };
        let shown = Shown::at(view, *tab, due);
        let wrong = shown.not_hydrated().filter(|_| shown.not_the_app().is_none())?;
        Some(((tab, wrong.url.clone()), wrong.into_flaw()))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{Story, page, url};
    use crate::trace::{PageState, ReleaseMark};

    fn showing(tab: u32, hydrated: Option<bool>) -> Story {
        Story::new().visit(tab, "/").page(PageState { hydrated, ..page(tab) }).called("page")
    }

    #[test]
    fn a_page_whose_code_does_not_run_is_found() {
        let story = showing(1, Some(false)).usable(1).called("due");
        let finding = story.one(&CHECK);
        assert_eq!(finding.message, "the page does not react: tab 1 shows https://app.test/, but it is not hydrated");
        assert_eq!(finding.url, Some(url("/")));
        assert_eq!(story.proof(&finding), ["page", "due"]);
        showing(1, Some(false)).current(1, "B").one(&CHECK);
        showing(1, Some(false)).part(1).one(&CHECK);
    }

    #[test]
    fn a_page_that_runs_or_does_not_tell_is_healthy() {
        showing(1, Some(true)).usable(1).none(&CHECK);
        showing(1, None).usable(1).none(&CHECK);
        showing(2, Some(false)).visit(1, "/").usable(1).none(&CHECK);
        showing(1, Some(false)).offline(1, "/", "B").none(&CHECK);
        showing(1, Some(false)).page(PageState { hydrated: Some(true), ..page(1) }).usable(1).none(&CHECK);
        Story::new().visit(1, "/").usable(1).page(PageState { hydrated: Some(false), ..page(1) }).none(&CHECK);
    }

    #[test]
    fn an_error_page_is_left_to_its_check() {
        let missing = PageState { hydrated: Some(false), page_release: ReleaseMark::Missing, ..page(1) };
        Story::new().visit(1, "/").page(missing).usable(1).none(&CHECK);
    }

    #[test]
    fn the_same_page_in_the_same_tab_is_one_finding() {
        showing(1, Some(false)).usable(1).current(1, "B").one(&CHECK);
        let second =
            showing(1, Some(false)).usable(1).visit(2, "/").page(PageState { hydrated: Some(false), ..page(2) });
        assert_eq!(second.usable(2).all(&CHECK).len(), 2);
    }
}
