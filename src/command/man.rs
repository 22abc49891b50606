//! `swapcheck man`: the manual pages.

use clap::CommandFactory;
use clap_mangen::Man;

use super::output::print;
use crate::cli::{Cli, ManArgs};
use crate::error::Error;

/// Runs the command.
pub(super) fn run(args: &ManArgs) -> Result<u8, Error> {
    match &args.out {
        Some(dir) => {
            let cannot = |error| Error::Usage(format!("cannot write manual pages to {}: {error}", dir.display()));
            std::fs::create_dir_all(dir).map_err(cannot)?;
            clap_mangen::generate_to(Cli::command(), dir).map_err(cannot)?;
        }
        None => {
            let cannot = |error| Error::Tool(format!("cannot generate the manual page: {error}"));
            let mut page = Vec::new();
            Man::new(Cli::command()).render(&mut page).map_err(cannot)?;
            print(|out| out.write_all(&page))?;
        }
    }
    Ok(0)
}
