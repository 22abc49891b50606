//! A script or style of the app fails to load, and the app does not recover.

use super::{Check, Document, Flaw, View, address};
use crate::outcome::Severity;
use crate::trace::{Gravity, Initiator, Party, Response, TabId, What};

pub(super) static CHECK: Check = Check {
    id: "chunk-load-failure",
    summary: "a script or style of the app failed to load, and the app did not recover by itself",
    explanation: "Looks for scripts and styles that a page requested and did not receive, and for the errors with \
        which bundlers and browsers report this (ChunkLoadError, a failed dynamic import). The part of the page that \
        the visitor opened never appears, or the whole page stays dead. The most common cause is a tab that was open \
        during the deploy: its page still refers to the chunks of the old release, while the server has only the new \
        ones and the new worker, which took control at once, has deleted the old precache. Failures during an outage \
        of the origin do not count, nor does a failure after which the app reloads itself into a working page.",
    fix: "Check where the failed response came from. If a new worker took control of an open page, set `skipWaiting` \
        to false and let the visitor accept the update, or keep the old release's chunks on the server and in the \
        cache for as long as its pages may be open. If a fault during the deploy is the cause, send errors with \
        `no-store`, let the worker retry past the HTTP cache (`cache: \"reload\"`), and keep the files of both \
        releases on all servers during the rollout. If the worker threw, make sure that a failed cache write cannot \
        lose the response. As a safety net, catch the failed import in an error boundary and reload once (remember it \
        in sessionStorage, so that it cannot loop).",
    severity: Severity::Error,
    judge,
};

/// How the messages of bundlers and browsers about a failed chunk begin.
const PHRASES: [&str; 7] = [
    "ChunkLoadError",
    "Loading chunk",
    "Failed to load chunk",
    "Loading CSS chunk",
    "Failed to fetch dynamically imported module",
    "error loading dynamically imported module",
    "Importing a module script failed",
];

/// True for an error that this check judges.
pub(super) fn claims(text: &str) -> bool {
    PHRASES.iter().any(|phrase| text.contains(phrase))
}

/// One sign that a chunk failed to load.
struct Failure<'a> {
    seq: u32,
    tab: TabId,
    /// None where an error does not name the chunk.
    url: Option<String>,
    cause: Cause<'a>,
}

enum Cause<'a> {
    Status(&'a Response),
    Network(&'a str),
    Error(&'a str),
}

fn judge(view: &View<'_>) -> Vec<Flaw> {
    groups(view).iter().map(|group| flaw(view, group)).collect()
}

/// The tabs in which this check finds something.
pub(super) fn failing_tabs(view: &View<'_>) -> Vec<TabId> {
    groups(view).iter().map(|group| group[0].tab).collect()
}

/// The failures that count, those of one chunk in one tab together.
fn groups<'a>(view: &View<'a>) -> Vec<Vec<Failure<'a>>> {
    let (named, nameless): (Vec<_>, Vec<_>) = view
        .events()
        .filter_map(|(seq, what)| failure(view, seq, what))
        .filter(|failure| !view.excused(Gravity::Breaks, failure.tab, failure.seq))
        .filter(|failure| !recovered(view, failure.tab, failure.seq))
        .partition(|failure| failure.url.is_some());
    let mut groups: Vec<Vec<Failure<'_>>> = Vec::new();
    for failure in named {
        match groups.iter_mut().find(|group| group[0].tab == failure.tab && group[0].url == failure.url) {
            Some(group) => group.push(failure),
            None => groups.push(vec![failure]),
        }
    }
    // An error that names no chunk counts as another sign of a failure that is already known, if there is one.
    for failure in nameless {
        match groups.iter_mut().rfind(|group| group[0].tab == failure.tab) {
            Some(group) => group.push(failure),
            None => groups.push(vec![failure]),
        }
    }
    groups
}

fn failure<'a>(view: &View<'_>, seq: u32, what: &'a What) -> Option<Failure<'a>> {
    let is_code = |resource: &str| matches!(resource, "Script" | "Stylesheet");
    let (by, url, cause) = match what {
        What::Response(response) if is_code(&response.resource) && response.status >= 400 => {
            (&response.by, Some(response.url.clone()), Cause::Status(response))
        }
        What::RequestFailed { by, url, resource, error, canceled: false } if is_code(resource) => {
            (by, Some(url.clone()), Cause::Network(error))
        }
        What::Exception { by, text, .. } if claims(text) => (by, None, Cause::Error(text)),
        What::Console { by, level, text } if level == "error" && claims(text) => (by, None, Cause::Error(text)),
        _ => return None,
    };
    let Party::Tab(tab) = *by else { return None };
    // A reload cancels pending requests.
    if view.loops(tab) && !matches!(cause, Cause::Status(_)) {
        return None;
    }
    let url = url.or_else(|| match cause {
        Cause::Error(text) => address::code_named_in(text, view.document(tab, seq)?.url),
        Cause::Status(_) | Cause::Network(_) => None,
    });
    Some(Failure { seq, tab, url, cause })
}

/// True when the app itself navigated the tab to a working page before the visitor acted.
fn recovered(view: &View<'_>, tab: TabId, seq: u32) -> bool {
    // The old document may still throw while the recovery loads, so the commit counts, not the start.
    let by_app = |document: &&Document<'_>| {
        document.tab == tab && document.committed >= seq && document.by == Some(Initiator::App)
    };
    let Some(next) = view.documents().iter().find(by_app) else { return false };
    let mut loaded = false;
    let acts = view.actions().find(|(at, acting, _)| *at >= seq && *acting == tab).map_or(u32::MAX, |(at, _, _)| at);
    view.events().take_while(|(at, _)| *at <= acts).skip_while(|(at, _)| *at <= next.committed).any(|(_, what)| {
        match what {
            What::Page(page) if page.tab == tab => page.hydrated == Some(true) || page.hydrated.is_none() && loaded,
            // Without a hydration mark, a loaded page is all that is known.
            What::Loaded { tab: it } => {
                loaded |= *it == tab;
                false
            }
            _ => false,
        }
    })
}

fn flaw(view: &View<'_>, group: &[Failure<'_>]) -> Flaw {
    let (tab, url) = (group[0].tab, group[0].url.as_deref());
    let request = group.iter().find(|failure| !matches!(failure.cause, Cause::Error(_)));
    let error = group.iter().find(|failure| matches!(failure.cause, Cause::Error(_)));
    let name = url.unwrap_or("a chunk");
    let observed = match request.unwrap_or(&group[0]).cause {
        Cause::Status(Response { status, source, .. }) => {
            format!("{tab} received status {status} for {name} from {source}")
        }
        Cause::Network(error) => format!("{tab} received no response for {name} ({error})"),
        Cause::Error(text) => format!("{tab} could not load {name}: {}", text.lines().next().unwrap_or_default()),
    };
    let message = format!("a part of the page does not work: {observed}");
    let answer = request.and_then(|failure| failed_answer(view, failure));
    Flaw::new(message, url, answer.into_iter().chain(request.map(|f| f.seq)).chain(error.map(|f| f.seq)))
}

/// `seq` of the origin's error response to the request, if the origin answered it and not a cache.
fn failed_answer(view: &View<'_>, failure: &Failure<'_>) -> Option<u32> {
    let document = view.document(failure.tab, failure.seq)?;
    let during = document.began..=document.left;
    view.answers(failure.url.as_deref()?)
        .find(|(seq, answer)| during.contains(seq) && (answer.status >= 400 || answer.status == 0))
        .map(|(seq, _)| seq)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{Story, page, response, url};
    use crate::trace::PageState;

    const ERROR: &str = "ChunkLoadError: Loading chunk 7 failed.\n(error: https://app.test/7.js)";

    fn missing(resource: &str, status: u16) -> What {
        What::Response(Response { status, ..response(1, resource, "/7.js") })
    }

    fn failed(resource: &str, canceled: bool) -> What {
        let (by, error) = (Party::Tab(TabId(1)), "net::ERR_FAILED".to_owned());
        What::RequestFailed { by, url: url("/7.js"), resource: resource.to_owned(), error, canceled }
    }

    #[test]
    fn a_missing_chunk_and_the_errors_it_causes_are_one_finding() {
        let story = Story::new()
            .visit(1, "/")
            .answer("/7.js", 404)
            .called("answer")
            .what(missing("Script", 404))
            .called("response")
            .exception(1, ERROR)
            .called("exception")
            .console(1, "error", ERROR)
            .exception(1, "Loading chunk 7 failed")
            .what(missing("Script", 404));
        let finding = story.one(&CHECK);
        assert_eq!(
            finding.message,
            "a part of the page does not work: tab 1 received status 404 for https://app.test/7.js from the network"
        );
        assert_eq!(finding.url, Some(url("/7.js")));
        assert_eq!(story.proof(&finding), ["answer", "response", "exception"]);
    }

    #[test]
    fn every_phrase_of_a_bundler_counts() {
        for phrase in PHRASES {
            Story::new().visit(1, "/").exception(1, &format!("Error: {phrase} 7")).one(&CHECK);
            Story::new().visit(1, "/").console(1, "error", &format!("Error: {phrase} 7")).one(&CHECK);
            Story::new().visit(1, "/").console(1, "warning", &format!("Error: {phrase} 7")).none(&CHECK);
        }
        Story::new().visit(1, "/").exception(1, "Error: boom").console(1, "error", "Error: boom").none(&CHECK);
    }

    #[test]
    fn scripts_and_styles_count_and_nothing_else() {
        for resource in ["Script", "Stylesheet"] {
            Story::new().visit(1, "/").what(missing(resource, 400)).one(&CHECK);
            Story::new().visit(1, "/").what(missing(resource, 399)).none(&CHECK);
            let finding = Story::new().visit(1, "/").what(failed(resource, false)).one(&CHECK);
            assert_eq!(
                finding.message,
                "a part of the page does not work: tab 1 received no response for https://app.test/7.js \
                 (net::ERR_FAILED)"
            );
            Story::new().visit(1, "/").what(failed(resource, true)).none(&CHECK);
        }
        Story::new().visit(1, "/").what(missing("Image", 404)).what(failed("Fetch", false)).none(&CHECK);
    }

    #[test]
    fn what_happens_in_a_worker_is_not_a_tabs_failure() {
        let by_worker = Response { by: Party::Worker("1".to_owned()), status: 404, ..response(1, "Script", "/7.js") };
        Story::new().what(What::Response(by_worker)).worker_exception("1", ERROR).none(&CHECK);
    }

    #[test]
    fn an_error_alone_names_its_chunk() {
        let story = Story::new().visit(1, "/").exception(1, ERROR).called("exception");
        let finding = story.one(&CHECK);
        assert_eq!(finding.url, Some(url("/7.js")));
        assert_eq!(
            finding.message,
            "a part of the page does not work: tab 1 could not load https://app.test/7.js: ChunkLoadError: Loading \
             chunk 7 failed."
        );
        assert_eq!(story.proof(&finding), ["exception"]);
    }

    #[test]
    fn an_error_without_a_name_is_one_finding_a_tab() {
        let nameless = "Importing a module script failed.";
        let story = Story::new().visit(1, "/").exception(1, nameless).exception(1, nameless).visit(2, "/");
        let findings = story.exception(2, nameless).what(missing("Script", 404)).all(&CHECK);
        let urls: Vec<Option<&str>> = findings.iter().map(|finding| finding.url.as_deref()).collect();
        assert_eq!(urls, [Some("https://app.test/7.js"), None]);
        assert_eq!(
            findings[1].message,
            format!("a part of the page does not work: tab 2 could not load a chunk: {nameless}")
        );
    }

    #[test]
    fn tabs_and_chunks_are_told_apart() {
        let story = Story::new().visit(1, "/").visit(2, "/");
        let other_tab = What::Response(Response { status: 404, ..response(2, "Script", "/7.js") });
        let other_chunk = What::Response(Response { status: 404, ..response(1, "Script", "/8.js") });
        assert_eq!(story.what(missing("Script", 404)).what(other_tab).what(other_chunk).all(&CHECK).len(), 3);
    }

    #[test]
    fn only_an_answer_to_this_document_is_proof() {
        let story = Story::new()
            .answer("/7.js", 404)
            .visit(1, "/")
            .answer("/7.js", 200)
            .dropped("/7.js", 1)
            .called("dropped")
            .what(failed("Script", false))
            .called("failure")
            .visit(1, "/");
        assert_eq!(story.proof(&story.one(&CHECK)), ["dropped", "failure"]);
        let story = Story::new().answer("/7.js", 404).visit(1, "/").answer("/7.js", 399).what(missing("Script", 404));
        let story = story.called("failure").visit(1, "/").answer("/7.js", 404);
        assert_eq!(story.proof(&story.one(&CHECK)), ["failure"]);
        let story = Story::new().visit(1, "/").answer("/7.js", 400).called("answer").what(missing("Script", 400));
        assert_eq!(story.proof(&story.one(&CHECK)), ["answer", "?"]);
    }

    #[test]
    fn a_page_loaded_while_pages_may_break_is_excused() {
        let faulty = |gravity| Story::new().fault_on(1, gravity).visit(1, "/").fault_off(1);
        faulty(Gravity::Breaks).what(missing("Script", 502)).none(&CHECK);
        faulty(Gravity::Disturbs).what(missing("Script", 502)).one(&CHECK);
        faulty(Gravity::Breaks).visit(1, "/").what(missing("Script", 502)).one(&CHECK);
    }

    fn hydrated(tab: u32) -> PageState {
        PageState { hydrated: Some(true), ..page(tab) }
    }

    #[test]
    fn an_app_that_reloads_itself_into_a_working_page_has_recovered() {
        let open = || Story::new().visit(1, "/").page(hydrated(1)).click(1);
        open().what(missing("Script", 404)).exception(1, ERROR).reload_by_app(1, "/").page(hydrated(1)).none(&CHECK);
        let late = open().starts(1, "/", Initiator::App).exception(1, ERROR).commits(1, "/").page(hydrated(1));
        late.none(&CHECK);
        let twice = open().exception(1, ERROR).reload_by_app(1, "/").exception(1, ERROR).reload_by_app(1, "/");
        twice.page(hydrated(1)).click(1).none(&CHECK);
    }

    #[test]
    fn where_no_page_tells_that_it_works_one_that_has_loaded_is_a_recovery() {
        let reloaded = || Story::new().visit(1, "/").exception(1, ERROR).reload_by_app(1, "/");
        let loaded = |tab| reloaded().what(What::Loaded { tab: TabId(tab) });
        loaded(1).page(page(1)).none(&CHECK);
        loaded(1).what(What::Loaded { tab: TabId(1) }).page(page(1)).none(&CHECK);
        loaded(2).page(page(1)).one(&CHECK);
        loaded(1).page(PageState { hydrated: Some(false), ..page(1) }).one(&CHECK);
    }

    #[test]
    fn what_is_no_recovery() {
        let open = || Story::new().visit(1, "/").visit(2, "/").exception(1, ERROR);
        // The reload does not succeed, was not made by the app, or happens in another tab.
        open().reload_by_app(1, "/").one(&CHECK);
        open().reload_by_app(1, "/").page(PageState { hydrated: Some(false), ..page(1) }).one(&CHECK);
        open().reload_by_app(1, "/").page(PageState { hydrated: None, ..page(1) }).one(&CHECK);
        open().page(hydrated(1)).one(&CHECK);
        open().starts(1, "/", Initiator::App).page(hydrated(1)).commits(1, "/").one(&CHECK);
        open().starts(1, "/", Initiator::Browser).commits(1, "/").page(hydrated(1)).one(&CHECK);
        open().reload_by_app(2, "/").page(hydrated(1)).one(&CHECK);
        open().reload_by_app(1, "/").page(hydrated(2)).one(&CHECK);
        // The visitor reloaded.
        open().click(1).reload_by_app(1, "/").page(hydrated(1)).one(&CHECK);
        open().reload_by_app(1, "/").click(1).page(hydrated(1)).one(&CHECK);
        // The reload came first.
        Story::new().visit(1, "/").reload_by_app(1, "/").page(hydrated(1)).exception(1, ERROR).one(&CHECK);
        // An action in another tab does not matter.
        open().click(2).reload_by_app(1, "/").page(hydrated(1)).none(&CHECK);
    }
}
