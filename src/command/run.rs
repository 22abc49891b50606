//! Runs a command to its end, or until it is interrupted.

use std::future::Future;
use std::io::{self, Write};
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

use super::{check, completions, doctor, explain, judge, lint, man, merge, probe, sample, schema, visit};
use crate::cli::{Cli, Color, Command};
use crate::error::Error;
use crate::report::escape;

/// The exit code of a run that was interrupted.
const INTERRUPTED: u8 = 130;

/// How long tasks get to let go of what they own.
const LETTING_GO: Duration = Duration::from_secs(10);

/// Runs a command and says with which exit code the process has to end. An error goes to standard error.
#[must_use]
pub fn run(cli: Cli) -> u8 {
    match cli.color {
        Color::Auto => anstream::ColorChoice::Auto,
        Color::Always => anstream::ColorChoice::AlwaysAnsi,
        Color::Never => anstream::ColorChoice::Never,
    }
    .write_global();
    let outcome = match cli.command {
        Command::Sample(args) => until_interrupted(sample::run(args)),
        Command::Doctor(args) => until_interrupted(doctor::run(args)),
        Command::Judge(args) => judge::run(&args),
        Command::Merge(args) => merge::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Visit(args) => until_interrupted(visit::visit(args)),
        Command::Revisit(args) => until_interrupted(visit::revisit(args)),
        Command::Check(args) => until_interrupted(check::run(*args)),
        Command::Lint(args) => lint::run(&args),
        Command::Schema => schema::run(),
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args),
        Command::Probe(args) => until_interrupted(probe::run(args)),
    };
    outcome.unwrap_or_else(|error| {
        let style = crate::report::style::BAD;
        let text = escape::lines(&error.to_string());
        let _ = writeln!(anstream::stderr(), "{style}error{style:#}: {text}");
        error.exit_code()
    })
}

/// Interrupted, the command is dropped: what it has started ends with it.
fn until_interrupted(command: impl Future<Output = Result<u8, Error>>) -> Result<u8, Error> {
    let cannot = |error: io::Error| Error::Tool(format!("cannot start: {error}"));
    let runtime = tokio::runtime::Runtime::new().map_err(cannot)?;
    let outcome = runtime.block_on(async {
        let mut interrupt = signal(SignalKind::interrupt()).map_err(cannot)?;
        let mut terminate = signal(SignalKind::terminate()).map_err(cannot)?;
        tokio::select! {
            biased;
            _ = interrupt.recv() => Ok(INTERRUPTED),
            _ = terminate.recv() => Ok(INTERRUPTED),
            outcome = command => outcome,
        }
    });
    runtime.shutdown_timeout(LETTING_GO);
    outcome
}

/// Writes to standard output, without colours where they do not belong. A reader that has gone away is no error.
pub(super) fn print(write: impl FnOnce(&mut Box<dyn Write>) -> io::Result<()>) -> Result<(), Error> {
    let mut out: Box<dyn Write> = Box::new(io::BufWriter::new(anstream::stdout().lock()));
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::Tool(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}
