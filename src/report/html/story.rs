//! All events of a trace as text, with their times.

use maud::{Markup, html};

use super::room::LINES;
use super::text::{count, line, moment};
use crate::trace::{Event, Trace, What};

/// The events of a trace.
pub(super) fn story(trace: &Trace) -> Markup {
    let told: Vec<&Event> = trace.events.iter().filter(|event| is_told(&event.what)).collect();
    let mut step = 0;
    html! {
        div.scroll role="region" tabindex="0" aria-label="All events" {
            table.story {
                thead { tr { th scope="col" { "Time" } th scope="col" { "Event" } } }
                tbody {
                    @for event in told.iter().take(LINES) {
                        @let class = class(&event.what);
                        tr class=(class) {
                            td.number { (moment(event.at_ms)) }
                            td {
                                @if matches!(event.what, What::Step { .. }) {
                                    span.step { ({ step += 1; step }) } " "
                                }
                                (line(&event.to_string()))
                            }
                        }
                    }
                }
            }
        }
        @if told.len() > LINES {
            p.cut { (count(told.len(), "event")) "; the first " (LINES) " are shown." }
        }
    }
}

fn is_told(what: &What) -> bool {
    match what {
        What::Response(_)
        | What::Answer(_)
        | What::Loaded { .. }
        | What::CacheChanged { .. }
        | What::Page(_)
        | What::Registration { deleted: false, .. }
        | What::End => false,
        What::RequestFailed { canceled, .. } => !canceled,
        _ => true,
    }
}

fn class(what: &What) -> &'static str {
    match what {
        What::Step { .. } => "step",
        What::Due(_) => "due",
        What::Exception { .. }
        | What::WorkerError { .. }
        | What::Expired { .. }
        | What::RequestFailed { .. }
        | What::Committed { error_page: true, .. } => "wrong",
        What::Swap { .. } | What::FaultOn { .. } | What::FaultOff { .. } => "origin",
        _ => "",
    }
}
