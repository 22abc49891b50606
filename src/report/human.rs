//! The report on the terminal: a table, a summary, and the cells that are not as expected with their evidence.

use std::io::{self, Write};

use super::escape;
use super::evidence::{self, Fixes};
use super::style::{BAD, BOLD, DIM, GOOD};
use super::table::{self, BROKEN, INAPPLICABLE, MARK};
use super::words::{self, duration, outcome};
use crate::outcome::Verdict;
use crate::outcome::{Cell, Run, Versions};

/// Columns if the terminal width is unknown.
const USUAL_WIDTH: usize = 100;

/// Layout of the report.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Width of lines and tables in columns.
    pub width: usize,
    /// Also show cells that are as expected in full, if they have findings.
    pub verbose: bool,
}

impl Look {
    /// Fits the terminal on standard output; 100 columns without one.
    #[must_use]
    pub fn of_stdout(verbose: bool) -> Self {
        let width = comfy_table::Table::new().width().map_or(USUAL_WIDTH, usize::from);
        Self { width, verbose }
    }
}

/// Writes the report of a run of the sample app.
///
/// # Errors
/// When writing fails.
pub fn sample(out: &mut impl Write, run: &Run, look: Look) -> io::Result<()> {
    for table in table::tables(run, look.width) {
        writeln!(out, "{table}\n")?;
    }
    legend(out, run)?;
    told(out, run, |cell| !cell.as_expected() || look.verbose && !cell.findings.is_empty(), look)?;
    accepted(out, run)?;
    summary(out, run)?;
    versions(out, &run.versions)
}

/// Writes only the cells that are not as expected, and the summary.
///
/// # Errors
/// When writing fails.
pub fn quiet(out: &mut impl Write, run: &Run, look: Look) -> io::Result<()> {
    told(out, run, |cell| !cell.as_expected(), look)?;
    summary(out, run)
}

/// Writes cells in full. An error that several cells share is written once.
fn told(out: &mut impl Write, run: &Run, which: impl Fn(&Cell) -> bool, look: Look) -> io::Result<()> {
    let mut fixes = Fixes::default();
    for (cell, alike) in evidence::gathered(run.cells.iter().filter(|cell| which(cell))) {
        evidence::cell(out, cell, &mut fixes, look.width)?;
        evidence::also(out, &alike, |cell| format!("{} / {}", cell.variant, cell.scenario), look.width)?;
        writeln!(out)?;
    }
    Ok(())
}

/// Writes the findings in saved traces. Every trace is expected to pass.
///
/// # Errors
/// When writing fails.
pub fn judged(out: &mut impl Write, run: &Run, look: Look) -> io::Result<()> {
    let mut fixes = Fixes::default();
    for cell in &run.cells {
        let style = if cell.as_expected() { GOOD } else { BAD };
        let name = escape::line(&format!("{} / {}", cell.variant, cell.scenario));
        writeln!(out, "{BOLD}{name}{BOLD:#}: {style}{}{style:#}", outcome(cell))?;
        evidence::findings(out, cell, &mut fixes, look.width)?;
        writeln!(out)?;
    }
    accepted(out, run)
}

/// Writes the accepted findings and the expired acceptances.
fn accepted(out: &mut impl Write, run: &Run) -> io::Result<()> {
    let mut any = false;
    for cell in &run.cells {
        for accepted in &cell.accepted {
            let style = if accepted.lapsed { BAD } else { DIM };
            let place = escape::line(&format!("{} / {}", cell.variant, cell.scenario));
            writeln!(out, "{style}{place}: {}{style:#}", words::accepted(accepted))?;
            any = true;
        }
    }
    if any { writeln!(out) } else { Ok(()) }
}

/// Explains the signs that occur in the table.
fn legend(out: &mut impl Write, run: &Run) -> io::Result<()> {
    let any = |is: fn(&Cell) -> bool| run.cells.iter().any(is);
    let mut signs = Vec::new();
    if any(caught) {
        signs.push("check id: the expected failure was caught".to_owned());
    }
    if any(|cell| !cell.as_expected()) {
        signs.push(format!("{}: not as expected, see below", MARK.trim()));
    }
    if any(|cell| cell.verdict == Verdict::Inapplicable) {
        signs.push(format!("{INAPPLICABLE}: not applicable to the variant"));
    }
    if any(|cell| cell.verdict == Verdict::Broken) {
        signs.push(format!("{BROKEN}: could not be completed"));
    }
    for sign in &signs {
        writeln!(out, "{DIM}{sign}{DIM:#}")?;
    }
    if signs.is_empty() { Ok(()) } else { writeln!(out) }
}

fn caught(cell: &Cell) -> bool {
    cell.as_expected() && cell.verdict == Verdict::Fail
}

fn summary(out: &mut impl Write, run: &Run) -> io::Result<()> {
    let count = |is: fn(&Cell) -> bool| run.cells.iter().filter(|cell| is(cell)).count();
    let broken = count(|cell| cell.verdict == Verdict::Broken);
    let wrong = count(|cell| !cell.as_expected() && cell.verdict != Verdict::Broken);
    let (good, caught) = (count(Cell::as_expected), count(caught));
    let style = if run.exit_code() == 0 { GOOD } else { BAD };
    let cells = if run.cells.len() == 1 { "cell" } else { "cells" };
    let failures = if caught == 1 { "failure" } else { "failures" };
    writeln!(
        out,
        "{style}{} {cells}: {good} as expected (including {caught} expected {failures}), {wrong} not as expected, \
         {broken} broken{style:#}; took {}",
        run.cells.len(),
        duration(run.took)
    )?;
    if !run.cells.iter().any(|cell| matches!(cell.verdict, Verdict::Pass | Verdict::Fail)) {
        writeln!(out, "{BAD}nothing was checked{BAD:#}")?;
    }
    Ok(())
}

pub(super) fn versions(out: &mut impl Write, versions: &Versions) -> io::Result<()> {
    let browser = format!("{}{}", versions.browser, versions.sandbox_told());
    let mut all = vec![format!("swapcheck {}", versions.swapcheck), browser];
    for (what, version) in [("Node.js", &versions.node), ("Next.js", &versions.next)] {
        if !version.is_empty() {
            all.push(format!("{what} {version}"));
        }
    }
    writeln!(out, "{DIM}{}{DIM:#}", escape::line(&all.join(", ")))
}
