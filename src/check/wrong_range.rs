//! A page that requested part of a file received something else.

use super::flaw::last_of_each;
use super::{Check, Flaw, View};
use crate::outcome::Severity;
use crate::trace::What;

pub(super) static CHECK: Check = Check {
    id: "wrong-range",
    summary: "a page that requested part of a file, as media players do, received something else",
    explanation: "Looks at what a page receives for a request with a `Range` header when the server answers it \
        correctly: status 206 with exactly those bytes. Players request media in parts: Safari plays nothing without a \
        206, other browsers cannot seek, and a failed request stops playback everywhere. Typical causes: a worker \
        serves the whole file with status 200 from CacheStorage, which does not support ranges, or it stores every \
        response: `cache.put` rejects a 206, and the response is lost with it.",
    fix: "Leave requests with a `Range` header to the browser: `if (request.headers.has('range')) return;` at the top \
        of the fetch listener. If media must work offline, cache the whole file deliberately and slice it with \
        Workbox's `RangeRequestsPlugin` (`rangeRequests: true`). Never store a 206.",
    severity: Severity::Error,
    judge,
};

fn judge(view: &View<'_>) -> Vec<Flaw> {
    last_of_each(view.events().filter_map(|(seq, what)| {
        let What::Range(got) = what else { return None };
        let received = match got.status {
            Some(206) if got.right => return None,
            Some(206) => "received other bytes".to_owned(),
            Some(status) => format!("received status {status} instead of 206"),
            None => "received no response".to_owned(),
        };
        let (tab, range, url) = (got.tab, &got.range, &got.url);
        let message = format!("media may not play: {tab} requested {range} of {url} and {received}");
        Some(((&got.url, got.status), Flaw::new(message, Some(&got.url), [seq])))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{Story, url};
    use crate::trace::{RangeAnswer, TabId};

    fn got(story: Story, status: Option<u16>, right: bool) -> Story {
        let (tab, url, range) = (TabId(1), url("/a.wav"), "bytes=0-9".to_owned());
        story.what(What::Range(RangeAnswer { tab, url, range, status, right }))
    }

    fn message(status: Option<u16>, right: bool) -> String {
        let story = got(Story::new(), status, right).called("got");
        let finding = story.one(&CHECK);
        assert_eq!(finding.url, Some(url("/a.wav")));
        assert_eq!(story.proof(&finding), ["got"]);
        finding.message
    }

    #[test]
    fn whatever_is_not_the_part_is_found() {
        let asked = "media may not play: tab 1 requested bytes=0-9 of https://app.test/a.wav";
        assert_eq!(message(Some(200), false), format!("{asked} and received status 200 instead of 206"));
        assert_eq!(message(Some(200), true), format!("{asked} and received status 200 instead of 206"));
        assert_eq!(message(Some(502), false), format!("{asked} and received status 502 instead of 206"));
        assert_eq!(message(None, false), format!("{asked} and received no response"));
        assert_eq!(message(Some(206), false), format!("{asked} and received other bytes"));
    }

    #[test]
    fn the_part_is_healthy() {
        got(Story::new().usable(1), Some(206), true).none(&CHECK);
        Story::new().usable(1).none(&CHECK);
    }

    #[test]
    fn each_way_of_going_wrong_is_found_once() {
        let story = got(got(Story::new(), Some(200), false), Some(200), false).called("last");
        assert_eq!(story.proof(&story.one(&CHECK)), ["last"]);
        assert_eq!(got(story, None, false).all(&CHECK).len(), 2);
    }
}
