//! The rules, one per file: each is a function from a project to the mistakes in it.

mod cache_clearing;
mod error_statuses;
mod flaw;
mod immutable_errors;
mod misplaced_option;
mod missing_file;
mod missing_page;
mod network_timeout;
mod opaque_statuses;
mod pass_through;
mod pattern_excludes_nothing;
mod pattern_foreign_host;
mod pattern_https_only;
mod pattern_never_matches;
mod pattern_with_state;
mod reload_every_tab;
mod self_destruct_waits;
mod skip_waiting;
mod skips_waiting_anyway;
mod start_url;
mod storage_on_pages;
mod turbopack;
mod unchecked_put;
mod unguarded_reload;
mod unheard_message;
mod unknown_option;
mod unreadable_header;
mod unset_version;
mod worker_headers;

use super::finding::LintFinding;
use super::project::Project;
use crate::outcome::Severity;
use flaw::Flaw;

/// One kind of mistake that can be detected in the files of a project.
#[derive(Debug)]
pub struct Rule {
    /// Id of the check that detects the effect in a run.
    pub check: &'static str,
    /// Its own id.
    pub id: &'static str,
    /// The mistake, in one line.
    pub summary: &'static str,
    /// The cause of the problem, and its effect on visitors.
    pub explanation: &'static str,
    /// How to fix it.
    pub fix: &'static str,
    /// The severity of its findings.
    pub severity: Severity,
    /// Finds the mistakes.
    judge: fn(&Project) -> Vec<Flaw>,
}

/// All rules, by the check that they belong to.
pub static ALL: &[&Rule] = &[
    &pass_through::RULE,
    &start_url::RULE,
    &unchecked_put::RULE,
    &error_statuses::RULE,
    &opaque_statuses::RULE,
    &skip_waiting::RULE,
    &immutable_errors::RULE,
    &missing_page::RULE,
    &missing_file::RULE,
    &turbopack::RULE,
    &self_destruct_waits::RULE,
    &unguarded_reload::RULE,
    &unset_version::RULE,
    &unreadable_header::RULE,
    &unheard_message::RULE,
    &reload_every_tab::RULE,
    &network_timeout::RULE,
    &cache_clearing::RULE,
    &storage_on_pages::RULE,
    &worker_headers::RULE,
    &misplaced_option::RULE,
    &unknown_option::RULE,
    &skips_waiting_anyway::RULE,
    &pattern_excludes_nothing::RULE,
    &pattern_never_matches::RULE,
    &pattern_foreign_host::RULE,
    &pattern_with_state::RULE,
    &pattern_https_only::RULE,
];

/// The rule with this id, with or without its check: `check/rule` or `rule`.
#[must_use]
pub fn find(id: &str) -> Option<&'static Rule> {
    ALL.iter().copied().find(|rule| rule.id == id || id.split_once('/') == Some((rule.check, rule.id)))
}

/// The rules of a check.
pub fn of_check(check: &str) -> impl Iterator<Item = &'static Rule> {
    ALL.iter().copied().filter(move |rule| rule.check == check)
}

impl Rule {
    /// The findings of this rule.
    #[must_use]
    pub(crate) fn run(&self, project: &Project) -> Vec<LintFinding> {
        let finding = |flaw: Flaw| LintFinding {
            check: self.check,
            rule: self.id,
            severity: flaw.severity.unwrap_or(self.severity),
            confidence: flaw.confidence,
            path: flaw.path,
            line: flaw.line,
            column: flaw.column,
            message: flaw.message,
            why: self.explanation,
            fix: self.fix,
        };
        (self.judge)(project).into_iter().map(finding).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check;

    /// What only the lint can find, as no run shows it.
    const OWN: &[&str] = &["config-ignored"];

    #[test]
    fn every_rule_is_complete_and_has_a_name_of_its_own() {
        for (at, rule) in ALL.iter().enumerate() {
            assert!(!ALL[..at].iter().any(|other| other.id == rule.id), "{} twice", rule.id);
            assert!(check::find(rule.id).is_none(), "{} is a check", rule.id);
            assert!(rule.explanation.ends_with('.') && rule.fix.ends_with('.'), "{}", rule.id);
            assert!(!rule.summary.ends_with('.') && rule.summary.chars().count() <= 100, "{}", rule.id);
        }
    }

    #[test]
    fn a_rule_belongs_to_a_check_that_exists() {
        for rule in ALL {
            assert!(OWN.contains(&rule.check) || check::find(rule.check).is_some(), "{}", rule.check);
        }
    }

    #[test]
    fn a_rule_is_found_by_both_its_names() {
        for rule in ALL {
            assert_eq!(find(rule.id).map(|found| found.id), Some(rule.id));
            assert_eq!(find(&format!("{}/{}", rule.check, rule.id)).map(|found| found.id), Some(rule.id));
        }
        assert!(find("no-such-rule").is_none() && find("cached-error/skip-waiting").is_none());
    }
}
