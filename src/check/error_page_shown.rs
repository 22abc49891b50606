//! The visitor sees an error page instead of the app.

use super::flaw::last_of_each;
use super::shown::Shown;
use super::{Check, Flaw, View};
use crate::outcome::Severity;
use crate::trace::Due;

pub(super) static CHECK: Check = Check {
    id: "error-page-shown",
    summary: "the visitor sees an error page instead of the app",
    explanation: "At each point where the app should be usable, looks at what the tab shows: the browser's error page, \
        a document with an error status, or a page without the release mark that every page of the app carries. The \
        visitor can only reload, and if the page comes from a cache, even that does not help. Typical causes: a worker \
        serves a cached error, a worker lets a navigation fail without a fallback page, or the server returns an error \
        for the start page.",
    fix: "Give navigations a fallback in the worker: the network first, then the cached page, then a precached offline \
        page, and treat a response with an error status like a network failure. Cache only pages for which \
        `response.ok` is true.",
    severity: Severity::Error,
    judge,
};

fn judge(view: &View<'_>) -> Vec<Flaw> {
    last_of_each(view.dues().filter_map(|(due, what, _)| {
        let (Due::Usable { tab } | Due::Part { tab } | Due::Current { tab, .. }) = what else { return None };
        let wrong = Shown::at(view, *tab, due).not_the_app()?;
        Some(((tab, wrong.url.clone()), wrong.into_flaw()))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{Story, page, response, url};
    use crate::trace::{PageState, Party, ReleaseMark, Response, What};

    fn document(status: u16) -> What {
        What::Response(Response { status, ..response(1, "Document", "/") })
    }

    fn at(document: What) -> Story {
        Story::new().starts_by_visitor(1, "/").what(document).called("response").commits(1, "/").page(page(1))
    }

    #[test]
    fn the_browsers_error_page_is_found() {
        let story = Story::new().starts_by_visitor(1, "/").error_page(1, "/").called("page").usable(1).called("due");
        let finding = story.one(&CHECK);
        assert_eq!(
            finding.message,
            "the visitor sees the browser's error page: tab 1 could not load https://app.test/"
        );
        assert_eq!(finding.url, Some(url("/")));
        assert_eq!(story.proof(&finding), ["page", "due"]);
    }

    #[test]
    fn a_document_with_an_error_status_is_found() {
        let story = at(document(400)).usable(1).called("due");
        let finding = story.one(&CHECK);
        assert_eq!(
            finding.message,
            "the visitor sees an error page: tab 1 shows https://app.test/ with status 400 from the network"
        );
        assert_eq!(story.proof(&finding), ["response", "due"]);
        at(document(399)).usable(1).none(&CHECK);
    }

    #[test]
    fn the_response_of_another_document_does_not_count() {
        let got = |response: Response| at(What::Response(Response { status: 502, ..response })).usable(1);
        got(response(1, "Document", "/#top")).one(&CHECK);
        got(response(1, "Document", "/frame")).none(&CHECK);
        got(response(1, "Fetch", "/")).none(&CHECK);
        got(response(2, "Document", "/")).none(&CHECK);
        got(Response { by: Party::Worker("1".to_owned()), ..response(1, "Document", "/") }).none(&CHECK);
        at(document(502)).visit(1, "/").page(page(1)).usable(1).none(&CHECK);
        at(document(200)).starts_by_visitor(1, "/").what(document(502)).usable(1).none(&CHECK);
        Story::new().what(document(502)).visit(1, "/").page(page(1)).usable(1).none(&CHECK);
        let late = Story::new().starts_by_visitor(1, "/").commits(1, "/").what(document(502)).page(page(1)).usable(1);
        late.one(&CHECK);
    }

    #[test]
    fn a_page_without_the_apps_mark_is_found() {
        let shows = |page_release| {
            let story = Story::new().visit(1, "/").page(PageState { page_release, ..page(1) }).called("page");
            story.usable(1).called("due")
        };
        let story = shows(ReleaseMark::Missing);
        let finding = story.one(&CHECK);
        assert_eq!(
            finding.message,
            "the visitor does not see the app: tab 1 shows a page at https://app.test/ without the app's release mark"
        );
        assert_eq!(story.proof(&finding), ["page", "due"]);
        shows(ReleaseMark::Undescribed).none(&CHECK);
        shows(ReleaseMark::Names("A".to_owned())).none(&CHECK);
    }

    #[test]
    fn a_tab_that_shows_nothing_is_found() {
        assert_eq!(Story::new().usable(1).one(&CHECK).message, "the visitor sees an empty tab: tab 1 shows no page");
        Story::new().visit(2, "/").page(page(2)).usable(1).one(&CHECK);
        Story::new().visit(1, "/").usable(1).none(&CHECK);
        Story::new().usable(1).visit(1, "/").one(&CHECK);
    }

    #[test]
    fn it_is_judged_where_the_app_is_due_to_be_online() {
        let broken = || Story::new().starts_by_visitor(1, "/").error_page(1, "/");
        broken().current(1, "B").one(&CHECK);
        broken().part(1).one(&CHECK);
        broken().offline(1, "/", "B").none(&CHECK);
        broken().none(&CHECK);
        broken().visit(1, "/").page(page(1)).usable(1).none(&CHECK);
    }

    #[test]
    fn an_error_page_that_replaces_the_app_is_found_though_nobody_looked_at_it() {
        Story::new().visit(1, "/").page(page(1)).starts_by_visitor(1, "/").error_page(1, "/").usable(1).one(&CHECK);
    }

    #[test]
    fn the_same_page_in_the_same_tab_is_one_finding() {
        let broken = || Story::new().starts_by_visitor(1, "/").error_page(1, "/").usable(1);
        let story = broken().current(1, "B").called("last");
        assert_eq!(story.proof(&story.one(&CHECK)), ["?", "last"]);
        assert_eq!(broken().starts_by_visitor(1, "/b").error_page(1, "/b").usable(1).all(&CHECK).len(), 2);
        assert_eq!(broken().starts_by_visitor(2, "/").error_page(2, "/").usable(2).all(&CHECK).len(), 2);
    }
}
