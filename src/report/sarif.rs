//! The SARIF 2.1.0 report for code scanning and editors: one rule per check, one result per finding.

use std::path::Path;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Value, json};

use super::escape;
use super::words::{expectation, from_here, outcome, why};
use crate::check;
use crate::error::Error;
use crate::lint::{LintFinding, Linted};
use crate::outcome::{Accepted, Cell, Expected, Run};
use crate::outcome::{Confidence, Finding, Severity, Verdict};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Characters that must be escaped in a URI.
const NOT_IN_URI: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'\\').add(b'^').add(b'`').add(b'{').add(b'|').add(b'}');

/// Characters that must be escaped in the path of a URI.
const NOT_IN_PATH: &AsciiSet = &NOT_IN_URI.add(b'?').add(b'#').add(b'%').add(b':').add(b'[').add(b']');

/// Maximum number of results; consumers reject more.
const RESULTS: usize = 5000;

/// The SARIF report of a run.
///
/// A finding that was expected, or is accepted, is a suppressed result. Cells that could not be completed, and expected
/// failures that were not caught, are notifications: they are not results of a check.
///
/// # Errors
/// When it cannot be generated.
pub fn render(run: &Run) -> Result<Vec<u8>, Error> {
    let results: Vec<Value> = run.cells.iter().flat_map(results).take(RESULTS).collect();
    let notifications: Vec<Value> = run.cells.iter().filter_map(notification).collect();
    let rules = check::ALL.iter().map(|check| rule(check)).collect();
    log(rules, results, run.exit_code(), notifications)
}

/// The SARIF report of `swapcheck lint` on the project in `dir`. Paths are relative to the current directory.
///
/// # Errors
/// When it cannot be generated.
pub fn lint(linted: &Linted, dir: &Path) -> Result<Vec<u8>, Error> {
    let mut rules: Vec<Value> = Vec::new();
    let mut ids: Vec<String> = Vec::new();
    for found in &linted.findings {
        let id = found.id();
        if !ids.contains(&id) {
            rules.push(json!({
                "id": id,
                "name": found.rule,
                "shortDescription": { "text": check::find(found.check).map_or(found.rule, |check| check.summary) },
                "fullDescription": { "text": found.why },
                "help": { "text": found.fix },
                "defaultConfiguration": { "level": level(found.severity) },
            }));
            ids.push(id);
        }
    }
    let location = |path: &Path, line: usize, column: usize| {
        json!([{ "physicalLocation": {
            "artifactLocation": { "uri": relative(&dir.join(path)) },
            "region": { "startLine": line, "startColumn": column },
        } }])
    };
    let results = linted.findings.iter().take(RESULTS).map(|found| {
        let LintFinding { path, line, column, .. } = found;
        let parts = [found.check, found.rule, &path.display().to_string(), &found.message];
        json!({
            "ruleId": found.id(),
            "ruleIndex": ids.iter().position(|id| *id == found.id()),
            "level": level(found.severity),
            "message": { "text": escape::line(&found.message) },
            "locations": location(path, *line, *column),
            "partialFingerprints": { "swapcheck/v1": hash(&parts) },
            "properties": { "certain": found.confidence == Confidence::Certain },
        })
    });
    let unread = linted.unread.iter().map(|unread| {
        let text = format!("not read: {}", escape::line(&unread.reason));
        let place = location(&unread.path, unread.line, unread.column);
        json!({ "level": "error", "message": { "text": text }, "locations": place })
    });
    log(rules, results.collect(), linted.exit_code(), unread.collect())
}

/// A path as a URI, relative to the current directory if it is below that.
fn relative(path: &Path) -> String {
    utf8_percent_encode(&from_here(path).to_string_lossy(), NOT_IN_PATH).to_string()
}

/// A whole report.
fn log(rules: Vec<Value>, results: Vec<Value>, exit_code: u8, notifications: Vec<Value>) -> Result<Vec<u8>, Error> {
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "swapcheck",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "invocations": [{
                "executionSuccessful": exit_code < 3,
                "exitCode": exit_code,
                "toolExecutionNotifications": notifications,
            }],
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    let mut json = serde_json::to_vec_pretty(&log)
        .map_err(|error| Error::Tool(format!("cannot write the SARIF report: {error}")))?;
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

/// A fingerprint that is stable between runs. Names of releases and assets change with each run, so only the directory
/// of a URL's path is part of it.
fn fingerprint(cell: &Cell, finding: &Finding) -> String {
    let url = finding.url.as_deref().unwrap_or_default().split(['?', '#']).next().unwrap_or_default();
    let dir = url.rsplit_once('/').map_or("", |(dir, _)| dir);
    hash(&[&cell.variant, &cell.scenario, &finding.check, dir])
}

fn hash(parts: &[&str]) -> String {
    blake3::hash(parts.join("\n").as_bytes()).to_hex()[..32].to_owned()
}

/// A URL from a page as a valid URI.
fn uri(url: &str) -> String {
    match url::Url::parse(url) {
        Ok(url) => utf8_percent_encode(url.as_str(), NOT_IN_URI).to_string(),
        Err(_) => utf8_percent_encode(url, percent_encoding::NON_ALPHANUMERIC).to_string(),
    }
}

/// What is wrong with a cell apart from its findings.
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

    #[test]
    fn a_path_becomes_a_relative_uri() {
        let here = std::env::current_dir().unwrap();
        assert_eq!(relative(Path::new("./app/a b%[x]#.js")), "app/a%20b%25%5Bx%5D%23.js");
        assert_eq!(relative(&here.join("app/sw.js")), "app/sw.js");
        assert_eq!(relative(Path::new("/elsewhere/sw.js")), "/elsewhere/sw.js");
    }
}
