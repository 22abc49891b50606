//! The report of `swapcheck lint` on the terminal, in the style of compilers: by file, line and column.

use std::io::{self, Write};
use std::path::Path;

use super::escape;
use super::style::{BAD, BOLD, DIM, GOOD};
use super::words::{from_here, wrap};
use crate::lint::{LintFinding, Linted, Unread};
use crate::outcome::{Confidence, Severity};

/// Writes the findings in the project in `dir`, the files that could not be read, and a summary. The explanation and the
/// fix are written once per rule, with its first finding. Paths are relative to the current directory.
///
/// # Errors
/// When writing fails.
pub fn render(out: &mut impl Write, linted: &Linted, dir: &Path, width: usize) -> io::Result<()> {
    let named = |path: &Path| escape::line(&from_here(&dir.join(path)).display().to_string());
    let mut told: Vec<&str> = Vec::new();
    for found in &linted.findings {
        finding(out, found, &named(&found.path))?;
        if !told.contains(&found.rule) {
            told.push(found.rule);
            field(out, "why", found.why, width)?;
            field(out, "fix", found.fix, width)?;
        }
        writeln!(out)?;
    }
    for unread in &linted.unread {
        let Unread { line, column, .. } = unread;
        let (path, reason) = (named(&unread.path), escape::line(&unread.reason));
        writeln!(out, "{BOLD}{path}:{line}:{column}{BOLD:#}: {BAD}not read{BAD:#}: {reason}\n")?;
    }
    summary(out, linted)
}

fn finding(out: &mut impl Write, found: &LintFinding, path: &str) -> io::Result<()> {
    let LintFinding { line, column, .. } = found;
    let (style, severity) = match found.severity {
        Severity::Note => (DIM, "note"),
        Severity::Error => (BAD, "error"),
        Severity::Fatal => (BAD, "fatal"),
    };
    let sure = if found.confidence == Confidence::Likely { ", likely" } else { "" };
    let (message, id) = (escape::line(&found.message), found.id());
    writeln!(
        out,
        "{BOLD}{path}:{line}:{column}{BOLD:#}: {style}{severity}{sure}{style:#}: {message} {DIM}[{id}]{DIM:#}"
    )
}

fn field(out: &mut impl Write, name: &str, text: &str, width: usize) -> io::Result<()> {
    writeln!(out, "    {DIM}{name}{DIM:#} {}", wrap(text, width, 8))
}

fn summary(out: &mut impl Write, linted: &Linted) -> io::Result<()> {
    let count = |is: fn(&LintFinding) -> bool| linted.findings.iter().filter(|found| is(found)).count();
    let (wrong, notes) = (count(LintFinding::counts), count(|found| !found.counts()));
    let style = if linted.exit_code() == 0 { GOOD } else { BAD };
    let (files, unread) = (number(linted.files.len(), "file"), linted.unread.len());
    let mistakes = if wrong == 0 { "no mistakes".to_owned() } else { number(wrong, "mistake") };
    write!(out, "{style}{mistakes}{style:#} and {} in {files}", number(notes, "note"))?;
    match unread {
        0 => writeln!(out),
        _ => writeln!(out, "; {BAD}{} could not be read{BAD:#}", number(unread, "file")),
    }
}

fn number(count: usize, thing: &str) -> String {
    let end = if count == 1 { "" } else { "s" };
    format!("{count} {thing}{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(severity: Severity) -> LintFinding {
        LintFinding {
            check: "cached-error",
            rule: "unchecked-put",
            severity,
            confidence: Confidence::Likely,
            path: "public/s\x1b[31mw.js".into(),
            line: 3,
            column: 5,
            message: "the answer is stored".to_owned(),
            why: "Because.",
            fix: "Look.",
        }
    }

    fn text(linted: &Linted) -> String {
        let mut out = Vec::new();
        render(&mut out, linted, Path::new("."), 100).unwrap();
        anstream::adapter::strip_str(&String::from_utf8(out).unwrap()).to_string()
    }

    #[test]
    fn a_finding_is_told_as_compilers_do() {
        let linted = Linted {
            findings: vec![found(Severity::Fatal), found(Severity::Note)],
            unread: vec![Unread { path: "a.js".into(), line: 1, column: 2, reason: "no".to_owned() }],
            files: vec!["a.js".into()],
        };
        assert_eq!(
            text(&linted),
            "public/s\\u{1b}[31mw.js:3:5: fatal, likely: the answer is stored [cached-error/unchecked-put]\n    why Because.\n    fix \
             Look.\n\npublic/s\\u{1b}[31mw.js:3:5: note, likely: the answer is stored [cached-error/unchecked-put]\n\na.js:1:2: not read: \
             no\n\n1 mistake and 1 note in 1 file; 1 file could not be read\n"
        );
        assert_eq!(linted.exit_code(), 1);
    }

    #[test]
    fn the_exit_code_rests_on_what_counts_and_on_what_was_read() {
        let of = |findings: Vec<LintFinding>, files: usize| Linted {
            findings,
            unread: Vec::new(),
            files: vec!["a".into(); files],
        };
        assert_eq!(of(vec![found(Severity::Note)], 1).exit_code(), 0);
        assert_eq!(of(Vec::new(), 0).exit_code(), 3);
        assert_eq!(text(&of(Vec::new(), 2)), "no mistakes and 0 notes in 2 files\n");
    }
}
