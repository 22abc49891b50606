//! Every check and every scenario is proved: by a variant of the sample app, or by a fixture of the tests.

use std::collections::HashSet;
use std::path::Path;

use swapcheck::outcome::Kind;
use swapcheck::sample::variant::Variant;
use swapcheck::{check, scenario};

/// Scenarios that the site of the broken workers has no meaning for. It passes all others.
const NO_MEANING: [&str; 1] = ["emergency-reset"];

/// The tests that run broken workers and broken servers in a browser.
fn fixtures() -> String {
    [include_str!("../broken_workers.rs"), include_str!("browser/check.rs")].concat().replace(char::is_whitespace, "")
}

fn variants() -> Vec<Variant> {
    Variant::load_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-app")).unwrap()
}

#[test]
fn every_check_catches_a_variant_or_a_fixture() {
    let mut caught = HashSet::new();
    for variant in variants() {
        caught.extend(variant.expect.iter().flat_map(|expect| expect.checks.clone()));
    }
    let fixtures = fixtures();
    for check in check::ALL {
        let fixture = ['(', '['].iter().any(|open| fixtures.contains(&format!("{open}\"{}\"", check.id)));
        assert!(caught.contains(check.id) || fixture, "nothing proves that {} can find something", check.id);
    }
}

#[test]
fn every_scenario_catches_something_that_it_finds_healthy_elsewhere() {
    let (variants, fixtures) = (variants(), fixtures());
    for scenario in scenario::ALL {
        let expected = |variant: &Variant| variant.expected(scenario.id).is_some_and(|found| !found.checks.is_empty());
        let fixture = fixtures.contains(&format!("scenario:\"{}\"", scenario.id));
        assert!(variants.iter().any(expected) || fixture, "nothing fails in {}", scenario.id);
        let healthy = |variant: &Variant| variant.inapplicable(scenario.id).is_none() && !expected(variant);
        assert!(variants.iter().any(healthy) || !NO_MEANING.contains(&scenario.id), "nothing passes {}", scenario.id);
    }
}

#[test]
fn nothing_is_found_in_what_is_proven() {
    let variants = variants();
    let proven: Vec<&Variant> = variants.iter().filter(|variant| variant.kind == Kind::Proven).collect();
    assert_eq!(proven.len(), 1);
    assert!(proven[0].expect.is_empty());
}
