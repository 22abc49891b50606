//! `swapcheck judge`: saved traces, judged again.

use std::fs::File;
use std::io::{BufReader, stdin};
use std::path::Path;
use std::time::Duration;

use super::reports::{Reports, Told};
use crate::cli::JudgeArgs;
use crate::error::Error;
use crate::run::{Cell, Expected, Proof, Run, Versions};
use crate::theatre::Played;
use crate::trace::{Picture, Trace};

/// Runs the command.
pub(super) fn run(args: &JudgeArgs) -> Result<u8, Error> {
    let reports = Reports::at(&args.reports)?;
    let traces = args.traces.iter().map(|path| Ok((path, read(path)?))).collect::<Result<Vec<_>, Error>>()?;
    let browser = traces.first().map(|(_, trace)| trace.header.browser.clone()).unwrap_or_default();
    let versions = Versions { swapcheck: env!("CARGO_PKG_VERSION").to_owned(), browser, ..Versions::default() };
    let mut cells: Vec<Cell> = Vec::new();
    for (path, trace) in traces {
        // Pictures are not what is judged: what cannot be read is not shown.
        let pictures = if reports.want_pictures() { Picture::all_beside(path).unwrap_or_default() } else { Vec::new() };
        cells.push(Cell { pictures, ..judge(trace) });
    }
    let took = cells.iter().map(|cell| cell.took).sum();
    let run = Run { cells, versions, took, ..Run::default() };
    let written = reports.write(&run);
    reports.tell(&run, Told::Traces, true)?;
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
    let Played { trace, findings, verdict, reason, pictures } = Played::judge(trace);
    let took = Duration::from_millis(trace.events.last().map_or(0, |event| event.at_ms));
    let (variant, scenario) = (trace.header.subject.clone(), trace.header.scenario.clone());
    let (expected, proof) = (Expected::Healthy, Proof::of(&findings, &trace));
    let (kind, trace, kept, accepted) = (None, Some(trace), None, Vec::new());
    Cell { variant, kind, scenario, verdict, expected, findings, reason, took, proof, trace, kept, pictures, accepted }
}
