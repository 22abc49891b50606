//! A worker that should have been installed was not.

use std::collections::HashSet;

use super::{Check, Flaw, Version, View};
use crate::outcome::Severity;
use crate::trace::{Answer, Gravity, Party, TabId, What};

pub(super) static CHECK: Check = Check {
    id: "install-failed",
    summary: "a worker failed to install",
    explanation: "Looks for worker versions that became redundant before they were installed, and for rejected \
        registrations, at times when the origin was healthy. The visitor stays on the old worker and its caches for as \
        long as this lasts, or has no worker and no offline page, and nobody notices. Typical causes: one precached \
        URL returns an error (a fallback page that does not exist, a file that the CDN does not have), the install \
        event's promise rejects, or the worker script throws or imports a missing file.",
    fix: "Open the URLs listed as evidence: each precached URL must return 200 in the new release. Remove from the \
        precache list what the build does not serve (`publicExcludes`, `buildExcludes`, `fallbacks`, \
        `additionalPrecacheEntries`), and load the worker script once in a browser after the build.",
    severity: Severity::Error,
    judge,
};

/// How the browser's message about a rejected registration begins.
const REFUSED: &str = "Failed to register a ServiceWorker";

/// What the browser's own messages about a failed registration or update have in common.
const OF_THE_BROWSER: &str = " a ServiceWorker for scope (";

/// True for an error that this check judges.
pub(super) fn claims(text: &str) -> bool {
    text.contains(REFUSED)
}

fn judge(view: &View<'_>) -> Vec<Flaw> {
    let failed: Vec<(&Version<'_>, u32)> = view.versions().iter().filter_map(|v| Some((v, failed(view, v)?))).collect();
    // A script that cannot be loaded, or that throws when it first runs, also rejects the page's registration.
    let (of_failed, others): (Vec<_>, Vec<_>) =
        refusals(view).partition(|refusal| failed.iter().any(|(version, _)| refusal.reason.contains(version.script)));
    let mut flaws: Vec<Flaw> =
        failed.iter().map(|(version, end)| install_flaw(view, version, *end, &of_failed)).collect();
    let mut known = HashSet::new();
    for Refusal { seq, tab, reason } in others {
        if !view.excused(Gravity::Disturbs, tab, seq) && known.insert(reason) {
            flaws.push(Flaw::new(
                format!("the visitor gets no worker: registration failed in {tab}: {reason}"),
                None,
                [seq],
            ));
        }
    }
    flaws
}

/// A registration that the browser rejected.
struct Refusal<'a> {
    seq: u32,
    tab: TabId,
    reason: &'a str,
}

fn refusals<'a>(view: &View<'a>) -> impl Iterator<Item = Refusal<'a>> {
    view.events().filter_map(|(seq, what)| {
        let (by, text) = match what {
            What::Exception { by, text, .. } => (by, text),
            What::Console { by, level, text } if level == "error" => (by, text),
            _ => return None,
        };
        let Party::Tab(tab) = *by else { return None };
        let reason = text[text.find(REFUSED)?..].lines().next().unwrap_or_default();
        Some(Refusal { seq, tab, reason })
    })
}

/// `seq` of the end of a version whose installation failed without an excuse: a newer version or a fault.
fn failed(view: &View<'_>, version: &Version<'_>) -> Option<u32> {
    let (from, end) = (version.appeared(), version.gave_up()?);
    let replaced = view.versions().iter().any(|newer| {
        newer.registration == version.registration && newer.id != version.id && (from..=end).contains(&newer.appeared())
    });
    (!replaced && !view.faulty(Gravity::Disturbs, from, end)).then_some(end)
}

fn install_flaw(view: &View<'_>, version: &Version<'_>, end: u32, refusals: &[Refusal<'_>]) -> Flaw {
    let from = version.appeared();
    let during = view.events().skip_while(|(seq, _)| *seq <= from).take_while(|(seq, _)| *seq <= end);
    let failed = during.filter(|(_, what)| matches!(what, What::Answer(answer) if failed_for_worker(answer)));
    let mut proof: Vec<u32> = [from, end].into_iter().chain(failed.map(|(seq, _)| seq)).collect();
    let errors = view.events().filter_map(|(seq, what)| match what {
        What::WorkerError { version: id, text, .. } if id == version.id => Some((seq, text)),
        _ => None,
    });
    // The exception says more than the rejection, and may be reported after it.
    let error = errors.min_by_key(|(_, text)| text.contains(OF_THE_BROWSER));
    proof.extend(error.map(|(seq, _)| seq));
    let mut reason = error.map(|(_, text)| text.lines().next().unwrap_or_default());
    if reason.is_none()
        && let Some(refusal) = refusals.iter().find(|one| one.seq >= from && one.reason.contains(version.script))
    {
        reason = Some(refusal.reason);
        proof.push(refusal.seq);
    }
    let reason = reason.unwrap_or("the browser gives no reason");
    let message = format!(
        "the visitor does not get the worker: {} (worker {}) failed to install: {reason}",
        version.script, version.id
    );
    Flaw::new(message, Some(version.script), proof)
}

/// True for an error response to a request that a worker makes while it installs.
fn failed_for_worker(answer: &Answer) -> bool {
    let asked = answer.worker_script || matches!(answer.destination.as_str(), "" | "empty");
    asked && (answer.status == 0 || answer.status >= 400)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{Story, answer, url};
    use crate::trace::WorkerState::{Activated, Activating, Installed, Installing, New, Redundant};

    fn failing() -> Story {
        Story::new().version("1", New).version("1", Installing).version("1", Redundant)
    }

    #[test]
    fn a_version_that_is_given_up_is_found_with_its_reasons() {
        let asked = |path: &str, status, destination: &str| {
            What::Answer(Answer { destination: destination.to_owned(), ..answer(path, status) })
        };
        let imports = Answer { worker_script: true, destination: "script".to_owned(), ..answer("/import.js", 400) };
        let story = Story::new()
            .answer("/early", 404)
            .version("1", New)
            .called("new")
            .version("1", Installing)
            .what(asked("/offline", 404, "empty"))
            .called("missing")
            .what(asked("/dropped", 0, ""))
            .called("dropped")
            .what(What::Answer(imports))
            .called("import")
            .what(asked("/fine", 200, "empty"))
            .what(asked("/favicon.ico", 404, "image"))
            .worker_error("2", "Uncaught of another")
            .worker_error("1", "Uncaught bad-precaching-response\n at sw.js")
            .called("error")
            .worker_error("1", "Uncaught bad-precaching-response")
            .version("1", Redundant)
            .called("redundant")
            .answer("/late", 404);
        let finding = story.one(&CHECK);
        assert_eq!(
            finding.message,
            "the visitor does not get the worker: https://app.test/sw.js (worker 1) failed to install: Uncaught \
             bad-precaching-response"
        );
        assert_eq!(finding.url, Some(url("/sw.js")));
        assert_eq!(story.proof(&finding), ["new", "missing", "dropped", "import", "error", "redundant"]);
    }

    #[test]
    fn a_version_that_is_given_up_without_a_word_is_found() {
        let message = failing().one(&CHECK).message;
        assert!(message.ends_with("the browser gives no reason"), "{message}");
        Story::new().version("1", New).version("1", Redundant).one(&CHECK);
        Story::new().version("1", Installing).version("1", Redundant).one(&CHECK);
    }

    #[test]
    fn a_version_that_was_installed_once_has_not_failed() {
        for state in [Installed, Activating, Activated] {
            Story::new().version("1", Installing).version("1", state).version("1", Redundant).none(&CHECK);
        }
        Story::new().version("1", Installing).none(&CHECK);
        Story::new().version("1", Redundant).none(&CHECK);
    }

    #[test]
    fn a_fault_while_it_installs_excuses_it() {
        let faulty =
            |gravity| Story::new().version("1", Installing).fault_on(1, gravity).fault_off(1).version("1", Redundant);
        faulty(Gravity::Disturbs).none(&CHECK);
        faulty(Gravity::Breaks).none(&CHECK);
        faulty(Gravity::Neutral).one(&CHECK);
        Story::new().fault_on(1, Gravity::Breaks).version("1", New).fault_off(1).version("1", Redundant).none(&CHECK);
        Story::new().fault_on(1, Gravity::Breaks).fault_off(1).version("1", New).version("1", Redundant).one(&CHECK);
        failing().fault_on(1, Gravity::Breaks).one(&CHECK);
    }

    #[test]
    fn a_version_that_a_newer_one_replaces_has_not_failed() {
        let replaced = |registration: &str| {
            Story::new()
                .version("0", Activated)
                .version("1", Installing)
                .version_of(registration, "2", New)
                .version("1", Redundant)
        };
        replaced("registration").none(&CHECK);
        replaced("another").one(&CHECK);
        Story::new().version("0", Activated).version("1", Installing).version("1", Redundant).one(&CHECK);
        failing().version("2", Activated).one(&CHECK);
    }

    const TEXT: &str = "TypeError: Failed to register a ServiceWorker for scope ('https://app.test/') with script \
        ('https://app.test/sw.js'): A bad HTTP response code (404) was received when fetching the script.";

    #[test]
    fn a_registration_that_is_refused_is_found_once() {
        let story = Story::new()
            .visit(1, "/")
            .exception(1, &format!("Uncaught (in promise) {TEXT}\n at f"))
            .called("exception")
            .console(1, "error", TEXT);
        let finding = story.one(&CHECK);
        assert!(
            finding.message.contains("registration failed in tab 1: Failed to register a ServiceWorker for")
                && finding.message.ends_with("fetching the script."),
            "{}",
            finding.message
        );
        assert_eq!(story.proof(&finding), ["exception"]);
        Story::new().visit(1, "/").console(1, "error", TEXT).one(&CHECK);
    }

    #[test]
    fn what_is_no_refused_registration() {
        Story::new().visit(1, "/").console(1, "warning", TEXT).exception(1, "boom").none(&CHECK);
        Story::new().worker_exception("1", TEXT).none(&CHECK);
    }

    #[test]
    fn a_fault_excuses_a_refused_registration() {
        let faulty = |gravity| Story::new().fault_on(1, gravity).visit(1, "/").fault_off(1).exception(1, TEXT);
        faulty(Gravity::Disturbs).none(&CHECK);
        faulty(Gravity::Neutral).one(&CHECK);
    }

    #[test]
    fn a_version_that_failed_is_not_told_again_as_a_refused_registration() {
        let story = failing().visit(1, "/").exception(1, TEXT).called("refused").exception(1, TEXT);
        let finding = story.one(&CHECK);
        assert!(
            finding.message.contains(": Failed to register a") && finding.message.ends_with("fetching the script.")
        );
        assert_eq!(story.proof(&finding), ["?", "?", "refused"]);
        let other = TEXT.replace("sw.js", "other.js");
        let findings = failing().visit(1, "/").exception(1, &other).all(&CHECK);
        assert_eq!(findings.len(), 2);
        assert!(findings[0].message.ends_with("the browser gives no reason"), "{}", findings[0].message);
        let earlier = Story::new().exception(1, TEXT).version("1", New).version("1", Redundant).one(&CHECK);
        assert!(earlier.message.ends_with("the browser gives no reason"), "{}", earlier.message);
        let told = Story::new().version("1", New).worker_error("1", "boom").exception(1, TEXT).version("1", Redundant);
        assert!(told.one(&CHECK).message.ends_with(": boom"));
    }
}
