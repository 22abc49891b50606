//! The summary of the run: counts, what is wrong, and the table of all cells.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::cell::sign;
use super::findings;
use super::text::line;
use crate::outcome::Verdict;
use crate::outcome::{Cell, Expected, Run};
use crate::report::words::outcome;

/// Number of columns above which the names of scenarios are vertical.
const BESIDE: usize = 5;

/// Maximum number of links to cells for each check.
const LINKS: usize = 12;

/// The number of cells by result.
pub(super) fn counts(run: &Run) -> Markup {
    let number = |is: fn(&Cell) -> bool| run.cells.iter().filter(|cell| is(cell)).count();
    let caught = number(|cell| cell.as_expected() && cell.verdict == Verdict::Fail);
    let accepted: Vec<_> = run.cells.iter().flat_map(|cell| &cell.accepted).collect();
    let lapsed = accepted.iter().filter(|accepted| accepted.lapsed).count();
    let none = number(|cell| cell.verdict == Verdict::Inapplicable);
    html! {
        ul.counts {
            li.good { b { (number(|cell| cell.as_expected() && cell.verdict == Verdict::Pass)) } " healthy" }
            @if caught > 0 { li.caught { b { (caught) } " failed as expected" } }
            li.bad { b { (number(|cell| !cell.as_expected() && cell.verdict != Verdict::Broken)) } " not as expected" }
            li.broken { b { (number(|cell| cell.verdict == Verdict::Broken)) } " broken" }
            @if none > 0 { li.none { b { (none) } " not tested" } }
            @if accepted.len() > lapsed { li { b { (accepted.len() - lapsed) } " accepted for now" } }
            @if lapsed > 0 { li.bad { b { (lapsed) } " no longer accepted (expired)" } }
        }
    }
}

/// What is wrong: unexpected findings by check, and expected ones that are missing.
pub(super) fn wrong(run: &Run) -> Option<Markup> {
    let mut wrong: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut missed = Vec::new();
    for (at, cell) in run.cells.iter().enumerate().filter(|(_, cell)| !cell.as_expected()) {
        let wanted = match &cell.expected {
            Expected::Findings { checks, .. } => checks.as_slice(),
            Expected::Pass | Expected::Healthy | Expected::Inapplicable { .. } => &[],
        };
        let found = cell.found();
        for check in found.iter().filter(|check| wanted.iter().all(|wanted| wanted != *check)) {
            wrong.entry(*check).or_default().push(at);
        }
        if wanted.iter().any(|wanted| !found.contains(&wanted.as_str())) || found.is_empty() {
            missed.push(at);
        }
    }
    if wrong.is_empty() && missed.is_empty() {
        return None;
    }
    let links = |cells: &[usize]| {
        html! {
            @for (at, cell) in cells.iter().take(LINKS).enumerate() {
                @if at > 0 { ", " }
                a href=(format!("#c{cell}")) { (name(run, &run.cells[*cell])) }
            }
            @if cells.len() > LINKS { ", and " (cells.len() - LINKS) " more" }
        }
    };
    Some(html! {
        section aria-labelledby="wrong" {
            h2 id="wrong" { "What is wrong" }
            ul.wrong {
                @for (check, cells) in &wrong { li { (findings::name(check)) " in " (links(cells)) } }
                @for at in &missed {
                    li { a href=(format!("#c{at}")) { (name(run, &run.cells[*at])) } ": " (line(&outcome(&run.cells[*at])))
                        @if let Expected::Findings { checks, .. } = &run.cells[*at].expected {
                            ", but expected " (line(&checks.join(", ")))
                        }
                    }
                }
            }
        }
    })
}

/// What was discovered about the app or the site.
pub(super) fn learned(run: &Run) -> Markup {
    html! {
        section aria-labelledby="learned" {
            h2 id="learned" { "What was tested" }
            dl.learned {
                @for (at, fact) in run.learned.iter().enumerate() {
                    @let goes_on = at > 0 && (fact.about.is_empty() || fact.about == run.learned[at - 1].about);
                    @if !goes_on { dt { (line(&fact.about)) } }
                    dd { (line(&fact.text)) }
                }
            }
        }
    }
}

/// The name of a cell, unambiguous in this run.
fn name(run: &Run, cell: &Cell) -> String {
    let is_alone = run.cells.iter().all(|other| other.variant == cell.variant);
    if is_alone { line(&cell.scenario) } else { format!("{} / {}", line(&cell.variant), line(&cell.scenario)) }
}

/// The table of all cells.
pub(super) fn table(run: &Run) -> Markup {
    let (variants, scenarios) = (names(run, |cell| &cell.variant), names(run, |cell| &cell.scenario));
    let mut cells: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (at, cell) in run.cells.iter().enumerate() {
        cells.entry((&cell.variant, &cell.scenario)).or_insert(at);
    }
    html! {
        div.scroll role="region" tabindex="0" aria-label="Table of all cells" {
            table.overview.upright[scenarios.len() > BESIDE] {
                thead { tr {
                    td {}
                    @for scenario in &scenarios { th scope="col" { span { (line(scenario)) } } }
                } }
                tbody { @for variant in &variants { tr {
                    th scope="row" { (line(variant)) }
                    @for scenario in &scenarios {
                        td {
                            @if let Some(at) = cells.get(&(*variant, *scenario)) {
                                @let cell = &run.cells[*at];
                                @let (sign, class, named) = sign(cell);
                                @let told = format!("{}, {}: {}, {named}", line(variant), line(scenario), line(&outcome(cell)));
                                a class=(class) href=(format!("#c{at}")) aria-label=(told) title=(told) { (sign) }
                            }
                        }
                    }
                } } }
            }
        }
        (legend(run))
    }
}

fn legend(run: &Run) -> Markup {
    let mut signs: Vec<_> = run.cells.iter().map(sign).collect();
    signs.sort_unstable();
    signs.dedup();
    html! {
        ul.legend aria-label="Legend of the table" {
            @for (sign, class, named) in signs { li { span class=(format!("sign {class}")) { (sign) } " " (named) } }
        }
    }
}

/// The distinct names, in the order of the cells.
pub(super) fn names<'a>(run: &'a Run, name: impl Fn(&'a Cell) -> &'a String) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for cell in &run.cells {
        let name = name(cell).as_str();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}
