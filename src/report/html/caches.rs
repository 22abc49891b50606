//! The cache contents, with the real statuses, even of opaque responses.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::lanes::{is_bad, look, releases};
use super::room::{ENTRIES, LOOKS};
use super::text::{address, count, line, moment};
use crate::trace::{CacheEntry, Snapshot, Trace, What};

/// The last cache snapshot, and the earlier ones that prove a finding.
pub(super) fn caches(trace: &Trace, named: &BTreeSet<u32>, home: Option<&str>) -> Option<Markup> {
    let looks = trace.events.iter().filter_map(|event| match &event.what {
        What::Snapshot(snapshot) => Some((event, snapshot)),
        _ => None,
    });
    let looks: Vec<_> = looks.collect();
    let (last, _) = looks.last()?;
    let wanted: Vec<_> =
        looks.iter().filter(|(event, _)| event.seq == last.seq || named.contains(&event.seq)).collect();
    let shown = &wanted[wanted.len().saturating_sub(LOOKS)..];
    let releases = releases(trace);
    Some(html! {
        @for (event, snapshot) in shown {
            h5 { (moment(event.at_ms)) ", " (line(&snapshot.label)) }
            (self::look_at(snapshot, &releases, home))
        }
        @if shown.len() < looks.len() {
            p.cut {
                (count(looks.len(), "cache snapshot")) "; the last one is shown"
                @if shown.len() > 1 { ", and those that prove a finding" } "."
            }
        }
    })
}

fn look_at(snapshot: &Snapshot, releases: &[&str], home: Option<&str>) -> Markup {
    let all = &snapshot.entries;
    if all.is_empty() {
        return html! { p { "The caches are empty." } };
    }
    // If there are too many, bad entries are left out last.
    let bad = all.iter().filter(|entry| is_bad(entry)).count().min(ENTRIES);
    let mut left = ENTRIES - bad;
    let shown = all.iter().filter(|entry| {
        let is_free = left > 0 && !is_bad(entry);
        left -= usize::from(is_free);
        is_free || is_bad(entry)
    });
    let shown: Vec<&CacheEntry> = shown.take(ENTRIES).collect();
    html! {
        div.scroll role="region" tabindex="0" aria-label="Cache entries" {
            table.wide {
                thead { tr {
                    th scope="col" { "Cache" } th scope="col" { "Status" } th scope="col" { "Release" }
                    th scope="col" { "Now" } th scope="col" { "Type" } th scope="col" { "URL" }
                } }
                tbody { @for entry in &shown { (row(entry, releases, home)) } }
            }
        }
        @if shown.len() < all.len() {
            p.cut { "The caches contain " (all.len()) " entries; " (shown.len()) " are shown, bad ones first." }
        }
    }
}

fn row(entry: &CacheEntry, releases: &[&str], home: Option<&str>) -> Markup {
    html! {
        tr.wrong[is_bad(entry)] {
            td { (line(&entry.cache)) }
            td.number { (entry.status) @if entry.opaque { " opaque" } }
            td {
                @if let Some(fault) = entry.fault {
                    span.swatch.broken {} "body of fault " (fault)
                } @else if entry.releases.is_empty() {
                    span.dim { "none" }
                } @else {
                    @for release in entry.releases.iter().take(4) {
                        span class=(format!("swatch {}", look(releases, release))) {} (line(release)) " "
                    }
                }
            }
            td.number { @match entry.status_now { Some(status) => (status), None => span.dim { "not requested" } } }
            td { (line(&entry.content_type)) @if entry.html_body { span.dim { " HTML body" } } }
            td.address { (address(&entry.url, home)) }
        }
    }
}
