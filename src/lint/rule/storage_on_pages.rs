//! `Clear-Site-Data: "storage"` on pages.

use super::{Flaw, Rule};
use crate::lint::header::sent;
use crate::lint::project::Project;
use crate::outcome::Severity;

pub(super) static RULE: Rule = Rule {
    check: "navigation-hung",
    id: "storage-on-pages",
    summary: "pages are sent with `Clear-Site-Data: \"storage\"`",
    explanation: "A worker that returns such a page from its `fetch` handler is removed while it responds, and the \
        navigation never finishes: the visitor stays on the previous page. All other visitors lose everything that the \
        site has stored, on every page.",
    fix: "Send the header only from an endpoint that the page requests with `fetch`, and only to clients that report \
        an outdated version.",
    severity: Severity::Fatal,
    judge,
};

fn judge(project: &Project) -> Vec<Flaw> {
    let pages = ["/", "/about"].map(str::to_owned);
    let all = sent(project, &pages).into_iter().filter(|header| header.name == "clear-site-data");
    let storage = all.filter(|header| header.value.contains("\"storage\"") || header.value.contains("\"*\""));
    let on_pages = storage.filter(|header| pages.iter().any(|page| header.is_for(page)));
    on_pages
        .map(|header| Flaw::in_header(&header, format!("pages are sent with `Clear-Site-Data: {}`", header.value)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::file;

    fn config(source: &str, value: &str) -> String {
        format!(
            "module.exports = {{ async headers() {{ return [{{ source: '{source}', headers: [\n{{ key: 'Clear-Site-Data', value: '{value}' }}] }}]; }} }};"
        )
    }

    #[test]
    fn pages_with_the_header_are_found() {
        assert_eq!(file("next.config.js", &config("/:path*", "\"cache\", \"storage\"")).one(&RULE).line, 2);
        file("_headers", "/*\n  Clear-Site-Data: \"storage\"").one(&RULE);
    }

    #[test]
    fn endpoints_and_the_http_cache_are_not() {
        file("next.config.js", &config("/api/reset", "\"storage\"")).none(&RULE);
        file("next.config.js", &config("/:path*", "\"cache\"")).none(&RULE);
    }
}
