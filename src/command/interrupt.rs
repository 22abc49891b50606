//! What an interruption does to a command.

use std::future::Future;
use std::io::{self, Write};

use tokio::signal::unix::{SignalKind, signal};

use crate::error::Error;
use crate::outcome::Run;
use crate::play::results::{Results, has_ended};
use crate::report::progress::Reporter;

/// The exit code of an interrupted run.
pub(super) const INTERRUPTED: u8 = 130;

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

/// Drives `playing`, which records its cells in the results, until it finishes. If interrupted, it is dropped and the
/// outcome holds the cells that have finished; there is no outcome if none has.
///
/// # Errors
/// When no scenario could run.
pub(super) async fn played(
    playing: impl Future<Output = Result<(), Error>>,
    results: &Results,
    reporter: &Reporter,
) -> Result<Option<Outcome>, Error> {
    let outcome = tokio::select! {
        biased;
        interruption = interruption() => interruption.map(|()| true),
        played = playing => played.map(|()| false),
    };
    reporter.finish();
    let (interrupted, run) = (outcome?, results.close());
    let ended = run.cells.iter().filter(|cell| has_ended(cell)).count();
    if interrupted {
        let style = crate::report::style::BAD;
        let text = format!("{ended} of {} had finished", run.cells.len());
        let _ = writeln!(anstream::stderr(), "{style}interrupted{style:#}: {text}");
    }
    Ok((ended > 0 || !interrupted).then_some(Outcome { run, interrupted }))
}

/// Runs a command that is dropped if interrupted: what it has started ends with it.
pub(super) async fn until_interrupted(command: impl Future<Output = Result<u8, Error>>) -> Result<u8, Error> {
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
