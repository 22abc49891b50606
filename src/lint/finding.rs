//! What `swapcheck lint` finds: values that every report of it is a view of.

use std::path::PathBuf;

use serde::Serialize;

use crate::outcome::{Confidence, Severity};

/// Something that is wrong in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LintFinding {
    /// Id of the check that would find the consequence in a run.
    pub check: &'static str,
    /// Name of the rule below that id.
    pub rule: &'static str,
    /// How much it hurts.
    pub severity: Severity,
    /// How sure it is.
    pub confidence: Confidence,
    /// The file, relative to the directory that was looked at.
    pub path: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong, in a sentence.
    pub message: String,
    /// Why that hurts.
    pub why: &'static str,
    /// What to do about it.
    pub fix: &'static str,
}

impl LintFinding {
    /// The full name of its rule: `check/rule`.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}/{}", self.check, self.rule)
    }

    /// Whether the exit code rests on it.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.severity > Severity::Note
    }
}

/// A file that belongs to the matter and could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unread {
    /// The file, relative to the directory that was looked at.
    pub path: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// Why.
    pub reason: String,
}

/// What came of looking at a directory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Linted {
    /// What is wrong, by file and line.
    pub findings: Vec<LintFinding>,
    /// What could not be read.
    pub unread: Vec<Unread>,
    /// The files that were looked into, in order.
    pub files: Vec<PathBuf>,
}

impl Linted {
    /// The exit code of a command that ends with this.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        if self.findings.iter().any(LintFinding::counts) {
            1
        } else if self.files.is_empty() || !self.unread.is_empty() {
            // Nothing, or not all, was looked at.
            3
        } else {
            0
        }
    }
}
