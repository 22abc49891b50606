//! Wording that all reports share: outcomes, expectations, durations, paragraphs.

use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm};

use super::escape;
use crate::outcome::{Accepted, Cell, Expected, Run};
use crate::outcome::{Finding, Verdict};

/// The outcome of a cell in one line.
#[must_use]
pub fn outcome(cell: &Cell) -> String {
    match cell.verdict {
        Verdict::Pass => "pass".to_owned(),
        Verdict::Fail => escape::line(&cell.found().join(", ")),
        // A more complete description of the app would allow the test.
        Verdict::Inapplicable if cell.expected == Expected::Healthy => with_reason("not tested", &cell.reason),
        Verdict::Inapplicable => with_reason("inapplicable", &cell.reason),
        Verdict::Broken => with_reason("broken", &cell.reason),
    }
}

/// A path relative to the current directory, if it is below that.
#[must_use]
pub fn from_here(path: &Path) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    let path = path.strip_prefix(&here).unwrap_or(path);
    path.components().filter(|part| *part != Component::CurDir).collect()
}

/// Up to this many findings with the same fix are all shown in full.
const UNFOLDED: usize = 5;

/// If there are more, this many are shown in full.
const SHOWN: usize = 3;

/// Groups consecutive findings of one check with the same fix.
pub fn alike(findings: &[Finding]) -> impl Iterator<Item = &[Finding]> {
    findings.chunk_by(|a, b| (&a.check, &a.fix) == (&b.check, &b.fix))
}

/// The findings of a group to show in full, and the others.
#[must_use]
pub fn unfold(alike: &[Finding]) -> (&[Finding], &[Finding]) {
    alike.split_at(if alike.len() > UNFOLDED { SHOWN } else { alike.len() })
}

/// The result of a run in one line.
#[must_use]
pub fn verdict(run: &Run) -> String {
    let number = |is: fn(&Cell) -> bool| run.cells.iter().filter(|cell| is(cell)).count();
    let checked = number(|cell| matches!(cell.verdict, Verdict::Pass | Verdict::Fail));
    let broken = number(|cell| cell.verdict == Verdict::Broken);
    let wrong = number(|cell| !cell.as_expected()) - broken;
    // A user's own app is expected to pass.
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
        (_, 0, broken) => format!("{broken} of {all} could not be completed"),
        (_, wrong, broken) => {
            let what = if is_sample { "Not as expected" } else { "Not healthy" };
            let broken = if broken == 0 { String::new() } else { format!("; {broken} could not be completed") };
            format!("{what}: {wrong} of {all}{broken}")
        }
    }
}

/// A number of scenarios.
#[must_use]
pub fn scenarios(number: usize) -> String {
    format!("{number} {}", if number == 1 { "scenario" } else { "scenarios" })
}

/// Why and until when a finding is accepted, or was.
#[must_use]
pub fn accepted(accepted: &Accepted) -> String {
    let Accepted { finding, reason, until, lapsed } = accepted;
    let (check, until, reason) = (escape::line(&finding.check), escape::line(until), escape::line(reason));
    if *lapsed {
        format!("{check} was accepted until {until}; this has expired ({reason})")
    } else {
        format!("{check} is accepted until {until} ({reason})")
    }
}

/// The expected result of a cell in one line.
#[must_use]
pub fn expectation(expected: &Expected) -> String {
    match expected {
        Expected::Pass | Expected::Healthy => "pass".to_owned(),
        Expected::Findings { checks, may, .. } if may.is_empty() => escape::line(&checks.join(", ")),
        Expected::Findings { checks, may, .. } if checks.is_empty() => {
            escape::line(&format!("pass, or {}", may.join(", ")))
        }
        Expected::Findings { checks, may, .. } => {
            escape::line(&format!("{}; possibly {}", checks.join(", "), may.join(", ")))
        }
        Expected::Inapplicable { .. } => "inapplicable".to_owned(),
    }
}

/// The reason for the expected result; empty for a pass.
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

/// A duration in seconds or minutes.
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

/// Breaks a text at spaces into lines of at most `width` characters. Every line but the first is indented by `indent`
/// spaces, which count; the first line is assumed to start at that column. Line breaks in the text are kept.
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
