//! What every report for people says in the same words: outcomes, expectations, durations, paragraphs.

use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm};

use super::escape;
use crate::finding::{Finding, Verdict};
use crate::run::{Accepted, Cell, Expected, Run};

/// What came of a cell, in a line.
#[must_use]
pub fn outcome(cell: &Cell) -> String {
    match cell.verdict {
        Verdict::Pass => "pass".to_owned(),
        Verdict::Fail => escape::line(&cell.found().join(", ")),
        // Of an app that little is known of, more would be tested if more were known.
        Verdict::Inapplicable if cell.expected == Expected::Healthy => with_reason("not tested", &cell.reason),
        Verdict::Inapplicable => with_reason("inapplicable", &cell.reason),
        Verdict::Broken => with_reason("broken", &cell.reason),
    }
}

/// A path as it is written from where the command runs, if it lies below that: as tools name the files of a repository.
#[must_use]
pub fn from_here(path: &Path) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    let path = path.strip_prefix(&here).unwrap_or(path);
    path.components().filter(|part| *part != Component::CurDir).collect()
}

/// How many findings that are mended alike are told in full one after the other.
const UNFOLDED: usize = 5;

/// How many are where there are more.
const SHOWN: usize = 3;

/// Findings of one check that are mended alike, next to each other.
pub fn alike(findings: &[Finding]) -> impl Iterator<Item = &[Finding]> {
    findings.chunk_by(|a, b| (&a.check, &a.fix) == (&b.check, &b.fix))
}

/// Those of them that are told in full, and the others.
#[must_use]
pub fn unfold(alike: &[Finding]) -> (&[Finding], &[Finding]) {
    alike.split_at(if alike.len() > UNFOLDED { SHOWN } else { alike.len() })
}

/// What came of a run, in a line.
#[must_use]
pub fn verdict(run: &Run) -> String {
    let number = |is: fn(&Cell) -> bool| run.cells.iter().filter(|cell| is(cell)).count();
    let checked = number(|cell| matches!(cell.verdict, Verdict::Pass | Verdict::Fail));
    let broken = number(|cell| cell.verdict == Verdict::Broken);
    let wrong = number(|cell| !cell.as_expected()) - broken;
    // Of an app nothing is expected but health.
    let is_sample = run.is_sample();
    let all = match (run.cells.len(), is_sample) {
        (1, true) => "1 cell".to_owned(),
        (number, true) => format!("{number} cells"),
        (number, false) => scenarios(number),
    };
    match (checked, wrong, broken) {
        (0, _, 0) => "Nothing was checked".to_owned(),
        (_, 0, 0) if is_sample => format!("As expected: all {all}"),
        (_, 0, 0) => "Healthy".to_owned(),
        (_, 0, broken) => format!("swapcheck could not do its work in {broken} of {all}"),
        (_, wrong, broken) => {
            let what = if is_sample { "Not as expected" } else { "Not healthy" };
            let broken = if broken == 0 { String::new() } else { format!("; {broken} could not be played") };
            format!("{what}: {wrong} of {all}{broken}")
        }
    }
}

/// So many scenarios.
#[must_use]
pub fn scenarios(number: usize) -> String {
    format!("{number} {}", if number == 1 { "scenario" } else { "scenarios" })
}

/// Until when and why a finding is accepted, or was.
#[must_use]
pub fn accepted(accepted: &Accepted) -> String {
    let Accepted { finding, reason, until, lapsed } = accepted;
    let (check, until, reason) = (escape::line(&finding.check), escape::line(until), escape::line(reason));
    if *lapsed {
        format!("{check} was accepted until {until} and counts again ({reason})")
    } else {
        format!("{check} is accepted until {until} ({reason})")
    }
}

/// What had to come of a cell, in a line.
#[must_use]
pub fn expectation(expected: &Expected) -> String {
    match expected {
        Expected::Pass | Expected::Healthy => "pass".to_owned(),
        Expected::Findings { checks, may, .. } if may.is_empty() => escape::line(&checks.join(", ")),
        Expected::Findings { checks, may, .. } if checks.is_empty() => {
            escape::line(&format!("pass, or {}", may.join(", ")))
        }
        Expected::Findings { checks, may, .. } => {
            escape::line(&format!("{}; perhaps {}", checks.join(", "), may.join(", ")))
        }
        Expected::Inapplicable { .. } => "inapplicable".to_owned(),
    }
}

/// Why a cell had to come out so; empty for a pass.
#[must_use]
pub fn why(expected: &Expected) -> &str {
    match expected {
        Expected::Pass | Expected::Healthy => "",
        Expected::Findings { why, .. } | Expected::Inapplicable { why } => why,
    }
}

fn with_reason(word: &str, reason: &str) -> String {
    if reason.is_empty() { word.to_owned() } else { format!("{word}: {}", escape::line(reason)) }
}

/// A duration as people say it.
#[must_use]
pub fn duration(took: Duration) -> String {
    let seconds = took.as_secs_f64();
    if seconds < 99.95 {
        format!("{seconds:.1} s")
    } else {
        let whole = took.as_secs();
        format!("{} min {} s", whole / 60, whole % 60)
    }
}

/// Breaks a text into lines of at most `width` characters where it has spaces. Every line but the first begins with
/// `indent` spaces, which count, and the first is taken to begin there too. Lines of the text stay apart.
#[must_use]
pub fn wrap(text: &str, width: usize, indent: usize) -> String {
    let margin = " ".repeat(indent);
    let options = Options::new(width)
        .initial_indent(&margin)
        .subsequent_indent(&margin)
        .break_words(false)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
        .wrap_algorithm(WrapAlgorithm::FirstFit);
    let paragraphs = text.lines().map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        textwrap::fill(&words.join(" "), &options)
    });
    let filled = paragraphs.collect::<Vec<_>>().join("\n");
    filled.strip_prefix(&margin).map(str::to_owned).unwrap_or(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_break_at_spaces_only() {
        assert_eq!(wrap("one two three", 9, 2), "one two\n  three");
        assert_eq!(wrap("https://example.test/a/long/address it", 10, 0), "https://example.test/a/long/address\nit");
        assert_eq!(wrap("one\n\ntwo", 20, 2), "one\n\n  two");
        assert_eq!(wrap("  one  two\tthree\n  four", 9, 2), "one two\n  three\n  four");
        assert_eq!(wrap("\n \none", 20, 2), "\n\n  one");
        assert_eq!(wrap("well-known, so-called", 12, 0), "well-known,\nso-called");
        assert_eq!(wrap("", 20, 2), "");
        assert_eq!(wrap("one two", 2, 4), "one\n    two");
    }

    #[test]
    fn durations_are_short() {
        assert_eq!(duration(Duration::from_millis(1260)), "1.3 s");
        assert_eq!(duration(Duration::from_secs(125)), "2 min 5 s");
        assert_eq!(duration(Duration::from_millis(99_990)), "1 min 39 s");
    }
}
