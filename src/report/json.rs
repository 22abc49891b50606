//! The report for programs. It holds all that other reports are made of but the traces, so that a run can be had back
//! from it.

use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::words::why;
use crate::error::Error;
use crate::finding::{Finding, Verdict};
use crate::release::variant::Kind;
use crate::run::{Accepted, Cell, Expected, Fact, Proof, Run, Versions};
use crate::shard::Shard;

/// What `--json` writes: a run with its cells, their verdicts, and their findings with their evidence.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Report {
    #[serde(flatten)]
    versions: Versions,
    /// How long the run took, with the builds.
    duration_ms: u64,
    /// The parts of the table that it is, such as `2/5`; none when it is all that was chosen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<String>")]
    shards: Vec<Shard>,
    /// What is known of the user's own app, or of the site.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    learned: Vec<Fact>,
    /// Every cell, by variant and then scenario.
    cells: Vec<CellReport>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct CellReport {
    /// The variant, or a name for the user's own app.
    variant: String,
    /// What the variant is there for; none for the user's own app.
    kind: Option<Kind>,
    /// The scenario.
    scenario: String,
    /// What came of it.
    verdict: Verdict,
    /// What had to come of it.
    expected_verdict: Verdict,
    /// Ids of the checks that had to find something; empty for a pass.
    expected: Vec<String>,
    /// Ids of checks that may find something too, where chance decides in the app itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    may: Vec<String>,
    /// Why they had to.
    why: String,
    /// Whether the cell gives just what it must.
    as_expected: bool,
    /// Why the cell is inapplicable or broken; empty otherwise.
    reason: String,
    /// What is wrong.
    findings: Vec<FindingReport>,
    /// Findings that the app's description accepts, or did accept until a day that is over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    accepted: Vec<Accepted>,
    /// How long it took, without the builds.
    duration_ms: u64,
    /// The file that keeps the trace.
    trace: Option<PathBuf>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct FindingReport {
    #[serde(flatten)]
    finding: Finding,
    /// The events that prove it, in words.
    evidence: Vec<Proof>,
}

/// The JSON report of a run. Text of pages stands in it as it is.
///
/// # Errors
/// When a path cannot be told in JSON.
pub fn render(run: &Run) -> Result<Vec<u8>, Error> {
    let cells = run.cells.iter().map(tell).collect();
    let (versions, learned, shards) = (run.versions.clone(), run.learned.clone(), run.shards.clone());
    let report = Report { versions, duration_ms: millis(run.took), shards, learned, cells };
    let mut json =
        serde_json::to_vec_pretty(&report).map_err(|error| Error::Tool(format!("cannot write JSON: {error}")))?;
    json.push(b'\n');
    Ok(json)
}

/// The run that a JSON report tells of, without its traces.
///
/// # Errors
/// When it is not such a report; the text says what is wrong, and where.
pub fn read(json: &[u8]) -> Result<Run, serde_json::Error> {
    let Report { versions, duration_ms, shards, learned, cells } = serde_json::from_slice(json)?;
    let (cells, took) = (cells.into_iter().map(recall).collect(), Duration::from_millis(duration_ms));
    Ok(Run { learned, cells, versions, took, shards })
}

/// The JSON Schema of the report.
///
/// # Errors
/// When it cannot be made.
pub fn schema() -> Result<Vec<u8>, Error> {
    let mut schema = schemars::schema_for!(Report);
    schema.insert("title".to_owned(), "JSON report of swapcheck".into());
    let mut json =
        serde_json::to_vec_pretty(&schema).map_err(|error| Error::Tool(format!("cannot write JSON: {error}")))?;
    json.push(b'\n');
    Ok(json)
}

fn tell(cell: &Cell) -> CellReport {
    let (expected_verdict, expected) = match &cell.expected {
        Expected::Pass | Expected::Healthy => (Verdict::Pass, Vec::new()),
        Expected::Findings { checks, .. } if checks.is_empty() => (Verdict::Pass, Vec::new()),
        Expected::Findings { checks, .. } => (Verdict::Fail, checks.clone()),
        Expected::Inapplicable { .. } => (Verdict::Inapplicable, Vec::new()),
    };
    let may = match &cell.expected {
        Expected::Findings { may, .. } => may.clone(),
        Expected::Pass | Expected::Healthy | Expected::Inapplicable { .. } => Vec::new(),
    };
    let told = |finding: &Finding| {
        let evidence = cell.proof.iter().filter(|event| finding.events.contains(&event.seq)).cloned().collect();
        FindingReport { finding: finding.clone(), evidence }
    };
    CellReport {
        variant: cell.variant.clone(),
        kind: cell.kind,
        scenario: cell.scenario.clone(),
        verdict: cell.verdict,
        expected_verdict,
        expected,
        may,
        why: why(&cell.expected).to_owned(),
        as_expected: cell.as_expected(),
        reason: cell.reason.clone(),
        findings: cell.findings.iter().map(told).collect(),
        accepted: cell.accepted.clone(),
        duration_ms: millis(cell.took),
        trace: cell.kept.clone(),
    }
}

fn recall(told: CellReport) -> Cell {
    let CellReport { variant, kind, scenario, verdict, expected: checks, may, why, reason, .. } = told;
    let expected = match told.expected_verdict {
        // Only a variant, which has a kind, is known well enough to say which scenarios have a meaning for it.
        Verdict::Pass | Verdict::Broken if kind.is_none() => Expected::Healthy,
        Verdict::Pass | Verdict::Broken if may.is_empty() => Expected::Pass,
        Verdict::Pass | Verdict::Broken | Verdict::Fail => Expected::Findings { checks, may, why },
        Verdict::Inapplicable => Expected::Inapplicable { why },
    };
    let mut proof: Vec<Proof> = told.findings.iter().flat_map(|told| told.evidence.iter().cloned()).collect();
    proof.sort_by_key(|event| event.seq);
    proof.dedup();
    let findings = told.findings.into_iter().map(|told| told.finding).collect();
    let (took, kept) = (Duration::from_millis(told.duration_ms), told.trace);
    let (trace, pictures, accepted) = (None, Vec::new(), told.accepted);
    Cell { variant, kind, scenario, verdict, expected, findings, reason, took, proof, trace, kept, pictures, accepted }
}

fn millis(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}
