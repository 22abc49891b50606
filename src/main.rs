//! Parse, run, exit code.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    ExitCode::from(swapcheck::command::run(swapcheck::cli::Cli::parse()))
}
