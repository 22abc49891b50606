//! A response of `fetch` is cached without checking its status.

use super::{Flaw, Rule};
use crate::lint::name::last;
use crate::lint::project::{Project, Role};
use crate::lint::script::{Call, Script, Value};
use crate::outcome::Severity;

pub(super) static RULE: Rule = Rule {
    check: "cached-error",
    id: "unchecked-put",
    summary: "a response is cached without checking its status",
    explanation: "`fetch` does not reject on a 502 or a 404: the error page is a response like any other. Once it is \
        in a cache, a worker that looks in the cache first keeps serving it.",
    fix: "Cache successful responses only: `if (response.ok) await cache.put(request, response.clone())`.",
    severity: Severity::Fatal,
    judge,
};

fn judge(project: &Project) -> Vec<Flaw> {
    let scripts = project.scripts_that_are(&[Role::Worker, Role::App]);
    scripts
        .filter(|script| script.mentions(|path| path == "caches" || path.starts_with("caches.")))
        .flat_map(in_script)
        .collect()
}

fn in_script(script: &Script) -> Vec<Flaw> {
    let puts = script.calls.iter().filter(|call| last(&call.callee) == "put" && call.args.len() == 2);
    let message = "the response of `fetch` is cached whatever its status";
    puts.filter(|put| is_unchecked(script, put)).map(|put| Flaw::new(script, put.at, message.to_owned())).collect()
}

fn is_unchecked(script: &Script, put: &Call) -> bool {
    let Some(name) = stored(&put.args[1]) else {
        return put.args[1].call().is_some_and(|call| call.callee == "fetch");
    };
    let is_fetched = |value: &Value| value.call().is_some_and(|call| call.callee == "fetch");
    let declared = script.declared_for(name, put.within).is_some_and(is_fetched);
    let given = script.around(put.within).any(|function| {
        let function = &script.functions[function];
        let from_fetch = function.given_to.as_ref().is_some_and(|given| given.callee == "fetch().then");
        from_fetch && function.params.iter().any(|param| param == name)
    });
    let unit = script.unit(put.within);
    let looks = script.mentions_in(unit, |path| matches!(last(path), "ok" | "status"));
    let asks = script.calls_in(unit).any(|call| {
        let passes_on = matches!(last(&call.callee), "put" | "resolve" | "respondWith" | "log");
        !passes_on && call.args.iter().any(|arg| arg.path() == Some(name))
    });
    (declared || given) && !looks && !asks
}

/// The name of the stored response, or of the one it was cloned from.
fn stored(value: &Value) -> Option<&str> {
    match value.call() {
        Some(call) => call.callee.strip_suffix(".clone"),
        None => value.path(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::file;

    fn worker(answer: &str) -> String {
        format!("self.addEventListener('fetch', (event) => event.respondWith(answer(event.request)));\n{answer}")
    }

    #[test]
    fn an_answer_that_nobody_looks_at_is_found() {
        for answer in [
            "async function answer(request) { const cache = await caches.open('a'); const r = await fetch(request);\n\
             await cache.put(request, r.clone()); return r; }",
            "const answer = (request) => fetch(request).then((r) => {\n caches.open('a').then((c) => c.put(request, r.clone())); return r; });",
            "async function answer(request) { const c = await caches.open('a');\nawait c.put(request, await fetch(request)); }",
        ] {
            assert_eq!(file("public/sw.js", &worker(answer)).one(&RULE).line, 3, "{answer}");
        }
    }

    #[test]
    fn an_answer_that_is_looked_at_is_not() {
        for answer in [
            "async function answer(request) { const c = await caches.open('a'); const r = await fetch(request); if (r.ok) await c.put(request, r.clone()); return r; }",
            "const answer = (request) => fetch(request).then((r) => { if (!r || r.status !== 200) return r; caches.open('a').then((c) => c.put(request, r.clone())); return r; });",
            "async function answer(request) { const { ok } = await fetch(request); const r = await fetch(request); const c = await caches.open('a'); if (ok) c.put(request, r); }",
            "async function answer(request) { const c = await caches.open('a'); const r = await fetch(request); if (isGood(r)) await c.put(request, r); }",
            "async function answer(request) { const c = await caches.open('a'); await c.put(request, await load(request)); }",
            "async function answer(request) { const c = await caches.open('a'); await c.put('/x', new Response('x')); }",
            "async function answer(request) { const c = await caches.open('a'); await c.add(request); }",
        ] {
            file("public/sw.js", &worker(answer)).none(&RULE);
        }
        file("lib/store.ts", "const r = await fetch('/a'); await db.put('key', r); process.env.X").none(&RULE);
    }
}
