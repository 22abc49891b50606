//! `swapcheck judge`: saved traces, judged again.

use std::fs::File;
use std::io::{BufReader, stdin};
use std::path::Path;
use std::time::Duration;

use super::run::print;
use crate::cli::JudgeArgs;
use crate::error::Error;
use crate::report::file::ReportFile;
use crate::report::human::{self, Look};
use crate::report::json;
use crate::run::{Cell, Expected, Proof, Run, Versions};
use crate::theatre::Played;
use crate::trace::Trace;

/// Runs the command.
pub(super) fn run(args: &JudgeArgs) -> Result<u8, Error> {
    let file = args.json.as_deref().map(ReportFile::at).transpose()?;
    let traces = args.traces.iter().map(|path| read(path)).collect::<Result<Vec<_>, _>>()?;
    let browser = traces.first().map(|trace| trace.header.browser.clone()).unwrap_or_default();
    let versions = Versions { swapcheck: env!("CARGO_PKG_VERSION").to_owned(), browser, ..Versions::default() };
    let cells: Vec<Cell> = traces.into_iter().map(judge).collect();
    let took = cells.iter().map(|cell| cell.took).sum();
    let run = Run { cells, versions, took };
    let written = file.map_or(Ok(()), |file| file.write(&json::render(&run)?));
    print(|out| human::judged(out, &run, Look::of_stdout(true)))?;
    written?;
    Ok(run.exit_code())
}

fn read(path: &Path) -> Result<Trace, Error> {
    let trace = if path == Path::new("-") {
        Trace::read(stdin().lock())
    } else {
        File::open(path).map_err(Into::into).and_then(|file| Trace::read(BufReader::new(file)))
    };
    trace.map_err(|error| Error::Usage(format!("cannot read the trace {}: {error}", path.display())))
}

fn judge(trace: Trace) -> Cell {
    let Played { trace, findings, verdict, reason } = Played::judge(trace);
    let took = Duration::from_millis(trace.events.last().map_or(0, |event| event.at_ms));
    let (variant, scenario) = (trace.header.subject.clone(), trace.header.scenario.clone());
    let (expected, proof) = (Expected::Healthy, Proof::of(&findings, &trace));
    let (kind, trace, kept) = (None, Some(trace), None);
    Cell { variant, kind, scenario, verdict, expected, findings, reason, took, proof, trace, kept }
}
