//! An HTML page is cached or served as a script or style.

use super::flaw::last_of_each;
use super::{Check, Flaw, View, address};
use crate::outcome::Severity;
use crate::trace::{CacheEntry, Gravity, Party, Response, What};

pub(super) static CHECK: Check = Check {
    id: "wrong-content",
    summary: "an HTML page is cached or served as a script or style",
    explanation: "Looks for cache entries of scripts and styles that contain HTML with a success status, and for such \
        responses from the worker to a page. The page fails with `Unexpected token '<'` or a refused MIME type and \
        stays broken on every visit, because the status is 200 and `response.ok` is true. Typical causes: a gateway, a \
        login wall or a maintenance page returns 200 with HTML, or the server returns the start page for chunks that \
        it no longer has; precaching accepts such a response too, and the new worker activates with a poisoned cache.",
    fix: "Let the server return 404 for missing assets and 5xx during outages, never a page with status 200. In the \
        worker, check the type before storing a script or style: a `cacheWillUpdate` that returns null unless \
        `response.headers.get('content-type')` is a JavaScript or CSS type, for precaching as well (the plugins of \
        `PrecacheController`).",
    severity: Severity::Fatal,
    judge,
};

/// True for an entry of a script or style that holds HTML instead.
pub(super) fn holds_html(view: &View<'_>, entry: &CacheEntry) -> bool {
    entry.status < 400 && (is_html(&entry.content_type) || entry.html_body) && is_code(view, &entry.url)
}

fn is_html(mime: &str) -> bool {
    let essence = mime.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("text/html") || essence.eq_ignore_ascii_case("application/xhtml+xml")
}

fn is_code(view: &View<'_>, url: &str) -> bool {
    let code_type = |mime: &str| mime.contains("javascript") || mime.starts_with("text/css");
    address::is_code(url) || view.answers(url).any(|(_, answer)| code_type(&answer.content_type))
}

fn judge(view: &View<'_>) -> Vec<Flaw> {
    let entries = view.snapshots().flat_map(|(seen, snapshot)| snapshot.entries.iter().map(move |entry| (seen, entry)));
    let mut flaws = last_of_each(entries.filter(|(_, entry)| holds_html(view, entry)).map(|(seen, entry)| {
        let CacheEntry { cache, url, status, .. } = entry;
        let proof = view.provenance(entry, seen, |answer| is_html(&answer.content_type) && answer.status < 400);
        let message =
            format!("a script or style cannot load: cache “{cache}” holds an HTML page (status {status}) for {url}");
        ((cache, url), Flaw::new(message, Some(url), proof))
    }));
    let kept: Vec<String> = flaws.iter().filter_map(|flaw| flaw.url.clone()).collect();
    flaws.extend(last_of_each(
        served(view).filter(|(_, response)| !kept.iter().any(|url| address::same_resource(url, &response.url))).map(
            |(seq, response)| {
                let Response { by, url, source, .. } = response;
                let message =
                    format!("a script or style cannot load: {by} received an HTML page for {url} from {source}");
                (url, Flaw::new(message, Some(url), [seq]))
            },
        ),
    ));
    flaws
}

/// HTML that the worker served to a page in place of a script or style.
fn served<'a>(view: &View<'a>) -> impl Iterator<Item = (u32, &'a Response)> {
    view.events().filter_map(|(seq, what)| {
        let What::Response(response) = what else { return None };
        let Party::Tab(tab) = response.by else { return None };
        let wrong = matches!(response.resource.as_str(), "Script" | "Stylesheet")
            && response.status < 400
            && is_html(&response.mime)
            && response.source.is_worker();
        (wrong && !view.excused(Gravity::Breaks, tab, seq)).then_some((seq, response))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{Story, entry, html, response, url};
    use crate::trace::Source;

    #[test]
    fn html_kept_for_a_script_is_found_with_its_origin() {
        let story = Story::new()
            .answer("/a.js", 200)
            .answer_of("/a.js", 200, "text/html; charset=utf-8")
            .called("answer")
            .cache_changed("assets")
            .called("put")
            .answer_of("/a.js", 502, "text/html")
            .snapshot([html(entry("assets", "/a.js", 200))])
            .snapshot([html(entry("assets", "/a.js", 399)), html(entry("pages", "/", 200))])
            .called("seen");
        let finding = story.one(&CHECK);
        assert_eq!(
            finding.message,
            "a script or style cannot load: cache “assets” holds an HTML page (status 399) for https://app.test/a.js"
        );
        assert_eq!(story.proof(&finding), ["answer", "put", "seen"]);
    }

    #[test]
    fn either_the_type_or_the_body_gives_html_away() {
        let mut by_type = html(entry("assets", "/a.css", 200));
        by_type.html_body = false;
        Story::new().snapshot([by_type.clone()]).one(&CHECK);
        by_type.content_type = "Application/XHTML+xml".to_owned();
        Story::new().snapshot([by_type]).one(&CHECK);
        let mut by_body = html(entry("assets", "/a.css", 200));
        by_body.content_type = "text/css".to_owned();
        Story::new().snapshot([by_body]).one(&CHECK);
    }

    #[test]
    fn the_origin_tells_what_is_code() {
        for (mime, caught) in [("application/javascript", 1), ("text/css", 1), ("text/html", 0), ("text/plain", 0)] {
            let story = Story::new().answer_of("/chunk", 200, mime).snapshot([html(entry("assets", "/chunk", 200))]);
            assert_eq!(story.all(&CHECK).len(), caught, "{mime}");
        }
    }

    #[test]
    fn errors_and_honest_entries_are_not_wrong_content() {
        Story::new()
            .snapshot([
                html(entry("assets", "/a.js", 400)),
                html(entry("pages", "/", 200)),
                entry("assets", "/b.js", 200),
            ])
            .none(&CHECK);
    }

    fn served(resource: &str, status: u16, mime: &str, source: Source) -> Story {
        Story::new().visit(1, "/").what(What::Response(Response {
            status,
            mime: mime.to_owned(),
            source,
            ..response(1, resource, "/a.js")
        }))
    }

    #[test]
    fn html_served_by_the_worker_for_a_script_is_found() {
        for resource in ["Script", "Stylesheet"] {
            let story = served(resource, 399, "text/html", Source::WorkerCache).called("response");
            let finding = story.one(&CHECK);
            assert_eq!(
                finding.message,
                "a script or style cannot load: tab 1 received an HTML page for https://app.test/a.js from a cache via \
                 the worker"
            );
            assert_eq!(finding.url, Some(url("/a.js")));
            assert_eq!(story.proof(&finding), ["response"]);
        }
    }

    #[test]
    fn other_answers_are_not_the_workers_wrong_content() {
        served("Document", 200, "text/html", Source::WorkerCache).none(&CHECK);
        served("Script", 400, "text/html", Source::WorkerCache).none(&CHECK);
        served("Script", 200, "text/javascript", Source::WorkerCache).none(&CHECK);
        served("Script", 200, "text/html", Source::Network).none(&CHECK);
        served("Script", 200, "text/html", Source::HttpCache).none(&CHECK);
        let by_worker = Response { by: Party::Worker("1".to_owned()), ..response(1, "Script", "/a.js") };
        let by_worker = Response { mime: "text/html".to_owned(), source: Source::WorkerNetwork, ..by_worker };
        Story::new().what(What::Response(by_worker)).none(&CHECK);
    }

    #[test]
    fn what_is_served_is_excused_while_pages_may_break_and_what_is_kept_is_not() {
        let wrong = What::Response(Response {
            mime: "text/html".to_owned(),
            source: Source::WorkerNetwork,
            ..response(1, "Script", "/a.js")
        });
        let faulty = |gravity| Story::new().fault_on(1, gravity).visit(1, "/").what(wrong.clone()).fault_off(1);
        faulty(Gravity::Breaks).none(&CHECK);
        faulty(Gravity::Disturbs).one(&CHECK);
        faulty(Gravity::Breaks).snapshot([html(entry("assets", "/a.js", 200))]).one(&CHECK);
        faulty(Gravity::Breaks).visit(1, "/").what(wrong.clone()).one(&CHECK);
    }

    #[test]
    fn what_is_kept_and_served_is_one_finding() {
        let kept = served("Script", 200, "text/html", Source::WorkerCache);
        kept.snapshot([html(entry("assets", "/a.js?__WB_REVISION__=1", 200))]).one(&CHECK);
    }
}
