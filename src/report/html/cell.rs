//! One cell: its outcome in one line, and the expandable details with the timeline.

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

/// The sign of a cell, its CSS class, and its meaning.
pub(super) fn sign(cell: &Cell) -> (&'static str, &'static str, &'static str) {
    match cell.verdict {
        Verdict::Broken => ("!", "broken", "could not be completed"),
        _ if !cell.as_expected() => ("✗", "bad", "not as expected"),
        Verdict::Pass => ("✓", "good", "healthy"),
        Verdict::Fail => ("●", "caught", "failed as expected"),
        Verdict::Inapplicable if cell.expected == Expected::Healthy => ("–", "none", "not tested"),
        Verdict::Inapplicable => ("–", "none", "not applicable"),
    }
}

/// A cell with its element id.
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
                    p.dim { "No timeline: the JSON report that this cell was read from contains no trace." }
                    (findings::findings(cell, id))
                } @else {
                    (findings::findings(cell, id))
                }
            }
        }
    }
}

/// The scenario, and the expected and actual result.
fn about(cell: &Cell) -> Markup {
    let scenario = scenario::ALL.iter().find(|known| known.id == cell.scenario);
    html! {
        dl.about {
            @if let Some(scenario) = scenario {
                dt { "Scenario" } dd { (scenario.summary) }
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
            p.cut { "The timeline of this cell is left out to keep this file small." }
            (findings::findings(cell, id))
        };
    }
    let scale = Scale::of(trace, &named);
    html! {
        (draw::picture(trace, &cell.findings, &scale, home, id))
        (findings::findings(cell, id))
        @if detail == Detail::Full {
            @if let Some(pictures) = pictures::pictures(cell, trace, room) { (pictures) }
            details.more { summary { h5 { "All events" } } (story::story(trace)) }
            @if let Some(responses) = responses::responses(trace, &named, home) {
                details.more { summary { h5 { "Who served each response" } } (responses) }
            }
            @if let Some(caches) = caches::caches(trace, &named, home) {
                details.more { summary { h5 { "Cache contents" } } (caches) }
            }
        } @else {
            p.cut { "Events, responses and cache contents of this cell are left out to keep this file small." }
        }
        p.dim { (count(trace.events.len(), "event")) " in the trace." }
    }
}

/// The app's origin: that of the first document.
fn home(trace: &Trace) -> Option<String> {
    trace.events.iter().find_map(|event| match &event.what {
        What::Committed { url, error_page: false, .. } => origin(url).map(str::to_owned),
        _ => None,
    })
}
