//! The browser preloads pages that the worker does not use.

use super::flaw::last_of_each;
use super::{Check, Document, Flaw, View};
use crate::outcome::Severity;
use crate::trace::{Answer, Source};

pub(super) static CHECK: Check = Check {
    id: "preload-unused",
    summary: "the browser preloads pages that the worker does not use",
    explanation: "With navigation preload the browser requests a page from the server while the worker starts. Looks \
        for pages that were preloaded but served from a cache, or that the worker requested again. Each visit then \
        costs the server a page that nobody sees, side effects of the page happen without a visitor or twice, and the \
        console says that the preload request was cancelled before `preloadResponse` settled. The typical cause: \
        preload is enabled in a worker whose pages are precached or served cache-first.",
    fix: "Disable navigation preload (`navigationPreload: false`, or `registration.navigationPreload.disable()` in the \
        worker's activate event, because the setting outlives the worker that enabled it), or answer navigations with \
        `await event.preloadResponse` first, and catch its rejection: it rejects without a network.",
    severity: Severity::Note,
    judge,
};

fn judge(view: &View<'_>) -> Vec<Flaw> {
    last_of_each(view.documents().iter().filter_map(|document| {
        // The preloaded page may arrive after the shown one, which the worker fetches before.
        let (preloaded, _) = answer(view, document, document.until, |answer| answer.preload)?;
        // Without a worker there is no preload: this one belongs to a navigation that the browser has not reported yet.
        let (shown, response) = view.document_response(document).filter(|(_, response)| response.source.is_worker())?;
        let fetched = answer(view, document, document.committed, |answer| !answer.preload && answer.method == "GET");
        let instead = match (response.source, fetched) {
            (_, Some((fetched, _))) => (fetched, "requested it again"),
            (Source::WorkerCache, None) => (shown, "served it from a cache"),
            _ => return None,
        };
        let message =
            format!("the preload is wasted: the browser preloaded {}, but the worker {}", document.url, instead.1);
        Some((document.url, Flaw::new(message, Some(document.url), [preloaded, instead.0])))
    }))
}

/// The first response to this document's navigation, up to `end`, that `fits`.
fn answer<'a>(
    view: &View<'a>,
    document: &Document<'_>,
    end: u32,
    fits: impl Fn(&Answer) -> bool,
) -> Option<(u32, &'a Answer)> {
    let mut during = view.answers(document.url).filter(|(seq, _)| (document.wanted..=end).contains(seq));
    during.find(|(_, answer)| fits(answer))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{Story, answer, response, url};
    use crate::trace::{Action, Initiator, Response, TabId, What};

    fn asked(story: Story, path: &str, preload: bool) -> Story {
        story.what(What::Answer(Answer { preload, ..answer(path, 200) }))
    }

    fn shown(story: Story, source: Source) -> Story {
        story.what(What::Response(Response { source, ..response(1, "Document", "/") })).called("shown").commits(1, "/")
    }

    fn begun() -> Story {
        Story::new().starts(1, "/", Initiator::Visitor)
    }

    #[test]
    fn a_page_from_a_cache_is_noted() {
        let story = shown(asked(begun(), "/", true).called("preload"), Source::WorkerCache);
        let finding = story.one(&CHECK);
        assert_eq!(
            finding.message,
            "the preload is wasted: the browser preloaded https://app.test/, but the worker served it from a cache"
        );
        assert_eq!((finding.url.clone(), finding.counts()), (Some(url("/")), false));
        assert_eq!(story.proof(&finding), ["preload", "shown"]);
    }

    #[test]
    fn a_page_that_is_asked_for_before_the_browser_tells_of_the_navigation_is_noted() {
        let visitor = Story::new().what(What::Action { tab: TabId(1), action: Action::Reload });
        let early = asked(visitor, "/", true).called("preload").starts(1, "/", Initiator::Visitor);
        let story = shown(asked(early, "/", false).called("again"), Source::WorkerNetwork);
        assert_eq!(story.proof(&story.one(&CHECK)), ["preload", "again"]);
    }

    #[test]
    fn a_page_that_is_fetched_again_is_noted() {
        let story = asked(begun(), "/", true).called("preload");
        let story = shown(asked(story, "/", false).called("again"), Source::WorkerNetwork);
        let finding = story.one(&CHECK);
        assert_eq!(
            finding.message,
            "the preload is wasted: the browser preloaded https://app.test/, but the worker requested it again"
        );
        assert_eq!(story.proof(&finding), ["preload", "again"]);
    }

    #[test]
    fn a_preload_that_is_used_or_not_there_is_healthy() {
        shown(asked(begun(), "/", true), Source::WorkerNetwork).none(&CHECK);
        shown(asked(begun(), "/", true), Source::Worker).none(&CHECK);
        shown(asked(begun(), "/", false), Source::WorkerCache).none(&CHECK);
        shown(asked(begun(), "/other", true), Source::WorkerCache).none(&CHECK);
        shown(asked(asked(begun(), "/", true), "/other", false), Source::WorkerNetwork).none(&CHECK);
        shown(begun(), Source::WorkerCache).none(&CHECK);
    }

    #[test]
    fn only_the_documents_own_navigation_counts() {
        shown(asked(Story::new(), "/", true).starts(1, "/", Initiator::Visitor), Source::WorkerCache).none(&CHECK);
        let left = shown(begun(), Source::WorkerCache).starts(1, "/b", Initiator::Visitor);
        asked(left, "/", true).none(&CHECK);
    }

    #[test]
    fn what_is_fetched_once_the_page_is_there_is_something_else() {
        let story = shown(asked(begun(), "/", true), Source::WorkerNetwork);
        asked(story, "/", false).none(&CHECK);
        let late = shown(begun(), Source::WorkerCache);
        asked(late, "/", true).one(&CHECK);
    }

    #[test]
    fn what_the_next_navigation_asks_for_before_the_browser_tells_of_it_is_not_this_ones() {
        let reload = || What::Action { tab: TabId(1), action: Action::Reload };
        let used = |story: Story, by| shown(asked(story, "/", true).starts(1, "/", by), Source::WorkerNetwork);
        let first = || shown(asked(begun(), "/", false), Source::Network);
        used(first().what(reload()), Initiator::Visitor).none(&CHECK);
        used(first(), Initiator::App).none(&CHECK);
        used(shown(begun(), Source::WorkerCache).what(reload()), Initiator::Visitor).none(&CHECK);
    }

    #[test]
    fn a_page_is_noted_once() {
        let again = shown(asked(begun(), "/", true), Source::WorkerCache).starts(1, "/", Initiator::Visitor);
        shown(asked(again, "/", true), Source::WorkerCache).one(&CHECK);
    }
}
