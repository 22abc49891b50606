//! A story that was played, and how it is judged.

use crate::check;
use crate::outcome::{Finding, Verdict};
use crate::trace::redact::Redactor;
use crate::trace::{Picture, Trace, What};

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
    /// What tabs looked like at moments of the trace, where pictures were wanted.
    pub pictures: Vec<Picture>,
}

impl Played {
    /// Judges a trace.
    #[must_use]
    pub fn judge(trace: Trace) -> Self {
        let findings = check::judge(&trace);
        let verdict = Verdict::of(&findings, &trace.events);
        let why = trace.events.iter().find_map(|event| match &event.what {
            What::Inapplicable { why } => Some(why.clone()),
            _ => None,
        });
        let reason = match verdict {
            Verdict::Pass | Verdict::Fail => String::new(),
            Verdict::Inapplicable => why.unwrap_or_default(),
            Verdict::Broken => "the trace contains no expectations, so nothing was checked".to_owned(),
        };
        Self { trace, findings, verdict, reason, pictures: Vec::new() }
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
