//! Runs a command until it finishes or is interrupted.

use std::future::Future;
use std::io::Write;
use std::time::Duration;

use super::interrupt::until_interrupted;
use super::{check, completions, doctor, explain, judge, lint, man, merge, probe, sample, schema, visit};
use crate::cli::{Cli, Color, Command};
use crate::error::Error;
use crate::report::escape;

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

fn block_on(command: impl Future<Output = Result<u8, Error>>) -> Result<u8, Error> {
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|error| Error::Tool(format!("cannot start the async runtime: {error}")))?;
    let outcome = runtime.block_on(command);
    runtime.shutdown_timeout(LETTING_GO);
    outcome
}
