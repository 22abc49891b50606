//! One cell: its outcome in a line, and behind it the picture in time and all that belongs to it.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::room::{Detail, Room};
use super::scale::Scale;
use super::text::{count, line, origin};
use super::{caches, draw, findings, pictures, responses, story};
use crate::outcome::Verdict;
use crate::outcome::{Cell, Expected};
use crate::report::words::{duration, expectation, outcome, why};
use crate::scenario;
use crate::trace::{Trace, What};

/// The sign of a cell, its look, and its name.
pub(super) fn sign(cell: &Cell) -> (&'static str, &'static str, &'static str) {
    match cell.verdict {
        Verdict::Broken => ("!", "broken", "swapcheck could not do its work"),
        _ if !cell.as_expected() => ("✗", "bad", "not as expected"),
        Verdict::Pass => ("✓", "good", "healthy"),
        Verdict::Fail => ("●", "caught", "a failure that had to be caught"),
        Verdict::Inapplicable if cell.expected == Expected::Healthy => ("–", "none", "not tested"),
        Verdict::Inapplicable => ("–", "none", "has no meaning here"),
    }
}

/// A cell under its place in the run.
pub(super) fn cell(cell: &Cell, id: &str, detail: Detail, room: &mut Room) -> Markup {
    let (sign, class, named) = sign(cell);
    let is_open = !cell.as_expected();
    let found = outcome(cell);
    html! {
        details class=(format!("cell {class}")) open[is_open] data-text=(format!("{} {} {found}", line(&cell.variant), line(&cell.scenario))) {
            summary {
                span.sign aria-hidden="true" { (sign) }
                h4 { (line(&cell.scenario)) }
                span.outcome { (line(&found)) }
                span.seen { ", " (named) }
                span.took { (duration(cell.took)) }
            }
            div.body id=(id) tabindex="-1" {
                (about(cell))
                @if let Some(trace) = &cell.trace {
                    (told(cell, trace, id, detail, room))
                } @else if cell.verdict != Verdict::Broken {
                    p.dim { "There is no trace to draw: this cell comes from a report." }
                    (findings::findings(cell, id))
                } @else {
                    (findings::findings(cell, id))
                }
            }
        }
    }
}

/// What was played and what had to come of it.
fn about(cell: &Cell) -> Markup {
    let scenario = scenario::ALL.iter().find(|known| known.id == cell.scenario);
    html! {
        dl.about {
            @if let Some(scenario) = scenario {
                dt { "Story" } dd { (scenario.summary) }
                dt { "A healthy app" } dd { (scenario.healthy) }
            }
            @if cell.expected != Expected::Pass || !cell.as_expected() {
                dt { "Expected" } dd { (line(&expectation(&cell.expected))) }
                dt { "Found" } dd { (line(&outcome(cell))) }
            }
            @if !why(&cell.expected).is_empty() {
                dt { "Because" } dd { (line(why(&cell.expected))) }
            }
            @if let Some(path) = &cell.kept {
                dt { "Trace" } dd { code { (line(&path.display().to_string())) } }
            }
        }
    }
}

fn told(cell: &Cell, trace: &Trace, id: &str, detail: Detail, room: &mut Room) -> Markup {
    let named: BTreeSet<u32> = cell.findings.iter().flat_map(|finding| finding.events.iter().copied()).collect();
    let home = home(trace);
    let home = home.as_deref();
    if detail == Detail::Plain {
        return html! {
            p.cut { "The picture of this cell is left out, to keep this file small." }
            (findings::findings(cell, id))
        };
    }
    let scale = Scale::of(trace, &named);
    html! {
        (draw::picture(trace, &cell.findings, &scale, home, id))
        (findings::findings(cell, id))
        @if detail == Detail::Full {
            @if let Some(pictures) = pictures::pictures(cell, trace, room) { (pictures) }
            details.more { summary { h5 { "The story, line by line" } } (story::story(trace)) }
            @if let Some(responses) = responses::responses(trace, &named, home) {
                details.more { summary { h5 { "Who served each response" } } (responses) }
            }
            @if let Some(caches) = caches::caches(trace, &named, home) {
                details.more { summary { h5 { "What the caches keep" } } (caches) }
            }
        } @else {
            p.cut { "Story, responses and caches of this cell are left out, to keep this file small." }
        }
        p.dim { (count(trace.events.len(), "event")) " in the trace." }
    }
}

/// Where the app lives: the origin of the first document.
fn home(trace: &Trace) -> Option<String> {
    trace.events.iter().find_map(|event| match &event.what {
        What::Committed { url, error_page: false, .. } => origin(url).map(str::to_owned),
        _ => None,
    })
}
