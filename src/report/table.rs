//! The table of variants and scenarios. Words are never broken: if the columns do not fit side by side, the scenarios are
//! split into several tables.

use comfy_table::presets::NOTHING;
use comfy_table::{Attribute, Cell as Field, Color, LineStyle, Table};

use super::escape;
use crate::outcome::Verdict;
use crate::outcome::{Cell, Run};

/// Marks each line of a cell that is not as expected.
pub(super) const MARK: &str = "! ";
/// The sign of a scenario that does not apply to the variant.
pub(super) const INAPPLICABLE: &str = "n/a";
/// The sign of a cell that could not be completed.
pub(super) const BROKEN: &str = "BROKEN";

/// Padding of a column.
const PADDING: usize = 2;

/// The tables, each at most `width` wide if single columns allow it.
pub(super) fn tables(run: &Run, width: usize) -> Vec<String> {
    let variants = names(run, |cell| &cell.variant);
    let scenarios = names(run, |cell| &cell.scenario);
    let columns: Vec<Vec<Option<&Cell>>> = scenarios
        .iter()
        .map(|scenario| variants.iter().map(|variant| find(run, variant, scenario)).collect())
        .collect();
    let first = variants.iter().map(|name| name.chars().count()).max().unwrap_or(0) + PADDING;
    let widths = scenarios.iter().zip(&columns).map(|(name, cells)| {
        let content = cells.iter().flatten().flat_map(|cell| lines(cell)).map(|line| line.chars().count()).max();
        content.unwrap_or(0).max(name.chars().count()) + PADDING
    });
    groups(widths, width.saturating_sub(first))
        .into_iter()
        .map(|group| render(&variants, &scenarios[group.clone()], &columns[group]))
        .collect()
}

/// Splits columns of these widths into runs that fit into `room`, at least one column each.
fn groups(widths: impl Iterator<Item = usize>, room: usize) -> Vec<std::ops::Range<usize>> {
    let mut groups: Vec<std::ops::Range<usize>> = Vec::new();
    let mut used = 0;
    for (at, width) in widths.enumerate() {
        match groups.last_mut() {
            Some(group) if used + width <= room => {
                group.end = at + 1;
                used += width;
            }
            _ => {
                groups.push(at..at + 1);
                used = width;
            }
        }
    }
    groups
}

fn render(variants: &[String], scenarios: &[String], columns: &[Vec<Option<&Cell>>]) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING.header_separator(LineStyle::none().fill('─'))).enforce_styling().style_text_only();
    let header = std::iter::once("").chain(scenarios.iter().map(String::as_str));
    table.set_header(header.map(|name| Field::new(name).add_attribute(Attribute::Bold)));
    for (row, variant) in variants.iter().enumerate() {
        let cells = columns.iter().map(|column| column[row].map_or_else(|| Field::new(""), field));
        table.add_row(std::iter::once(Field::new(variant)).chain(cells));
    }
    table.trim_fmt()
}

fn field(cell: &Cell) -> Field {
    let field = Field::new(lines(cell).join("\n"));
    match (cell.as_expected(), cell.verdict) {
        (true, Verdict::Inapplicable) => field.add_attribute(Attribute::Dim),
        (true, _) => field.fg(Color::Green),
        (false, _) => field.fg(Color::Red).add_attribute(Attribute::Bold),
    }
}

/// The content of a cell of the table, one check per line.
fn lines(cell: &Cell) -> Vec<String> {
    let words = match cell.verdict {
        Verdict::Pass => vec!["pass"],
        Verdict::Fail => cell.found(),
        Verdict::Inapplicable => vec![INAPPLICABLE],
        Verdict::Broken => vec![BROKEN],
    };
    let mark = if cell.as_expected() { "" } else { MARK };
    words.into_iter().map(|word| format!("{mark}{}", escape::line(word))).collect()
}

/// The distinct names, in the order of the cells.
fn names(run: &Run, name: impl Fn(&Cell) -> &String) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for cell in &run.cells {
        let name = escape::line(name(cell));
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn find<'a>(run: &'a Run, variant: &str, scenario: &str) -> Option<&'a Cell> {
    run.cells.iter().find(|cell| escape::line(&cell.variant) == variant && escape::line(&cell.scenario) == scenario)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_grouped_to_fit() {
        assert_eq!(groups([10, 10, 10].into_iter(), 20), [0..2, 2..3]);
        assert_eq!(groups([10, 30, 10].into_iter(), 20), [0..1, 1..2, 2..3]);
        assert_eq!(groups([10, 10].into_iter(), 20).len(), 1);
        assert!(groups([].into_iter(), 20).is_empty());
    }
}
