//! An error answer that the worker could not see is kept in a cache.

use super::Check;
use super::cached_error::kept_errors;
use crate::outcome::Severity;

pub(super) static CHECK: Check = Check {
    id: "opaque-error",
    summary: "an error answer of another origin is kept as an opaque response",
    explanation: "Looks for opaque entries in CacheStorage whose real status, which DevTools tells and script cannot \
        see, is 400 or above. To the worker an opaque response has status 0 whether the CDN answered 200 or 502, so a \
        cache-first worker that accepts status 0 keeps the CDN's error and never asks the CDN again: the visitor gets \
        a ChunkLoadError for good. It comes about when scripts of another origin are loaded without CORS and the \
        worker caches `statuses: [0, 200]`, or uses NetworkFirst or StaleWhileRevalidate, which take status 0 unless \
        told otherwise.",
    fix: "Load assets of another origin with CORS (`crossorigin=\"anonymous\"`, in Next.js `crossOrigin: 'anonymous'`, \
        and `Access-Control-Allow-Origin` on the CDN), so that the worker sees the real status, and cache only \
        `statuses: [200]`. Where CORS cannot be had, do not cache these assets in the worker.",
    severity: Severity::Fatal,
    judge: |view| kept_errors(view, true),
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{Story, entry, opaque};

    #[test]
    fn an_opaque_error_is_found_with_its_real_status() {
        let story = Story::new()
            .answer("/cdn.js", 502)
            .called("answer")
            .snapshot([opaque(entry("cdn", "/cdn.js", 502)), entry("assets", "/a.js", 502)])
            .called("seen");
        let finding = story.one(&CHECK);
        assert_eq!(finding.message, "cache “cdn” keeps an opaque answer with status 502 for https://app.test/cdn.js");
        assert_eq!(story.proof(&finding), ["answer", "seen"]);
    }

    #[test]
    fn an_opaque_answer_that_is_good_may_be_kept() {
        Story::new().snapshot([opaque(entry("cdn", "/cdn.js", 200))]).none(&CHECK);
    }
}
