//! A mistake found by a rule, before the rule's name is added.

use std::path::PathBuf;

use crate::lint::header::Sent;
use crate::lint::project::Document;
use crate::lint::script::Script;
use crate::outcome::{Confidence, Severity};

/// A mistake and its location.
#[derive(Clone, Debug)]
pub(super) struct Flaw {
    pub(super) path: PathBuf,
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) message: String,
    pub(super) confidence: Confidence,
    /// Overrides the severity of the rule.
    pub(super) severity: Option<Severity>,
}

impl Flaw {
    /// A flaw in a script.
    pub(super) fn new(script: &Script, at: usize, message: String) -> Self {
        let (line, column) = script.places.line_column(at);
        Self { path: script.path.clone(), line, column, message, confidence: Confidence::Certain, severity: None }
    }

    /// A flaw in a JSON document.
    pub(super) fn in_document(document: &Document, at: usize, message: String) -> Self {
        let (line, column) = document.places.line_column(at);
        Self { path: document.path.clone(), line, column, message, confidence: Confidence::Certain, severity: None }
    }

    /// A flaw in a header rule.
    pub(super) fn in_header(sent: &Sent, message: String) -> Self {
        let (path, line, column) = (sent.path.clone(), sent.line, sent.column);
        Self { path, line, column, message, confidence: Confidence::Certain, severity: None }
    }

    /// The same flaw as likely: the files allow another explanation.
    pub(super) fn likely(self) -> Self {
        Self { confidence: Confidence::Likely, ..self }
    }

    /// The same flaw, as likely if the condition holds.
    pub(super) fn likely_if(self, likely: bool) -> Self {
        if likely { self.likely() } else { self }
    }

    /// The same flaw as a note.
    pub(super) fn noted(self) -> Self {
        Self { severity: Some(Severity::Note), ..self }
    }
}
