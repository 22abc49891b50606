//! The table as a picture: an SVG with a row a variant and a column a scenario, in groups. It needs no font, script or
//! network of its own, and no colour to be read.

use maud::{Markup, PreEscaped, html};

use super::markdown::names;
use super::sign::Sign;
use super::words;
use crate::outcome::{Cell, Kind, Run};
use crate::scenario::{self, GROUPS, Group};

/// Width of a column and height of a row, in pixels like all that follows.
const STEP: i32 = 20;

/// Width of a cell, within its column and row.
const CELL: i32 = 18;

/// Room between two groups of columns or rows.
const GAP: i32 = 8;

/// Room around everything.
const MARGIN: i32 = 14;

/// Height of a line of text.
const LINE: i32 = 14;

/// Width of the column that counts.
const COUNT: i32 = 64;

/// Width of a character of a name, which is set in a monospaced font.
const NAME_CHARACTER: i32 = 7;

/// Width of a character of other text, rather too much than too little.
const CHARACTER: i32 = 6;

/// By how many degrees the names of scenarios are turned.
const TURN: i32 = -60;

/// For what background the picture is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// A light one.
    Light,
    /// A dark one.
    Dark,
}

/// The colours of a scheme.
struct Colours {
    back: &'static str,
    text: &'static str,
    dim: &'static str,
    ground: &'static str,
    pass: [&'static str; 2],
    fail: [&'static str; 2],
    unexpected: [&'static str; 2],
}

impl Scheme {
    fn colours(self) -> Colours {
        match self {
            Self::Light => Colours {
                back: "#ffffff",
                text: "#1b1f24",
                dim: "#555d66",
                ground: "#eef1f4",
                pass: ["#dafbe1", "#116329"],
                fail: ["#cf3347", "#ffffff"],
                unexpected: ["#fff1d0", "#7d4e00"],
            },
            Self::Dark => Colours {
                back: "#0d1117",
                text: "#e6edf3",
                dim: "#9da7b3",
                ground: "#1c222b",
                pass: ["#12321c", "#56d364"],
                fail: ["#b62336", "#ffffff"],
                unexpected: ["#3a2c0a", "#e3b341"],
            },
        }
    }
}

/// The part above the rows.
struct Head {
    /// Where the titles of the groups end, and the names of the scenarios.
    top: i32,
    /// Where it ends itself.
    foot: i32,
    /// How far it leans to the right, from its foot to its top.
    lean: i32,
}

impl Head {
    /// With room for turned text of this length.
    fn of(length: i32) -> Self {
        let top = MARGIN + 2 * LINE;
        // The sine and the cosine of the angle, in hundredths.
        Self { top, foot: top + length * 87 / 100, lean: length * 50 / 100 }
    }
}

/// Columns that belong together.
struct Columns<'a> {
    title: &'static str,
    scenarios: Vec<&'a str>,
    /// Where the first begins.
    x: i32,
}

impl Columns<'_> {
    fn width(&self) -> i32 {
        length(self.scenarios.len()) * STEP - (STEP - CELL)
    }

    /// The ground on which the names of the scenarios stand, as wide as the columns and leaning like the names.
    fn ground(&self, head: &Head) -> String {
        let (left, width, height) = (self.x - 2, self.width() + 4, head.foot - head.top);
        format!("M{left} {foot}l{lean} -{height}h{width}l-{lean} {height}z", foot = head.foot, lean = head.lean)
    }
}

/// Rows that belong together.
struct Rows<'a> {
    kind: Option<Kind>,
    variants: Vec<&'a str>,
    /// Where the title stands, above the first.
    y: i32,
}

impl Rows<'_> {
    fn first(&self) -> i32 {
        self.y + if self.kind.is_some() { LINE + 4 } else { 0 }
    }
}

/// The picture of a run.
#[must_use]
pub fn render(run: &Run, scheme: Scheme) -> String {
    let (names, scenarios) = (names(run, |cell| &cell.variant), names(run, |cell| &cell.scenario));
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let left = MARGIN + names.iter().map(|name| width(name, NAME_CHARACTER)).max().unwrap_or(0) + GAP;
    let columns = columns(scenarios.iter().map(String::as_str).collect(), left);
    let right = columns.last().map_or(left, |last| last.x + last.width());
    let scenarios = columns.iter().flat_map(|group| &group.scenarios);
    let turned = scenarios.map(|name| width(name, NAME_CHARACTER)).max().unwrap_or(0);

    let head = Head::of(turned + 2 * GAP);
    let rows = rows(run, &names, head.foot + GAP);
    let bottom = rows.last().map_or(head.foot, |last| last.first() + length(last.variants.len()) * STEP);
    let (width, height) = (right + head.lean + COUNT, bottom + GAP + LINE + MARGIN);

    let drawn = html! {
        svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title desc"
            width=(width) height=(height) viewBox=(format!("0 0 {width} {height}")) {
            (line())
            title id="title" { (title(run)) } (line())
            desc id="desc" { (description(run, &names)) } (line())
            style { (PreEscaped(style(scheme))) } (line())
            (symbols()) (line())
            rect.back width="100%" height="100%" rx="6" {} (line())
            @for group in &columns { (heading(group, &head)) }
            text.name transform=(turned_at(right + GAP + STEP, &head)) { "passed" } (line())
            @for group in &rows {
                @if let Some(kind) = group.kind {
                    text.kind x=(MARGIN) y=(group.y + LINE - 2) { (about(kind)) } (line())
                }
                @for (at, variant) in group.variants.iter().enumerate() {
                    (row(run, variant, group.first() + length(at) * STEP, &columns, right)) (line())
                }
            }
            (legend(run, left, bottom + GAP))
        }
        (line())
    };
    drawn.into_string()
}

/// Ends a line of the file, so that a change of a cell is a change of a line.
fn line() -> PreEscaped<&'static str> {
    PreEscaped("\n")
}

fn length(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

fn width(text: &str, character: i32) -> i32 {
    length(text.chars().count()) * character
}

/// Places the text of a heading above what is at `x`.
fn turned_at(x: i32, head: &Head) -> String {
    format!("translate({x} {}) rotate({TURN})", head.foot - GAP)
}

/// The scenarios by group; those that are not known any more come last.
fn columns<'a>(scenarios: Vec<&'a str>, left: i32) -> Vec<Columns<'a>> {
    let group = |id: &str| scenario::ALL.iter().find(|known| known.id == id).map(|known| known.group);
    let of = |wanted: Option<Group>| scenarios.iter().copied().filter(|id| group(id) == wanted).collect::<Vec<_>>();
    let groups = GROUPS.iter().map(|known| (known.title(), of(Some(*known)))).chain([("others", of(None))]);
    let mut x = left;
    let mut columns = Vec::new();
    for (title, scenarios) in groups.filter(|(_, scenarios)| !scenarios.is_empty()) {
        let group = Columns { title, scenarios, x };
        x += group.width() + GAP;
        columns.push(group);
    }
    columns
}

/// The variants by kind, in the order of the run.
fn rows<'a>(run: &Run, variants: &[&'a str], top: i32) -> Vec<Rows<'a>> {
    let kind = |name: &str| run.cells.iter().find(|cell| cell.variant == name).and_then(|cell| cell.kind);
    let mut y = top;
    let mut rows = Vec::new();
    for variants in variants.chunk_by(|a, b| kind(a) == kind(b)) {
        let group = Rows { kind: kind(variants[0]), variants: variants.to_vec(), y };
        y = group.first() + length(variants.len()) * STEP + GAP;
        rows.push(group);
    }
    rows
}

fn about(kind: Kind) -> &'static str {
    match kind {
        Kind::Control => "controls, known to be broken",
        Kind::Remedy => "remedies, as they are recommended",
        Kind::Proven => "proven, the configuration of this project",
    }
}

/// The names of a group's scenarios, on a ground that leads from the name of the group to its columns.
fn heading(group: &Columns<'_>, head: &Head) -> Markup {
    let room = usize::try_from(group.width() / CHARACTER).unwrap_or(0);
    let title = words::wrap(group.title, room, 0);
    let middle = group.x + group.width() / 2 + head.lean;
    let lines: Vec<&str> = title.lines().collect();
    html! {
        @for (text, above) in lines.iter().zip((0..length(lines.len())).rev()) {
            text.group x=(middle) y=(head.top - 7 - above * LINE) { (text) } (line())
        }
        path.ground d=(group.ground(head)) {} (line())
        @for (at, scenario) in group.scenarios.iter().enumerate() {
            text.name transform=(turned_at(group.x + length(at) * STEP + CELL / 2 + 7, head)) { (scenario) } (line())
        }
    }
}

fn row(run: &Run, variant: &str, y: i32, columns: &[Columns<'_>], right: i32) -> Markup {
    let find = |scenario: &str| run.cells.iter().find(|cell| cell.variant == variant && cell.scenario == scenario);
    let (passed, applicable) = passed(run, variant);
    let left = columns.first().map_or(right, |first| first.x);
    html! {
        g transform=(format!("translate(0 {y})")) {
            text.name.of-row x=(left - GAP) y="13" { (variant) }
            @for group in columns {
                @for (at, cell) in group.scenarios.iter().enumerate().filter_map(|(at, name)| Some((at, find(name)?))) {
                    @let told = format!("{variant}, {}: {}", cell.scenario, outcome(cell));
                    use href=(symbol(Sign::of(cell))) x=(group.x + length(at) * STEP) { title { (told) } }
                }
            }
            text.count x=(right + GAP) y="13" { (passed) " of " (applicable) }
        }
    }
}

/// How many scenarios a variant passes, of those that apply.
fn passed(run: &Run, variant: &str) -> (usize, usize) {
    let count = |wanted: &[Sign]| {
        run.cells.iter().filter(|cell| cell.variant == variant && wanted.contains(&Sign::of(cell))).count()
    };
    (count(&[Sign::Pass]), count(&[Sign::Pass, Sign::Fail, Sign::Unexpected]))
}

/// What came of a cell, without the reasons.
fn outcome(cell: &Cell) -> String {
    match Sign::of(cell) {
        Sign::Fail => cell.found().join(", "),
        sign => word(sign).to_owned(),
    }
}

fn word(sign: Sign) -> &'static str {
    match sign {
        Sign::Pass => "pass",
        Sign::Fail => "fail",
        Sign::NotApplicable => "not applicable",
        Sign::Unexpected => "not as expected",
    }
}

fn symbol(sign: Sign) -> &'static str {
    match sign {
        Sign::Pass => "#pass",
        Sign::Fail => "#fail",
        Sign::NotApplicable => "#none",
        Sign::Unexpected => "#unexpected",
    }
}

/// The signs, drawn rather than written: not every font has them.
fn symbols() -> Markup {
    let (tick, cross, dash, marks) =
        ("M5 9.5l3 3.5l5.5-8", "M5.5 5.5l7 7m0-7l-7 7", "M6.5 9h5", "M6.5 4.5v5.5m0 3v.5m5-9v5.5m0 3v.5");
    let tile = |id: &str, path: &str| {
        html! {
            g id=(id) class=(id) {
                rect width=(CELL) height=(CELL) rx="3" {}
                path d=(path) {}
            }
        }
    };
    html! { defs { (tile("pass", tick)) (tile("fail", cross)) (tile("none", dash)) (tile("unexpected", marks)) } }
}

fn legend(run: &Run, left: i32, y: i32) -> Markup {
    let has_unexpected = run.cells.iter().any(|cell| Sign::of(cell) == Sign::Unexpected);
    let signs =
        [Sign::Pass, Sign::Fail, Sign::NotApplicable].into_iter().chain(has_unexpected.then_some(Sign::Unexpected));
    let mut x = left;
    let keys = signs.map(|sign| {
        let at = x;
        x += CELL + GAP + width(word(sign), CHARACTER + 1) + 2 * GAP;
        (sign, at)
    });
    html! {
        @for (sign, x) in keys {
            use href=(symbol(sign)) x=(x) y=(y) {}
            text.key x=(x + CELL + GAP) y=(y + 13) { (word(sign)) } (line())
        }
    }
}

fn title(run: &Run) -> String {
    let count = |name: fn(&Cell) -> &String| names(run, name).len();
    let (variants, scenarios) = (count(|cell| &cell.variant), count(|cell| &cell.scenario));
    format!("{variants} variants of the sample app in {scenarios} deploy scenarios")
}

/// The picture in words, for those who do not see it.
fn description(run: &Run, variants: &[&str]) -> String {
    let told = variants.iter().map(|variant| {
        let (passed, applicable) = passed(run, variant);
        format!("{variant} passes {passed} of {applicable} scenarios that apply to it.")
    });
    told.collect::<Vec<_>>().join(" ")
}

fn style(scheme: Scheme) -> String {
    let Colours { back, text, dim, ground, pass, fail, unexpected } = scheme.colours();
    let sign = |class: &str, [back, fore]: [&str; 2]| {
        format!(
            ".{class} rect{{fill:{back}}}.{class} path{{stroke:{fore};stroke-width:2;fill:none;stroke-linecap:round}}"
        )
    };
    let signs = [sign("pass", pass), sign("fail", fail), sign("none", ["none", dim]), sign("unexpected", unexpected)];
    format!(
        "text{{font:12px system-ui,-apple-system,'Segoe UI','Helvetica Neue',sans-serif;fill:{text}}}\
         .name{{font:11.5px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace}}\
         .of-row{{text-anchor:end}}.group{{text-anchor:middle;fill:{dim};font-size:11px}}\
         .kind{{font-weight:600}}.count{{fill:{dim};font-size:11px}}\
         .back{{fill:{back}}}.ground{{fill:{ground}}}{}",
        signs.concat()
    )
}
