//! One cell in full: the expected and the actual result, and each finding with the events that prove it.

use std::collections::HashMap;
use std::io::{self, Write};

use super::escape;
use super::style::{BAD, BOLD, DIM, GOOD};
use super::words::{alike, duration, expectation, outcome, unfold, why, wrap};
use crate::outcome::{Cell, Expected, Proof};
use crate::outcome::{Confidence, Finding, Severity, Verdict};

/// Maximum number of events shown for a finding; a reload loop has hundreds.
const SHOWN: usize = 20;

/// The fixes that a report has already shown, each with the cell where it was shown.
#[derive(Clone, Debug, Default)]
pub struct Fixes(HashMap<String, String>);

impl Fixes {
    /// The fix in full the first time, and afterwards a reference to it.
    fn tell(&mut self, fix: &str, cell: &Cell) -> String {
        let here = format!("{} / {}", cell.variant, cell.scenario);
        match self.0.get(fix) {
            Some(there) if *there != here => {
                let of_the_same = there.strip_prefix(&format!("{} / ", cell.variant));
                escape::line(&format!("see {} above", of_the_same.unwrap_or(there)))
            }
            _ => {
                self.0.insert(fix.to_owned(), here);
                escape::lines(fix)
            }
        }
    }
}

/// The cells to show, each with those that are broken for the same reason and are shown with it.
pub(super) fn gathered<'a>(cells: impl Iterator<Item = &'a Cell>) -> Vec<(&'a Cell, Vec<&'a Cell>)> {
    let mut gathered: Vec<(&Cell, Vec<&Cell>)> = Vec::new();
    for cell in cells {
        let bare = |cell: &Cell| cell.verdict == Verdict::Broken && cell.trace.is_none() && cell.kept.is_none();
        let like = |told: &&Cell| bare(cell) && bare(told) && told.reason == cell.reason;
        match gathered.iter_mut().find(|(told, _)| like(told)) {
            Some((_, alike)) => alike.push(cell),
            None => gathered.push((cell, Vec::new())),
        }
    }
    gathered
}

/// Writes the names of cells to which the text above also applies.
pub(super) fn also(
    out: &mut impl Write,
    alike: &[&Cell],
    name: impl Fn(&Cell) -> String,
    width: usize,
) -> io::Result<()> {
    if alike.is_empty() {
        return Ok(());
    }
    let mut names: Vec<String> = alike.iter().take(SHOWN).map(|cell| escape::line(&name(cell))).collect();
    if alike.len() > SHOWN {
        names.push(format!("and {} more", alike.len() - SHOWN));
    }
    field(out, "likewise", &names.join(", "), width)
}

/// Writes the cell's name, the expected and the actual result, then its findings.
///
/// # Errors
/// When writing fails.
pub fn cell(out: &mut impl Write, cell: &Cell, fixes: &mut Fixes, width: usize) -> io::Result<()> {
    let style = if cell.as_expected() { GOOD } else { BAD };
    let name = escape::line(&format!("{} / {}", cell.variant, cell.scenario));
    writeln!(out, "{style}{name}{style:#} {DIM}({}){DIM:#}", duration(cell.took))?;
    field(out, "expected", &expectation(&cell.expected), width)?;
    if !why(&cell.expected).is_empty() {
        field(out, "because", why(&cell.expected), width)?;
    }
    field(out, "found", &found(cell), width)?;
    if let Some(path) = &cell.kept {
        field(out, "trace", &escape::line(&path.display().to_string()), width)?;
    }
    findings(out, cell, fixes, width)
}

/// The result of the cell; says so if an expected failure is missing.
fn found(cell: &Cell) -> String {
    match (&cell.expected, cell.verdict) {
        (Expected::Findings { checks, .. }, Verdict::Pass) if !checks.is_empty() => {
            "pass: the expected failure was not caught".to_owned()
        }
        _ => outcome(cell),
    }
}

/// Writes the findings of a cell with their evidence. Of many findings with the same fix, most are shown as URLs only.
/// The fix follows once, and is written in full once per report.
///
/// # Errors
/// When writing fails.
pub fn findings(out: &mut impl Write, cell: &Cell, fixes: &mut Fixes, width: usize) -> io::Result<()> {
    for alike in alike(&cell.findings) {
        let (whole, folded) = unfold(alike);
        for finding in whole {
            writeln!(out)?;
            self::finding(out, finding, &cell.proof, width)?;
        }
        let mut name = format!("{} more", folded.len());
        for finding in folded {
            let what = finding.url.as_ref().unwrap_or(&finding.message);
            field(out, &std::mem::take(&mut name), &escape::line(what), width)?;
        }
        field(out, "fix", &fixes.tell(&alike[0].fix, cell), width)?;
    }
    Ok(())
}

fn finding(out: &mut impl Write, finding: &Finding, proof: &[Proof], width: usize) -> io::Result<()> {
    let severity = match finding.severity {
        Severity::Note => "note",
        Severity::Error => "error",
        Severity::Fatal => "fatal",
    };
    let sure = match finding.confidence {
        Confidence::Certain => "",
        Confidence::Likely => ", likely",
    };
    writeln!(out, "  {BOLD}{}{BOLD:#} {DIM}({severity}{sure}){DIM:#}", escape::line(&finding.check))?;
    writeln!(out, "    {}", wrap(&escape::line(&finding.message), width, 4))?;
    if let Some(url) = &finding.url {
        field(out, "url", &escape::line(url), width)?;
    }
    for seq in finding.events.iter().take(SHOWN) {
        match proof.iter().find(|event| event.seq == *seq) {
            Some(event) => {
                let text = wrap(&escape::line(&event.text), width, 21);
                writeln!(out, "    {DIM}{:>10} ms{DIM:#}    {text}", event.at_ms)?;
            }
            None => writeln!(out, "    {DIM}event {seq} is not in the trace{DIM:#}")?,
        }
    }
    if finding.events.len() > SHOWN {
        writeln!(out, "    {DIM}and {} more events{DIM:#}", finding.events.len() - SHOWN)?;
    }
    Ok(())
}

fn field(out: &mut impl Write, name: &str, text: &str, width: usize) -> io::Result<()> {
    let text = wrap(text, width, 14);
    writeln!(out, "    {DIM}{name:<9}{DIM:#} {text}")
}
