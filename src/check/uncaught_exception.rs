//! A page or a worker throws an exception that nothing catches.

use std::collections::HashSet;

use super::{Check, Flaw, View, chunk_load_failure, install_failed};
use crate::outcome::Severity;
use crate::trace::{Gravity, Party, What, WorkerState};

/// What `clients.claim()` rejects with in a worker that is not the active one of its registration.
const ONLY_ACTIVE_CLAIMS: &str = "Only the active worker can claim clients";

pub(super) static CHECK: Check = Check {
    id: "uncaught-exception",
    summary: "a page or a worker threw an exception that nothing caught",
    explanation: "Looks for uncaught exceptions and unhandled rejections in a page or an installed worker. In a page, \
        the component that threw stops working, often the whole page; in a worker, the current fetch, update or \
        message gets no response. Typical causes after a deploy: code of one release meets data, markup or chunks of \
        another, or a worker's `fetch` rejects and there is no fallback. Exceptions during an outage of the origin do \
        not count.",
    fix: "Find the throw by its message and line. In a worker, give every `respondWith` promise a `catch` that returns \
        a cached page or `Response.error()`. In a page, keep document, chunks and data of one release together, and \
        wrap lazily loaded parts in an error boundary. `Unexpected token '<'` means that an HTML page was served as a \
        script.",
    severity: Severity::Error,
    judge,
};

fn judge(view: &View<'_>) -> Vec<Flaw> {
    let failed_installs = FailedInstalls::of(view);
    let mut known = HashSet::new();
    let mut flaws = Vec::new();
    for (seq, what) in view.events() {
        let (by, text, url, line) = match what {
            What::Exception { by, text, url, line } => (by.clone(), text, url, *line),
            // The browser also reports other errors this way, such as a script that failed to load.
            What::WorkerError { version, text, url, line } if text.starts_with("Uncaught ") => {
                (Party::Worker(version.clone()), text, url, *line)
            }
            _ => continue,
        };
        let excused = match &by {
            // A reload interrupts the page.
            Party::Tab(tab) => view.loops(*tab) || view.excused(Gravity::Breaks, *tab, seq),
            Party::Worker(version) => {
                failed_installs.claim(version, text)
                    || late_claim(view, version, text, seq)
                    || worker_excused(view, seq)
            }
        };
        let claimed = chunk_load_failure::claims(text) || install_failed::claims(text);
        if excused || claimed || !known.insert(essence(text)) {
            continue;
        }
        let place = if url.is_empty() { String::new() } else { format!(" ({url}:{line})") };
        let url = Some(url.as_str()).filter(|url| !url.is_empty());
        let suffered = match by {
            Party::Tab(_) => "a part of the page may not work",
            Party::Worker(_) => "requests or updates may fail",
        };
        let message = format!("{suffered}: {by} threw an uncaught exception: {}{place}", essence(text));
        flaws.push(Flaw::new(message, url, [seq]));
    }
    flaws
}

/// The exception itself, without the browser's preamble and the stack.
pub(super) fn essence(text: &str) -> &str {
    let line = text.trim_start().lines().next().unwrap_or_default();
    let line = line.strip_prefix("Uncaught ").unwrap_or(line);
    line.strip_prefix("(in promise) ").unwrap_or(line)
}

/// True when a fault was active since the visitor's last action: its consequences may show only later.
fn worker_excused(view: &View<'_>, seq: u32) -> bool {
    let from = view.actions().rev().map(|(at, _, _)| at).find(|at| *at <= seq).unwrap_or(seq);
    view.faulty(Gravity::Disturbs, from, seq)
}

/// True for a worker that was activated, and that claims the open pages after a page has unregistered it or the next
/// version has replaced it: the claim no longer matters. A claim before activation is a mistake.
fn late_claim(view: &View<'_>, version: &str, text: &str, seq: u32) -> bool {
    let activated = |(at, state): &(u32, WorkerState)| *at <= seq && *state >= WorkerState::Activating;
    let known = view.versions().iter().find(|known| known.id == version);
    text.contains(ONLY_ACTIVE_CLAIMS) && known.is_some_and(|known| known.states.iter().any(activated))
}

/// The worker versions that were never installed: `install-failed` judges them.
struct FailedInstalls<'a> {
    versions: HashSet<&'a str>,
    errors: HashSet<&'a str>,
}

impl<'a> FailedInstalls<'a> {
    fn of(view: &View<'a>) -> Self {
        let versions: HashSet<&str> =
            view.versions().iter().filter(|version| version.gave_up().is_some()).map(|version| version.id).collect();
        let errors = view.events().filter_map(|(_, what)| match what {
            What::WorkerError { version, text, .. } if versions.contains(version.as_str()) => Some(essence(text)),
            _ => None,
        });
        Self { errors: errors.collect(), versions }
    }

    /// True for an error of such a version, also before the browser has reported which version it is.
    fn claim(&self, version: &str, text: &str) -> bool {
        self.versions.contains(version) || (version.is_empty() && self.errors.contains(essence(text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{Story, url};
    use crate::trace::TabId;
    use crate::trace::WorkerState::{Activated, Activating, Installing};

    #[test]
    fn an_exception_of_a_page_is_found() {
        let what = What::Exception {
            by: Party::Tab(TabId(1)),
            text: "Uncaught (in promise) TypeError: x is not a function\n    at f".to_owned(),
            url: url("/main.js"),
            line: 7,
        };
        let story = Story::new().visit(1, "/").what(what).called("thrown").console(1, "error", "only said");
        let finding = story.one(&CHECK);
        assert_eq!(
            finding.message,
            "a part of the page may not work: tab 1 threw an uncaught exception: TypeError: x is not a function \
             (https://app.test/main.js:7)"
        );
        assert_eq!(finding.url, Some(url("/main.js")));
        assert_eq!(story.proof(&finding), ["thrown"]);
    }

    #[test]
    fn an_exception_of_a_worker_and_its_error_are_one_finding() {
        let story = Story::new()
            .version("1", WorkerState::Activated)
            .worker_exception("1", "Error: boom\n    at sw.js:1")
            .called("first")
            .worker_error("1", "Uncaught Error: boom")
            .worker_error("1", "Uncaught Error: boom");
        let finding = story.one(&CHECK);
        assert_eq!(finding.message, "requests or updates may fail: worker 1 threw an uncaught exception: Error: boom");
        assert_eq!(finding.url, None);
        assert_eq!(story.proof(&finding), ["first"]);
        Story::new().worker_error("1", "Uncaught Error: boom").one(&CHECK);
        Story::new().worker_error("1", "Fetch API cannot load it. SRI's integrity checks failed.").none(&CHECK);
    }

    #[test]
    fn other_texts_are_other_findings() {
        assert_eq!(
            Story::new().visit(1, "/").exception(1, "a").exception(1, "b").exception(1, "a").all(&CHECK).len(),
            2
        );
    }

    #[test]
    fn what_other_checks_judge_is_left_to_them() {
        let loading = "ChunkLoadError: Loading chunk 7 failed.";
        let registering = "TypeError: Failed to register a ServiceWorker for scope";
        Story::new().visit(1, "/").exception(1, loading).exception(1, registering).none(&CHECK);
    }

    #[test]
    fn a_page_loaded_while_pages_may_break_is_excused() {
        let faulty = |gravity| Story::new().fault_on(1, gravity).visit(1, "/").fault_off(1);
        faulty(Gravity::Breaks).exception(1, "boom").none(&CHECK);
        faulty(Gravity::Disturbs).exception(1, "boom").one(&CHECK);
        faulty(Gravity::Breaks).visit(1, "/").exception(1, "boom").one(&CHECK);
    }

    #[test]
    fn what_a_reload_loop_cuts_short_is_excused() {
        let reloaded = |times| (0..times).fold(Story::new().visit(1, "/"), |story, _| story.reload_by_app(1, "/"));
        reloaded(4).exception(1, "TypeError: Failed to fetch").none(&CHECK);
        reloaded(3).exception(1, "TypeError: Failed to fetch").one(&CHECK);
        reloaded(4).visit(2, "/").exception(2, "TypeError: Failed to fetch").one(&CHECK);
    }

    #[test]
    fn a_worker_is_excused_while_the_visitors_last_action_met_a_fault() {
        let faulty = |gravity| Story::new().fault_on(1, gravity).click(1).fault_off(1);
        faulty(Gravity::Disturbs).worker_exception("1", "boom").none(&CHECK);
        faulty(Gravity::Disturbs).worker_error("1", "boom").none(&CHECK);
        faulty(Gravity::Neutral).worker_exception("1", "boom").one(&CHECK);
        faulty(Gravity::Disturbs).click(2).worker_exception("1", "boom").one(&CHECK);
        Story::new().fault_on(1, Gravity::Disturbs).worker_exception("1", "boom").none(&CHECK);
        Story::new().fault_on(1, Gravity::Disturbs).fault_off(1).worker_exception("1", "boom").click(1).one(&CHECK);
    }

    #[test]
    fn a_failed_install_is_left_to_its_check() {
        let failing = || {
            Story::new()
                .version("1", WorkerState::Installing)
                .worker_exception("", "Error: boom\n at sw.js")
                .worker_error("1", "Uncaught Error: boom")
                .version("1", WorkerState::Redundant)
        };
        failing().none(&CHECK);
        failing().worker_exception("1", "Error: another").none(&CHECK);
        failing().worker_exception("", "Error: another").one(&CHECK);
        failing().worker_exception("2", "Error: boom").one(&CHECK);
        failing().visit(1, "/").exception(1, "Error: boom").one(&CHECK);
        let installed = Story::new().version("1", WorkerState::Installing).version("1", WorkerState::Activated);
        let story = installed.worker_exception("", "Error: boom").called("first");
        let story = story.worker_error("1", "Uncaught Error: boom");
        assert_eq!(story.proof(&story.one(&CHECK)), ["first"]);
    }

    #[test]
    fn a_claim_that_comes_too_late_harms_nobody_and_one_that_comes_too_early_is_a_mistake() {
        let text = "InvalidStateError: Only the active worker can claim clients.";
        let until = |state| Story::new().version("1", state).worker_exception("1", text).version("1", Activated);
        until(Activating).none(&CHECK);
        until(WorkerState::Redundant).none(&CHECK);
        until(Installing).one(&CHECK);
        Story::new().version("1", Activating).worker_exception("1", "InvalidStateError: other").one(&CHECK);
    }
}
