//! What a cell of the sample must give, as its variant's description says.

use super::variant::Variant;
use crate::outcome::{Cell, Expected};
use crate::scenario::Scenario;

/// A cell that could not be completed.
pub(crate) fn broken(variant: &Variant, scenario: &Scenario, reason: String) -> Cell {
    let expected = expected(variant, scenario.id);
    Cell { kind: Some(variant.kind), expected, ..Cell::broken(&variant.name, scenario.id, reason) }
}

/// The result that the variant declares for the scenario.
#[must_use]
pub fn expected(variant: &Variant, scenario: &str) -> Expected {
    if let Some(inapplicable) = variant.inapplicable(scenario) {
        return Expected::Inapplicable { why: inapplicable.why.clone() };
    }
    match variant.expected(scenario) {
        Some(expect) => {
            Expected::Findings { checks: expect.checks.clone(), may: expect.may.clone(), why: expect.why.clone() }
        }
        None => Expected::Pass,
    }
}
