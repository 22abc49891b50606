//! A page that asked for a part of a file got something else.

use super::flaw::last_of_each;
use super::{Check, Flaw, View};
use crate::outcome::Severity;
use crate::trace::What;

pub(super) static CHECK: Check = Check {
    id: "wrong-range",
    summary: "a page that asked for a part of a file, as media players do, got something else",
    explanation: "Looks at what a page gets for a request with a `Range` header where the server answers such requests \
        rightly: status 206 with just those bytes. Players ask for media in parts: Safari plays nothing without a 206, \
        others cannot seek, and a failed request stops the playing everywhere. It comes about when a worker answers \
        from CacheStorage, which knows no ranges and gives the whole file with status 200, or when it stores every \
        answer: `cache.put` refuses a 206, and the answer fails with it.",
    fix: "Leave requests with a `Range` header to the browser: `if (request.headers.has('range')) return;` at the top of \
        the fetch listener. Where media have to work without a network, store the whole file on purpose and cut it \
        with Workbox's `RangeRequestsPlugin` (`rangeRequests: true`). Never store a 206.",
    severity: Severity::Error,
    judge,
};

fn judge(view: &View<'_>) -> Vec<Flaw> {
    last_of_each(view.events().filter_map(|(seq, what)| {
        let What::Range(got) = what else { return None };
        let message = match got.status {
            Some(206) if got.right => return None,
            Some(206) => format!("{} got other bytes than {} of {}", got.tab, got.range, got.url),
            Some(status) => {
                format!("{} asked for {} of {} and got status {status} instead of 206", got.tab, got.range, got.url)
            }
            None => format!("{} asked for {} of {}, and the request failed", got.tab, got.range, got.url),
        };
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
        let asked = "tab 1 asked for bytes=0-9 of https://app.test/a.wav";
        assert_eq!(message(Some(200), false), format!("{asked} and got status 200 instead of 206"));
        assert_eq!(message(Some(200), true), format!("{asked} and got status 200 instead of 206"));
        assert_eq!(message(Some(502), false), format!("{asked} and got status 502 instead of 206"));
        assert_eq!(message(None, false), format!("{asked}, and the request failed"));
        assert_eq!(message(Some(206), false), "tab 1 got other bytes than bytes=0-9 of https://app.test/a.wav");
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
