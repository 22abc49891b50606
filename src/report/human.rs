//! The report for people: a table, a summary, and the cells that are not as expected with their evidence.

use std::io::{self, Write};

use super::escape;
use super::evidence::{self, Fixes};
use super::style::{BAD, BOLD, DIM, GOOD};
use super::table::{self, BROKEN, INAPPLICABLE, MARK};
use super::words::{self, duration, outcome};
use crate::outcome::Verdict;
use crate::outcome::{Cell, Run, Versions};

/// Columns where there is no terminal that says how many it has.
const USUAL_WIDTH: usize = 100;

/// How the report is to look.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Columns that lines and tables should fit into.
    pub width: usize,
    /// Cells that are as expected are told in full too, where they have findings.
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

/// Writes the report of a run of the sample.
///
/// # Errors
/// Those of the writer.
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

/// Writes the summary, and before it what is not as expected, and nothing of what is.
///
/// # Errors
/// Those of the writer.
pub fn quiet(out: &mut impl Write, run: &Run, look: Look) -> io::Result<()> {
    told(out, run, |cell| !cell.as_expected(), look)?;
    summary(out, run)
}

/// Tells cells in full. What keeps several of them from being played is told once.
fn told(out: &mut impl Write, run: &Run, which: impl Fn(&Cell) -> bool, look: Look) -> io::Result<()> {
    let mut fixes = Fixes::default();
    for (cell, alike) in evidence::gathered(run.cells.iter().filter(|cell| which(cell))) {
        evidence::cell(out, cell, &mut fixes, look.width)?;
        evidence::also(out, &alike, |cell| format!("{} / {}", cell.variant, cell.scenario), look.width)?;
        writeln!(out)?;
    }
    Ok(())
}

/// Writes what a judgement of saved traces has found. Nothing is expected of them but a pass.
///
/// # Errors
/// Those of the writer.
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

/// Says what is accepted for now, and what no longer is.
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

/// Says what the table's signs mean, as far as it has them.
fn legend(out: &mut impl Write, run: &Run) -> io::Result<()> {
    let any = |is: fn(&Cell) -> bool| run.cells.iter().any(is);
    let mut signs = Vec::new();
    if any(caught) {
        signs.push("name of a check: the failure that this cell has to show was caught".to_owned());
    }
    if any(|cell| !cell.as_expected()) {
        signs.push(format!("{}: not as expected, told below", MARK.trim()));
    }
    if any(|cell| cell.verdict == Verdict::Inapplicable) {
        signs.push(format!("{INAPPLICABLE}: has no meaning for the variant"));
    }
    if any(|cell| cell.verdict == Verdict::Broken) {
        signs.push(format!("{BROKEN}: swapcheck could not do its work"));
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
    writeln!(
        out,
        "{style}{} {cells}: {good} as expected ({caught} of them caught failures), {wrong} not, {broken} broken{style:#}; \
         took {}",
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
