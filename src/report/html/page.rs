//! The HTML page.

use std::collections::BTreeSet;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::cell::{self, sign};
use super::policy::{SCRIPT, STYLE, policy};
use super::room::Room;
use super::summary;
use super::text::{count, line};
use crate::check;
use crate::outcome::{Cell, Run};
use crate::report::words::{duration, verdict};

/// The report of a run.
#[must_use]
pub fn render(run: &Run) -> String {
    let verdict = verdict(run);
    let class = if run.exit_code() == 0 { "good" } else { "bad" };
    let (cells, cut) = cells(run);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy());
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                meta name="color-scheme" content="light dark";
                title { "swapcheck: " (verdict) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#cells" { "Skip to the cells" }
                header class=(class) {
                    p.name { "swapcheck" }
                    h1 { (verdict) }
                    (summary::counts(run))
                    p.dim { "Took " (duration(run.took)) "." }
                }
                main {
                    @if let Some(wrong) = summary::wrong(run) { (wrong) }
                    @if !run.learned.is_empty() { (summary::learned(run)) }
                    nav aria-labelledby="overview" {
                        h2 id="overview" { "Overview" }
                        (summary::table(run))
                    }
                    section id="cells" aria-labelledby="all" tabindex="-1" {
                        h2 id="all" { "Cells" }
                        (filter())
                        @for sentence in &cut { p.cut { (sentence) } }
                        @for variant in summary::names(run, |cell| &cell.variant) {
                            section.variant {
                                h3 { (line(variant)) }
                                @for (cell, markup) in run.cells.iter().zip(&cells) {
                                    @if cell.variant == variant { (markup) }
                                }
                            }
                        }
                    }
                    (explanations(run))
                }
                footer { (footer(run)) }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string()
}

/// All cells in the order of the run, and notes on what was left out. Unexpected results get space first.
fn cells(run: &Run) -> (Vec<Markup>, Vec<String>) {
    let mut order: Vec<usize> = (0..run.cells.len()).collect();
    order.sort_by_key(|at| {
        let cell = &run.cells[*at];
        (cell.as_expected(), cell.findings.is_empty())
    });
    let mut room = Room::default();
    let mut told: Vec<Markup> = run.cells.iter().map(|_| html! {}).collect();
    for at in order {
        let detail = room.next();
        let markup = cell::cell(&run.cells[at], &format!("c{at}"), detail, &mut room);
        let detail = if run.cells[at].trace.is_some() { detail } else { super::room::Detail::Full };
        room.take(markup.0.len(), detail);
        told[at] = markup;
    }
    (told, room.told())
}

/// The filter form. The script shows it and makes it work.
fn filter() -> Markup {
    html! {
        form.filter hidden {
            label { "Show cells with " input type="search" name="text" placeholder="a name or a check"; }
            label { input type="checkbox" name="wrong"; " only unexpected results" }
            p.dim { "Keys: " kbd { "j" } " next, " kbd { "k" } " previous, " kbd { "o" } " open or close, " kbd { "/" } " search" }
            p role="status" {}
        }
    }
}

/// Explanations of the checks that reported findings.
fn explanations(run: &Run) -> Markup {
    let found = |cell: &Cell| -> Vec<String> {
        let accepted = cell.accepted.iter().map(|accepted| &accepted.finding);
        cell.findings.iter().chain(accepted).map(|finding| finding.check.clone()).collect()
    };
    let mut found: BTreeSet<String> = run.cells.iter().flat_map(found).collect();
    found.extend(run.cells.iter().filter(|cell| !cell.as_expected()).flat_map(|cell| match &cell.expected {
        crate::outcome::Expected::Findings { checks, .. } => checks.clone(),
        _ => Vec::new(),
    }));
    let known: Vec<_> = check::ALL.iter().filter(|check| found.contains(check.id)).collect();
    html! {
        @if !known.is_empty() {
            section aria-labelledby="checks" {
                h2 id="checks" { "Checks" }
                @for check in known {
                    article.check id=(format!("check-{}", check.id)) tabindex="-1" {
                        h3 { code { (check.id) } }
                        p { b { (check.summary) } }
                        p { (check.explanation) }
                        p.fix { b { "Fix " } (check.fix) }
                    }
                }
            }
        }
    }
}

fn footer(run: &Run) -> Markup {
    let versions = &run.versions;
    let wrong = run.cells.iter().filter(|cell| sign(cell).1 == "bad").count();
    html! {
        p {
            "swapcheck " (line(&versions.swapcheck))
            @if !versions.browser.is_empty() { ", " (line(&versions.browser)) (versions.sandbox_told()) }
            @if !versions.node.is_empty() { ", Node.js " (line(&versions.node)) }
            @if !versions.next.is_empty() { ", Next.js " (line(&versions.next)) }
            ". " (count(run.cells.len(), "cell")) ", " (wrong) " not as expected."
        }
        p { "This file makes no network requests. It contains text from the tested pages." }
    }
}
