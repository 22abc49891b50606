//! One cell of the table: a variant, or an app, under one scenario, with what came of it and what had to.

use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::finding::{Finding, Verdict};
use crate::trace::{Picture, Trace};

/// The purpose of a variant, in the order of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Known to be broken; swapcheck must catch it.
    Control,
    /// A remedy that is recommended somewhere.
    Remedy,
    /// This project's own configuration, which passes every scenario.
    Proven,
}
/// One variant in one scenario.
#[derive(Clone, Debug)]
pub struct Cell {
    /// The variant, or the name of the user's own app.
    pub variant: String,
    /// The purpose of the variant; none for the user's own app.
    pub kind: Option<Kind>,
    /// The scenario.
    pub scenario: String,
    /// The verdict.
    pub verdict: Verdict,
    /// The expected result.
    pub expected: Expected,
    /// The findings, in the order of the checks.
    pub findings: Vec<Finding>,
    /// Why it is inapplicable or broken; otherwise empty.
    pub reason: String,
    /// The verdict and the reason if no finding counted.
    pub otherwise: (Verdict, String),
    /// Its duration, without builds.
    pub took: Duration,
    /// The events that the findings refer to, in order.
    pub proof: Vec<Proof>,
    /// The trace; none if the cell was broken before it started, or was read from a report.
    pub trace: Option<Trace>,
    /// The file with the saved trace.
    pub kept: Option<PathBuf>,
    /// Screenshots of tabs, if requested.
    pub pictures: Vec<Picture>,
    /// Findings that the app's description accepts; only those whose acceptance has expired are also in `findings`.
    pub accepted: Vec<Accepted>,
}

/// A finding that is known and accepted for now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Accepted {
    /// The finding.
    pub finding: Finding,
    /// Why it is accepted.
    pub reason: String,
    /// The last day on which it is accepted, such as `2026-12-31`.
    pub until: String,
    /// True if that day has passed: the finding counts again.
    pub lapsed: bool,
}

/// An event that proves a finding, as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Proof {
    /// Its position in the trace.
    pub seq: u32,
    /// Milliseconds since the trace began.
    pub at_ms: u64,
    /// A description of the event.
    pub text: String,
}

impl Proof {
    /// The events of a trace that the findings refer to.
    #[must_use]
    pub fn of(findings: &[Finding], trace: &Trace) -> Vec<Self> {
        let named = |seq: u32| findings.iter().any(|finding| finding.events.contains(&seq));
        let events = trace.events.iter().filter(|event| named(event.seq));
        events.map(|event| Self { seq: event.seq, at_ms: event.at_ms, text: event.to_string() }).collect()
    }
}

/// The expected result of a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// No finding that counts.
    Pass,
    /// Findings of exactly these checks, with the reason.
    Findings {
        /// Ids of the checks.
        checks: Vec<String>,
        /// Ids of checks that may also report a finding.
        may: Vec<String>,
        /// The reason.
        why: String,
    },
    /// The scenario does not apply.
    Inapplicable {
        /// The reason.
        why: String,
    },
    /// No finding that counts, if the scenario can be tested: the expectation for a user's own app.
    Healthy,
}

impl Cell {
    /// A cell that could not be completed, of an app without declared results.
    #[must_use]
    pub fn broken(variant: &str, scenario: &str, reason: String) -> Self {
        Self {
            variant: variant.to_owned(),
            kind: None,
            scenario: scenario.to_owned(),
            verdict: Verdict::Broken,
            expected: Expected::Healthy,
            findings: Vec::new(),
            reason,
            took: Duration::ZERO,
            proof: Vec::new(),
            otherwise: (Verdict::Pass, String::new()),
            trace: None,
            kept: None,
            pictures: Vec::new(),
            accepted: Vec::new(),
        }
    }

    /// Ids of the checks with findings that count, each once, in order.
    #[must_use]
    pub fn found(&self) -> Vec<&str> {
        let mut ids: Vec<&str> =
            self.findings.iter().filter(|finding| finding.counts()).map(|finding| finding.check.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// Whether the result is as expected.
    #[must_use]
    pub fn as_expected(&self) -> bool {
        match (&self.expected, self.verdict) {
            (Expected::Pass | Expected::Healthy, Verdict::Pass)
            | (Expected::Inapplicable { .. } | Expected::Healthy, Verdict::Inapplicable) => true,
            (Expected::Findings { checks, .. }, Verdict::Pass) => checks.is_empty(),
            (Expected::Findings { checks, may, .. }, Verdict::Fail) => {
                let found = self.found();
                checks.iter().all(|check| found.contains(&check.as_str()))
                    && found.iter().all(|found| checks.iter().chain(may).any(|check| check == found))
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::finding;

    fn cell(found: &[&str], checks: &[&str], may: &[&str]) -> Cell {
        let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
        Cell {
            verdict: if found.is_empty() { Verdict::Pass } else { Verdict::Fail },
            expected: Expected::Findings { checks: owned(checks), may: owned(may), why: String::new() },
            findings: found.iter().map(|check| finding(check)).collect(),
            ..Cell::broken("", "", String::new())
        }
    }

    #[test]
    fn what_has_to_be_found_is_found_and_nothing_else_but_what_may_be() {
        let good = |found: &[&str], checks: &[&str], may: &[&str]| cell(found, checks, may).as_expected();
        assert!(good(&["a", "b"], &["b", "a"], &[]));
        assert!(!good(&["a"], &["a", "b"], &[]) && !good(&["a", "b"], &["a"], &[]) && !good(&[], &["a"], &[]));
        assert!(good(&["a"], &["a"], &["c"]) && good(&["a", "c"], &["a"], &["c"]));
        assert!(!good(&["c"], &["a"], &["c"]) && !good(&[], &["a"], &["c"]) && !good(&["a", "d"], &["a"], &["c"]));
        assert!(good(&[], &[], &["c"]) && good(&["c"], &[], &["c"]) && !good(&["d"], &[], &["c"]));
    }
}
