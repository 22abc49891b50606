//! The reports that a command was asked for: files, what stands on standard output, and what GitHub gets.

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

/// The file to which GitHub wants the summary of a job appended.
const SUMMARY: &str = "GITHUB_STEP_SUMMARY";

/// Reports, their files found to be writable.
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

/// How a run is told on standard output.
#[derive(Clone, Copy, Debug)]
pub(super) enum Told<'a> {
    /// As a table of variants and scenarios.
    Table,
    /// Trace by trace.
    Traces,
    /// As what is known of one app, and its scenarios.
    Own,
    /// As what was seen of a site, and the rehearsal of its next deploy.
    Probe(&'a Probed),
    /// As what a visitor of a real site has met.
    Visit(&'a Outcome),
}

impl Reports {
    /// Makes sure that each can be written.
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

    /// Whether any of them shows pictures.
    pub(super) fn want_pictures(&self) -> bool {
        self.html.is_some()
    }

    /// Whether any of them is made of traces.
    pub(super) fn want_traces(&self) -> bool {
        self.html.is_some() || self.har.is_some()
    }

    /// Writes all files, also when one of them fails.
    pub(super) fn write(&self, run: &Run) -> Result<(), Error> {
        self.write_with(run, || json::render(run))
    }

    /// The same, where the report for programs says more than the run.
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

    /// Tells the run on standard output.
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

/// Appends the summary of the job, where there is one.
fn summarize(run: &Run) -> Result<(), Error> {
    let Some(path) = std::env::var_os(SUMMARY).filter(|path| !path.is_empty()).map(PathBuf::from) else {
        return Ok(());
    };
    let written = OpenOptions::new().append(true).create(true).open(&path);
    written
        .and_then(|mut file| file.write_all(github::summary(run).as_bytes()))
        .map_err(|error| Error::Tool(format!("cannot append to {}, which {SUMMARY} names: {error}", path.display())))
}
