//! A worker sends its pages a message, and no page listens.

use super::{Flaw, Rule};
use crate::lint::name::last;
use crate::lint::project::{Project, Role};
use crate::lint::script::{Call, Script, Value, is_listening};
use crate::outcome::Severity;

pub(super) static RULE: Rule = Rule {
    check: "missed-reload",
    id: "unheard-message",
    summary: "a worker sends a message that no page listens for",
    explanation: "What the page should do on this message, usually reload, never happens: the visitor stays on a page \
        whose worker is gone.",
    fix: "Listen in the page with `navigator.serviceWorker.addEventListener('message', …)`, and act on the message \
        once.",
    severity: Severity::Error,
    judge,
};

fn judge(project: &Project) -> Vec<Flaw> {
    let workers = project.scripts_that_are(&[Role::Worker]);
    let unheard = workers.flat_map(|script| {
        let mut flaws: Vec<(String, Flaw)> = Vec::new();
        for call in &script.calls {
            if let Some(kind) = sent(script, call)
                && !flaws.iter().any(|(known, _)| *known == kind)
                && let Some(flaw) = flaw(project, script, call, &kind)
            {
                flaws.push((kind, flaw));
            }
        }
        flaws.into_iter().map(|(_, flaw)| flaw)
    });
    unheard.collect()
}

/// The name of a message that is sent to the pages.
fn sent(script: &Script, call: &Call) -> Option<String> {
    let receiver = call.callee.strip_suffix("postMessage")?.trim_end_matches('.').to_ascii_lowercase();
    let answers = receiver.contains("port") || receiver.contains("source") || receiver.contains("channel");
    let looks = script.mentions(|path| matches!(path, "clients.matchAll" | "clients.get"));
    let message = script.resolve(call.args.first()?);
    let kind = message.text().or_else(|| script.get(message, "type")?.text())?;
    (!answers && looks && kind.len() > 2).then(|| kind.to_owned())
}

fn flaw(project: &Project, script: &Script, call: &Call, kind: &str) -> Option<Flaw> {
    if project.is_said_elsewhere(kind, &script.path) {
        return None;
    }
    let listens =
        project.scripts_that_are(&[Role::App, Role::Worker]).any(|page| page.path != script.path && hears(page));
    // A page that listens without naming the message may handle any.
    (!listens && project.shows_pages()).then(|| Flaw::new(script, call.at, format!("no page listens for `{kind}`")))
}

/// Whether a page listens to messages of its worker.
fn hears(page: &Script) -> bool {
    let listens = page.calls.iter().any(|call| {
        let target = call.callee.strip_suffix("addEventListener").unwrap_or_default();
        let is_worker = !target.is_empty() && !matches!(target, "document." | "window.");
        is_worker && is_listening(&call.callee) && call.args.first().and_then(Value::text) == Some("message")
    });
    listens || page.assignments.iter().any(|set| last(&set.target) == "onmessage")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{Files, file};
    use crate::outcome::Confidence;

    const WORKER: &str = "self.addEventListener('activate', async () => {\n  for (const page of await self.clients.matchAll())\n    page.postMessage({ type: 'SW_SELF_DESTRUCT' });\n});";

    fn app(page: &str) -> Files {
        file("public/sw.js", WORKER).with("app/pwa.tsx", page)
    }

    #[test]
    fn a_message_without_a_listener_is_found() {
        let found = app("navigator.serviceWorker.register('/sw.js')").one(&RULE);
        assert_eq!((found.line, found.confidence), (3, Confidence::Certain));
        assert!(found.message.contains("SW_SELF_DESTRUCT"));
        file("public/sw.js", WORKER).with("app/page.tsx", "export default () => null;").one(&RULE);
    }

    #[test]
    fn a_page_that_listens_hears() {
        // Of a release that is built, the code of the pages is not in sight.
        file("public/sw.js", WORKER).none(&RULE);
        app("navigator.serviceWorker.addEventListener('message', ({ data }) => { if (data.type === 'SW_SELF_DESTRUCT') location.reload(); })").none(&RULE);
        app("const { serviceWorker } = navigator; serviceWorker.addEventListener('message', handle)").none(&RULE);
        app("navigator.serviceWorker.onmessage = handle").none(&RULE);
        app("export const NAMES = ['SW_SELF_DESTRUCT']").none(&RULE);
    }

    #[test]
    fn answers_are_for_those_who_asked() {
        let worker = "self.addEventListener('message', (event) => { event.ports[0].postMessage({ type: 'DONE' }); event.source.postMessage({ type: 'DONE' }); self.clients.matchAll(); });\nself.addEventListener('install', () => {});";
        file("public/sw.js", worker).none(&RULE);
    }
}
