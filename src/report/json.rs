//! The JSON report. It contains everything that the other reports show except the traces, so a run can be restored from
//! it.

use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::words::why;
use crate::error::Error;
use crate::outcome::Kind;
use crate::outcome::shard::Shard;
use crate::outcome::{Accepted, Cell, Expected, Fact, Proof, Run, Versions};
use crate::outcome::{Finding, Verdict};

/// The report that `--json` writes: a run with its cells, their verdicts, and their findings with evidence.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Report {
    #[serde(flatten)]
    versions: Versions,
    /// Duration of the run, including builds.
    duration_ms: u64,
    /// The shards that the report contains, for example `2/5`; empty if it is the whole table.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<String>")]
    shards: Vec<Shard>,
    /// What was discovered about the user's own app, or the site.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    learned: Vec<Fact>,
    /// All cells, by variant and scenario.
    cells: Vec<CellReport>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct CellReport {
    /// The variant, or the name of the user's own app.
    variant: String,
    /// The purpose of the variant; null for the user's own app.
    kind: Option<Kind>,
    /// The scenario.
    scenario: String,
    /// The verdict.
    verdict: Verdict,
    /// The expected verdict.
    expected_verdict: Verdict,
    /// Ids of the checks that are expected to report a finding; empty if a pass is expected.
    expected: Vec<String>,
    /// Ids of checks that may also report a finding, because the app itself behaves nondeterministically.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    may: Vec<String>,
    /// The reason for the expectation.
    why: String,
    /// Whether the result is as expected.
    as_expected: bool,
    /// Why the cell is inapplicable or broken; otherwise empty.
    reason: String,
    /// The findings.
    findings: Vec<FindingReport>,
    /// Findings that the app's description accepts, including expired acceptances.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    accepted: Vec<Accepted>,
    /// Duration of the cell, without builds.
    duration_ms: u64,
    /// The file with the saved trace.
    trace: Option<PathBuf>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct FindingReport {
    #[serde(flatten)]
    finding: Finding,
    /// The events that prove it, as text.
    evidence: Vec<Proof>,
}

/// The JSON report of a run. Text from pages is not escaped.
///
/// # Errors
/// When a path cannot be represented in JSON.
pub fn render(run: &Run) -> Result<Vec<u8>, Error> {
    let cells = run.cells.iter().map(tell).collect();
    let (versions, learned, shards) = (run.versions.clone(), run.learned.clone(), run.shards.clone());
    let report = Report { versions, duration_ms: millis(run.took), shards, learned, cells };
    let mut json =
        serde_json::to_vec_pretty(&report).map_err(|error| Error::Tool(format!("cannot write JSON: {error}")))?;
    json.push(b'\n');
    Ok(json)
}

/// Restores a run from its JSON report, without the traces.
///
/// # Errors
/// When it is not a JSON report of swapcheck; the text says where and why.
pub fn read(json: &[u8]) -> Result<Run, serde_json::Error> {
    let Report { versions, duration_ms, shards, learned, cells } = serde_json::from_slice(json)?;
    let (cells, took) = (cells.into_iter().map(recall).collect(), Duration::from_millis(duration_ms));
    Ok(Run { learned, cells, versions, took, shards })
}

/// The JSON Schema of the report.
///
/// # Errors
/// When it cannot be generated.
pub fn schema() -> Result<Vec<u8>, Error> {
    let mut schema = schemars::schema_for!(Report);
    schema.insert("title".to_owned(), "swapcheck JSON report".into());
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
        // Only variants, which have a kind, declare scenarios that do not apply to them.
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
    let (otherwise, accepted) = ((verdict, reason.clone()), told.accepted);
    let cell = Cell::broken(&variant, &scenario, reason);
    Cell { kind, verdict, expected, findings, took, proof, otherwise, kept, accepted, ..cell }
}

fn millis(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}
