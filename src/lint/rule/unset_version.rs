//! A version that may be undefined is compared with a stored one.

use super::{Flaw, Rule};
use crate::lint::project::{Project, Role, is_next_config};
use crate::lint::script::{Script, Value};
use crate::outcome::Severity;

pub(super) static RULE: Rule = Rule {
    check: "unexpected-reload",
    id: "unset-version",
    summary: "an environment variable that may be undefined is compared with a stored version",
    explanation: "If the variable is not set during the build, or is not exposed to the browser, the version is \
        `undefined` and never equals the stored one: every visit treats the visitor as outdated, and clears caches or \
        storage or reloads the page.",
    fix: "Use a variable that the build always sets (`NEXT_PUBLIC_…` for page code), fail the build if it is missing, \
        and do nothing if either version is missing.",
    severity: Severity::Error,
    judge,
};

/// Set by build platforms.
const PLATFORMS: &[&str] = &["VERCEL_", "NEXT_PUBLIC_VERCEL_", "CF_PAGES", "NEXT_DEPLOYMENT_ID"];

fn judge(project: &Project) -> Vec<Flaw> {
    project.scripts_that_are(&[Role::App]).flat_map(|script| in_script(project, script)).collect()
}

fn in_script(project: &Project, script: &Script) -> Vec<Flaw> {
    let mut flaws: Vec<(String, Flaw)> = Vec::new();
    for one in &script.comparisons {
        let sides = [(&one.left, &one.right), (&one.right, &one.left)];
        let found = sides.iter().find_map(|(this, other)| {
            let name = variable(script, this, one.within)?;
            is_stored(script, other, one.within).then_some(name)
        });
        if let Some(name) = found
            && !flaws.iter().any(|(known, _)| *known == name)
            && let Some(flaw) = flaw(project, script, &name, one.at)
        {
            flaws.push((name, flaw));
        }
    }
    flaws.into_iter().map(|(_, flaw)| flaw).collect()
}

/// The environment variable that a value reads, if there is no fallback.
fn variable(script: &Script, value: &Value, within: usize) -> Option<String> {
    let path = named(script, value, within).path()?;
    let name = path.strip_prefix("process.env.")?;
    (!name.contains('.') && name != "NODE_ENV").then(|| name.to_owned())
}

/// Whether a value comes from the browser's storage, a header or the page.
fn is_stored(script: &Script, value: &Value, within: usize) -> bool {
    let value = named(script, value, within);
    let path = value.call().map(|call| call.callee.as_str()).or(value.path()).unwrap_or_default();
    ["localStorage.getItem", "sessionStorage.getItem", "headers.get", "headers().get", "localStorage."]
        .iter()
        .any(|stored| path.contains(stored))
}

fn named<'a>(script: &'a Script, value: &'a Value, within: usize) -> &'a Value {
    match value.path() {
        Some(name) if !name.contains('.') => script.declared_for(name, within).unwrap_or(value),
        _ => value,
    }
}

fn flaw(project: &Project, script: &Script, name: &str, at: usize) -> Option<Flaw> {
    let in_page = script.use_client
        || script
            .mentions(|path| ["localStorage", "sessionStorage", "window", "document", "navigator"].contains(&path));
    if in_page && !name.starts_with("NEXT_PUBLIC_") {
        // The configuration can expose any variable to page code.
        let is_put = project
            .scripts
            .iter()
            .any(|(_, config)| is_next_config(&config.path) && config.keys.iter().any(|(key, _)| key == name));
        let message =
            format!("`process.env.{name}` is undefined in the browser, so it never equals the stored version");
        return (!is_put).then(|| Flaw::new(script, at, message));
    }
    if PLATFORMS.iter().any(|prefix| name.starts_with(prefix)) || project.sets_variable(name) {
        return None;
    }
    let message =
        format!("nothing in the project sets `{name}`; if it is undefined, every visitor is treated as outdated");
    Some(Flaw::new(script, at, message).likely().noted())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::file;
    use crate::outcome::Confidence;

    fn page(variable: &str) -> String {
        format!(
            "'use client';\nconst V = process.env.{variable};\nexport function check() {{\n  const stored = localStorage.getItem('v');\n  if (stored && stored !== V) location.reload();\n}}"
        )
    }

    #[test]
    fn a_variable_that_the_browser_never_sees_is_found() {
        let found = file("app/check.ts", &page("APP_VERSION")).one(&RULE);
        assert_eq!((found.line, found.severity, found.confidence), (5, Severity::Error, Confidence::Certain));
        file("app/check.ts", &page("APP_VERSION")).with(".env", "APP_VERSION=1").one(&RULE);
    }

    #[test]
    fn a_variable_that_nothing_sets_is_noted() {
        let found = file("app/check.ts", &page("NEXT_PUBLIC_APP_VERSION")).one(&RULE);
        assert_eq!((found.severity, found.confidence), (Severity::Note, Confidence::Likely));
        let route = "export async function POST(request) { const v = request.headers.get('x-v'); if (v && v !== process.env.APP_VERSION) return new Response('', { headers: { 'Clear-Site-Data': '\"cache\"' } }); }";
        assert_eq!(file("app/api/route.ts", route).one(&RULE).severity, Severity::Note);
    }

    #[test]
    fn a_variable_that_is_set_is_not() {
        file("app/check.ts", &page("NEXT_PUBLIC_V")).with(".env.production", "NEXT_PUBLIC_V=1").none(&RULE);
        file("app/check.ts", &page("NEXT_PUBLIC_VERCEL_GIT_COMMIT_SHA")).none(&RULE);
        file("app/check.ts", &page("APP_VERSION"))
            .with("next.config.js", "module.exports = { env: { APP_VERSION: pkg.version } }")
            .none(&RULE);
        file("app/check.ts", &page("NEXT_PUBLIC_V ?? 'dev'")).none(&RULE);
        file("app/check.ts", "if (process.env.NODE_ENV === 'production') localStorage.getItem('v');").none(&RULE);
        file("app/a.ts", "if (process.env.MODE === 'x') localStorage.getItem('v');").none(&RULE);
    }
}
