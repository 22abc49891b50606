//! A story that was played, and how it is judged.

use crate::check;
use crate::outcome::{Finding, Verdict};
use crate::trace::redact::Redactor;
use crate::trace::{Picture, Trace};

/// A scenario that was run and judged.
#[derive(Clone, Debug)]
pub struct Played {
    /// What was observed until the scenario ended.
    pub trace: Trace,
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// The verdict over it.
    pub verdict: Verdict,
    /// Why the verdict is inapplicable or broken; otherwise empty.
    pub reason: String,
    /// The verdict and the reason if no finding counted.
    pub otherwise: (Verdict, String),
    /// What tabs looked like at moments of the trace, where pictures were wanted.
    pub pictures: Vec<Picture>,
}

impl Played {
    /// A story that could not be played to its end.
    #[must_use]
    pub fn broken(trace: Trace, reason: String, pictures: Vec<Picture>) -> Self {
        let otherwise = (Verdict::Broken, reason.clone());
        Self { trace, findings: Vec::new(), verdict: Verdict::Broken, reason, otherwise, pictures }
    }

    /// Judges a trace.
    #[must_use]
    pub fn judge(trace: Trace) -> Self {
        let findings = check::judge(&trace);
        let otherwise = Verdict::without_findings(&trace.events);
        let (verdict, reason) = Verdict::of(&findings, &otherwise);
        Self { trace, findings, verdict, reason, otherwise, pictures: Vec::new() }
    }

    /// The same without personal data in the trace, judged again.
    #[must_use]
    pub fn redacted(self) -> Self {
        let mut redactor = Redactor::default();
        let (trace, reason) = (redactor.trace(self.trace), redactor.text(&self.reason));
        match self.verdict {
            Verdict::Broken => Self { trace, reason, ..self },
            Verdict::Pass | Verdict::Fail | Verdict::Inapplicable => {
                Self { pictures: self.pictures, ..Self::judge(trace) }
            }
        }
    }
}
