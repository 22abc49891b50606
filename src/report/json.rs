//! The report for programs.

use std::path::PathBuf;

use serde::Serialize;

use super::traces::Traces;
use super::words::why;
use crate::error::Error;
use crate::finding::{Confidence, Finding, Severity, Verdict};
use crate::run::{Cell, Expected, Run, Versions};
use crate::trace::Trace;

#[derive(Serialize)]
struct Report<'a> {
    #[serde(flatten)]
    versions: &'a Versions,
    duration_ms: u64,
    cells: Vec<CellReport<'a>>,
}

#[derive(Serialize)]
struct CellReport<'a> {
    variant: &'a str,
    scenario: &'a str,
    verdict: Verdict,
    /// Ids of the checks that had to find something; empty for a pass.
    expected: &'a [String],
    /// Why they had to.
    why: &'a str,
    as_expected: bool,
    /// Why the cell is inapplicable or broken.
    reason: &'a str,
    findings: Vec<FindingReport<'a>>,
    duration_ms: u64,
    /// The file that keeps the trace.
    trace: Option<PathBuf>,
}

#[derive(Serialize)]
struct FindingReport<'a> {
    check: &'a str,
    severity: Severity,
    confidence: Confidence,
    message: &'a str,
    url: Option<&'a str>,
    fix: &'a str,
    /// The events that prove it, by their `seq`.
    events: &'a [u32],
    /// The same events in words.
    evidence: Vec<Evidence>,
}

#[derive(Serialize)]
struct Evidence {
    seq: u32,
    at_ms: u64,
    text: String,
}

/// The JSON report of a run. Text of pages stands in it as it is.
///
/// # Errors
/// When a path cannot be told in JSON.
pub fn render(run: &Run, traces: Option<&Traces>) -> Result<Vec<u8>, Error> {
    let cells = run.cells.iter().map(|cell| cell_report(cell, traces)).collect();
    let report = Report { versions: &run.versions, duration_ms: millis(run.took), cells };
    let mut json =
        serde_json::to_vec_pretty(&report).map_err(|error| Error::Tool(format!("cannot make JSON: {error}")))?;
    json.push(b'\n');
    Ok(json)
}

fn cell_report<'a>(cell: &'a Cell, traces: Option<&Traces>) -> CellReport<'a> {
    CellReport {
        variant: &cell.variant,
        scenario: &cell.scenario,
        verdict: cell.verdict,
        expected: match &cell.expected {
            Expected::Findings { checks, .. } => checks,
            Expected::Pass | Expected::Inapplicable { .. } => &[],
        },
        why: why(&cell.expected),
        as_expected: cell.as_expected(),
        reason: &cell.reason,
        findings: cell.findings.iter().map(|finding| finding_report(finding, cell.trace.as_ref())).collect(),
        duration_ms: millis(cell.took),
        trace: traces.and_then(|traces| traces.path(cell)),
    }
}

fn finding_report<'a>(finding: &'a Finding, trace: Option<&Trace>) -> FindingReport<'a> {
    let events = trace.map_or(&[][..], |trace| &trace.events);
    let proof = events.iter().filter(|event| finding.events.contains(&event.seq));
    FindingReport {
        check: &finding.check,
        severity: finding.severity,
        confidence: finding.confidence,
        message: &finding.message,
        url: finding.url.as_deref(),
        fix: &finding.fix,
        events: &finding.events,
        evidence: proof.map(|event| Evidence { seq: event.seq, at_ms: event.at_ms, text: event.to_string() }).collect(),
    }
}

fn millis(took: std::time::Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}
