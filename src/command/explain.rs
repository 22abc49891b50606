//! `swapcheck explain`: what a check is for.

use std::io::Write;

use super::run::print;
use crate::check::{self, Check};
use crate::cli::ExplainArgs;
use crate::error::Error;
use crate::finding::Severity;
use crate::report::human::Look;
use crate::report::style::BOLD;
use crate::report::words::wrap;

/// Runs the command.
pub(super) fn run(args: &ExplainArgs) -> Result<u8, Error> {
    let width = Look::of_stdout(false).width;
    match &args.check {
        None => print(|out| list(out, width))?,
        Some(id) => {
            let check = check::find(id).ok_or_else(|| unknown(id))?;
            print(|out| explain(out, check, width))?;
        }
    }
    Ok(0)
}

fn list(out: &mut impl Write, width: usize) -> std::io::Result<()> {
    let column = check::ALL.iter().map(|check| check.id.len()).max().unwrap_or(0) + 2;
    for check in check::ALL {
        let summary = wrap(check.summary, width, column);
        writeln!(out, "{BOLD}{}{BOLD:#}{:gap$}{summary}", check.id, "", gap = column - check.id.len())?;
    }
    Ok(())
}

fn explain(out: &mut impl Write, check: &Check, width: usize) -> std::io::Result<()> {
    let severity = match check.severity {
        Severity::Note => "note: worth knowing; the verdict does not rest on it",
        Severity::Error => "error: the visitor is hurt for a while, or in part",
        Severity::Fatal => "fatal: the visitor is hurt until the browser's data is cleared, or loses something",
    };
    writeln!(out, "{BOLD}{}{BOLD:#}: {}", check.id, check.summary)?;
    writeln!(out, "\n{}", wrap(check.explanation, width, 0))?;
    writeln!(out, "\n{BOLD}Severity{BOLD:#}  {}", wrap(severity, width, 10))?;
    writeln!(out, "{BOLD}Fix{BOLD:#}       {}", wrap(check.fix, width, 10))
}

fn unknown(id: &str) -> Error {
    let all: Vec<&str> = check::ALL.iter().map(|check| check.id).collect();
    Error::Usage(format!("there is no check `{id}`; there are: {}", all.join(", ")))
}
