//! Each finding with the events that prove it and what to do about it.

use maud::{Markup, html};

use super::room::{EVIDENCE, FINDINGS};
use super::text::{count, line, moment};
use crate::check;
use crate::outcome::{Accepted, Cell};
use crate::outcome::{Confidence, Finding, Severity};
use crate::report::escape;
use crate::report::words::{alike, unfold};

/// The findings of a cell.
pub(super) fn findings(cell: &Cell, id: &str) -> Markup {
    let told = &cell.findings[..cell.findings.len().min(FINDINGS)];
    let mut numbers = 1..;
    html! {
        @for alike in alike(told) {
                // The fix is shown once for the findings of one check.
            @let (whole, folded) = unfold(alike);
            @for (at, finding) in whole.iter().enumerate() {
                (self::finding(finding, numbers.next().unwrap_or_default(), cell, id, at + 1 == whole.len()))
            }
            @if !folded.is_empty() {
                details.more {
                    summary { (folded.len()) " more of " (line(&folded[0].check)) }
                    @for finding in folded { (self::finding(finding, numbers.next().unwrap_or_default(), cell, id, false)) }
                }
            }
        }
        @if cell.findings.len() > FINDINGS {
            p.cut { (count(cell.findings.len(), "finding")) "; the first " (FINDINGS) " are shown." }
        }
        @for accepted in &cell.accepted {
            (self::accepted(accepted))
        }
    }
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
            ol.proof aria-label="Evidence" {
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

/// The id of a check, linked to its explanation.
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
                @if *lapsed { "was accepted until " (line(until)) "; this has expired" }
                @else { "accepted until " (line(until)) }
            } }
            p { (line(&finding.message)) }
            p.dim { "because " (line(reason)) }
        }
    }
}
