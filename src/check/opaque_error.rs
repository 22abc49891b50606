//! An error response that the worker cannot see is stored in a cache.

use super::Check;
use super::cached_error::kept_errors;
use crate::outcome::Severity;

pub(super) static CHECK: Check = Check {
    id: "opaque-error",
    summary: "an error response from another origin is cached as an opaque response",
    explanation: "Looks for opaque CacheStorage entries whose real status, which DevTools shows and scripts cannot \
        see, is 400 or above. To the worker an opaque response has status 0 whether the CDN returned 200 or 502, so a \
        cache-first worker that accepts status 0 stores the CDN's error and never asks the CDN again: the visitor gets \
        a permanent ChunkLoadError. Typical causes: scripts from another origin are loaded without CORS, and the \
        worker caches `statuses: [0, 200]` or uses NetworkFirst or StaleWhileRevalidate, which accept status 0 by \
        default.",
    fix: "Load assets from other origins with CORS (`crossorigin=\"anonymous\"`, in Next.js `crossOrigin: \
        'anonymous'`, and `Access-Control-Allow-Origin` on the CDN), so that the worker sees the real status, and \
        cache only `statuses: [200]`. If CORS is not available, do not cache these assets in the worker.",
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
        assert_eq!(
            finding.message,
            "visitors can get a cached error: the opaque entry for https://app.test/cdn.js in cache “cdn” has status \
             502"
        );
        assert_eq!(story.proof(&finding), ["answer", "seen"]);
    }

    #[test]
    fn an_opaque_answer_that_is_good_may_be_kept() {
        Story::new().snapshot([opaque(entry("cdn", "/cdn.js", 200))]).none(&CHECK);
    }
}
