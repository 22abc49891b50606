//! The core of the table: few cells that show of each variant, scenario and check what the whole table shows of it.
//!
//! The cells are chosen by rule from what the variants have to show, so a new variant, scenario or check takes its place
//! by itself. The core has
//! - each scenario on what is proven, on a variant that it must catch, and on one that it has no meaning for;
//! - each variant in scenarios that tell it from every other variant, as far as any scenario does;
//! - each check where it must find something, and in the same scenario where it must not.

use std::collections::BTreeSet;

use super::variant::{Expectation, Variant};
use crate::outcome::Kind;

/// What a cell has to give.
enum Due<'a> {
    Inapplicable,
    Pass,
    Findings(&'a Expectation),
}

impl<'a> Due<'a> {
    fn of(variant: &'a Variant, scenario: &str) -> Self {
        match variant.expected(scenario) {
            _ if variant.inapplicable(scenario).is_some() => Self::Inapplicable,
            Some(expected) => Self::Findings(expected),
            None => Self::Pass,
        }
    }

    /// The checks that must find something, and those that may.
    fn checks(&self) -> (&[String], &[String]) {
        match self {
            Self::Inapplicable | Self::Pass => (&[], &[]),
            Self::Findings(expected) => (&expected.checks, &expected.may),
        }
    }

    fn is_played(&self) -> bool {
        !matches!(self, Self::Inapplicable)
    }

    fn must_find(&self, check: &str) -> bool {
        self.checks().0.iter().any(|id| id == check)
    }

    /// Whether the check must not find anything.
    fn is_silent(&self, check: &str) -> bool {
        let (must, may) = self.checks();
        self.is_played() && must.iter().chain(may).all(|id| id != check)
    }

    /// Whether nothing that is right for one is right for the other.
    fn excludes(&self, other: &Self) -> bool {
        let found_only_by = |one: &Self, other: &Self| one.checks().0.iter().any(|check| other.is_silent(check));
        match (self.is_played(), other.is_played()) {
            (true, true) => found_only_by(self, other) || found_only_by(other, self),
            (one, other) => one != other,
        }
    }
}

/// The whole table, of which each cell has a number: row by row.
struct Table<'a> {
    variants: &'a [Variant],
    scenarios: &'a [&'a str],
}

impl<'a> Table<'a> {
    fn due(&self, row: usize, column: usize) -> Due<'a> {
        Due::of(&self.variants[row], self.scenarios[column])
    }

    fn cell(&self, row: usize, column: usize) -> usize {
        row * self.scenarios.len() + column
    }

    fn column(&self, cell: usize) -> usize {
        cell % self.scenarios.len()
    }

    /// The cells of these rows and columns that fit.
    fn cells(
        &self,
        rows: impl IntoIterator<Item = usize>,
        columns: impl IntoIterator<Item = usize> + Clone,
        fits: impl Fn(usize, usize) -> bool,
    ) -> Vec<usize> {
        let mut cells = Vec::new();
        for row in rows {
            let fitting = columns.clone().into_iter().filter(|column| fits(row, *column));
            cells.extend(fitting.map(|column| self.cell(row, column)));
        }
        cells
    }

    /// What the core has to have: at least one cell of each of these.
    fn demands(&self) -> Vec<Vec<usize>> {
        let (rows, columns) = (0..self.variants.len(), 0..self.scenarios.len());
        let mut demands = Vec::new();
        let proven: Vec<usize> = rows.clone().filter(|row| self.variants[*row].kind == Kind::Proven).collect();
        for column in columns.clone() {
            demands.extend(
                proven.iter().map(|row| self.cells([*row], [column], |row, column| self.due(row, column).is_played())),
            );
            demands
                .push(self.cells(rows.clone(), [column], |row, column| !self.due(row, column).checks().0.is_empty()));
            demands.push(self.cells(rows.clone(), [column], |row, column| !self.due(row, column).is_played()));
        }
        for row in rows.clone() {
            demands.push(self.cells([row], columns.clone(), |row, column| self.due(row, column).is_played()));
            demands.extend(rows.clone().map(|other| {
                self.cells([row], columns.clone(), |row, column| {
                    let due = self.due(row, column);
                    due.is_played() && due.excludes(&self.due(other, column))
                })
            }));
        }
        let named = self.variants.iter().flat_map(|variant| &variant.expect).flat_map(|expected| &expected.checks);
        for check in named.collect::<BTreeSet<_>>() {
            let found = self.cells(rows.clone(), columns.clone(), |row, column| self.due(row, column).must_find(check));
            // Where what is proven is played, which is in the core whole, the check must not find anything.
            let silent = |cell: &usize| proven.iter().any(|row| self.due(*row, self.column(*cell)).is_silent(check));
            let both: Vec<usize> = found.iter().copied().filter(silent).collect();
            demands.push(if both.is_empty() { found } else { both });
        }
        demands.retain(|demand| !demand.is_empty());
        demands
    }
}

/// The core of the table of these variants and scenarios: names of variants with ids of scenarios.
#[must_use]
pub fn core<'a>(variants: &'a [Variant], scenarios: &'a [&'a str]) -> BTreeSet<(&'a str, &'a str)> {
    let demands = Table { variants, scenarios }.demands();
    let cells = chosen(&demands, variants.len() * scenarios.len());
    let named = |cell: usize| (variants[cell / scenarios.len()].name.as_str(), scenarios[cell % scenarios.len()]);
    cells.into_iter().map(named).collect()
}

/// A cell of each demand, and few of all: time and again the one that meets most demands, and of several the first;
/// then without those that the later ones have made needless.
fn chosen(demands: &[Vec<usize>], cells: usize) -> Vec<usize> {
    let mut chosen: Vec<usize> = Vec::new();
    loop {
        let mut meets = vec![0_usize; cells];
        for demand in demands.iter().filter(|demand| !demand.iter().any(|cell| chosen.contains(cell))) {
            demand.iter().for_each(|&cell| meets[cell] += 1);
        }
        match meets.iter().max() {
            Some(&most) if most > 0 => chosen.extend(meets.iter().position(|&meets| meets == most)),
            _ => break,
        }
    }
    for cell in chosen.clone() {
        let others = |demand: &Vec<usize>| demand.iter().any(|one| *one != cell && chosen.contains(one));
        if demands.iter().filter(|demand| demand.contains(&cell)).all(others) {
            chosen.retain(|one| *one != cell);
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A variant with what it has to show: scenarios, checks that must find something, and those that may.
    fn variant(name: &str, kind: Kind, expect: &[(&[&str], &[&str], &[&str])]) -> Variant {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let expect = expect.iter().map(|(scenarios, checks, may)| Expectation {
            scenarios: owned(scenarios),
            checks: owned(checks),
            may: owned(may),
            why: String::new(),
        });
        Variant {
            name: name.to_owned(),
            dir: name.into(),
            summary: String::new(),
            kind,
            build_args: Vec::new(),
            extends: None,
            layers: Vec::new(),
            claims: None,
            expect: expect.collect(),
            inapplicable: Vec::new(),
        }
    }

    #[test]
    fn what_tells_most_variants_apart_is_chosen() {
        let variants = [
            variant("one", Kind::Control, &[(&["a", "b"], &["x"], &[]), (&["c"], &["y"], &[])]),
            variant("two", Kind::Control, &[(&["b", "c"], &["x"], &[])]),
            variant("good", Kind::Proven, &[]),
        ];
        let core = core(&variants, &["a", "b", "c"]);
        let proven = [("good", "a"), ("good", "b"), ("good", "c")];
        // `c` tells each of them from both others; `a` and `b` must catch something too.
        let wanted = [("one", "c"), ("two", "c"), ("one", "a"), ("one", "b")];
        assert_eq!(core, wanted.into_iter().chain(proven).collect());
    }

    #[test]
    fn what_may_be_alike_tells_nothing_apart() {
        let variants = [
            variant("sometimes", Kind::Remedy, &[(&["a"], &[], &["x"]), (&["b"], &["x"], &[])]),
            variant("good", Kind::Proven, &[]),
        ];
        let due = |variant: usize, scenario| Due::of(&variants[variant], scenario);
        assert!(!due(0, "a").excludes(&due(1, "a")));
        assert!(due(0, "b").excludes(&due(1, "b")));
        assert!(core(&variants, &["a", "b"]).contains(&("sometimes", "b")));
    }

    #[test]
    fn a_variant_that_nothing_tells_apart_is_still_played() {
        let same = |name| variant(name, Kind::Control, &[(&["a"], &["x"], &[])]);
        let variants = [same("one"), same("other")];
        assert_eq!(core(&variants, &["a"]), [("one", "a"), ("other", "a")].into());
    }
}
