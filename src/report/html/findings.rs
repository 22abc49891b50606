//! Each finding with the events that prove it and what to do about it.

use maud::{Markup, html};

use super::room::{EVIDENCE, FINDINGS};
use super::text::{count, line, moment};
use crate::check;
use crate::finding::{Confidence, Finding, Severity};
use crate::report::escape;
use crate::run::{Accepted, Cell};

/// How many findings that are mended alike stand open one after the other.
const FOLDED: usize = 5;

/// How many of more than that do.
const SHOWN: usize = 3;

/// The findings of a cell.
pub(super) fn findings(cell: &Cell, id: &str) -> Markup {
    html! {
        @for alike in alike(&cell.findings[..cell.findings.len().min(FINDINGS)]) {
            @let shown = if alike.len() > FOLDED { SHOWN } else { alike.len() };
            @for (at, (number, finding)) in alike.iter().take(shown).enumerate() {
                // The fix stands once under the findings of one check.
                (self::finding(finding, *number, cell, id, at + 1 == shown))
            }
            @if alike.len() > shown {
                details.more {
                    summary { (alike.len() - shown) " more of " (line(&alike[0].1.check)) }
                    @for (number, finding) in &alike[shown..] { (self::finding(finding, *number, cell, id, false)) }
                }
            }
        }
        @if cell.findings.len() > FINDINGS {
            p.cut { "There are " (count(cell.findings.len(), "finding")) "; the first " (FINDINGS) " are told." }
        }
        @for accepted in &cell.accepted {
            (self::accepted(accepted))
        }
    }
}

/// Neighbours of one check that are mended alike, with their numbers.
fn alike(findings: &[Finding]) -> Vec<Vec<(usize, &Finding)>> {
    let mut number = 0;
    let groups = findings.chunk_by(|a, b| (&a.check, &a.fix) == (&b.check, &b.fix));
    let mut numbered = |finding| {
        number += 1;
        (number, finding)
    };
    groups.map(|group| group.iter().map(&mut numbered).collect()).collect()
}

fn finding(finding: &Finding, number: usize, cell: &Cell, id: &str, has_fix: bool) -> Markup {
    let severity = match finding.severity {
        Severity::Note => "note",
        Severity::Error => "error",
        Severity::Fatal => "fatal",
    };
    html! {
        article class=(format!("finding {severity}")) id=(format!("{id}-f{number}")) tabindex="-1" {
            h5 {
                span.badge { (number) } " " (self::name(&finding.check)) " "
                span.severity { (severity) @if finding.confidence == Confidence::Likely { ", likely" } }
            }
            p { (line(&finding.message)) }
            @if let Some(url) = &finding.url {
                p.address { (line(url)) }
            }
            ol.proof aria-label="The events that prove it" {
                @for seq in finding.events.iter().take(EVIDENCE) {
                    @match cell.proof.iter().find(|event| event.seq == *seq) {
                        Some(event) => li { span.when { (moment(event.at_ms)) } " " (line(&event.text)) },
                        None => li { "event " (seq) " is not in the trace" },
                    }
                }
            }
            @if finding.events.len() > EVIDENCE {
                p.cut { "and " (finding.events.len() - EVIDENCE) " more events" }
            }
            @if has_fix {
                div.fix { b { "Fix " } (escape::lines(&finding.fix)) }
            }
        }
    }
}

/// The name of a check, which leads to its explanation.
pub(super) fn name(check: &str) -> Markup {
    html! {
        @match check::find(check) {
            Some(known) => a href=(format!("#check-{}", known.id)) { code { (known.id) } },
            None => code { (line(check)) },
        }
    }
}

fn accepted(accepted: &Accepted) -> Markup {
    let Accepted { finding, reason, until, lapsed } = accepted;
    html! {
        article.finding.accepted {
            h5 { (name(&finding.check)) " " span.severity {
                @if *lapsed { "was accepted until " (line(until)) ", and counts again" }
                @else { "accepted until " (line(until)) }
            } }
            p { (line(&finding.message)) }
            p.dim { "because " (line(reason)) }
        }
    }
}
