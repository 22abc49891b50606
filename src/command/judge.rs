//! `swapcheck judge`: runs the checks on saved traces.

use std::fs::{self, File};
use std::io::{self, BufReader, stdin};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::reports::{Reports, Told};
use crate::cli::JudgeArgs;
use crate::error::Error;
use crate::outcome::{Cell, Proof, Run, Versions};
use crate::play::Played;
use crate::report::traces::EXTENSION;
use crate::trace::{Picture, Trace};

/// Runs the command.
pub(super) fn run(args: &JudgeArgs) -> Result<u8, Error> {
    let reports = Reports::at(&args.reports)?;
    let paths = args.traces.iter().map(|path| files(path)).collect::<Result<Vec<_>, _>>()?.concat();
    let traces = paths.iter().map(|path| Ok((path, read(path)?))).collect::<Result<Vec<_>, Error>>()?;
    let browser = traces.first().map(|(_, trace)| trace.header.browser.clone()).unwrap_or_default();
    let versions = Versions { swapcheck: env!("CARGO_PKG_VERSION").to_owned(), browser, ..Versions::default() };
    let mut cells: Vec<Cell> = Vec::new();
    for (path, trace) in traces {
        // Screenshots do not affect the verdict: unreadable ones are left out.
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

/// The file itself, or the traces in a directory, sorted by name.
fn files(path: &Path) -> Result<Vec<PathBuf>, Error> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let unreadable = |error: io::Error| Error::Usage(format!("cannot read {}: {error}", path.display()));
    let mut traces = Vec::new();
    for entry in fs::read_dir(path).map_err(unreadable)? {
        let file = entry.map_err(unreadable)?.path();
        if file.extension().is_some_and(|extension| extension == EXTENSION) {
            traces.push(file);
        }
    }
    if traces.is_empty() {
        return Err(Error::Usage(format!("{} contains no traces (files ending in .{EXTENSION})", path.display())));
    }
    traces.sort_unstable();
    Ok(traces)
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
    let Played { trace, findings, verdict, reason, otherwise, pictures } = Played::judge(trace);
    let took = Duration::from_millis(trace.events.last().map_or(0, |event| event.at_ms));
    let (variant, scenario) = (trace.header.subject.clone(), trace.header.scenario.clone());
    let (proof, trace) = (Proof::of(&findings, &trace), Some(trace));
    Cell { verdict, findings, took, proof, otherwise, trace, pictures, ..Cell::broken(&variant, &scenario, reason) }
}
