//! The report for code scanning and editors: SARIF 2.1.0, a rule a check, a result a finding.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Value, json};

use super::escape;
use super::words::{expectation, outcome, why};
use crate::check;
use crate::error::Error;
use crate::finding::{Confidence, Finding, Severity, Verdict};
use crate::run::{Accepted, Cell, Expected, Run};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// What no URI holds as it is.
const NOT_IN_URI: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'\\').add(b'^').add(b'`').add(b'{').add(b'|').add(b'}');

/// The most results; readers refuse more.
const RESULTS: usize = 5000;

/// The SARIF report of a run.
///
/// A finding that was expected, or is accepted, is a result that is suppressed. What could not be played, and a failure
/// that was not caught, are notifications: they are no results of a check.
///
/// # Errors
/// When it cannot be made.
pub fn render(run: &Run) -> Result<Vec<u8>, Error> {
    let results: Vec<Value> = run.cells.iter().flat_map(results).take(RESULTS).collect();
    let notifications: Vec<Value> = run.cells.iter().filter_map(notification).collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "swapcheck",
                "semanticVersion": run.versions.swapcheck,
                "rules": check::ALL.iter().map(|check| rule(check)).collect::<Vec<_>>(),
            } },
            "invocations": [{
                "executionSuccessful": run.exit_code() < 3,
                "exitCode": run.exit_code(),
                "toolExecutionNotifications": notifications,
            }],
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    let mut json =
        serde_json::to_vec_pretty(&log).map_err(|error| Error::Tool(format!("cannot make a SARIF report: {error}")))?;
    json.push(b'\n');
    Ok(json)
}

fn rule(check: &check::Check) -> Value {
    json!({
        "id": check.id,
        "name": check.id,
        "shortDescription": { "text": check.summary },
        "fullDescription": { "text": check.explanation },
        "help": { "text": check.fix },
        "defaultConfiguration": { "level": level(check.severity) },
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Error | Severity::Fatal => "error",
    }
}

fn results(cell: &Cell) -> impl Iterator<Item = Value> + use<'_> {
    let expected: Vec<&String> = match &cell.expected {
        Expected::Findings { checks, may, .. } => checks.iter().chain(may).collect(),
        Expected::Pass | Expected::Healthy | Expected::Inapplicable { .. } => Vec::new(),
    };
    let found = cell.findings.iter().map(move |finding| {
        let reason = expected.contains(&&finding.check).then(|| why(&cell.expected));
        result(cell, finding, reason)
    });
    let accepted = cell.accepted.iter().filter(|accepted| !accepted.lapsed);
    found.chain(accepted.map(|Accepted { finding, reason, .. }| result(cell, finding, Some(reason.as_str()))))
}

fn result(cell: &Cell, finding: &Finding, suppressed: Option<&str>) -> Value {
    let place = escape::line(&format!("{}/{}", cell.variant, cell.scenario));
    let mut location = json!({ "logicalLocations": [{ "fullyQualifiedName": place, "kind": "module" }] });
    if let Some(url) = &finding.url {
        location["physicalLocation"] = json!({ "artifactLocation": { "uri": uri(url) } });
    }
    let mut result = json!({
        "ruleId": escape::line(&finding.check),
        "level": level(finding.severity),
        "message": { "text": format!("{} ({place})", escape::line(&finding.message)) },
        "locations": [location],
        "partialFingerprints": { "swapcheck/v1": fingerprint(cell, finding) },
        "properties": { "certain": finding.confidence == Confidence::Certain, "events": finding.events },
    });
    if let Some(index) = check::ALL.iter().position(|check| check.id == finding.check) {
        result["ruleIndex"] = index.into();
    }
    if let Some(reason) = suppressed {
        let reason = escape::line(reason);
        result["suppressions"] = json!([{ "kind": "external", "status": "accepted", "justification": reason }]);
    }
    result
}

/// The same for the same finding of another run. Names of releases and assets change with each, so a URL is none of it
/// beyond its path's last directory.
fn fingerprint(cell: &Cell, finding: &Finding) -> String {
    let url = finding.url.as_deref().unwrap_or_default().split(['?', '#']).next().unwrap_or_default();
    let dir = url.rsplit_once('/').map_or("", |(dir, _)| dir);
    let parts = [&cell.variant, &cell.scenario, &finding.check, dir].join("\n");
    blake3::hash(parts.as_bytes()).to_hex()[..32].to_owned()
}

/// A URL of a page as a URI, whatever the page has put into it.
fn uri(url: &str) -> String {
    match url::Url::parse(url) {
        Ok(url) => utf8_percent_encode(url.as_str(), NOT_IN_URI).to_string(),
        Err(_) => utf8_percent_encode(url, percent_encoding::NON_ALPHANUMERIC).to_string(),
    }
}

/// What is wrong with a cell beside its findings.
fn notification(cell: &Cell) -> Option<Value> {
    let name = escape::line(&format!("{} / {}", cell.variant, cell.scenario));
    let missed = match &cell.expected {
        Expected::Findings { checks, .. } => checks.iter().any(|check| !cell.found().contains(&check.as_str())),
        Expected::Inapplicable { .. } => cell.verdict == Verdict::Pass,
        Expected::Pass => cell.verdict == Verdict::Inapplicable,
        Expected::Healthy => false,
    };
    let text = match cell.verdict {
        Verdict::Broken => format!("{name}: {}", outcome(cell)),
        _ if missed => format!("{name}: expected {}, found {}", expectation(&cell.expected), outcome(cell)),
        _ => return None,
    };
    Some(json!({ "level": "error", "message": { "text": text } }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_url_becomes_a_uri() {
        assert_eq!(uri("https://a.test/x?y=1"), "https://a.test/x?y=1");
        assert_eq!(uri("https://a.test/\u{202e}<x>"), "https://a.test/%E2%80%AE%3Cx%3E");
        assert_eq!(uri("no url"), "no%20url");
    }
}
