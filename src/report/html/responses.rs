//! All responses with their source: the network, the HTTP cache, or the worker, and from which cache it took them.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::room::RESPONSES;
use super::text::{address, count, line, moment};
use crate::trace::{Event, Source, Trace, What};

/// The responses of a trace. Those of the `named` events are never left out.
pub(super) fn responses(trace: &Trace, named: &BTreeSet<u32>, home: Option<&str>) -> Option<Markup> {
    let all: Vec<&Event> = trace.events.iter().filter(|event| is_response(&event.what)).collect();
    if all.is_empty() {
        return None;
    }
    let is_named = |event: &Event| named.contains(&event.seq);
    let others = RESPONSES.saturating_sub(all.iter().filter(|event| is_named(event)).count().min(RESPONSES));
    let mut left = others;
    let shown = all.iter().filter(|event| {
        let is_free = left > 0 && !is_named(event);
        left -= usize::from(is_free);
        is_free || is_named(event)
    });
    let shown: Vec<_> = shown.take(RESPONSES).collect();
    Some(html! {
        div.scroll role="region" tabindex="0" aria-label="Responses and who served them" {
            table.wide {
                thead { tr {
                    th scope="col" { "Time" } th scope="col" { "Client" } th scope="col" { "Status" }
                    th scope="col" { "Served by" } th scope="col" { "Type" } th scope="col" { "URL" }
                } }
                tbody {
                    @for event in &shown { (row(event, named.contains(&event.seq), home)) }
                }
            }
        }
        @if shown.len() < all.len() {
            p.cut { (count(all.len(), "response")) "; " (shown.len()) " are shown." }
        }
    })
}

fn is_response(what: &What) -> bool {
    matches!(what, What::Response(_) | What::RequestFailed { .. })
}

fn row(event: &Event, is_named: bool, home: Option<&str>) -> Markup {
    html! {
        @match &event.what {
            What::Response(response) => {
                tr.wrong[response.status >= 400].named[is_named] {
                    td.number { (moment(event.at_ms)) }
                    td { (line(&response.by.to_string())) }
                    td.number { (response.status) }
                    td {
                        span class=(format!("source {}", class(response.source))) { (served(response.source)) }
                        @if let Some(cache) = &response.cache { " “" (line(cache)) "”" }
                    }
                    td { (line(&response.resource)) }
                    td.address { (address(&response.url, home)) }
                }
            }
            What::RequestFailed { by, url, resource, error, canceled } => {
                tr.wrong[!canceled].named[is_named] {
                    td.number { (moment(event.at_ms)) }
                    td { (line(&by.to_string())) }
                    td { @if *canceled { "canceled" } @else { "failed" } }
                    td { (line(error)) }
                    td { (line(resource)) }
                    td.address { (address(url, home)) }
                }
            }
            _ => {}
        }
    }
}

fn served(source: Source) -> &'static str {
    match source {
        Source::Network => "network",
        Source::HttpCache => "HTTP cache",
        Source::WorkerNetwork => "worker, from the network",
        Source::WorkerHttpCache => "worker, from the HTTP cache",
        Source::WorkerCache => "worker, from cache",
        Source::Worker => "worker",
    }
}

fn class(source: Source) -> &'static str {
    match source {
        Source::Network => "network",
        Source::HttpCache => "http",
        Source::WorkerNetwork | Source::WorkerHttpCache => "worker",
        Source::WorkerCache => "cache",
        Source::Worker => "own",
    }
}
