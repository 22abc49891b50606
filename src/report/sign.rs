//! The sign of a cell, where a table has room for no more than one character.

use crate::outcome::{Cell, Expected, Verdict};

/// What a table shows of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// The app is healthy, as expected.
    Pass,
    /// The app fails: as expected of a variant, or whatever was expected of the user's own app.
    Fail,
    /// The scenario does not apply, or was not tested.
    NotApplicable,
    /// Anything else than what was expected.
    Unexpected,
}

impl Sign {
    /// The sign of this cell.
    pub(super) fn of(cell: &Cell) -> Self {
        match cell.verdict {
            // Nothing but health is expected of the user's own app.
            Verdict::Fail if cell.expected == Expected::Healthy => Self::Fail,
            _ if !cell.as_expected() => Self::Unexpected,
            Verdict::Pass => Self::Pass,
            Verdict::Fail => Self::Fail,
            Verdict::Inapplicable => Self::NotApplicable,
            Verdict::Broken => Self::Unexpected,
        }
    }

    /// As one character.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Pass => "✓",
            Self::Fail => "✗",
            Self::NotApplicable => "–",
            Self::Unexpected => "‼",
        }
    }
}
