//! Runs a command until it finishes or is interrupted.

use std::future::Future;
use std::io::{self, Write};
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

use super::{check, completions, doctor, explain, judge, lint, man, merge, probe, sample, schema, visit};
use crate::cli::{Cli, Color, Command};
use crate::error::Error;
use crate::ledger::{Ledger, has_ended};
use crate::report::escape;
use crate::report::progress::Reporter;
use crate::run::Run;

/// The exit code of an interrupted run.
pub(super) const INTERRUPTED: u8 = 130;

/// How long tasks get to release what they own.
const LETTING_GO: Duration = Duration::from_secs(10);

/// Runs a command and returns the exit code of the process. Errors go to standard error.
#[must_use]
pub fn run(cli: Cli) -> u8 {
    match cli.color {
        Color::Auto => anstream::ColorChoice::Auto,
        Color::Always => anstream::ColorChoice::AlwaysAnsi,
        Color::Never => anstream::ColorChoice::Never,
    }
    .write_global();
    let outcome = match cli.command {
        Command::Sample(args) => block_on(sample::run(args)),
        Command::Doctor(args) => block_on(until_interrupted(doctor::run(args))),
        Command::Judge(args) => judge::run(&args),
        Command::Merge(args) => merge::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Visit(args) => block_on(until_interrupted(visit::visit(args))),
        Command::Revisit(args) => block_on(until_interrupted(visit::revisit(args))),
        Command::Check(args) => block_on(check::run(*args)),
        Command::Lint(args) => lint::run(&args),
        Command::Schema => schema::run(),
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args),
        Command::Probe(args) => block_on(until_interrupted(probe::run(args))),
    };
    outcome.unwrap_or_else(|error| {
        let style = crate::report::style::BAD;
        let text = escape::lines(&error.to_string());
        let _ = writeln!(anstream::stderr(), "{style}error{style:#}: {text}");
        error.exit_code()
    })
}

/// The result of running scenarios.
pub(super) struct Outcome {
    pub(super) run: Run,
    interrupted: bool,
}

impl Outcome {
    /// The exit code of the process.
    pub(super) fn exit_code(&self) -> u8 {
        if self.interrupted { INTERRUPTED } else { self.run.exit_code() }
    }
}

/// Drives `playing`, which records its cells in the ledger, until it finishes. If interrupted, it is dropped and the
/// outcome holds the cells that have finished; there is no outcome if none has.
///
/// # Errors
/// When no scenario could run.
pub(super) async fn played(
    playing: impl Future<Output = Result<(), Error>>,
    ledger: &Ledger,
    reporter: &Reporter,
) -> Result<Option<Outcome>, Error> {
    let outcome = tokio::select! {
        biased;
        interruption = interruption() => interruption.map(|()| true),
        played = playing => played.map(|()| false),
    };
    reporter.finish();
    let (interrupted, run) = (outcome?, ledger.close());
    let ended = run.cells.iter().filter(|cell| has_ended(cell)).count();
    if interrupted {
        let style = crate::report::style::BAD;
        let text = format!("{ended} of {} had finished", run.cells.len());
        let _ = writeln!(anstream::stderr(), "{style}interrupted{style:#}: {text}");
    }
    Ok((ended > 0 || !interrupted).then_some(Outcome { run, interrupted }))
}

/// Runs a command that is dropped if interrupted: what it has started ends with it.
async fn until_interrupted(command: impl Future<Output = Result<u8, Error>>) -> Result<u8, Error> {
    tokio::select! {
        biased;
        interruption = interruption() => interruption.map(|()| INTERRUPTED),
        outcome = command => outcome,
    }
}

/// Waits for SIGINT or SIGTERM.
async fn interruption() -> Result<(), Error> {
    let cannot = |error: io::Error| Error::Tool(format!("cannot listen for signals: {error}"));
    let mut interrupt = signal(SignalKind::interrupt()).map_err(cannot)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(cannot)?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}

fn block_on(command: impl Future<Output = Result<u8, Error>>) -> Result<u8, Error> {
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|error| Error::Tool(format!("cannot start the async runtime: {error}")))?;
    let outcome = runtime.block_on(command);
    runtime.shutdown_timeout(LETTING_GO);
    outcome
}

/// Writes to standard output; colors are stripped where they are not wanted. A closed pipe is not an error.
pub(super) fn print(write: impl FnOnce(&mut Box<dyn Write>) -> io::Result<()>) -> Result<(), Error> {
    let mut out: Box<dyn Write> = Box::new(io::BufWriter::new(anstream::stdout().lock()));
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::Tool(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}
