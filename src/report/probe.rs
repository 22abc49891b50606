//! The reports of `swapcheck probe`: what was observed, then the findings of the rehearsal.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::escape;
use super::human::Look;
use super::own;
use super::style::BOLD;
use super::words::{scenarios, wrap};
use crate::error::Error;
use crate::outcome::Fact;
use crate::probe::{Probed, in_words, rehearsed_in_words};

/// Width of the labels of facts in columns.
const ABOUT: usize = 15;

/// The JSON report.
///
/// # Errors
/// When a value cannot be represented in JSON.
pub fn json(probed: &Probed) -> Result<Vec<u8>, Error> {
    let cannot = |error: serde_json::Error| Error::Tool(format!("cannot write JSON: {error}"));
    let mut report: Value = serde_json::from_slice(&super::json::render(&probed.run)?).map_err(cannot)?;
    report["facts"] = serde_json::to_value(&probed.facts).map_err(cannot)?;
    report["renamed"] = json!(probed.renamed);
    let mut json = serde_json::to_vec_pretty(&report).map_err(cannot)?;
    json.push(b'\n');
    Ok(json)
}

/// The report on the terminal.
///
/// # Errors
/// When writing fails.
pub fn human(out: &mut impl Write, probed: &Probed, look: Look) -> io::Result<()> {
    writeln!(out, "{BOLD}{}{BOLD:#}", escape::line(&probed.facts.url))?;
    let renamed = probed.renamed.map(|renamed| Fact::new("next release", rehearsed_in_words(renamed)));
    for Fact { about, text } in in_words(&probed.facts, look.verbose).into_iter().chain(renamed) {
        writeln!(out, "  {about:<ABOUT$} {}", wrap(&escape::line(&text), look.width, ABOUT + 3))?;
    }
    writeln!(out)?;
    own::scenarios(out, &probed.run, look)?;
    verdict(out, probed)
}

/// Writes only the findings and the summary.
///
/// # Errors
/// When writing fails.
pub fn quiet(out: &mut impl Write, probed: &Probed, look: Look) -> io::Result<()> {
    own::told(out, &probed.run, Look { verbose: false, ..look })?;
    verdict(out, probed)
}

fn verdict(out: &mut impl Write, probed: &Probed) -> io::Result<()> {
    let what = match probed.run.cells.len() {
        1 => "inspection".to_owned(),
        cells => format!("inspection and {}", scenarios(cells - 1)),
    };
    own::verdict(out, &probed.run, &what, &format!(", {} requests to the site", probed.facts.traffic.requests))
}
