//! `swapcheck schema`: the JSON Schema of the JSON report.

use super::output::print;
use crate::error::Error;
use crate::report::json;

/// Runs the command.
pub(super) fn run() -> Result<u8, Error> {
    let schema = json::schema()?;
    print(|out| out.write_all(&schema))?;
    Ok(0)
}
