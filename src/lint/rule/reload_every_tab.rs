//! Every tab reloads when a new worker takes control.

use super::{Flaw, Rule};
use crate::lint::name::last;
use crate::lint::project::{Project, Role};
use crate::lint::script::{Call, Script};
use crate::outcome::Severity;

pub(super) static RULE: Rule = Rule {
    check: "lost-input",
    id: "reload-every-tab",
    summary: "every tab reloads when a new worker takes control",
    explanation: "`controllerchange`, and workbox-window's `controlling`, fire in every tab, including those whose \
        user has not accepted an update. Unsaved input in those tabs is lost.",
    fix: "Reload only the tab in which the user has accepted the update, using a flag that its button sets. In the \
        other tabs, offer a reload or save drafts in `sessionStorage`.",
    severity: Severity::Fatal,
    judge,
};

fn judge(project: &Project) -> Vec<Flaw> {
    project.scripts_that_are(&[Role::App]).filter(|script| is_about_workers(script)).flat_map(in_script).collect()
}

fn is_about_workers(script: &Script) -> bool {
    script.imports_from("workbox-window")
        || script.imports_from("@serwist/window")
        || script
            .mentions(|path| path.split(['.', '(']).any(|part| matches!(part, "serviceWorker" | "serwist" | "workbox")))
}

fn in_script(script: &Script) -> Vec<Flaw> {
    let handlers = ["controllerchange", "controlling"].iter().flat_map(|event| script.handlers(event));
    let mut flaws = Vec::new();
    for handler in handlers.filter(|handler| !is_set_up_on_consent(script, *handler)) {
        for function in script.reached_from(handler) {
            let reload = script.calls_in(function).find(|call| call.callee == "location.reload");
            if let Some(reload) = reload.filter(|reload| !is_consent(script, handler, reload)) {
                let message = "this reloads every open tab, even if its user has not accepted the update";
                flaws.push(Flaw::new(script, reload.at, message.to_owned()));
                break;
            }
        }
    }
    flaws.dedup_by_key(|flaw| (flaw.line, flaw.column));
    flaws
}

/// Whether the listener is added in the same step that activates the new worker: only the tab that requests the update
/// has one.
fn is_set_up_on_consent(script: &Script, handler: usize) -> bool {
    let around = script.functions[handler].parent;
    let asks = |call: &Call| matches!(last(&call.callee), "messageSkipWaiting" | "postMessage");
    script.calls.iter().any(|call| Some(call.within) == around && asks(call))
}

/// Whether the reload depends on something that is set elsewhere, for example by a button in this tab.
fn is_consent(script: &Script, handler: usize, reload: &Call) -> bool {
    let on_way = script.conditions.iter().filter(|one| script.is_within(one.within, handler));
    let guards = reload.guards.iter().map(|at| &script.conditions[*at]);
    let names = guards.chain(on_way).flat_map(|condition| {
        let inside = |at: usize| (condition.span.0..condition.span.1).contains(&at);
        script.mentions.iter().filter(move |mention| inside(mention.at)).map(|mention| mention.path.as_str())
    });
    // `refreshing` is set by the handler itself, and `isUpdate` comes with the event: neither means that the user agreed.
    let mut of_others = names.filter(|name| {
        let params = &script.functions[handler].params;
        let head = name.split('.').next().unwrap_or(name);
        let own = params.iter().any(|param| param == head) || last(name) == "isUpdate";
        !own && is_set_elsewhere(script, handler, name)
    });
    of_others.next().is_some()
}

fn is_set_elsewhere(script: &Script, handler: usize, name: &str) -> bool {
    let set = script.assignments.iter().any(|set| set.target == name && !script.is_within(set.within, handler));
    // A stored value is set elsewhere; the result of a function is unknown.
    let asked = name.starts_with("sessionStorage")
        || script.calls_in(handler).any(|call| call.callee == name && name != "location.reload");
    // Component state, such as `const [accepted, setAccepted] = useState(false)`, is set by its setter.
    let setter = format!(
        "set{}{}",
        name.chars().next().map(|c| c.to_ascii_uppercase()).unwrap_or_default(),
        name.get(1..).unwrap_or_default()
    );
    set || asked || script.calls.iter().any(|call| call.callee == setter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::file;

    #[test]
    fn a_reload_in_every_tab_is_found() {
        for page in [
            "import { Workbox } from 'workbox-window'; const wb = new Workbox('/sw.js');\nwb.addEventListener('controlling', () => window.location.reload());",
            "import { Workbox } from 'workbox-window'; const wb = new Workbox('/sw.js');\nwb.addEventListener('controlling', (event) => { if (event.isUpdate) location.reload(); });",
            "let refreshing = false; navigator.serviceWorker.addEventListener('controllerchange', () => { if (refreshing) return; refreshing = true;\nwindow.location.reload(); });",
            "navigator.serviceWorker.oncontrollerchange = () => {\nlocation.reload() };",
            "navigator.serviceWorker.addEventListener('controllerchange', changed); function changed() {\nlocation.reload(); }",
        ] {
            assert_eq!(file("app/pwa.ts", page).one(&RULE).line, 2, "{page}");
        }
    }

    #[test]
    fn a_reload_of_the_tab_that_accepted_is_not() {
        for page in [
            "import { Workbox } from 'workbox-window'; const wb = new Workbox('/sw.js'); wb.addEventListener('waiting', () => { if (confirm('reload?')) { wb.messageSkipWaiting(); wb.addEventListener('controlling', () => location.reload()); } });",
            "let accepted = false; button.onclick = () => { accepted = true; }; navigator.serviceWorker.addEventListener('controllerchange', () => { if (accepted) location.reload(); });",
            "const [accepted, setAccepted] = useState(false); navigator.serviceWorker.addEventListener('controllerchange', () => { if (!accepted) return; location.reload(); }); const yes = () => setAccepted(true);",
            "navigator.serviceWorker.addEventListener('controllerchange', () => show('new version'));",
            "navigator.serviceWorker.addEventListener('controllerchange', () => { if (sessionStorage.getItem('accepted')) location.reload(); });",
        ] {
            file("app/pwa.ts", page).none(&RULE);
        }
        file("app/map.ts", "map.addEventListener('controlling', () => location.reload()); process.env.X").none(&RULE);
    }
}
