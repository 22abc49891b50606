//! A redirect, or the page that it led to, is cached in place of another page.

use super::flaw::last_of_each;
use super::wrong_content::holds_html;
use super::{Check, Flaw, View};
use crate::outcome::Severity;
use crate::trace::{Answer, CacheEntry};

pub(super) static CHECK: Check = Check {
    id: "wrong-page",
    summary: "a redirect, or the page that it led to, is cached in place of another page",
    explanation: "Looks for cache entries that hold a redirect, and for entries with a success status whose body \
        belongs to another address, such as a login page. The visitor sees the login page again after logging in, or \
        the browser's error page, because a browser rejects a redirected response to a navigation. Typical causes: the \
        session expires before the worker fetches its pages: `fetch` follows the redirect, the status is 200, and \
        precaching stores it; or a worker stores the opaque redirect that a navigation returns, or a copy of it with \
        another status.",
    fix: "Fetch what you cache with `redirect: 'error'`, or store it only if `response.ok && !response.redirected && \
        response.type === 'basic'`; better still, also check for a mark that only the app's own pages carry. With \
        Workbox use `new CacheableResponsePlugin({ statuses: [200] })`, and precache only pages that need no session.",
    severity: Severity::Fatal,
    judge,
};

fn judge(view: &View<'_>) -> Vec<Flaw> {
    let entries = view.snapshots().flat_map(|(seen, snapshot)| snapshot.entries.iter().map(move |entry| (seen, entry)));
    last_of_each(entries.filter_map(|(seen, entry)| {
        let CacheEntry { cache, url, status, .. } = entry;
        if !entry.releases.is_empty() {
            return None;
        }
        let what = if is_redirect(entry) {
            format!("a redirect (status {status})")
        } else if stands_in(view, entry, seen) {
            let what =
                if is_empty(entry) { "an empty response in place of a redirect" } else { "a page of another address" };
            format!("{what} (status {status})")
        } else {
            return None;
        };
        let proof = view.provenance(entry, seen, |answer| is_redirect_status(answer.status));
        let message = format!("the visitor gets the wrong page: cache “{cache}” holds {what} for {url}");
        Some(((cache, url), Flaw::new(message, Some(url), proof)))
    }))
}

/// True for a redirect that the current release does not return for this URL.
fn is_redirect(entry: &CacheEntry) -> bool {
    is_redirect_status(entry.status) && entry.status_now != Some(entry.status)
}

/// True for the response of a fault at another address, to which it had redirected this one, and for a redirect whose
/// status a worker has changed.
fn stands_in(view: &View<'_>, entry: &CacheEntry, seen: u32) -> bool {
    let redirected = |(at, answer): (u32, &Answer)| at <= seen && is_redirect_status(answer.status);
    let is_it = entry.fault.is_some() || is_empty(entry);
    is_it && entry.status < 300 && !holds_html(view, entry) && view.answers(&entry.url).any(redirected)
}

/// True for an entry without any sign of a body.
fn is_empty(entry: &CacheEntry) -> bool {
    !entry.opaque && entry.fault.is_none() && entry.content_type.is_empty() && !entry.html_body
}

fn is_redirect_status(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{Story, entry, html, opaque, url};

    fn login(path: &str, status: u16) -> CacheEntry {
        CacheEntry { fault: Some(1), ..html(entry("pages", path, status)) }
    }

    #[test]
    fn a_login_page_in_place_of_another_is_found_with_the_redirect() {
        let story = Story::new()
            .answer("/offline", 302)
            .called("redirect")
            .answer("/login", 200)
            .cache_changed("pages")
            .called("put")
            .answer("/offline", 200)
            .answer("/offline", 400)
            .snapshot([login("/offline", 299)])
            .called("seen");
        let finding = story.one(&CHECK);
        assert_eq!(
            finding.message,
            "the visitor gets the wrong page: cache “pages” holds a page of another address (status 299) for \
             https://app.test/offline"
        );
        assert_eq!(finding.url, Some(url("/offline")));
        assert_eq!(story.proof(&finding), ["redirect", "put", "seen"]);
    }

    #[test]
    fn a_kept_redirect_is_found() {
        let story = Story::new()
            .answer("/about", 302)
            .called("redirect")
            .snapshot([opaque(entry("pages", "/about", 302))])
            .called("seen");
        let finding = story.one(&CHECK);
        assert_eq!(
            finding.message,
            "the visitor gets the wrong page: cache “pages” holds a redirect (status 302) for https://app.test/about"
        );
        assert_eq!(story.proof(&finding), ["redirect", "seen"]);
        for (status, found) in [(300, 0), (301, 1), (303, 1), (304, 0), (307, 1), (308, 1)] {
            let story = Story::new().snapshot([entry("pages", "/about", status)]);
            assert_eq!(story.all(&CHECK).len(), found, "{status}");
        }
    }

    #[test]
    fn a_redirect_of_the_app_is_its_own() {
        let now = |status| CacheEntry { status_now: Some(status), ..opaque(entry("pages", "/about", 307)) };
        Story::new().snapshot([now(307)]).none(&CHECK);
        Story::new().snapshot([now(200)]).one(&CHECK);
        let of_release = CacheEntry { releases: vec!["A".to_owned()], ..now(200) };
        Story::new().snapshot([of_release]).none(&CHECK);
    }

    #[test]
    fn a_page_is_wrong_only_where_a_redirect_led_away() {
        let found = |story: Story| story.all(&CHECK).len();
        let kept = || Story::new().answer("/", 302);
        assert_eq!(found(kept().snapshot([login("/", 200)])), 1);
        assert_eq!(found(kept().snapshot([login("/login", 200)])), 0);
        assert_eq!(found(Story::new().snapshot([login("/", 200)]).answer("/", 302)), 0);
        assert_eq!(found(kept().snapshot([html(entry("pages", "/", 200))])), 0);
        assert_eq!(found(kept().snapshot([CacheEntry { releases: vec!["B".to_owned()], ..login("/", 200) }])), 0);
    }

    #[test]
    fn what_is_left_of_a_redirect_whose_status_was_changed_is_found() {
        let left = |path| entry("start-url", path, 200);
        let finding = Story::new().answer("/", 302).called("redirect").snapshot([left("/")]).called("seen").one(&CHECK);
        assert_eq!(
            finding.message,
            "the visitor gets the wrong page: cache “start-url” holds an empty response in place of a redirect (status \
             200) for https://app.test/"
        );
        let redirected = || Story::new().answer("/", 302);
        redirected().snapshot([left("/b")]).none(&CHECK);
        redirected().snapshot([opaque(left("/"))]).none(&CHECK);
        redirected().snapshot([CacheEntry { html_body: true, ..left("/") }]).none(&CHECK);
        redirected().snapshot([CacheEntry { content_type: "text/plain".to_owned(), ..left("/") }]).none(&CHECK);
        redirected().snapshot([CacheEntry { releases: vec!["B".to_owned()], ..left("/") }]).none(&CHECK);
        Story::new().answer("/", 200).snapshot([left("/")]).none(&CHECK);
    }

    #[test]
    fn errors_and_scripts_are_left_to_their_checks() {
        let kept = [login("/", 300), login("/", 304), login("/", 502), login("/a.js", 200)];
        Story::new().answer("/", 302).answer("/a.js", 302).snapshot(kept).none(&CHECK);
    }

    #[test]
    fn an_entry_is_found_once() {
        let story = Story::new().answer("/", 302).answer("/b", 302).snapshot([login("/", 200)]);
        assert_eq!(story.snapshot([login("/", 200), login("/b", 200)]).all(&CHECK).len(), 2);
    }
}
