//! The app does not work offline as promised.

use super::flaw::last_of_each;
use super::shown::Shown;
use super::{Check, Flaw, View};
use crate::outcome::Severity;
use crate::trace::Due;

pub(super) static CHECK: Check = Check {
    id: "offline-broken",
    summary: "offline, the visitor does not get a working page of the current release",
    explanation: "Where the app promises a page offline, looks at what the tab shows without a network: the browser's \
        error page, a cached error, a page whose client code does not run, or a page of another release. The visitor \
        finds out on a train, long after the deploy. Typical causes: a page or one of its scripts is not precached, \
        the cleanup after an update deletes entries of the new release too, or a runtime cache is only filled on the \
        visit after next.",
    fix: "Precache the offline page and the pages that must work offline, each with all its scripts and styles, and \
        serve them when a navigation fails (`setCatchHandler`, or the plugin's `fallbacks`). When a worker cleans up, \
        let it delete only caches known to be old, never all of them. If a page is cached but not found, it was \
        fetched with other headers than the visitor sends, and its `Vary` header lists them: look it up with \
        `ignoreVary: true`.",
    severity: Severity::Error,
    judge,
};

fn judge(view: &View<'_>) -> Vec<Flaw> {
    last_of_each(view.dues().filter_map(|(due, what, _)| {
        let Due::Offline { tab, url, release } = what else { return None };
        let shown = Shown::at(view, *tab, due);
        let wrong =
            shown.not_the_app().or_else(|| shown.not_hydrated()).or_else(|| shown.of_another_release(release))?;
        let flaw = Flaw { url: Some(url.clone()), ..wrong.into_flaw() };
        Some(((url, release), Flaw { message: format!("offline, {}", flaw.message), ..flaw }))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{Story, page, response, url};
    use crate::trace::{PageState, ReleaseMark, Response, What};

    fn showing(state: PageState) -> Story {
        Story::new().visit(1, "/a").page(state).called("page")
    }

    fn message(story: Story) -> String {
        story.offline(1, "/a", "B").one(&CHECK).message
    }

    #[test]
    fn the_browsers_error_page_is_found() {
        let story = Story::new().starts_by_visitor(1, "/a").error_page(1, "/a").called("page");
        let story = story.offline(1, "/a", "B").called("due");
        let finding = story.one(&CHECK);
        assert_eq!(
            finding.message,
            "offline, the visitor sees the browser's error page: tab 1 could not load https://app.test/a"
        );
        assert_eq!(finding.url, Some(url("/a")));
        assert_eq!(story.proof(&finding), ["page", "due"]);
    }

    #[test]
    fn every_page_that_does_not_work_is_found() {
        let kept = What::Response(Response { status: 502, ..response(1, "Document", "/a") });
        let kept = Story::new().starts_by_visitor(1, "/a").what(kept).commits(1, "/a").page(page(1));
        assert!(message(kept).contains("with status 502"));
        let mark = |page_release| PageState { page_release, ..page(1) };
        assert!(message(showing(mark(ReleaseMark::Missing))).contains("release mark"));
        assert!(message(showing(mark(ReleaseMark::Names("A".to_owned())))).contains("release A instead of release B"));
        let dead = || PageState { hydrated: Some(false), ..page(1) };
        assert!(message(showing(dead())).contains("is not hydrated"));
        let asked_for = showing(dead()).offline(1, "/b", "B").one(&CHECK).url;
        assert_eq!(asked_for, Some(url("/b")), "not the address that is shown");
    }

    #[test]
    fn a_working_page_of_the_release_is_healthy() {
        let marked = PageState { page_release: ReleaseMark::Names("B".to_owned()), hydrated: Some(true), ..page(1) };
        showing(marked).offline(1, "/a", "B").none(&CHECK);
        showing(page(1)).offline(1, "/a", "B").none(&CHECK);
    }

    #[test]
    fn it_is_judged_offline_only() {
        let dead = || showing(PageState { hydrated: Some(false), ..page(1) });
        dead().usable(1).current(1, "B").none(&CHECK);
    }

    #[test]
    fn a_url_is_found_once_a_release() {
        let dead = || showing(PageState { hydrated: Some(false), ..page(1) }).offline(1, "/a", "B");
        dead().offline(1, "/a", "B").one(&CHECK);
        assert_eq!(dead().offline(1, "/b", "B").offline(1, "/a", "C").all(&CHECK).len(), 3);
    }
}
