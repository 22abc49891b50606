//! A plugin that lets every response into the cache.

use super::{Flaw, Rule};
use crate::lint::name::last;
use crate::lint::project::{Project, Role};
use crate::lint::script::{Function, Kind, Script, Value};
use crate::outcome::Severity;

pub(super) static RULE: Rule = Rule {
    check: "cached-error",
    id: "pass-through-plugin",
    summary: "a `cacheWillUpdate` callback returns the response without checking its status",
    explanation: "A strategy with a `cacheWillUpdate` plugin no longer applies its default rule that only successful \
        responses are cached: a 502 is stored like any other response, and a cache-first route serves it from then on.",
    fix: "Return the response only if it is successful, `({ response }) => (response.ok ? response : null)`, or remove \
        the plugin and use `cacheableResponse: { statuses: [200] }`.",
    severity: Severity::Fatal,
    judge,
};

fn judge(project: &Project) -> Vec<Flaw> {
    let scripts = project.scripts_that_are(&[Role::Build, Role::App, Role::Worker]);
    scripts.flat_map(|script| (0..script.functions.len()).filter_map(|at| flaw(script, at))).collect()
}

fn flaw(script: &Script, at: usize) -> Option<Flaw> {
    let function = &script.functions[at];
    let is_plugin = function.name.as_deref() == Some("cacheWillUpdate");
    let returned = function.returns.iter().find_map(|value| response(function, value))?;
    let looks = script.mentions_in(at, |path| matches!(last(path), "ok" | "status"));
    // Another function that gets the response may check it.
    let asks = script.calls_in(at).any(|call| call.args.iter().any(|arg| arg.path() == Some(returned)));
    let key = script.keys.iter().rev().find(|(key, at)| key == "cacheWillUpdate" && *at <= function.span.0);
    let place = key.map_or(function.span.0, |(_, at)| *at);
    let message = "this `cacheWillUpdate` lets responses of any status into the cache".to_owned();
    (is_plugin && !looks && !asks).then(|| Flaw::new(script, place, message))
}

/// The name of the response parameter, if it is what the function returns.
fn response<'a>(function: &Function, value: &'a Value) -> Option<&'a str> {
    let Kind::Path(path) = &value.kind else { return None };
    let (head, rest) = path.split_once('.').unwrap_or((path, ""));
    (function.params.iter().any(|param| param == head) && matches!(rest, "" | "response")).then_some(path.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::file;

    fn plugin(code: &str) -> String {
        format!("import {{ generateSW }} from 'workbox-build';\ngenerateSW({{ plugins: [{{ {code} }}] }});")
    }

    #[test]
    fn a_response_that_is_only_passed_on_is_found() {
        for code in [
            "cacheWillUpdate: async ({ response }) => response",
            "cacheWillUpdate: ({ response: r }) => r",
            "async cacheWillUpdate(params) { return params.response; }",
            "cacheWillUpdate: async function ({ request, response }) { console.log('x'); return response; }",
        ] {
            let found = file("build.mjs", &plugin(code)).one(&RULE);
            assert_eq!((found.line, found.id().as_str()), (2, "cached-error/pass-through-plugin"), "{code}");
        }
        let copied = "cacheWillUpdate: async ({ response }) => { if (response.type === 'opaqueredirect') return new \
            Response(response.body); return response; }";
        file("build.mjs", &plugin(copied)).one(&RULE);
    }

    #[test]
    fn a_response_that_is_looked_at_is_not() {
        for code in [
            "cacheWillUpdate: async ({ response }) => response.ok ? response : null",
            "cacheWillUpdate: async ({ response }) => { if (response.status !== 200) return null; return response; }",
            "cacheWillUpdate: async ({ response }) => isGood(response) ? response : null",
            "cacheWillUpdate: async () => null",
            "fetchDidSucceed: async ({ response }) => response",
        ] {
            file("build.mjs", &plugin(code)).none(&RULE);
        }
    }
}
