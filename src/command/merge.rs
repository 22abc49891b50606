//! `swapcheck merge`: combines the reports of several shards.

use std::path::Path;

use super::reports::{Reports, Told};
use crate::cli::MergeArgs;
use crate::error::Error;
use crate::outcome::Run;
use crate::outcome::shard::Shard;
use crate::report::json;
use crate::scenario;

/// Runs the command.
pub(super) fn run(args: &MergeArgs) -> Result<u8, Error> {
    let reports = Reports::at(&args.reports)?;
    let parts = args.parts.iter().map(|path| read(path)).collect::<Result<Vec<_>, _>>()?;
    let run = Run::merged(parts, &scenario::ids()).map_err(Error::Usage)?;
    let written = reports.write(&run);
    reports.tell(&run, Told::Table, args.verbose)?;
    written?;
    let missing: Vec<String> = Shard::missing(&run.shards).iter().map(Shard::to_string).collect();
    if !missing.is_empty() {
        return Err(Error::Tool(format!(
            "the table is incomplete: the report of shard {} is missing",
            missing.join(", ")
        )));
    }
    Ok(run.exit_code())
}

fn read(path: &Path) -> Result<Run, Error> {
    let unreadable = |error: &dyn std::fmt::Display| {
        Error::Usage(format!("cannot read {} as a swapcheck JSON report: {error}", path.display()))
    };
    let text = std::fs::read(path).map_err(|error| unreadable(&error))?;
    json::read(&text).map_err(|error| unreadable(&error))
}
