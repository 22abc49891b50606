//! The values of one run: its cells, its versions, and the progress that it reports. Every report is a view of these.

use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::finding::{Finding, Verdict};
use crate::release::variant::Kind;
use crate::shard::Shard;
use crate::trace::{Picture, Trace};

/// One variant under one scenario.
#[derive(Clone, Debug)]
pub struct Cell {
    /// The variant, or a name for the user's own app.
    pub variant: String,
    /// What the variant is there for; none for the user's own app.
    pub kind: Option<Kind>,
    /// The scenario.
    pub scenario: String,
    /// What came of it.
    pub verdict: Verdict,
    /// What had to come of it.
    pub expected: Expected,
    /// What is wrong, in the order of the checks.
    pub findings: Vec<Finding>,
    /// Why it is inapplicable or broken; empty otherwise.
    pub reason: String,
    /// How long it took, without the builds.
    pub took: Duration,
    /// The events that the findings name, in order.
    pub proof: Vec<Proof>,
    /// What happened; none when the cell was broken before it began, or was read from a report.
    pub trace: Option<Trace>,
    /// The file that keeps the trace.
    pub kept: Option<PathBuf>,
    /// What tabs looked like at moments of the trace, where pictures were wanted.
    pub pictures: Vec<Picture>,
    /// Findings that the app's description accepts. Those that it still accepts are not among `findings`.
    pub accepted: Vec<Accepted>,
}

/// A finding that is known and accepted for now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Accepted {
    /// What is wrong.
    pub finding: Finding,
    /// Why it is accepted.
    pub reason: String,
    /// The last day on which it is, such as `2026-12-31`.
    pub until: String,
    /// True when that day is over: the finding counts again.
    pub lapsed: bool,
}

/// An event that proves something, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Proof {
    /// Its position in the trace.
    pub seq: u32,
    /// Milliseconds since the trace began.
    pub at_ms: u64,
    /// What happened.
    pub text: String,
}

impl Proof {
    /// The events of a trace that any of the findings names.
    #[must_use]
    pub fn of(findings: &[Finding], trace: &Trace) -> Vec<Self> {
        let named = |seq: u32| findings.iter().any(|finding| finding.events.contains(&seq));
        let events = trace.events.iter().filter(|event| named(event.seq));
        events.map(|event| Self { seq: event.seq, at_ms: event.at_ms, text: event.to_string() }).collect()
    }
}

/// What a cell must give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// No finding that counts.
    Pass,
    /// Just these checks, with the reason.
    Findings {
        /// Ids of the checks.
        checks: Vec<String>,
        /// Ids of checks that may find something too.
        may: Vec<String>,
        /// Why it is so.
        why: String,
    },
    /// The scenario has no meaning here.
    Inapplicable {
        /// Why not.
        why: String,
    },
    /// No finding that counts, as far as the scenario can be tried: what is asked of an app that nothing is known of.
    Healthy,
}

/// What was used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Versions {
    /// This program.
    pub swapcheck: String,
    /// The browser, as it names itself.
    pub browser: String,
    /// Whether the browser's sandbox was on; not known of one that runs elsewhere, nor from a trace.
    pub sandbox: Option<bool>,
    /// Node.js, as it names itself.
    pub node: String,
    /// Next.js, as the lockfile pins it.
    pub next: String,
}

impl Versions {
    /// What is told of the sandbox beside the browser.
    #[must_use]
    pub(crate) fn sandbox_told(&self) -> &'static str {
        match self.sandbox {
            Some(true) => " (sandbox on)",
            Some(false) => " (sandbox off)",
            None => "",
        }
    }
}

/// One thing that is known of what was tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Fact {
    /// What it is about, in a word or two.
    pub about: String,
    /// What it is.
    pub text: String,
}

impl Fact {
    /// This of that.
    #[must_use]
    pub fn new(about: impl Into<String>, text: impl Into<String>) -> Self {
        Self { about: about.into(), text: text.into() }
    }
}

/// A whole run.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// What is known of the app or the site that was tried; nothing of the sample app, whose variants say what they are.
    pub learned: Vec<Fact>,
    /// Every cell, by variant and then scenario, in the order of the table.
    pub cells: Vec<Cell>,
    /// What was used.
    pub versions: Versions,
    /// How long it took, with the builds.
    pub took: Duration,
    /// The parts of the table that it is; none when it is all that was chosen.
    pub shards: Vec<Shard>,
}

/// What a run is doing.
#[derive(Clone, Debug)]
pub enum Progress {
    /// Something that takes long began: an installation, a build, the start of a server.
    Began {
        /// What.
        what: String,
    },
    /// It waits for another process that does the same.
    Waiting {
        /// What.
        what: String,
    },
    /// It ended.
    Ended {
        /// What, as in `Began`.
        what: String,
        /// How long it took.
        took: Duration,
    },
    /// A cell began.
    CellBegan {
        /// The variant.
        variant: String,
        /// The scenario.
        scenario: String,
    },
    /// A cell ended.
    CellEnded {
        /// The variant.
        variant: String,
        /// The scenario.
        scenario: String,
        /// Its verdict.
        verdict: Verdict,
        /// Whether it is what it must be.
        as_expected: bool,
        /// How long it took.
        took: Duration,
    },
}

impl Cell {
    /// A cell that could not be played, of an app of which nothing is known.
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

    /// Ids of the checks whose findings count, each once, in order.
    #[must_use]
    pub fn found(&self) -> Vec<&str> {
        let mut ids: Vec<&str> =
            self.findings.iter().filter(|finding| finding.counts()).map(|finding| finding.check.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// Whether the cell gives just what it must.
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
    /// Several parts of one table as one run. It took as long as the longest of them.
    ///
    /// # Errors
    /// When they do not go together; the text says why.
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
            Some(pair) => Err(format!("the cell {} / {} is in two reports", pair[0].variant, pair[0].scenario)),
            None => Ok(whole),
        }
    }

    /// Whether it is one of the sample app. No cell of somebody's own app is of a kind.
    #[must_use]
    pub(crate) fn is_sample(&self) -> bool {
        self.cells.iter().any(|cell| cell.kind.is_some())
    }

    /// The process exit code that tells the outcome: 0 when every cell is as expected, 3 when a cell is broken or
    /// nothing was checked, 1 otherwise.
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
