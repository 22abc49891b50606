//! The reports of a probe: what was seen, then what the rehearsal found.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::{Value, json};

use super::escape;
use super::evidence;
use super::human::Look;
use super::style::{BAD, BOLD, DIM, GOOD};
use super::words::{duration, outcome};
use crate::error::Error;
use crate::finding::Verdict;
use crate::probe::{Probed, in_words, rehearsed_in_words};
use crate::run::{Cell, Fact};

/// The report for programs.
///
/// # Errors
/// When something cannot be told in JSON.
pub fn json(probed: &Probed) -> Result<Vec<u8>, Error> {
    let cannot = |error: serde_json::Error| Error::Tool(format!("cannot make JSON: {error}"));
    let mut report: Value = serde_json::from_slice(&super::json::render(&probed.run)?).map_err(cannot)?;
    report["facts"] = serde_json::to_value(&probed.facts).map_err(cannot)?;
    report["renamed"] = json!(probed.renamed);
    let mut json = serde_json::to_vec_pretty(&report).map_err(cannot)?;
    json.push(b'\n');
    Ok(json)
}

/// The report for people.
///
/// # Errors
/// Those of the writer.
pub fn human(out: &mut impl Write, probed: &Probed, look: Look) -> io::Result<()> {
    writeln!(out, "{BOLD}{}{BOLD:#}", escape::line(&probed.facts.url))?;
    for Fact { about, text } in in_words(&probed.facts, look.verbose) {
        writeln!(out, "  {about:<15} {}", escape::line(&text))?;
    }
    writeln!(out, "\n{BOLD}Verdicts{BOLD:#}")?;
    let (untested, tested): (Vec<&Cell>, Vec<&Cell>) =
        probed.run.cells.iter().partition(|cell| cell.verdict == Verdict::Inapplicable);
    for cell in &tested {
        let style = if cell.as_expected() { GOOD } else { BAD };
        writeln!(out, "  {style}{:<20}{style:#} {}", escape::line(&cell.scenario), outcome(cell))?;
    }
    if let Some(renamed) = probed.renamed {
        writeln!(out, "  {DIM}the rehearsed release: {}{DIM:#}", rehearsed_in_words(renamed))?;
    }
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for cell in &untested {
        reasons.entry(&cell.reason).or_default().push(&cell.scenario);
    }
    for (why, scenarios) in reasons {
        writeln!(out, "  {DIM}not tested: {}: {}{DIM:#}", scenarios.join(", "), escape::line(why))?;
    }
    let told = tested.iter().filter(|cell| !cell.as_expected() || look.verbose && !cell.findings.is_empty());
    for cell in told {
        writeln!(out)?;
        evidence::cell(out, cell, look.width)?;
    }
    let failed = tested.iter().filter(|cell| cell.verdict == Verdict::Fail).count();
    let style = if probed.exit_code() == 0 { GOOD } else { BAD };
    writeln!(
        out,
        "\n{style}{} of {} verdicts are failures, {} scenarios were not tested{style:#}; took {}, {} requests to the site",
        failed,
        tested.len(),
        untested.len(),
        duration(probed.run.took),
        probed.facts.traffic.requests
    )
}
