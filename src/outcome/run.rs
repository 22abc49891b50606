//! The values of one run: its cells, its versions and what was learned. Every report is a view of these.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Verdict;
use super::cell::Cell;
use super::shard::Shard;

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

impl Run {
    /// Several parts of one table as one run, its cells in the order of `scenarios`. It took as long as the longest of them.
    ///
    /// # Errors
    /// When they do not go together; the text says why.
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
