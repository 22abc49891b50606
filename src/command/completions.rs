//! `swapcheck completions`: shell completion scripts.

use clap::CommandFactory;

use super::output::print;
use crate::cli::{Cli, CompletionsArgs};
use crate::error::Error;

/// Runs the command.
pub(super) fn run(args: &CompletionsArgs) -> Result<u8, Error> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "swapcheck", &mut script);
    print(|out| out.write_all(&script))?;
    Ok(0)
}
