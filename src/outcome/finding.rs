//! Findings of checks, and the verdict on one cell.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::trace::{Event, What};

/// How serious a finding is for the visitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing; does not affect the verdict.
    Note,
    /// The app is broken for the visitor for a while, or in part.
    Error,
    /// The app stays broken until the visitor clears the browser's data, or the visitor loses data.
    Fatal,
}

/// How certain a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// The trace does not rule out another explanation.
    Likely,
    /// The events prove it.
    Certain,
}

/// Something that is wrong, with its evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Id of the check.
    pub check: String,
    /// How serious it is.
    pub severity: Severity,
    /// How certain it is.
    pub confidence: Confidence,
    /// What the visitor suffers, and what was observed.
    pub message: String,
    /// The URL that it is about, if any.
    pub url: Option<String>,
    /// How to fix it.
    pub fix: String,
    /// The events that prove it, by `seq`, in order.
    pub events: Vec<u32>,
}

impl Finding {
    /// Whether it makes the verdict fail.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.severity > Severity::Note
    }
}

/// The verdict on one cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// No finding that counts.
    Pass,
    /// At least one finding that counts.
    Fail,
    /// The scenario does not apply to this app.
    Inapplicable,
    /// The tool could not complete the run. Never a pass.
    Broken,
}

impl Verdict {
    /// The verdict and the reason of a cell in which no finding counts, from its events.
    #[must_use]
    pub fn without_findings(events: &[Event]) -> (Self, String) {
        let why = events.iter().find_map(|event| match &event.what {
            What::Inapplicable { why } => Some(why.clone()),
            _ => None,
        });
        match why {
            Some(why) => (Self::Inapplicable, why),
            None if events.iter().any(|event| matches!(event.what, What::Due(_))) => (Self::Pass, String::new()),
            None => (Self::Broken, "the trace contains no expectations, so nothing was checked".to_owned()),
        }
    }

    /// The verdict and the reason of a cell: a finding that counts fails it, `otherwise` they are those of a cell
    /// without one.
    #[must_use]
    pub fn of(findings: &[Finding], otherwise: &(Self, String)) -> (Self, String) {
        if findings.iter().any(Finding::counts) { (Self::Fail, String::new()) } else { otherwise.clone() }
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
        Verdict::of(findings, &Verdict::without_findings(&story.trace().events)).0
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
