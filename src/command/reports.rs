//! The reports of a command: files, standard output, and the GitHub job summary.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;

use super::output::print;
use crate::cli::ReportArgs;
use crate::error::Error;
use crate::file::ReportFile;
use crate::outcome::Run;
use crate::probe::Probed;
use crate::report::har::HarDir;
use crate::report::human::{self, Look};
use crate::report::{github, html, json, junit, markdown, own, probe, sarif, visit};
use crate::visit::Outcome;

/// The variable that names the file to which the GitHub job summary is appended.
const SUMMARY: &str = "GITHUB_STEP_SUMMARY";

/// The requested reports; their files are known to be writable.
pub(super) struct Reports {
    json: Option<ReportFile>,
    junit: Option<ReportFile>,
    markdown: Option<ReportFile>,
    html: Option<ReportFile>,
    sarif: Option<ReportFile>,
    har: Option<HarDir>,
    github: bool,
    quiet: bool,
}

/// How a run is printed on standard output.
#[derive(Clone, Copy, Debug)]
pub(super) enum Told<'a> {
    /// As a table of variants and scenarios.
    Table,
    /// One trace after another.
    Traces,
    /// What is known of one app, then its scenarios.
    Own,
    /// What was observed on a site, and the rehearsal of its next deploy.
    Probe(&'a Probed),
    /// What the visitor of a live site experienced.
    Visit(&'a Outcome),
}

impl Reports {
    /// Checks that each report can be written.
    pub(super) fn at(args: &ReportArgs) -> Result<Self, Error> {
        let file = |path: &Option<_>| path.as_deref().map(ReportFile::at).transpose();
        Ok(Self {
            json: file(&args.json)?,
            junit: file(&args.junit)?,
            markdown: file(&args.markdown)?,
            html: file(&args.html)?,
            sarif: file(&args.sarif)?,
            har: args.har.as_deref().map(HarDir::at).transpose()?,
            github: args.github,
            quiet: args.quiet,
        })
    }

    /// Whether any report shows screenshots.
    pub(super) fn want_pictures(&self) -> bool {
        self.html.is_some()
    }

    /// Whether any report needs the traces.
    pub(super) fn want_traces(&self) -> bool {
        self.html.is_some() || self.har.is_some()
    }

    /// Writes all files, even if one of them fails.
    pub(super) fn write(&self, run: &Run) -> Result<(), Error> {
        self.write_with(run, || json::render(run))
    }

    /// Like [`Reports::write`], with a JSON report that contains more than the run.
    pub(super) fn write_with(&self, run: &Run, json: impl Fn() -> Result<Vec<u8>, Error>) -> Result<(), Error> {
        let json = self.json.as_ref().map_or(Ok(()), |file| file.write(&json()?));
        let junit = self.junit.as_ref().map_or(Ok(()), |file| file.write(&junit::render(run)?));
        let markdown = self.markdown.as_ref().map_or(Ok(()), |file| file.write(markdown::render(run).as_bytes()));
        let html = self.html.as_ref().map_or(Ok(()), |file| file.write(html::render(run).as_bytes()));
        let sarif = self.sarif.as_ref().map_or(Ok(()), |file| file.write(&sarif::render(run)?));
        let har = self.har.as_ref().map_or(Ok(()), |dir| dir.write(run));
        let summary = if self.github { summarize(run) } else { Ok(()) };
        json.and(junit).and(markdown).and(html).and(sarif).and(har).and(summary)
    }

    /// Prints the run on standard output.
    pub(super) fn tell(&self, run: &Run, told: Told<'_>, verbose: bool) -> Result<(), Error> {
        let look = Look::of_stdout(verbose);
        print(|mut out| {
            let tell = |out: &mut &mut Box<dyn Write>| match (self.quiet, told) {
                (true, Told::Table | Told::Traces) => human::quiet(out, run, look),
                (true, Told::Own | Told::Visit(_)) => own::quiet(out, run, look),
                (true, Told::Probe(probed)) => probe::quiet(out, probed, look),
                (false, Told::Table) => human::sample(out, run, look),
                (false, Told::Traces) => human::judged(out, run, look),
                (false, Told::Own) => own::report(out, run, look),
                (false, Told::Probe(probed)) => probe::human(out, probed, look),
                (false, Told::Visit(outcome)) => visit::human(out, outcome, look),
            };
            if !self.github {
                return tell(&mut out);
            }
            github::shielded(&mut out, tell)?;
            github::annotations(&mut out, run)
        })
    }
}

/// Appends the job summary if GitHub asks for one.
fn summarize(run: &Run) -> Result<(), Error> {
    let Some(path) = std::env::var_os(SUMMARY).filter(|path| !path.is_empty()).map(PathBuf::from) else {
        return Ok(());
    };
    let written = OpenOptions::new().append(true).create(true).open(&path);
    written
        .and_then(|mut file| file.write_all(github::summary(run).as_bytes()))
        .map_err(|error| Error::Tool(format!("cannot append to {} (from {SUMMARY}): {error}", path.display())))
}
