//! A route that stores responses whose status it cannot see.

use super::{Flaw, Rule};
use crate::lint::pattern::Pattern;
use crate::lint::project::Project;
use crate::lint::route::{Route, routes};
use crate::lint::script::Kind;
use crate::outcome::Severity;

pub(super) static RULE: Rule = Rule {
    check: "opaque-error",
    id: "opaque-statuses",
    summary: "`statuses` lists 0, so errors from other origins are cached",
    explanation: "A response from another origin that was requested without CORS is opaque: its status is 0, whether \
        it is a script or a 502. A cache-first route that stores status 0 also stores the CDN's errors, and never \
        requests the asset again.",
    fix: "Load assets from other origins with CORS (`crossorigin=\"anonymous\"`, in Next.js `crossOrigin: \
        'anonymous'`) and use `statuses: [200]`. If the other origin does not support CORS, do not cache its assets.",
    severity: Severity::Fatal,
    judge,
};

/// Parts of patterns for images, fonts and videos.
const HARMLESS: &[&str] =
    &["png", "jpe", "jpg", "gif", "svg", "webp", "avif", "ico", "woff", "ttf", "font", "image", "mp3", "mp4"];
/// Parts of patterns for code.
const CODE: &[&str] = &["js", "_next", "script", "css", "assets", "/static", "chunk"];

fn judge(project: &Project) -> Vec<Flaw> {
    routes(project).iter().filter_map(flaw).collect()
}

fn flaw(route: &Route<'_>) -> Option<Flaw> {
    let zero = route.statuses()?.items().iter().find(|item| item.kind == Kind::Number(0.0))?;
    let reach = reach(route)?;
    let flaw = |message: &str| Flaw::new(route.script, zero.at, message.to_owned());
    match route.strategy {
        Some("CacheFirst") => {
            let flaw = flaw("this cache-first route stores responses from other origins even if they are errors");
            Some(if is_harmless(route) { flaw.noted() } else { flaw.likely_if(reach == Reach::Maybe) })
        }
        // These strategies store status 0 by default, and revalidate.
        Some("NetworkFirst" | "StaleWhileRevalidate") => Some(
            flaw(
                "this route stores responses from other origins even if they are errors, until the next successful one",
            )
            .noted(),
        ),
        _ => None,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    Other,
    Maybe,
}

/// Whether a route is for other origins; `None` if only for the worker's own origin, where no response has status 0.
fn reach(route: &Route<'_>) -> Option<Reach> {
    match route.pattern.map(|pattern| &pattern.kind) {
        Some(Kind::Regex { pattern, flags }) => match Pattern::new(pattern, flags) {
            Some(pattern) if pattern.takes_other_origins() => Some(Reach::Other),
            Some(_) => None,
            None => Some(Reach::Maybe),
        },
        Some(Kind::Text(address)) => (!address.starts_with('/')).then_some(Reach::Other),
        Some(Kind::Function(function)) => {
            let (from, to) = route.script.functions[*function].span;
            let code: String = route.script.places.text().get(from..to)?.split_whitespace().collect();
            let own = code.contains("sameOrigin&&") || code.contains("&&sameOrigin") || code.contains("=>sameOrigin");
            let own = own || code.contains("===self.location.origin") || code.contains("===location.origin");
            (!own).then_some(Reach::Maybe)
        }
        _ => Some(Reach::Maybe),
    }
}

/// Whether a route is for resources that a page can do without: images, fonts, videos.
fn is_harmless(route: &Route<'_>) -> bool {
    let named =
        |text: &str| HARMLESS.iter().any(|part| text.contains(part)) && !CODE.iter().any(|part| text.contains(part));
    route.regex().is_some_and(|(pattern, _)| named(&pattern.to_ascii_lowercase()))
        || route.asks_for(&["image", "font", "audio", "video"]) && !route.asks_for(&["script", "style", "document"])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::file;
    use crate::outcome::Confidence;

    fn route(pattern: &str, handler: &str) -> String {
        format!(
            "export default [{{ urlPattern: {pattern}, handler: '{handler}', options: {{ cacheableResponse: {{ statuses: [0, 200] }} }} }}];"
        )
    }

    #[test]
    fn scripts_of_another_origin_are_found() {
        let found = file("caching.js", &route(r"/^https:\/\/assets\..+\/_next\/static\/.+/", "CacheFirst")).one(&RULE);
        assert_eq!((found.severity, found.confidence), (Severity::Fatal, Confidence::Certain));
        let found =
            file("caching.js", &route("({ request }) => request.destination === 'script'", "CacheFirst")).one(&RULE);
        assert_eq!((found.severity, found.confidence), (Severity::Fatal, Confidence::Likely));
    }

    #[test]
    fn what_a_page_works_without_is_noted() {
        for (pattern, handler) in [
            (r"/^https:\/\/fonts\.gstatic\.com\/.*/i", "CacheFirst"),
            (r"({ request }) => request.destination === 'image'", "CacheFirst"),
            (r"/^https:\/\/cdn\.example\.com\/.+\.js/", "StaleWhileRevalidate"),
        ] {
            assert_eq!(file("caching.js", &route(pattern, handler)).one(&RULE).severity, Severity::Note, "{pattern}");
        }
    }

    #[test]
    fn the_own_origin_has_no_opaque_answers() {
        for pattern in [
            r"/\/_next\/static\/.+\.js$/",
            "'/app.js'",
            "({ sameOrigin, url }) => sameOrigin && url.pathname.endsWith('.js')",
            "({ url }) => url.origin === self.location.origin",
        ] {
            file("caching.js", &route(pattern, "CacheFirst")).none(&RULE);
        }
        file("caching.js", &route("/^https:.+/", "NetworkOnly")).none(&RULE);
    }
}
