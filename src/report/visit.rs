//! The report of `swapcheck visit` and `revisit`: what was observed, the findings, and what was not tested.

use std::io::{self, Write};

use super::escape;
use super::evidence::{self, Fixes};
use super::human::{Look, versions};
use super::style::{BAD, BOLD, DIM, GOOD};
use super::words::{duration, outcome, wrap};
use crate::outcome::Cell;
use crate::outcome::Verdict;
use crate::visit::Outcome;

/// What cannot be tested on a live site, because it needs the log of swapcheck's own origin.
const NEEDS_LOG: &str = "which server sent each response, and server errors while a worker installed; see the site's own \
    log";

fn came(cell: &Cell) -> String {
    match cell.verdict {
        Verdict::Inapplicable => format!("not tested: {}", escape::line(&cell.reason)),
        _ => outcome(cell),
    }
}

/// Writes the report.
///
/// # Errors
/// When writing fails.
pub fn human(out: &mut impl Write, told: &Outcome, look: Look) -> io::Result<()> {
    let Outcome { run, origin, seen, untested } = told;
    for cell in &run.cells {
        let style = if cell.verdict == Verdict::Pass { GOOD } else { BAD };
        let name = escape::line(&format!("{} of {origin}", cell.scenario));
        writeln!(out, "{BOLD}{name}{BOLD:#}: {style}{}{style:#}; took {}", came(cell), duration(run.took))?;
        for text in seen {
            writeln!(out, "  {}", wrap(&escape::line(text), look.width, 2))?;
        }
        for text in untested.iter().map(String::as_str).chain([NEEDS_LOG]) {
            writeln!(out, "  {DIM}not tested:{DIM:#} {}", wrap(&escape::line(text), look.width, 14))?;
        }
        if let Some(path) = &cell.kept {
            writeln!(out, "  {DIM}trace:{DIM:#} {}", escape::line(&path.display().to_string()))?;
        }
        if cell.findings.iter().any(|finding| finding.counts() || look.verbose) {
            writeln!(out)?;
            evidence::findings(out, cell, &mut Fixes::default(), look.width)?;
        }
    }
    versions(out, &run.versions)
}
