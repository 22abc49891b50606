//! The report of a user's own app: what was discovered, one line per scenario, and the findings with their evidence.

use std::io::{self, Write};

use super::escape;
use super::evidence::{self, Fixes};
use super::human::{Look, versions};
use super::style::{BAD, BOLD, DIM, GOOD};
use super::words::{self, duration, wrap};
use crate::outcome::Verdict;
use crate::outcome::{Cell, Fact, Run};
use crate::play::results::has_ended;

/// Width of the labels of facts in columns.
const ABOUT: usize = 13;

/// Writes the report.
///
/// # Errors
/// When writing fails.
pub fn report(out: &mut impl Write, run: &Run, look: Look) -> io::Result<()> {
    for Fact { about, text } in &run.learned {
        fact(out, about, text, look.width)?;
    }
    writeln!(out)?;
    scenarios(out, run, look)?;
    verdict(out, run, &words::scenarios(run.cells.len()), "")?;
    versions(out, &run.versions)
}

/// Writes only the findings and the summary.
///
/// # Errors
/// When writing fails.
pub fn quiet(out: &mut impl Write, run: &Run, look: Look) -> io::Result<()> {
    told(out, run, Look { verbose: false, ..look })?;
    verdict(out, run, &words::scenarios(run.cells.len()), "")
}

/// One line per scenario, then the findings with their evidence.
pub(super) fn scenarios(out: &mut impl Write, run: &Run, look: Look) -> io::Result<()> {
    let width = run.cells.iter().map(|cell| cell.scenario.chars().count()).max().unwrap_or_default();
    for cell in &run.cells {
        line(out, cell, width, look.width)?;
    }
    writeln!(out)?;
    told(out, run, look)
}

/// The findings with their evidence.
pub(super) fn told(out: &mut impl Write, run: &Run, look: Look) -> io::Result<()> {
    let wrong = |cell: &&Cell| match cell.verdict {
        Verdict::Broken => has_ended(cell),
        Verdict::Fail => true,
        Verdict::Pass | Verdict::Inapplicable => look.verbose && !cell.findings.is_empty(),
    };
    let mut fixes = Fixes::default();
    for (cell, alike) in evidence::gathered(run.cells.iter().filter(wrong)) {
        let summary = summary(cell);
        let summary = if summary.is_empty() { String::new() } else { format!(" {DIM}({summary}){DIM:#}") };
        writeln!(out, "{BOLD}{}{BOLD:#}{summary}", escape::line(&cell.scenario))?;
        if cell.verdict == Verdict::Broken {
            writeln!(out, "    {}", wrap(&broken(cell), look.width, 4))?;
        }
        if let Some(path) = &cell.kept {
            writeln!(out, "    {DIM}trace     {DIM:#} {}", escape::line(&path.display().to_string()))?;
        }
        evidence::findings(out, cell, &mut fixes, look.width)?;
        evidence::also(out, &alike, |cell| cell.scenario.clone(), look.width)?;
        writeln!(out)?;
    }
    Ok(())
}

fn fact(out: &mut impl Write, about: &str, text: &str, width: usize) -> io::Result<()> {
    writeln!(out, "{DIM}{about:<ABOUT$}{DIM:#}{}", wrap(&escape::line(text), width, ABOUT))
}

/// The summary of a scenario.
fn summary(cell: &Cell) -> &str {
    crate::scenario::ALL.iter().find(|known| known.id == cell.scenario).map_or("", |known| known.summary)
}

fn line(out: &mut impl Write, cell: &Cell, name: usize, width: usize) -> io::Result<()> {
    let (style, sign, text) = match cell.verdict {
        Verdict::Pass => (GOOD, '✓', String::new()),
        Verdict::Fail => (BAD, '✗', cell.found().join(", ")),
        Verdict::Inapplicable => (DIM, '–', format!("not tested: {}", escape::line(&cell.reason))),
        Verdict::Broken => (BAD, '!', broken(cell)),
    };
    let texts = std::iter::once(text).chain(accepted(cell)).filter(|text| !text.is_empty());
    let text = wrap(&texts.collect::<Vec<_>>().join("; "), width, name + 6);
    let text = format!("  {style}{sign}{style:#} {:<name$}  {text}", escape::line(&cell.scenario));
    writeln!(out, "{}", text.trim_end())
}

fn broken(cell: &Cell) -> String {
    let cause = if has_ended(cell) { "could not be completed: " } else { "" };
    format!("{cause}{}", escape::line(&cell.reason))
}

/// The accepted findings and expired acceptances of a cell.
pub(super) fn accepted(cell: &Cell) -> Vec<String> {
    let mut said: Vec<String> = Vec::new();
    for text in cell.accepted.iter().map(words::accepted) {
        if !said.contains(&text) {
            said.push(text);
        }
    }
    said
}

/// The number of scenarios by verdict.
fn counts(run: &Run) -> String {
    let count = |verdict| run.cells.iter().filter(|cell| cell.verdict == verdict).count();
    let accepted = run.cells.iter().flat_map(|cell| &cell.accepted).filter(|accepted| !accepted.lapsed).count();
    let counts = [
        (count(Verdict::Pass), "healthy"),
        (count(Verdict::Fail), "with findings"),
        (count(Verdict::Inapplicable), "not tested"),
        (count(Verdict::Broken), "broken"),
        (accepted, if accepted == 1 { "finding accepted for now" } else { "findings accepted for now" }),
    ];
    let counts = counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}"));
    counts.collect::<Vec<_>>().join(", ")
}

/// The summary: `what` was run, the number of scenarios by verdict, and `more`.
pub(super) fn verdict(out: &mut impl Write, run: &Run, what: &str, more: &str) -> io::Result<()> {
    let style = if run.exit_code() == 0 { GOOD } else { BAD };
    writeln!(out, "{style}{what}: {}{style:#}; took {}{more}", counts(run), duration(run.took))?;
    if !run.cells.iter().any(|cell| matches!(cell.verdict, Verdict::Pass | Verdict::Fail)) {
        writeln!(out, "{BAD}nothing was checked{BAD:#}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::check::testing;
    use crate::outcome::Finding;
    use crate::outcome::{Accepted, Expected};

    fn cell(scenario: &str, verdict: Verdict) -> Cell {
        let cell = Cell::broken("app", scenario, "nothing is known of it".to_owned());
        Cell { verdict, expected: Expected::Healthy, ..cell }
    }

    fn finding() -> Finding {
        let (message, fix) = ("a 502 is kept".to_owned(), "keep none".to_owned());
        Finding { message, fix, ..testing::finding("cached-error") }
    }

    fn accepted(lapsed: bool) -> Accepted {
        let (reason, until) = ("fixed in May".to_owned(), "2027-05-31".to_owned());
        Accepted { finding: finding(), reason, until, lapsed }
    }

    /// A report, without colors.
    fn written(write: impl Fn(&mut Vec<u8>, &Run, Look) -> io::Result<()>, cells: Vec<Cell>, verbose: bool) -> String {
        let run = Run { cells, took: Duration::from_secs(3), ..Run::default() };
        let mut out = Vec::new();
        write(&mut out, &run, Look { width: 100, verbose }).unwrap();
        anstream::adapter::strip_bytes(&out).into_vec().try_into().unwrap()
    }

    #[test]
    fn what_is_accepted_is_told_where_it_was_found() {
        let pass = Cell { accepted: vec![accepted(false)], ..cell("soft-error", Verdict::Pass) };
        let text = written(report, vec![pass], false);
        assert!(text.contains("✓ soft-error  cached-error is accepted until 2027-05-31 (fixed in May)"), "{text}");
        assert!(text.contains("1 scenario: 1 healthy, 1 finding accepted for now; took"), "{text}");
        let fail =
            Cell { findings: vec![finding()], accepted: vec![accepted(true)], ..cell("soft-error", Verdict::Fail) };
        let text = written(report, vec![fail], false);
        let lapsed = "✗ soft-error  cached-error; cached-error was accepted until 2027-05-31; this has expired";
        assert!(text.contains(lapsed) && !text.contains("accepted for now"), "{text}");
    }

    #[test]
    fn a_quiet_report_says_what_is_wrong_and_how_much_was_not_tested() {
        let fail = Cell { findings: vec![finding()], ..cell("soft-error", Verdict::Fail) };
        let cells = vec![cell("first-visit", Verdict::Pass), cell("two-tabs", Verdict::Inapplicable), fail];
        let text = written(quiet, cells, true);
        assert!(text.contains("3 scenarios: 1 healthy, 1 with findings, 1 not tested"), "{text}");
        assert!(text.contains("a 502 is kept") && !text.contains("two-tabs"), "{text}");
    }

    #[test]
    fn a_fix_is_told_once() {
        let failed = |scenario| Cell { findings: vec![finding()], ..cell(scenario, Verdict::Fail) };
        let text = written(report, vec![failed("soft-error"), failed("quota")], false);
        assert_eq!(text.matches("keep none").count(), 1, "{text}");
        assert!(text.contains("fix       see soft-error above"), "{text}");
    }

    #[test]
    fn a_scenario_that_could_not_be_played_is_told_with_its_reason() {
        for write in [report, quiet] {
            let text = written(write, vec![cell("quota", Verdict::Broken)], false);
            assert!(text.contains("could not be completed: nothing is known of it"), "{text}");
            assert!(text.contains("1 scenario: 1 broken") && text.contains("nothing was checked"), "{text}");
        }
    }
}
