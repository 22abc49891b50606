//! The values of one run: its cells, its versions and what was learned. Every report is a view of these.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Verdict;
use super::cell::Cell;
use super::shard::Shard;

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
    /// What it is.
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

impl Run {
    /// Several parts of one table as one run, its cells in the order of `scenarios`. It took as long as the longest of them.
    ///
    /// # Errors
    /// When they cannot be merged; the text says why.
    pub fn merged(parts: Vec<Self>, scenarios: &[&str]) -> Result<Self, String> {
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
        let scenario = |cell: &Cell| scenarios.iter().position(|known| *known == cell.scenario);
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
