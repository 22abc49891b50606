//! The Markdown report: the whole table, then each variant with an explanation of its cells.

use std::fmt::Write as _;

use super::escape;
use super::own;
use super::sign::Sign;
use super::words::{self, duration, outcome, why};
use crate::outcome::Kind;
use crate::outcome::{Cell, Expected, Fact, Run};

/// The document.
#[must_use]
pub fn render(run: &Run) -> String {
    let scenarios = names(run, |cell| &cell.scenario);
    let variants = names(run, |cell| &cell.variant);
    let mut text = String::from("# What visitors see after a deploy\n\n");
    text.push_str(&glance(run));
    text.push('\n');
    if !run.learned.is_empty() {
        text.push_str("\n## What was tested\n\n");
    }
    for Fact { about, text: known } in &run.learned {
        let about = if about.is_empty() { String::new() } else { format!("**{}** ", plain(about)) };
        let _ = writeln!(text, "- {about}{}", plain(known));
    }
    for variant in &variants {
        let _ = write!(text, "\n## {}\n\n", plain(variant));
        text.push_str("| Scenario | Outcome | What it means |\n|---|---|---|\n");
        let row = run.cells.iter().filter(|cell| cell.variant == *variant);
        for cell in row {
            let _ = writeln!(text, "| {} | {} | {} |", code(&cell.scenario), plain(&outcome(cell)), meaning(cell));
        }
    }
    if !run.versions.browser.is_empty() {
        let _ = write!(text, "\n{}\n", footer(run, variants.len(), scenarios.len()));
    }
    text
}

/// What was run, with which versions, and for how long.
fn footer(run: &Run, variants: usize, scenarios: usize) -> String {
    let versions = &run.versions;
    let mut used = vec![format!("swapcheck {}", versions.swapcheck), versions.browser.clone()];
    let tools = [("Node.js", &versions.node), ("Next.js", &versions.next)];
    used.extend(tools.iter().filter(|(_, it)| !it.is_empty()).map(|(what, it)| format!("{what} {it}")));
    let (cells, took, used) = (run.cells.len(), duration(run.took), plain(&used.join(", ")));
    if run.is_sample() {
        format!("{cells} cells ({variants} variants, {scenarios} scenarios) in {took}, with {used}.")
    } else {
        format!("{} in {took}, with {used}.", words::scenarios(cells))
    }
}

/// The table: one numbered column per scenario, followed by the list of scenarios.
#[must_use]
pub fn glance(run: &Run) -> String {
    let scenarios = names(run, |cell| &cell.scenario);
    let mut text = String::from("| |");
    for number in 1..=scenarios.len() {
        let _ = write!(text, " {number} |");
    }
    text.push_str("\n|---|");
    text.push_str(&":-:|".repeat(scenarios.len()));
    text.push('\n');
    for variant in names(run, |cell| &cell.variant) {
        let kind = run.cells.iter().find(|cell| cell.variant == variant).and_then(|cell| cell.kind);
        let name = match kind {
            Some(Kind::Control) => format!("*{}*", code(&variant)),
            Some(Kind::Proven) => format!("**{}**", code(&variant)),
            Some(Kind::Remedy) | None => code(&variant),
        };
        let _ = write!(text, "| {name} |");
        for scenario in &scenarios {
            let cell = run.cells.iter().find(|cell| cell.variant == variant && cell.scenario == *scenario);
            let _ = write!(text, " {} |", cell.map_or("", |cell| Sign::of(cell).text()));
        }
        text.push('\n');
    }
    let none = if run.is_sample() { "not applicable" } else { "not tested" };
    let _ = write!(text, "\n✓ pass · ✗ fail · – {none}");
    let unexpected = run.cells.iter().any(|cell| Sign::of(cell) == Sign::Unexpected);
    text.push_str(if unexpected { " · ‼ not as expected\n\n" } else { "\n\n" });
    for (at, scenario) in scenarios.iter().enumerate() {
        let separator = if at == 0 { "" } else { " · " };
        let _ = write!(text, "{separator}{} {}", at + 1, code(scenario));
    }
    text.push('\n');
    text
}

/// The explanation of a cell's outcome, in a sentence or two.
fn meaning(cell: &Cell) -> String {
    let accepted = own::accepted(cell).into_iter().map(|text| plain(&text));
    if !cell.as_expected() {
        let found = cell.findings.iter().filter(|finding| finding.counts()).map(|finding| plain(&finding.message));
        let found = found.chain(accepted).collect::<Vec<_>>().join("<br>");
        return if cell.expected == Expected::Healthy { found } else { format!("**not as expected** {found}") };
    }
    match &cell.expected {
        Expected::Pass => String::new(),
        Expected::Healthy => accepted.collect::<Vec<_>>().join("<br>"),
        Expected::Findings { .. } | Expected::Inapplicable { .. } => plain(why(&cell.expected)),
    }
}

/// The distinct names, in the order of the cells.
pub(super) fn names(run: &Run, name: impl Fn(&Cell) -> &String) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for cell in &run.cells {
        if !names.contains(name(cell)) {
            names.push(name(cell).clone());
        }
    }
    names
}

/// Escapes text for Markdown, including HTML in it.
pub(super) fn plain(text: &str) -> String {
    let mut escaped = String::new();
    for c in escape::line(text).chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '!' | '~' => escaped.extend(['\\', c]),
            _ => escaped.push(c),
        }
    }
    // Some viewers turn URLs into links.
    escaped.replace("://", ":&#47;/").replace("www.", "www&#46;")
}

/// A name as code, or as escaped text if it has unusual characters.
fn code(name: &str) -> String {
    let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    if is_plain { format!("`{name}`") } else { plain(name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text() {
        assert_eq!(plain("<b>*x* | [a](b)"), "&lt;b&gt;\\*x\\* \\| \\[a\\](b)");
        assert_eq!(plain("https://a.test"), "https:&#47;/a.test");
        assert_eq!(code("open-tab"), "`open-tab`");
        assert_eq!(code("a`|b"), "a\\`\\|b");
    }
}
