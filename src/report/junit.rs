//! The JUnit report: one suite per variant, one test case per scenario.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::escape;
use super::evidence::{self, Fixes};
use super::words::{expectation, outcome};
use crate::error::Error;
use crate::outcome::Verdict;
use crate::outcome::{Cell, Run};

/// Width of the evidence in columns.
const WIDTH: usize = 120;

/// The JUnit report of a run.
///
/// # Errors
/// When it cannot be generated.
pub fn render(run: &Run) -> Result<Vec<u8>, Error> {
    let failed = |error: &dyn std::fmt::Display| Error::Tool(format!("cannot write the JUnit report: {error}"));
    let mut report = Report::new("swapcheck");
    report.set_time(run.took);
    for cells in run.cells.chunk_by(|one, other| one.variant == other.variant) {
        let mut suite = TestSuite::new(escape::line(&cells[0].variant));
        suite.set_time(cells.iter().map(|cell| cell.took).sum::<Duration>());
        for cell in cells {
            let status = status(cell).map_err(|error| failed(&error))?;
            let mut case = TestCase::new(escape::line(&cell.scenario), status);
            case.set_classname(escape::line(&cell.variant)).set_time(cell.took);
            suite.add_test_case(case);
        }
        report.add_test_suite(suite);
    }
    let mut xml = Vec::new();
    report.serialize(&mut xml).map_err(|error| failed(&error))?;
    Ok(xml)
}

fn status(cell: &Cell) -> std::io::Result<TestCaseStatus> {
    if cell.as_expected() {
        let mut status = TestCaseStatus::success();
        if cell.verdict == Verdict::Inapplicable {
            status = TestCaseStatus::skipped();
            status.set_message(escape::line(&cell.reason));
        }
        return Ok(status);
    }
    let broken = cell.verdict == Verdict::Broken;
    let kind = if broken { NonSuccessKind::Error } else { NonSuccessKind::Failure };
    let mut status = TestCaseStatus::non_success(kind);
    let message = format!("expected {}, found {}", expectation(&cell.expected), outcome(cell));
    status.set_message(message).set_type(if broken { "broken" } else { "unexpected" });
    let mut details = Vec::new();
    evidence::cell(&mut details, cell, &mut Fixes::default(), WIDTH)?;
    // Colors are removed, together with other characters that XML does not allow.
    status.set_description(String::from_utf8_lossy(&details).into_owned());
    Ok(status)
}
