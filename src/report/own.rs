//! The report of a user's own app: what was learned of it, each scenario in a line, and what is wrong with its evidence.

use std::io::{self, Write};

use super::escape;
use super::evidence;
use super::human::{Look, versions};
use super::style::{BAD, BOLD, DIM, GOOD};
use super::words::{duration, wrap};
use crate::finding::Verdict;
use crate::run::{Cell, Fact, Run};

/// Columns of what stands before a fact.
const ABOUT: usize = 13;

/// Writes the report.
///
/// # Errors
/// Those of the writer.
pub fn report(out: &mut impl Write, run: &Run, look: Look) -> io::Result<()> {
    for Fact { about, text } in &run.learned {
        fact(out, about, text, look.width)?;
    }
    writeln!(out)?;
    let width = run.cells.iter().map(|cell| cell.scenario.chars().count()).max().unwrap_or_default();
    for cell in &run.cells {
        line(out, cell, width, look.width)?;
    }
    writeln!(out)?;
    let told = |cell: &&Cell| matches!(cell.verdict, Verdict::Fail) || look.verbose && !cell.findings.is_empty();
    for cell in run.cells.iter().filter(told) {
        writeln!(out, "{BOLD}{}{BOLD:#} {DIM}({}){DIM:#}", escape::line(&cell.scenario), summary(cell))?;
        if let Some(path) = &cell.kept {
            writeln!(out, "    {DIM}trace     {DIM:#} {}", escape::line(&path.display().to_string()))?;
        }
        evidence::findings(out, cell, look.width)?;
        writeln!(out)?;
    }
    verdict(out, run)?;
    versions(out, &run.versions)
}

fn fact(out: &mut impl Write, about: &str, text: &str, width: usize) -> io::Result<()> {
    writeln!(out, "{DIM}{about:<ABOUT$}{DIM:#}{}", wrap(&escape::line(text), width, ABOUT))
}

/// What a scenario plays, for those who read what came of it.
fn summary(cell: &Cell) -> &str {
    crate::scenario::ALL.iter().find(|known| known.id == cell.scenario).map_or("", |known| known.summary)
}

fn line(out: &mut impl Write, cell: &Cell, name: usize, width: usize) -> io::Result<()> {
    let (style, sign, text) = match cell.verdict {
        Verdict::Pass => (GOOD, '✓', String::new()),
        Verdict::Fail => (BAD, '✗', cell.found().join(", ")),
        Verdict::Inapplicable => (DIM, '–', format!("not tested: {}", escape::line(&cell.reason))),
        Verdict::Broken => (BAD, '!', format!("swapcheck could not do its work: {}", escape::line(&cell.reason))),
    };
    let text = wrap(&text, width, name + 6);
    let text = format!("  {style}{sign}{style:#} {:<name$}  {text}", escape::line(&cell.scenario));
    writeln!(out, "{}", text.trim_end())
}

fn verdict(out: &mut impl Write, run: &Run) -> io::Result<()> {
    let count = |verdict| run.cells.iter().filter(|cell| cell.verdict == verdict).count();
    let counts = [
        (count(Verdict::Pass), "healthy"),
        (count(Verdict::Fail), "with findings"),
        (count(Verdict::Inapplicable), "not tested"),
        (count(Verdict::Broken), "broken"),
    ];
    let counts = counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}"));
    let counts = counts.collect::<Vec<_>>().join(", ");
    let style = if run.exit_code() == 0 { GOOD } else { BAD };
    let scenarios = if run.cells.len() == 1 { "scenario" } else { "scenarios" };
    writeln!(out, "{style}{} {scenarios}: {counts}{style:#}; took {}", run.cells.len(), duration(run.took))?;
    if !run.cells.iter().any(|cell| matches!(cell.verdict, Verdict::Pass | Verdict::Fail)) {
        writeln!(out, "{BAD}nothing was checked{BAD:#}")?;
    }
    Ok(())
}
