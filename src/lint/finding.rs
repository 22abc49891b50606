//! The findings of `swapcheck lint`, from which all its reports are made.

use std::path::PathBuf;

use serde::Serialize;

use crate::outcome::{Confidence, Severity};

/// A mistake in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LintFinding {
    /// Id of the check that detects the effect in a run.
    pub check: &'static str,
    /// Id of the rule.
    pub rule: &'static str,
    /// Severity.
    pub severity: Severity,
    /// Confidence.
    pub confidence: Confidence,
    /// The file, relative to the project directory.
    pub path: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The mistake, in one sentence.
    pub message: String,
    /// The cause of the problem, and its effect on visitors.
    pub why: &'static str,
    /// How to fix it.
    pub fix: &'static str,
}

impl LintFinding {
    /// The full name of its rule: `check/rule`.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}/{}", self.check, self.rule)
    }

    /// Whether it affects the exit code.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.severity > Severity::Note
    }
}

/// A relevant file that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unread {
    /// The file, relative to the project directory.
    pub path: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// Why.
    pub reason: String,
}

/// The result of linting a directory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Linted {
    /// The mistakes, by file and line.
    pub findings: Vec<LintFinding>,
    /// The files that could not be read.
    pub unread: Vec<Unread>,
    /// The files that were examined, in order.
    pub files: Vec<PathBuf>,
}

impl Linted {
    /// The exit code for this result.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        if self.findings.iter().any(LintFinding::counts) {
            1
        } else if self.files.is_empty() || !self.unread.is_empty() {
            // Nothing was examined, or some files were not read.
            3
        } else {
            0
        }
    }
}
