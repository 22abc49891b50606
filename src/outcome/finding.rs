//! What is wrong: the findings of a check, and the verdict over one cell.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::trace::{Event, What};

/// How much a finding hurts the visitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing; the verdict does not rest on it.
    Note,
    /// The visitor is hurt for a while, or in part.
    Error,
    /// The visitor is hurt until the browser's data is cleared, or loses something.
    Fatal,
}

/// How sure the judge is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// There is another explanation that the trace does not rule out.
    Likely,
    /// The events prove it.
    Certain,
}

/// Something that is wrong, with its proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Id of the check.
    pub check: String,
    /// How much it hurts.
    pub severity: Severity,
    /// How sure it is.
    pub confidence: Confidence,
    /// What is wrong, in a sentence.
    pub message: String,
    /// The URL it is about, if there is one.
    pub url: Option<String>,
    /// What to do about it.
    pub fix: String,
    /// The events that prove it, by their `seq`, in order.
    pub events: Vec<u32>,
}

impl Finding {
    /// Whether the verdict rests on it.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.severity > Severity::Note
    }
}

/// The verdict over one cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// No finding that counts.
    Pass,
    /// At least one finding that counts.
    Fail,
    /// The scenario has no meaning for this app.
    Inapplicable,
    /// The tool could not do its work. Never a pass.
    Broken,
}

impl Verdict {
    /// The verdict over a cell, from what the checks found and what happened.
    #[must_use]
    pub fn of(findings: &[Finding], events: &[Event]) -> Self {
        let has = |is: fn(&What) -> bool| events.iter().any(|event| is(&event.what));
        if findings.iter().any(Finding::counts) {
            Self::Fail
        } else if has(|what| matches!(what, What::Inapplicable { .. })) {
            Self::Inapplicable
        } else if has(|what| matches!(what, What::Due(_))) {
            Self::Pass
        } else {
            // Nothing was demanded of the app, so nothing was checked.
            Self::Broken
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::Story;

    fn finding(severity: Severity) -> Finding {
        let (check, message, fix) = (String::new(), String::new(), String::new());
        Finding { check, severity, confidence: Confidence::Certain, message, url: None, fix, events: Vec::new() }
    }

    fn verdict(findings: &[Finding], story: Story) -> Verdict {
        Verdict::of(findings, &story.trace().events)
    }

    fn inapplicable() -> Story {
        Story::new().what(What::Inapplicable { why: "no worker".to_owned() })
    }

    #[test]
    fn what_was_due_and_is_not_found_wrong_passes() {
        assert_eq!(verdict(&[], Story::new().usable(1)), Verdict::Pass);
        assert_eq!(verdict(&[finding(Severity::Note)], Story::new().usable(1)), Verdict::Pass);
    }

    #[test]
    fn a_finding_that_counts_fails_in_any_trace() {
        for severity in [Severity::Error, Severity::Fatal] {
            for story in [Story::new(), Story::new().usable(1), inapplicable()] {
                assert_eq!(verdict(&[finding(Severity::Note), finding(severity)], story), Verdict::Fail);
            }
        }
    }

    #[test]
    fn nothing_checked_is_never_a_pass() {
        assert_eq!(verdict(&[], Story::new()), Verdict::Broken);
        assert_eq!(verdict(&[finding(Severity::Note)], Story::new()), Verdict::Broken);
    }

    #[test]
    fn a_scenario_without_meaning_is_inapplicable() {
        assert_eq!(verdict(&[], inapplicable()), Verdict::Inapplicable);
        assert_eq!(verdict(&[finding(Severity::Note)], inapplicable().usable(1)), Verdict::Inapplicable);
    }
}
