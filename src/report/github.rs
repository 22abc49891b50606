//! The report on GitHub: annotations of the run, and a job summary.
//!
//! Annotations are workflow commands: lines of the output that the runner executes. So no text from a page may start a
//! line that looks like one, and all other output is enclosed in commands that stop and resume their processing.

use std::collections::hash_map::RandomState;
use std::fmt::Write as _;
use std::hash::{BuildHasher, Hasher};
use std::io::{self, Write};
use std::path::Path;

use super::escape;
use super::markdown::{glance, plain};
use super::words::{expectation, from_here, outcome, verdict};
use crate::lint::{LintFinding, Linted};
use crate::outcome::{Cell, Run};
use crate::outcome::{Finding, Verdict};

/// Maximum number of annotations that GitHub shows for one step.
const SHOWN: usize = 10;

/// Maximum number of cells that the summary shows in full.
const TOLD: usize = 50;

/// Maximum number of findings per cell in the summary.
const FINDINGS: usize = 20;

/// Writes output in which the runner does not process commands.
///
/// # Errors
/// When writing fails.
pub fn shielded<W: Write>(out: &mut W, write: impl FnOnce(&mut W) -> io::Result<()>) -> io::Result<()> {
    let number = || RandomState::new().build_hasher().finish();
    // No page can know this token, so none can resume command processing.
    let token = format!("swapcheck-{:016x}{:016x}", number(), number());
    writeln!(out, "::stop-commands::{token}")?;
    write(out)?;
    writeln!(out, "\n::{token}::")
}

/// Writes an annotation for each cell that is not as expected, up to GitHub's limit.
///
/// # Errors
/// When writing fails.
pub fn annotations(out: &mut impl Write, run: &Run) -> io::Result<()> {
    let wrong: Vec<&Cell> = run.cells.iter().filter(|cell| !cell.as_expected()).collect();
    let most = if wrong.len() > SHOWN { SHOWN - 1 } else { SHOWN };
    for cell in wrong.iter().take(most) {
        let name = format!("{} / {}", cell.variant, cell.scenario);
        let title = if cell.verdict == Verdict::Broken {
            format!("swapcheck could not complete {name}")
        } else {
            format!("{}: {name}", outcome(cell))
        };
        command(out, "error", "", &title, &words(cell))?;
    }
    if wrong.len() > most {
        let more = format!("{} more cells are not as expected", wrong.len() - most);
        command(out, "error", "", &more, "See the job summary and the other reports for all of them.")?;
    }
    let lapsed = run.cells.iter().flat_map(|cell| &cell.accepted).filter(|accepted| accepted.lapsed);
    for accepted in lapsed.take(SHOWN) {
        let title = format!("{} is no longer accepted", accepted.finding.check);
        let text =
            format!("It was accepted until {}: {}", escape::line(&accepted.until), escape::line(&accepted.reason));
        command(out, "warning", "", &title, &text)?;
    }
    Ok(())
}

/// Writes an annotation for each mistake in the files of the project in `dir`, up to GitHub's limit.
///
/// # Errors
/// When writing fails.
pub fn lint(out: &mut impl Write, linted: &Linted, dir: &Path) -> io::Result<()> {
    for (counts, name) in [(true, "error"), (false, "notice")] {
        let found: Vec<_> = linted.findings.iter().filter(|found| found.counts() == counts).collect();
        let most = if found.len() > SHOWN { SHOWN - 1 } else { SHOWN };
        for found in found.iter().take(most) {
            let LintFinding { path, line, column, message, why, fix, .. } = found;
            let file = property(&from_here(&dir.join(path)).display().to_string());
            command(
                out,
                name,
                &format!("file={file},line={line},col={column},"),
                &found.id(),
                &format!("{}\n{why}\nFix: {fix}", escape::line(message)),
            )?;
        }
        if found.len() > most {
            let more = format!("{} more", found.len() - most);
            command(out, name, "", &more, "See the output and the other reports for all of them.")?;
        }
    }
    Ok(())
}

/// What is wrong with a cell.
fn words(cell: &Cell) -> String {
    let counting = || cell.findings.iter().filter(|finding| finding.counts());
    let Some(first) = counting().next() else {
        return format!("expected {}, found {}", expectation(&cell.expected), outcome(cell));
    };
    let more = counting().count() - 1;
    let more = if more == 0 { String::new() } else { format!("\n… and {more} more") };
    format!("{}{more}\nFix: {}", escape::line(&first.message), escape::lines(&first.fix))
}

/// Writes a workflow command; `place` is the file location with a trailing comma, or empty.
fn command(out: &mut impl Write, name: &str, place: &str, title: &str, text: &str) -> io::Result<()> {
    let text = text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    writeln!(out, "::{name} {place}title={}::{text}", property(title))
}

/// A property of a workflow command.
fn property(text: &str) -> String {
    let line = escape::line(text);
    line.replace('%', "%25").replace(':', "%3A").replace(',', "%2C")
}

/// The job summary, as Markdown.
#[must_use]
pub fn summary(run: &Run) -> String {
    let mut text = format!("## swapcheck: {}\n\n{}", plain(&verdict(run)), glance(run));
    let wrong: Vec<&Cell> = run.cells.iter().filter(|cell| !cell.as_expected()).collect();
    for cell in wrong.iter().take(TOLD) {
        let name = plain(&format!("{} / {}", cell.variant, cell.scenario));
        let (expected, found) = (plain(&expectation(&cell.expected)), plain(&outcome(cell)));
        let _ = write!(text, "\n### {name}\n\nexpected {expected}, found {found}\n\n");
        for finding in cell.findings.iter().take(FINDINGS) {
            self::finding(&mut text, finding);
        }
    }
    if wrong.len() > TOLD {
        let _ = write!(text, "\n{} more cells are not as expected.\n", wrong.len() - TOLD);
    }
    text
}

fn finding(text: &mut String, finding: &Finding) {
    let (check, message, fix) = (plain(&finding.check), plain(&finding.message), plain(&finding.fix));
    let _ = writeln!(text, "- **{check}**: {message}<br>*Fix:* {fix}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_one_line_whatever_is_told() {
        let mut out = Vec::new();
        command(&mut out, "error", "", "a, b: 100%\n::error::x", "one\n::warning::two\r100%").unwrap();
        let told = String::from_utf8(out).unwrap();
        assert_eq!(told, "::error title=a%2C b%3A 100%25\\n%3A%3Aerror%3A%3Ax::one%0A::warning::two%0D100%25\n");
    }

    #[test]
    fn each_shield_has_a_word_of_its_own() {
        let shield = || {
            let mut out = Vec::new();
            shielded(&mut out, |out| write!(out, "::error::x")).unwrap();
            String::from_utf8(out).unwrap()
        };
        let told = shield();
        let lines: Vec<&str> = told.lines().collect();
        let token = lines[0].strip_prefix("::stop-commands::").unwrap();
        assert_eq!(lines[1..], ["::error::x", &format!("::{token}::")]);
        assert_ne!(told, shield());
    }
}
