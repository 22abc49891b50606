//! An error response is stored in a cache.

use super::flaw::last_of_each;
use super::{Check, Flaw, View};
use crate::outcome::Severity;
use crate::trace::CacheEntry;

pub(super) static CHECK: Check = Check {
    id: "cached-error",
    summary: "an error response is stored in a cache",
    explanation: "Looks for CacheStorage entries with status 400 or above. A cache-first worker serves such an error \
        on every visit, long after the server has recovered, and a reload does not help; other strategies serve it \
        whenever the network is slow or down. Typical causes: the worker stores what `fetch` returns without checking \
        `response.ok` (fetch does not reject on a 502), a `cacheWillUpdate` plugin lets every response pass, or \
        `cacheableResponse` lists error statuses.",
    fix: "Store only successful responses: `if (response.ok) await cache.put(request, response.clone())`, or with \
        Workbox `new CacheableResponsePlugin({ statuses: [200] })`, and remove any `cacheWillUpdate` that returns the \
        response unchecked. To free visitors who already have the entry, rename the cache and delete the old one in \
        the worker's activate event.",
    severity: Severity::Fatal,
    judge: |view| kept_errors(view, false),
};

/// True for an entry that holds an error.
pub(super) fn is_error(entry: &CacheEntry) -> bool {
    entry.status >= 400
}

/// The cached errors, opaque or not: each URL of each cache once.
pub(super) fn kept_errors(view: &View<'_>, opaque: bool) -> Vec<Flaw> {
    let kind = if opaque { "opaque " } else { "" };
    let entries = view.snapshots().flat_map(|(seen, snapshot)| snapshot.entries.iter().map(move |entry| (seen, entry)));
    last_of_each(entries.filter(|(_, entry)| is_error(entry) && entry.opaque == opaque).map(|(seen, entry)| {
        let CacheEntry { cache, url, status, .. } = entry;
        let mut proof = view.provenance(entry, seen, |answer| answer.status == *status);
        if proof == [seen] {
            proof = view.provenance(entry, seen, |answer| answer.fault.is_some());
        }
        let message = format!(
            "visitors can get a cached error: the {kind}entry for {url} in cache “{cache}” has status {status}"
        );
        ((cache, url), Flaw::new(message, Some(url), proof))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{Story, entry, opaque, url};
    use crate::trace::Gravity;

    #[test]
    fn an_error_in_a_cache_is_found_with_the_answer_that_brought_it() {
        let story = Story::new()
            .answer("/a.js", 200)
            .fault_on(1, Gravity::Breaks)
            .answer("/a.js", 502)
            .called("answer")
            .cache_changed("other")
            .cache_changed("assets")
            .called("put")
            .cache_changed("assets")
            .fault_off(1)
            .answer("/a.js", 200)
            .snapshot([entry("assets", "/a.js", 502)])
            .called("seen");
        let finding = story.one(&CHECK);
        assert_eq!(
            finding.message,
            "visitors can get a cached error: the entry for https://app.test/a.js in cache “assets” has status 502"
        );
        assert_eq!(finding.url, Some(url("/a.js")));
        assert_eq!(story.proof(&finding), ["answer", "put", "seen"]);
    }

    #[test]
    fn an_answer_that_comes_after_the_look_proves_nothing() {
        let story = Story::new()
            .cache_changed("assets")
            .snapshot([entry("assets", "/a.js", 502)])
            .called("seen")
            .answer("/a.js", 502)
            .cache_changed("assets");
        assert_eq!(story.proof(&story.one(&CHECK)), ["seen"]);
    }

    #[test]
    fn an_error_that_the_worker_made_of_a_fault_is_led_back_to_the_fault() {
        let story = Story::new()
            .answer("/a.js", 200)
            .dropped("/a.js", 1)
            .called("dropped")
            .snapshot([entry("assets", "/a.js", 503)])
            .called("seen");
        assert_eq!(story.proof(&story.one(&CHECK)), ["dropped", "seen"]);
    }

    #[test]
    fn a_url_is_found_once_in_each_cache() {
        let story = Story::new()
            .snapshot([entry("assets", "/a.js", 502), entry("pages", "/a.js", 502), entry("assets", "/b.js", 502)])
            .snapshot([entry("assets", "/a.js", 404)])
            .called("last");
        let findings = story.all(&CHECK);
        assert_eq!(findings.len(), 3);
        assert_eq!(story.proof(&findings[0]), ["last"]);
        assert!(findings[0].message.contains("404"), "{}", findings[0].message);
    }

    #[test]
    fn an_error_counts_even_if_it_is_gone_later() {
        Story::new().snapshot([entry("assets", "/a.js", 400)]).snapshot([]).one(&CHECK);
    }

    #[test]
    fn good_answers_may_be_kept() {
        let story = Story::new().answer("/a.js", 502).cache_changed("assets").snapshot([
            entry("assets", "/a.js", 200),
            entry("assets", "/moved", 399),
            opaque(entry("cdn", "/cdn.js", 502)),
        ]);
        story.none(&CHECK);
    }
}
