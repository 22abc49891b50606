//! A route that is configured to store errors.

use super::{Flaw, Rule};
use crate::lint::project::Project;
use crate::lint::route::{Route, routes};
use crate::lint::script::Kind;
use crate::outcome::Severity;

pub(super) static RULE: Rule = Rule {
    check: "cached-error",
    id: "error-statuses",
    summary: "`statuses` lists an error status",
    explanation: "A status of 400 or above in `cacheableResponse.statuses` makes Workbox store that error and serve it \
        from the cache long after the server has recovered.",
    fix: "List success statuses only: `statuses: [200]`.",
    severity: Severity::Fatal,
    judge: |project| {
        statuses(
            project,
            |status| status >= 400.0,
            |_, status| format!("`statuses` makes Workbox cache responses with status {status}"),
        )
    },
};

/// A flaw for each route that stores an error status, at the first such status.
pub(super) fn statuses(
    project: &Project,
    is: impl Fn(f64) -> bool,
    message: impl Fn(&Route<'_>, f64) -> String,
) -> Vec<Flaw> {
    let flaw = |route: &Route<'_>| {
        let number = |kind: &Kind| if let Kind::Number(number) = kind { Some(*number) } else { None };
        let items = route.statuses()?.items().iter();
        let (at, status) =
            items.filter_map(|item| Some((item.at, number(&item.kind)?))).find(|(_, status)| is(*status))?;
        Some(Flaw::new(route.script, at, message(route, status)))
    };
    routes(project).iter().filter_map(flaw).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::file;

    fn route(statuses: &str) -> String {
        format!(
            "export const runtimeCaching = [{{ urlPattern: /a/, handler: 'CacheFirst', options: {{\ncacheableResponse: {{ statuses: {statuses} }} }} }}];"
        )
    }

    #[test]
    fn an_error_status_is_found() {
        let found = file("caching.js", &route("[200, 404]")).one(&RULE);
        assert_eq!((found.line, found.message.contains("404")), (2, true));
    }

    #[test]
    fn good_statuses_are_not() {
        for statuses in ["[200]", "[0, 200]", "[200, 206, 301]", "good", "[]"] {
            file("caching.js", &route(statuses)).none(&RULE);
        }
    }
}
