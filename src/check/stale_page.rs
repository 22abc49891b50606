//! The visitor sees another release than the current one.

use super::flaw::last_of_each;
use super::shown::Shown;
use super::{Check, Flaw, View};
use crate::outcome::Severity;
use crate::trace::Due;

pub(super) static CHECK: Check = Check {
    id: "stale-page",
    summary: "the visitor sees another release than the current one",
    explanation: "When the visitor should be on a release, compares it with the release that the document and the \
        running client code report. A visitor on an old release does not get the fix that was deployed, and sends old \
        requests to new servers. Typical causes: a worker serves navigations from a cache that nothing updates, an \
        update waits forever, or the worker gives up on the network too early.",
    fix: "Serve navigations network-first, with a timeout longer than your slowest healthy page takes, or precache the \
        pages so that a new worker brings new ones, and make sure that the new worker activates. Serve the worker \
        script with `Cache-Control: no-cache`.",
    severity: Severity::Error,
    judge,
};

fn judge(view: &View<'_>) -> Vec<Flaw> {
    last_of_each(view.dues().filter_map(|(due, what, _)| {
        let Due::Current { tab, release } = what else { return None };
        let shown = Shown::at(view, *tab, due);
        let wrong = shown.of_another_release(release).filter(|_| shown.not_the_app().is_none())?;
        Some(((tab, release, wrong.url.clone()), wrong.into_flaw()))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{Story, page, url};
    use crate::trace::PageState;
    use crate::trace::ReleaseMark::{self, Missing, Names, Undescribed};

    fn of(release: &str) -> ReleaseMark {
        Names(release.to_owned())
    }

    fn showing(page_release: ReleaseMark, code_release: ReleaseMark) -> Story {
        Story::new().visit(1, "/").page(PageState { page_release, code_release, ..page(1) }).called("page")
    }

    #[test]
    fn an_old_document_is_found() {
        let story = showing(of("A"), Undescribed).current(1, "B").called("due");
        let finding = story.one(&CHECK);
        assert_eq!(
            finding.message,
            "the visitor sees the wrong release: tab 1 shows https://app.test/ with the document of release A instead \
             of release B"
        );
        assert_eq!(finding.url, Some(url("/")));
        assert_eq!(story.proof(&finding), ["page", "due"]);
    }

    #[test]
    fn old_code_is_found() {
        let message = |page_release| showing(page_release, of("A")).current(1, "B").one(&CHECK).message;
        let code = "the visitor sees the wrong release: tab 1 shows https://app.test/ with the client code of release \
         A instead of release B";
        assert_eq!(message(of("B")), code);
        assert_eq!(message(Undescribed), code);
        assert_eq!(
            message(of("C")),
            "the visitor sees the wrong release: tab 1 shows https://app.test/ with the document of release C and the \
             client code of release A instead of release B"
        );
    }

    #[test]
    fn the_due_release_and_a_silent_app_are_healthy() {
        showing(of("B"), of("B")).current(1, "B").none(&CHECK);
        showing(of("B"), Missing).current(1, "B").none(&CHECK);
        showing(Undescribed, Undescribed).current(1, "B").none(&CHECK);
        showing(of("A"), of("A")).usable(1).offline(1, "/", "B").none(&CHECK);
        showing(of("A"), of("A")).page(page(1)).current(1, "B").none(&CHECK);
    }

    #[test]
    fn an_error_page_is_left_to_its_check() {
        showing(Missing, of("A")).current(1, "B").none(&CHECK);
    }

    #[test]
    fn a_page_is_found_once_a_release() {
        let story = showing(of("A"), of("A")).current(1, "B").current(1, "B");
        story.one(&CHECK);
        assert_eq!(story.current(1, "C").all(&CHECK).len(), 2);
    }
}
