//! The core of the table shows of each scenario, variant and check what the whole table shows of it.

use std::collections::BTreeSet;
use std::path::Path;

use swapcheck::outcome::Expected;
use swapcheck::outcome::Kind;
use swapcheck::sample::core::core;
use swapcheck::sample::expected::expected;
use swapcheck::sample::variant::Variant;
use swapcheck::scenario;

/// A cell of the whole table.
struct Cell {
    variant: String,
    kind: Kind,
    scenario: &'static str,
    due: Expected,
    in_core: bool,
}

impl Cell {
    fn is_played(&self) -> bool {
        !matches!(self.due, Expected::Inapplicable { .. })
    }

    /// The checks that must find something, and those that may.
    fn checks(&self) -> (&[String], &[String]) {
        match &self.due {
            Expected::Findings { checks, may, .. } => (checks, may),
            _ => (&[], &[]),
        }
    }

    fn must_find(&self, check: &String) -> bool {
        self.checks().0.contains(check)
    }

    fn may_find(&self, check: &String) -> bool {
        self.must_find(check) || self.checks().1.contains(check)
    }

    /// Whether nothing can be found that is right for both.
    fn differs(&self, other: &Self) -> bool {
        let more = |one: &Self, other: &Self| one.checks().0.iter().any(|check| !other.may_find(check));
        self.is_played() != other.is_played() || more(self, other) || more(other, self)
    }
}

fn table() -> Vec<Cell> {
    let variants = Variant::load_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-app")).unwrap();
    let scenarios: Vec<&'static str> = scenario::ALL.iter().map(|scenario| scenario.id).collect();
    let core = core(&variants, &scenarios);
    let cell = |variant: &Variant, scenario| Cell {
        variant: variant.name.clone(),
        kind: variant.kind,
        scenario,
        due: expected(variant, scenario),
        in_core: core.contains(&(variant.name.as_str(), scenario)),
    };
    let cells = variants.iter().flat_map(|variant| scenarios.iter().map(move |scenario| cell(variant, scenario)));
    cells.collect()
}

/// Whether a cell of the core shows this, if any cell of the table does.
fn is_shown(table: &[Cell], shows: impl Fn(&Cell) -> bool) -> bool {
    !table.iter().any(&shows) || table.iter().any(|cell| cell.in_core && shows(cell))
}

#[test]
fn each_scenario_passes_catches_and_is_left_out() {
    let table = table();
    for scenario in scenario::ALL.iter().map(|scenario| scenario.id) {
        let shown = |what: &dyn Fn(&Cell) -> bool| is_shown(&table, |cell| cell.scenario == scenario && what(cell));
        assert!(shown(&|cell| cell.kind == Kind::Proven && cell.is_played()), "{scenario} on what is proven");
        assert!(shown(&|cell| !cell.checks().0.is_empty()), "{scenario} on what it must catch");
        assert!(shown(&|cell| !cell.is_played()), "{scenario} where it has no meaning");
    }
}

#[test]
fn each_variant_is_played_and_told_from_every_other() {
    let table = table();
    for variant in table.iter().map(|cell| &cell.variant).collect::<BTreeSet<_>>() {
        let played = |cell: &Cell| cell.variant == *variant && cell.is_played();
        assert!(table.iter().any(|cell| cell.in_core && played(cell)), "{variant} is never played");
        for other in table.iter().map(|cell| &cell.variant).collect::<BTreeSet<_>>() {
            let theirs: Vec<&Cell> = table.iter().filter(|cell| cell.variant == *other).collect();
            let there = |cell: &Cell| theirs.iter().find(|known| known.scenario == cell.scenario).unwrap();
            let tells = |cell: &Cell| played(cell) && cell.differs(there(cell));
            assert!(is_shown(&table, tells), "{variant} may be {other}");
        }
    }
}

#[test]
fn each_check_finds_something_and_nothing_in_one_scenario() {
    let table = table();
    for check in table.iter().flat_map(|cell| cell.checks().0).collect::<BTreeSet<_>>() {
        let shown = |scenario| {
            let mut here = table.iter().filter(|cell| cell.in_core && cell.scenario == scenario);
            here.clone().any(|cell| cell.must_find(check)) && here.any(|cell| cell.is_played() && !cell.may_find(check))
        };
        assert!(scenario::ALL.iter().any(|scenario| shown(scenario.id)), "{check} does not tell good from bad");
    }
}

#[test]
fn it_is_a_small_part() {
    let table = table();
    let core = table.iter().filter(|cell| cell.in_core).count();
    println!("the core has {core} of {} cells", table.len());
    assert!(core * 6 < table.len(), "{core} of {} cells", table.len());
}
