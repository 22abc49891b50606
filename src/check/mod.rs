//! The checks, one per file: each is a pure function from a trace to findings.

mod address;
mod cached_error;
mod chunk_load_failure;
mod config_ignored;
mod error_page_shown;
mod flaw;
mod install_failed;
mod lost_input;
mod lost_storage;
mod missed_reload;
mod mixed_release;
mod navigation_hung;
mod not_hydrated;
mod not_saved;
mod offline_broken;
mod opaque_error;
mod part_missing;
mod preload_unused;
mod private_data_cached;
mod reload_loop;
mod reloads;
mod shown;
mod stale_entry;
mod stale_page;
mod stuck_waiting;
#[cfg(test)]
pub(crate) mod testing;
mod uncaught_exception;
mod unexpected_reload;
mod view;
mod worker_lost;
mod worker_script_cacheable;
mod worker_stays;
mod wrong_content;
mod wrong_page;
mod wrong_range;

pub use view::{Document, Version, View};
pub(crate) use worker_script_cacheable::keeps as cache_control_keeps;

use crate::outcome::{Finding, Severity};
use crate::trace::Trace;
use flaw::Flaw;

/// One property of a healthy deploy.
#[derive(Debug)]
pub struct Check {
    /// Its name in reports and on the command line.
    pub id: &'static str,
    /// What a finding means, in one line.
    pub summary: &'static str,
    /// What it looks at, how it affects visitors, and typical causes.
    pub explanation: &'static str,
    /// What to do about it.
    pub fix: &'static str,
    /// How serious a finding is.
    pub severity: Severity,
    /// Finds the flaws in a trace.
    judge: fn(&View<'_>) -> Vec<Flaw>,
}

/// Every check, in the order of the documentation.
pub static ALL: &[&Check] = &[
    &cached_error::CHECK,
    &opaque_error::CHECK,
    &wrong_content::CHECK,
    &wrong_page::CHECK,
    &stale_entry::CHECK,
    &chunk_load_failure::CHECK,
    &part_missing::CHECK,
    &uncaught_exception::CHECK,
    &not_hydrated::CHECK,
    &error_page_shown::CHECK,
    &stuck_waiting::CHECK,
    &install_failed::CHECK,
    &reload_loop::CHECK,
    &unexpected_reload::CHECK,
    &stale_page::CHECK,
    &mixed_release::CHECK,
    &offline_broken::CHECK,
    &missed_reload::CHECK,
    &lost_input::CHECK,
    &not_saved::CHECK,
    &lost_storage::CHECK,
    &navigation_hung::CHECK,
    &worker_stays::CHECK,
    &worker_lost::CHECK,
    &private_data_cached::CHECK,
    &config_ignored::CHECK,
    &wrong_range::CHECK,
    &worker_script_cacheable::CHECK,
    &preload_unused::CHECK,
];

/// The ids of all checks, in the order of the reports.
#[must_use]
pub fn ids() -> Vec<&'static str> {
    ALL.iter().map(|check| check.id).collect()
}

/// The check with this id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Check> {
    ALL.iter().copied().find(|check| check.id == id)
}

/// The findings of all checks in a trace.
#[must_use]
pub fn judge(trace: &Trace) -> Vec<Finding> {
    let view = View::new(trace);
    ALL.iter().flat_map(|check| check.run(&view)).collect()
}

impl Check {
    /// The findings of this check.
    #[must_use]
    pub fn run(&self, view: &View<'_>) -> Vec<Finding> {
        (self.judge)(view)
            .into_iter()
            .map(|flaw| Finding {
                check: self.id.to_owned(),
                severity: self.severity,
                confidence: flaw.confidence,
                message: flaw.message,
                url: flaw.url,
                fix: self.fix.to_owned(),
                events: flaw.events,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{Story, entry, page, response};
    use super::*;
    use crate::trace::{Gravity, PageState, ReleaseMark, Response, What, WorkerState};

    #[test]
    fn every_check_is_found_by_its_id_and_says_what_it_is_about() {
        for check in ALL {
            assert!(std::ptr::eq(find(check.id).unwrap(), *check), "{}", check.id);
            assert!(check.id.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{}", check.id);
            assert!(!check.summary.is_empty() && !check.summary.contains('\n'), "{}", check.id);
            for text in [check.explanation, check.fix] {
                assert!(text.len() > 150 && text.ends_with('.') && !text.contains("  "), "{}: {text}", check.id);
            }
        }
        assert!(find("no-such-check").is_none());
    }

    fn of(release: &str) -> PageState {
        let mark = ReleaseMark::Names(release.to_owned());
        PageState { hydrated: Some(true), page_release: mark.clone(), code_release: mark, ..page(1) }
    }

    /// A returning visitor whose app recovers from an outage during the deploy.
    fn healthy() -> Story {
        let missing = Response { status: 502, ..response(1, "Script", "/b.js") };
        Story::new()
            .swap("A")
            .visit(1, "/")
            .version("1", WorkerState::Installing)
            .version("1", WorkerState::Activated)
            .page(of("A"))
            .usable(1)
            .fault_on(1, Gravity::Breaks)
            .swap("B")
            .visit(1, "/")
            .answer("/b.js", 502)
            .what(What::Response(missing))
            .exception(1, "ChunkLoadError: Loading chunk 1 failed")
            .version("2", WorkerState::Installing)
            .worker_error("2", "Uncaught bad-precaching-response")
            .version("2", WorkerState::Redundant)
            .fault_off(1)
            .visit(1, "/")
            .version("3", WorkerState::Installing)
            .version("3", WorkerState::Activated)
            .reload_by_app(1, "/")
            .page(of("B"))
            .snapshot([entry("pages", "/", 200)])
            .current(1, "B")
            .offline(1, "/", "B")
    }

    #[test]
    fn a_healthy_deploy_is_silent() {
        assert_eq!(judge(&healthy().trace()), []);
    }

    #[test]
    fn findings_stand_under_the_name_of_their_check() {
        let findings = judge(&healthy().snapshot([entry("pages", "/", 502)]).trace());
        assert_eq!(findings.len(), 1);
        let check = find("cached-error").unwrap();
        assert_eq!((findings[0].check.as_str(), findings[0].severity), (check.id, check.severity));
        assert_eq!(findings[0].fix, check.fix);
    }
}
