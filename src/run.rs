//! The values of one run: its cells, its versions, and its progress. Every report is a view of these.

use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::finding::{Finding, Verdict};
use crate::release::variant::Kind;
use crate::shard::Shard;
use crate::trace::{Picture, Trace};

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

/// The versions of everything that was used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Versions {
    /// The version of swapcheck.
    pub swapcheck: String,
    /// The browser's own name and version.
    pub browser: String,
    /// Whether the browser's sandbox was on; unknown for a remote browser, or if read from a trace.
    pub sandbox: Option<bool>,
    /// The version of Node.js.
    pub node: String,
    /// The version of Next.js in the lockfile.
    pub next: String,
}

impl Versions {
    /// A note on the sandbox, to follow the browser version.
    #[must_use]
    pub(crate) fn sandbox_told(&self) -> &'static str {
        match self.sandbox {
            Some(true) => " (sandbox on)",
            Some(false) => " (sandbox off)",
            None => "",
        }
    }
}

/// A fact about the tested app or site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Fact {
    /// Its label, a word or two.
    pub about: String,
    /// Its text.
    pub text: String,
}

impl Fact {
    /// A fact with a label and a text.
    #[must_use]
    pub fn new(about: impl Into<String>, text: impl Into<String>) -> Self {
        Self { about: about.into(), text: text.into() }
    }
}

/// A whole run.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// What was discovered about the tested app or site; empty for the sample app, whose variants describe themselves.
    pub learned: Vec<Fact>,
    /// All cells, by variant and scenario, in the order of the table.
    pub cells: Vec<Cell>,
    /// The versions of everything that was used.
    pub versions: Versions,
    /// Its duration, including builds.
    pub took: Duration,
    /// The shards that it contains; empty if it is the whole table.
    pub shards: Vec<Shard>,
}

/// Progress of a run.
#[derive(Clone, Debug)]
pub enum Progress {
    /// A long step has started: an installation, a build, the start of a server.
    Began {
        /// What.
        what: String,
    },
    /// A step waits for another process that does the same.
    Waiting {
        /// What.
        what: String,
    },
    /// A step has finished.
    Ended {
        /// The step, as in `Began`.
        what: String,
        /// How long it took.
        took: Duration,
    },
    /// A cell has started.
    CellBegan {
        /// The variant.
        variant: String,
        /// The scenario.
        scenario: String,
    },
    /// A cell has finished.
    CellEnded {
        /// The variant.
        variant: String,
        /// The scenario.
        scenario: String,
        /// Its verdict.
        verdict: Verdict,
        /// Whether it is as expected.
        as_expected: bool,
        /// How long it took.
        took: Duration,
    },
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

impl Run {
    /// Merges several shards of one table into one run. Its duration is that of the longest one.
    ///
    /// # Errors
    /// When they cannot be merged; the text says why.
    pub fn merged(parts: Vec<Self>) -> Result<Self, String> {
        let mut whole = Self::default();
        for (at, part) in parts.into_iter().enumerate() {
            if at == 0 {
                whole.versions = part.versions;
            } else if whole.versions != part.versions {
                return Err(format!(
                    "the reports were made with different versions: {:?} and {:?}",
                    whole.versions, part.versions
                ));
            }
            whole.took = whole.took.max(part.took);
            whole.shards.extend(part.shards);
            for fact in part.learned {
                if !whole.learned.contains(&fact) {
                    whole.learned.push(fact);
                }
            }
            whole.cells.extend(part.cells);
        }
        whole.shards = Shard::together(whole.shards)?;
        let scenario = |cell: &Cell| crate::scenario::ALL.iter().position(|known| known.id == cell.scenario);
        whole.cells.sort_by(|a, b| {
            (a.kind, &a.variant, scenario(a), &a.scenario).cmp(&(b.kind, &b.variant, scenario(b), &b.scenario))
        });
        let same = |pair: &&[Cell]| (&pair[0].variant, &pair[0].scenario) == (&pair[1].variant, &pair[1].scenario);
        match whole.cells.windows(2).find(same) {
            Some(pair) => Err(format!("the cell {} / {} occurs in two reports", pair[0].variant, pair[0].scenario)),
            None => Ok(whole),
        }
    }

    /// Whether it is a run of the sample app. Only cells of the sample app have a kind.
    #[must_use]
    pub(crate) fn is_sample(&self) -> bool {
        self.cells.iter().any(|cell| cell.kind.is_some())
    }

    /// The exit code of the process: 0 if every cell is as expected, 3 if a cell is broken or nothing was checked,
    /// otherwise 1.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        let checked = self.cells.iter().any(|cell| matches!(cell.verdict, Verdict::Pass | Verdict::Fail));
        if !checked || self.cells.iter().any(|cell| cell.verdict == Verdict::Broken) {
            3
        } else {
            u8::from(!self.cells.iter().all(Cell::as_expected))
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
