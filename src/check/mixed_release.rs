//! A page of one release runs the client code of another.

use super::flaw::last_of_each;
use super::shown::Shown;
use super::{Check, Flaw, View};
use crate::outcome::Severity;
use crate::trace::Due;

pub(super) static CHECK: Check = Check {
    id: "mixed-release",
    summary: "a page of one release runs the client code of another",
    explanation: "Where the app should be usable on any release, compares the release that the document reports with \
        the one that the running client code reports. Code that runs on a page it was not built for may find other \
        elements, data and URLs, and fails later and elsewhere. The typical cause: a worker serves pages from the \
        network and scripts with constant names from a cache, or the other way round. Where the visitor should be on \
        one particular release, stale-page reports this instead.",
    fix: "Give scripts names that change with their content, and let the worker serve a page and its scripts from one \
        place: both from one precache, or pages network-first with scripts requested by the exact names in the page.",
    severity: Severity::Error,
    judge,
};

fn judge(view: &View<'_>) -> Vec<Flaw> {
    last_of_each(view.dues().filter_map(|(due, what, _)| {
        let (Due::Usable { tab } | Due::Part { tab }) = what else { return None };
        let shown = Shown::at(view, *tab, due);
        let wrong = shown.mixed().filter(|_| shown.not_the_app().is_none())?;
        Some(((tab, wrong.url.clone()), wrong.into_flaw()))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{Story, page, response, url};
    use crate::trace::ReleaseMark::{self, Missing, Names, Undescribed};
    use crate::trace::{PageState, Response, What};

    fn of(release: &str) -> ReleaseMark {
        Names(release.to_owned())
    }

    fn state(tab: u32, page_release: ReleaseMark, code_release: ReleaseMark) -> PageState {
        PageState { page_release, code_release, ..page(tab) }
    }

    fn showing(page_release: ReleaseMark, code_release: ReleaseMark) -> Story {
        Story::new().visit(1, "/").page(state(1, page_release, code_release)).called("page")
    }

    #[test]
    fn a_page_with_the_code_of_another_release_is_found() {
        let story = showing(of("B"), of("A")).usable(1).called("due");
        let finding = story.one(&CHECK);
        assert_eq!(
            finding.message,
            "the page mixes two releases: tab 1 shows https://app.test/ with the document of release B and the client \
             code of release A"
        );
        assert_eq!(finding.url, Some(url("/")));
        assert_eq!(story.proof(&finding), ["page", "due"]);
        showing(of("A"), of("B")).part(1).one(&CHECK);
    }

    #[test]
    fn one_release_and_a_silent_app_are_healthy() {
        showing(of("A"), of("A")).usable(1).part(1).none(&CHECK);
        for silent in [Missing, Undescribed] {
            showing(of("A"), silent.clone()).usable(1).none(&CHECK);
            showing(silent, of("A")).usable(1).none(&CHECK);
        }
        showing(of("B"), of("A")).page(state(1, of("B"), of("B"))).usable(1).none(&CHECK);
    }

    #[test]
    fn where_one_release_is_due_stale_page_tells_it() {
        showing(of("B"), of("A")).current(1, "B").offline(1, "/", "B").none(&CHECK);
    }

    #[test]
    fn an_error_page_is_left_to_its_check() {
        let error = Response { status: 502, ..response(1, "Document", "/") };
        let story = Story::new().starts_by_visitor(1, "/").what(What::Response(error)).commits(1, "/");
        story.page(state(1, of("B"), of("A"))).usable(1).none(&CHECK);
    }

    #[test]
    fn the_same_page_in_the_same_tab_is_one_finding() {
        let story = showing(of("B"), of("A")).usable(1).part(1);
        story.one(&CHECK);
        assert_eq!(story.visit(2, "/").page(state(2, of("B"), of("A"))).usable(2).all(&CHECK).len(), 2);
    }
}
