//! A header that scripts cannot read.

use super::{Flaw, Rule};
use crate::lint::project::{Project, Role};
use crate::lint::script::Value;
use crate::outcome::Severity;

pub(super) static RULE: Rule = Rule {
    check: "missed-reload",
    id: "unreadable-header",
    summary: "a script reads `Clear-Site-Data`, which browsers hide from scripts",
    explanation: "In a page, `response.headers.has('clear-site-data')` is false even if the header was sent and \
        obeyed, so what depends on it, usually a reload, never happens.",
    fix: "Signal the reset in the response body or in a custom header, and read that instead.",
    severity: Severity::Error,
    judge,
};

fn judge(project: &Project) -> Vec<Flaw> {
    let in_page =
        |path: &str| ["window", "document", "navigator", "localStorage", "sessionStorage", "location"].contains(&path);
    let pages = project.scripts_that_are(&[Role::App]).filter(|script| script.use_client || script.mentions(in_page));
    let asks = pages.flat_map(|script| {
        let calls = script
            .calls
            .iter()
            .filter(|call| call.callee.ends_with("headers.has") || call.callee.ends_with("headers.get"));
        let asked = calls.filter(|call| {
            call.args.first().and_then(Value::text).is_some_and(|name| name.eq_ignore_ascii_case("clear-site-data"))
        });
        let message = "scripts cannot read this header, so this is never true";
        asked.map(|call| Flaw::new(script, call.at, message.to_owned()))
    });
    asks.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::file;

    #[test]
    fn a_page_that_asks_is_found() {
        let page = "const response = await fetch('/api/clear');\nif (response.headers.has('Clear-Site-Data')) window.location.reload();";
        assert_eq!(file("app/check.ts", page).one(&RULE).line, 2);
    }

    #[test]
    fn a_server_may_ask_and_a_page_may_ask_for_others() {
        let server = "const answer = await fetch(upstream); if (answer.headers.has('clear-site-data')) forget();";
        file("app/api/route.ts", server).none(&RULE);
        let page = "const r = await fetch('/api/clear'); if (r.headers.has('x-cleared')) window.location.reload();";
        file("app/check.ts", page).none(&RULE);
    }
}
