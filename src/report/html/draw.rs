//! Draws the lanes of a timeline below each other on one scale, with the findings pinned to their events.

use maud::{Markup, html};

use super::lanes::{Column, Lane, Mark, Shape, Span, lanes};
use super::scale::Scale;
use super::text::{count, moment, short};
use crate::outcome::Finding;
use crate::trace::{Trace, What};

/// Height of a row of spans.
const ROW: f64 = 20.0;

/// Height of the marks above the spans.
const MARKS: f64 = 18.0;

/// Height of the columns of cache entries.
const COLUMN: f64 = 44.0;

/// Minimum height of a part of a column.
const THINNEST: f64 = 4.0;

/// Width of a character of the text in spans.
const CHARACTER: f64 = 6.3;

/// Maximum number of rows of findings.
const PINNED: usize = 12;

/// Maximum number of steps that are numbered.
const STEPS: usize = 60;

/// The timeline of a trace.
pub(super) fn picture(trace: &Trace, findings: &[Finding], scale: &Scale, home: Option<&str>, id: &str) -> Markup {
    let arranged = lanes(trace, scale, home);
    let rows = rows(findings);
    let pins: Vec<f64> = rows.iter().filter_map(|row| proved(row.finding, scale)).collect();
    html! {
        div.time role="region" tabindex="0" aria-label="Timeline" {
            (axis(trace, scale, &pins))
            @for lane in &arranged.lanes {
                (self::lane(lane, scale, &pins))
            }
            @if !findings.is_empty() {
                (pinned(&rows, scale, &pins, id))
            }
        }
        (legend(trace))
        @if let Some(cut) = arranged.cut {
            p.cut { (cut) }
        }
        @if rows.len() < findings.len() {
            p.cut { (count(findings.len(), "finding")) "; the timeline shows the first one of each check." }
        }
    }
}

/// A row of findings: the first one of a check, and how many there are.
struct Row<'a> {
    finding: &'a Finding,
    number: usize,
    all: usize,
}

fn rows(findings: &[Finding]) -> Vec<Row<'_>> {
    let mut rows: Vec<Row<'_>> = Vec::new();
    for (finding, number) in findings.iter().zip(1..) {
        match rows.iter().position(|row| row.finding.check == finding.check) {
            Some(at) => rows[at].all += 1,
            None if rows.len() < PINNED => rows.push(Row { finding, number, all: 1 }),
            None => {}
        }
    }
    rows
}

/// The position of a finding: its last event.
fn proved(finding: &Finding, scale: &Scale) -> Option<f64> {
    finding.events.iter().max().map(|seq| scale.x(*seq))
}

fn px(length: f64) -> String {
    format!("{length:.1}")
}

/// A row of the timeline: its name, which stays visible, and the drawing.
fn row(name: &str, about: &str, label: &str, (width, height): (f64, f64), pins: &[f64], drawn: Markup) -> Markup {
    html! {
        div.lane {
            div.name { b { (name) } @if !about.is_empty() { span { (short(about, 40)) } } }
            svg role="img" aria-label=(label) width=(px(width)) height=(px(height))
                viewBox=(format!("0 0 {} {}", px(width), px(height))) {
                (lines(pins, height))
                (drawn)
            }
        }
    }
}

fn lines(pins: &[f64], height: f64) -> Markup {
    html! {
        @for pin in pins {
            line.pin x1=(px(*pin)) x2=(px(*pin)) y1="0" y2=(px(height)) {}
        }
    }
}

/// The time axis, with the numbers of the scenario's steps.
fn axis(trace: &Trace, scale: &Scale, pins: &[f64]) -> Markup {
    let steps = trace.events.iter().filter(|event| matches!(event.what, What::Step { .. }));
    let steps: Vec<_> = steps.take(STEPS).zip(1..).map(|(event, number)| (scale.x(event.seq), number, event)).collect();
    let last = trace.events.last().map_or(0, |event| event.at_ms);
    let label = format!("Time axis from 0 to {}, with {} of the scenario", moment(last), count(steps.len(), "step"));
    let drawn = html! {
        @for (x, time) in scale.ticks() {
            line.tick x1=(px(x)) x2=(px(x)) y1="14" y2="20" {}
            text.time x=(px(x)) y="11" { (moment(time)) }
        }
        @for (x, number, event) in &steps {
            g {
                title { (moment(event.at_ms)) ": " (short(&event.to_string(), 300)) }
                circle.step cx=(px(*x)) cy="30" r="8" {}
                text.number x=(px(*x)) y="34" { (number) }
            }
        }
    };
    row("time", "and scenario steps", &label, (scale.width(), 42.0), pins, drawn)
}

fn lane(lane: &Lane, scale: &Scale, pins: &[f64]) -> Markup {
    let columns = if lane.columns.is_empty() { 0.0 } else { COLUMN + 14.0 };
    let has_marks = lane.marks.iter().any(|mark| mark.shape != Shape::Change);
    let above = if has_marks { MARKS } else { 2.0 };
    let rows = f64::from(u32::try_from(lane.rows).unwrap_or(0)) * ROW;
    let height = above + rows.max(columns) + 4.0;
    let drawn = html! {
        @for span in &lane.spans {
            (self::span(span, above))
        }
        @for mark in &lane.marks {
            (self::mark(mark, height))
        }
        @for (at, column) in lane.columns.iter().enumerate() {
            // A number that would overlap the previous one is left out.
            @let is_free = at == 0 || column.x - lane.columns[at - 1].x > 22.0;
            (self::column(column, above, is_free))
        }
    };
    row(&lane.name, &lane.about, &lane.words, (scale.width(), height), pins, drawn)
}

fn span(span: &Span, above: f64) -> Markup {
    let width = (span.to - span.from).max(1.5);
    let row = f64::from(u32::try_from(span.row).unwrap_or(0));
    let top = above + row * ROW;
    let room = ((width - 8.0) / CHARACTER).floor();
    let text = if room >= 2.0 { short(&span.text, room as usize) } else { String::new() };
    html! {
        g class=(span.class) {
            title { (span.title) }
            rect x=(px(span.from)) y=(px(top)) width=(px(width)) height=(px(ROW - 2.0)) rx="3" {}
            @if !text.is_empty() {
                text x=(px(span.from + 4.0)) y=(px(top + 13.0)) { (text) }
            }
        }
    }
}

fn mark(mark: &Mark, height: f64) -> Markup {
    let (x, title) = (mark.x, &mark.title);
    let triangle = format!("M{} 3 L{} 9 L{} 15 Z", px(x), px(x + 9.0), px(x));
    let diamond = format!("M{} 2 L{} 9 L{} 16 L{} 9 Z", px(x), px(x + 6.0), px(x), px(x - 6.0));
    let cross = format!("M{a} 4 L{b} 14 M{b} 4 L{a} 14", a = px(x - 5.0), b = px(x + 5.0));
    html! {
        g {
            title { (title) }
            @match mark.shape {
                Shape::ByVisitor => { path.visitor d=(triangle) {} }
                Shape::ByApp => { path.app d=(triangle) {} }
                Shape::ByBrowser => { path.browser d=(triangle) {} }
                Shape::Action => { circle.action cx=(px(x)) cy="9" r="5" {} }
                Shape::Due => { path.due d=(diamond) {} }
                Shape::Wrong => { path.wrong d=(cross) {} }
                Shape::Change => { line.change x1=(px(x)) x2=(px(x)) y1=(px(height - 5.0)) y2=(px(height)) {} }
            }
        }
    }
}

fn column(column: &Column, above: f64, is_free: bool) -> Markup {
    let mut top = above + 12.0;
    let numbers: Vec<usize> = column.parts.iter().map(|(_, number)| *number).collect();
    let parts = column.parts.iter().zip(heights(&numbers)).map(|((class, _), height)| {
        let part = (*class, top, height);
        top += height;
        part
    });
    let parts: Vec<_> = parts.collect();
    html! {
        g {
            title { (column.title) }
            @if is_free {
                text.sum x=(px(column.x)) y=(px(above + 9.0)) { (column.all) }
            }
            @if column.all == 0 {
                line.tick x1=(px(column.x - 6.0)) x2=(px(column.x + 6.0))
                    y1=(px(above + 12.0 + COLUMN)) y2=(px(above + 12.0 + COLUMN)) {}
            }
            @for (class, top, height) in parts {
                g class=(class) {
                    rect x=(px(column.x - 6.0)) y=(px(top)) width="12" height=(px(height)) {}
                }
            }
        }
    }
}

/// The heights of the parts of a column. Every part is visible, even one entry among hundreds: the others shrink.
fn heights(numbers: &[usize]) -> Vec<f64> {
    let number = |number: usize| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
    let all = number(numbers.iter().sum::<usize>().max(1));
    let share = |part: &usize| number(*part) / all * COLUMN;
    let is_thin = |part: &&usize| **part > 0 && share(part) < THINNEST;
    let thin = number(numbers.iter().filter(is_thin).count()) * THINNEST;
    let wide = numbers.iter().filter(|part| !is_thin(part)).map(share).sum::<f64>().max(1.0);
    let height = |part: &usize| if is_thin(&part) { THINNEST } else { share(part) * (COLUMN - thin) / wide };
    numbers.iter().map(height).collect()
}

/// A row for each finding: the events that prove it, and its number at the last of them, which links to its text.
fn pinned(findings: &[Row<'_>], scale: &Scale, pins: &[f64], id: &str) -> Markup {
    let rows = f64::from(u32::try_from(findings.len()).unwrap_or(0));
    let height = rows * ROW + 4.0;
    let places = |finding: &Finding| -> Vec<f64> { finding.events.iter().map(|seq| scale.x(*seq)).collect() };
    html! {
        div.lane {
            div.name { b { "findings" } span { "and their evidence" } }
            svg role="group" aria-label="Findings, at the events that prove them"
                width=(px(scale.width())) height=(px(height))
                viewBox=(format!("0 0 {} {}", px(scale.width()), px(height))) {
                (lines(pins, height))
                @for (row, at) in findings.iter().zip(0_u32..) {
                    @let Row { finding, number, all } = *row;
                    @let y = f64::from(at) * ROW + 11.0;
                    @let places = places(finding);
                    @let first = places.iter().copied().fold(scale.end(), f64::min);
                    @let last = places.iter().copied().fold(0.0_f64, f64::max).max(first);
                    @let times = if all > 1 { format!(" ×{all}") } else { String::new() };
                    @let text = format!("{}{times}", short(&finding.check, 40));
                    @let is_left = last > scale.width() / 2.0;
                    line.proof x1=(px(first)) x2=(px(last)) y1=(px(y)) y2=(px(y)) {}
                    @for place in places.iter().take(super::room::EVIDENCE) {
                        circle.proof cx=(px(*place)) cy=(px(y)) r="3" {}
                    }
                    a href=(format!("#{id}-f{number}"))
                        aria-label=(format!("Finding {number}: {}", short(&finding.message, 200))) {
                        title { (short(&finding.message, 300)) }
                        circle.badge cx=(px(last)) cy=(px(y)) r="9" {}
                        text.number x=(px(last)) y=(px(y + 4.0)) { (number) }
                        @if is_left {
                            text.check.left x=(px((first.min(last) - 14.0).max(0.0))) y=(px(y + 4.0)) { (text) }
                        } @else {
                            text.check x=(px(last + 14.0)) y=(px(y + 4.0)) { (text) }
                        }
                    }
                }
            }
        }
    }
}

/// The legend.
fn legend(trace: &Trace) -> Markup {
    let releases = super::lanes::releases(trace);
    let key = |shape: Shape, words: &str| {
        html! {
            li { svg.key aria-hidden="true" width="20" height="18" viewBox="0 0 20 18" {
                (mark(&Mark { x: 8.0, shape, title: String::new() }, 18.0))
            } (words) }
        }
    };
    html! {
        ul.legend aria-label="Legend of the timeline" {
            @for release in releases.iter().take(4) {
                li { span class=(format!("swatch {}", super::lanes::look(&releases, release))) {} "release " (short(release, 30)) }
            }
            li { span.swatch.shared {} "cached, same in several releases" }
            li { span.swatch.broken {} "errors" }
            (key(Shape::ByVisitor, "the visitor navigates"))
            (key(Shape::ByApp, "the app navigates or reloads"))
            (key(Shape::Action, "the visitor acts on the page"))
            (key(Shape::Due, "the scenario expects something"))
            (key(Shape::Wrong, "an error"))
            (key(Shape::Change, "a cache changes"))
            li { "Long waits are compressed." }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_among_hundreds_is_seen() {
        let [many, one, none] = heights(&[400, 1, 0])[..] else { panic!() };
        assert!((many + one - COLUMN).abs() < 1e-9, "{many} {one}");
        assert!((one - THINNEST).abs() < 1e-9 && none == 0.0, "{one} {none}");
        assert!(heights(&[]).is_empty());
        assert!((heights(&[1])[0] - COLUMN).abs() < 1e-9);
    }
}
