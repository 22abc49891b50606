//! Headers that let caches keep the worker script.

use std::collections::BTreeSet;

use super::{Flaw, Rule};
use crate::check::cache_control_keeps;
use crate::lint::header::sent;
use crate::lint::name::last;
use crate::lint::project::{Project, Role};
use crate::lint::script::Value;
use crate::lint::setup::{Tool, setups};
use crate::outcome::Severity;

pub(super) static RULE: Rule = Rule {
    check: "worker-script-cacheable",
    id: "worker-headers",
    summary: "the worker script is sent with headers that let caches store it",
    explanation: "A header rule for all scripts also applies to the worker script. Browsers bypass their HTTP cache \
        for it, but a CDN does not: until its copy expires, no visitor gets the new worker.",
    fix: "Add a separate rule for the worker script after the others: `Cache-Control: no-cache` (in nginx `location = \
        /sw.js { add_header Cache-Control no-cache; }`).",
    severity: Severity::Note,
    judge,
};

fn judge(project: &Project) -> Vec<Flaw> {
    let workers: Vec<String> = workers(project).into_iter().collect();
    let headers: Vec<_> = sent(project, &workers).into_iter().filter(|header| header.name == "cache-control").collect();
    let files: BTreeSet<_> = headers.iter().map(|header| &header.path).collect();
    let mut flaws: Vec<Flaw> = Vec::new();
    for worker in &workers {
        for file in &files {
            let own: Vec<_> = headers.iter().filter(|header| &header.path == *file && header.is_for(worker)).collect();
            // If several apply, either the last one or all of them count: one that forbids caching is enough.
            let forbids = own.iter().any(|header| !cache_control_keeps(&header.value));
            if let Some(kept) = own.last().filter(|header| !forbids && cache_control_keeps(&header.value)) {
                let message = format!("{worker} is sent with `cache-control: {}`", kept.value);
                flaws.push(Flaw::in_header(kept, message));
            }
        }
    }
    flaws
}

/// The URLs of the project's workers, as far as they are known.
fn workers(project: &Project) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for script in project.scripts_that_are(&[Role::App, Role::Build]) {
        let registers = script.calls.iter().filter(|call| {
            call.callee.ends_with("serviceWorker.register")
                || last(&call.callee) == "Workbox" && script.imports_from("workbox-window")
        });
        let named = registers.filter_map(|call| script.resolve(call.args.first()?).text());
        found.extend(
            named.filter(|url| url.starts_with('/')).map(|url| url.split('?').next().unwrap_or(url).to_owned()),
        );
    }
    for script in project.scripts_that_are(&[Role::Worker, Role::Built]) {
        let Ok(public) = script.path.strip_prefix(project.home(&script.path).join("public")) else { continue };
        found.extend(public.to_str().map(|path| format!("/{path}")));
    }
    for setup in setups(project) {
        let named = match setup.tool {
            Tool::NextPwa | Tool::OldNextPwa => setup.get("sw").and_then(Value::text),
            Tool::SerwistNext => setup.get("swUrl").and_then(Value::text),
            _ => continue,
        };
        found.insert(format!("/{}", named.unwrap_or("sw.js").trim_start_matches('/')));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{Files, file};

    fn app(path: &str, text: &str) -> Files {
        file("public/client.js", "navigator.serviceWorker.register('/sw.js');").with(path, text)
    }

    #[test]
    fn a_rule_for_all_scripts_takes_the_worker_with_it() {
        let config = "module.exports = { async headers() { return [{ source: '/:path*.js', headers: [\n{ key: 'Cache-Control', value: 'public, max-age=31536000, immutable' }] }]; } };";
        assert_eq!(app("next.config.js", config).one(&RULE).line, 2);
        let vercel = "{\n \"headers\": [{ \"source\": \"/(.*)\", \"headers\": [\n  { \"key\": \"Cache-Control\", \"value\": \"s-maxage=600\" }] }] }";
        let found = app("vercel.json", vercel).one(&RULE);
        assert_eq!((found.line, found.column, found.counts()), (3, 3, false));
        let netlify = "[[headers]]\nfor = \"/*\"\n[headers.values]\nCache-Control = \"public, max-age=3600\"";
        assert_eq!(app("netlify.toml", netlify).one(&RULE).line, 4);
        assert_eq!(app("public/_headers", "/*.js\n  Cache-Control: max-age=600").one(&RULE).line, 2);
        assert_eq!(app("nginx.conf", "server {\n location ~ \\.js$ {\n  expires 1y; } }").one(&RULE).line, 3);
    }

    #[test]
    fn a_rule_of_its_own_is_enough() {
        let config = "module.exports = { async headers() { return [{ source: '/:path*', headers: [{ key: 'Cache-Control', value: 'max-age=600' }] }, { source: '/sw.js', headers: [{ key: 'Cache-Control', value: 'no-cache' }] }]; } };";
        app("next.config.js", config).none(&RULE);
        app("_headers", "/*\n  Cache-Control: max-age=600\n/sw.js\n  Cache-Control: no-cache").none(&RULE);
        app(
            "nginx.conf",
            "server { location ~ \\.js$ { expires 1y; } location = /sw.js { add_header Cache-Control no-cache; } }",
        )
        .none(&RULE);
        app("_headers", "/_next/static/*\n  Cache-Control: max-age=600").none(&RULE);
    }

    #[test]
    fn without_a_worker_there_is_nothing_to_say() {
        file("_headers", "/*\n  Cache-Control: max-age=600").none(&RULE);
    }
}
