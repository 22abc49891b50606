//! A page that reloads, with or without unregistering its worker, and nothing that stops it from doing so again.

use super::{Flaw, Rule};
use crate::lint::name::last;
use crate::lint::project::{Project, Role};
use crate::lint::script::{Call, Script};
use crate::outcome::Severity;

pub(super) static RULE: Rule = Rule {
    check: "reload-loop",
    id: "unguarded-reload",
    summary: "a page unregisters its worker and reloads, without a guard against reload loops",
    explanation: "During a rolling deploy, two releases respond at the same URL in turn. A page that compares its \
        version with a stored one then sees a different version on every load, and reloads forever.",
    fix: "Reload at most once per release and tab: set a flag in `sessionStorage` before the reload, and do not reload \
        if it is set.",
    severity: Severity::Fatal,
    judge,
};

fn judge(project: &Project) -> Vec<Flaw> {
    project.scripts_that_are(&[Role::App]).flat_map(in_script).collect()
}

fn in_script(script: &Script) -> Vec<Flaw> {
    let reloads = script.calls.iter().filter(|call| call.callee == "location.reload");
    let mut units = Vec::new();
    let mut flaws = Vec::new();
    for reload in reloads {
        let unit = script.unit(reload.within);
        if !units.contains(&unit)
            && let Some(flaw) = flaw(script, unit, reload)
        {
            units.push(unit);
            flaws.push(flaw);
        }
    }
    flaws
}

fn flaw(script: &Script, unit: usize, reload: &Call) -> Option<Flaw> {
    let reached = script.reached_from(unit);
    let in_reach = |is: &dyn Fn(&str) -> bool| reached.iter().any(|function| script.mentions_in(*function, is));
    let ends = script
        .reached_from(unit)
        .iter()
        .any(|function| script.calls_in(*function).any(|call| last(&call.callee) == "unregister"));
    // Anything that may be such a flag, or that only happens on a user action or for a certain URL.
    let notes = ["sessionStorage", "cookie", "searchParams", "URLSearchParams", "Date", "performance"];
    let is_noted = in_reach(&|path: &str| path.split(['.', '(']).any(|part| notes.contains(&part)));
    if !ends || is_noted {
        return None;
    }
    let stored = in_reach(&|path: &str| path.starts_with("localStorage"));
    let compares = script.comparisons.iter().any(|one| script.is_within(one.within, unit));
    if stored && compares {
        let message =
            "this reloads whenever the stored version differs, endlessly while two releases are served in turn";
        return Some(Flaw::new(script, reload.at, message.to_owned()));
    }
    let message = "this unregisters the worker and reloads every time it runs";
    (!stored && reload.guards.is_empty() && is_automatic(script, unit))
        .then(|| Flaw::new(script, reload.at, message.to_owned()).likely())
}

/// Whether a function runs without a user action: at the top level of a script, or in an effect.
fn is_automatic(script: &Script, unit: usize) -> bool {
    let runs_itself = |function: usize| {
        script.around(function).all(|function| {
            let given = script.functions[function].given_to.as_ref();
            function == 0
                || given.is_some_and(|given| matches!(last(&given.callee), "useEffect" | "useLayoutEffect" | "then"))
        })
    };
    let name = script.functions[unit].name.as_deref();
    let called = script
        .calls
        .iter()
        .any(|call| Some(call.callee.as_str()) == name && call.guards.is_empty() && runs_itself(call.within));
    unit == 0 || called
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::file;
    use crate::outcome::Confidence;

    const CLEAR: &str = "const all = await navigator.serviceWorker.getRegistrations();\n\
        await Promise.all(all.map((one) => one.unregister()));";

    fn page(before: &str, call: &str) -> String {
        format!(
            "import {{ useEffect }} from 'react';\nasync function clear() {{ {before}\n{CLEAR}\n window.location.reload(); }}\nexport function Pwa() {{ {call} return null; }}"
        )
    }

    #[test]
    fn a_version_that_is_compared_with_a_stored_one_is_found() {
        let before = "const stored = localStorage.getItem('v'); if (!stored || stored === VERSION) return;";
        let found = file("app/pwa.tsx", &page(before, "useEffect(() => { void clear(); }, []);")).one(&RULE);
        assert_eq!((found.line, found.confidence), (5, Confidence::Certain));
    }

    #[test]
    fn what_always_runs_is_likely() {
        let top = format!("{CLEAR}\nlocation.reload();");
        assert_eq!(file("public/reset.js", &top).one(&RULE).confidence, Confidence::Likely);
    }

    #[test]
    fn what_ends_or_is_asked_for_is_not() {
        let once = "if (sessionStorage.getItem('once')) return; sessionStorage.setItem('once', '1'); localStorage.getItem('v') === V;";
        file("app/pwa.tsx", &page(once, "useEffect(() => { clear(); }, []);")).none(&RULE);
        let button = "return <button onClick={() => clear()}>Reset</button>;";
        file("app/pwa.tsx", &page("", button)).none(&RULE);
        file(
            "app/pwa.tsx",
            "navigator.serviceWorker.ready; if (stored !== V) { localStorage.getItem('x'); location.reload(); }",
        )
        .none(&RULE);
    }
}
