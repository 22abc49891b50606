//! The report files that a command was asked for.

use crate::cli::ReportArgs;
use crate::error::Error;
use crate::report::file::ReportFile;
use crate::report::{json, junit, markdown};
use crate::run::Run;

/// Report files, found to be writable.
pub(super) struct Reports {
    json: Option<ReportFile>,
    junit: Option<ReportFile>,
    markdown: Option<ReportFile>,
}

impl Reports {
    /// Makes sure that each can be written.
    pub(super) fn at(args: &ReportArgs) -> Result<Self, Error> {
        let file = |path: &Option<_>| path.as_deref().map(ReportFile::at).transpose();
        Ok(Self { json: file(&args.json)?, junit: file(&args.junit)?, markdown: file(&args.markdown)? })
    }

    /// Writes all of them, also when one of them fails.
    pub(super) fn write(&self, run: &Run) -> Result<(), Error> {
        let json = self.json.as_ref().map_or(Ok(()), |file| file.write(&json::render(run)?));
        let junit = self.junit.as_ref().map_or(Ok(()), |file| file.write(&junit::render(run)?));
        let markdown = self.markdown.as_ref().map_or(Ok(()), |file| file.write(markdown::render(run).as_bytes()));
        json.and(junit).and(markdown)
    }
}
