//! `swapcheck check`: the user's own app.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use super::reports::Reports;
use super::run::print;
use crate::app::App;
use crate::browser;
use crate::cli::CheckArgs;
use crate::error::Error;
use crate::release::source::Source;
use crate::report::human::Look;
use crate::report::own;
use crate::report::progress::Reporter;
use crate::report::traces::Traces;
use crate::trial::{self, Options, Tried};

/// Where an app is described, if nothing else is said.
const DESCRIPTION: &str = "swapcheck.toml";

/// Runs the command.
pub(super) async fn run(args: CheckArgs) -> Result<u8, Error> {
    let scenarios = trial::scenarios(&args.scenarios)?;
    if args.list {
        print(|out| scenarios.iter().try_for_each(|scenario| writeln!(out, "{}", scenario.id)))?;
        return Ok(0);
    }
    let sources = sources(&args)?;
    let app = app(&args)?;
    let reports = Reports::at(&args.reports)?;
    let traces = args.keep.as_deref().map(Traces::in_dir).transpose()?;
    let options = Options {
        name: args.name,
        sources: sources.clone(),
        app,
        scenarios: args.scenarios,
        jobs: args.jobs.map(NonZeroUsize::get),
        browser: browser::Options {
            program: args.browser.browser,
            headed: args.headed,
            no_sandbox: args.browser.no_sandbox,
            ..browser::Options::default()
        },
        http: args.http,
    };

    let reporter = Reporter::new(scenarios.len());
    let telling = Arc::clone(&reporter);
    let outcome = trial::run(options, Arc::new(move |progress| telling.tell(&progress))).await;
    reporter.finish();
    let Tried { mut run, facts } = outcome?;

    // Whatever fails to be written, the verdict is printed.
    let saved = traces.as_ref().map_or(Ok(()), |traces| traces.save(&mut run));
    let written = reports.write(&run);
    let sources = sources.each_ref().map(ToString::to_string);
    print(|out| own::report(out, &run, &facts, &sources, Look::of_stdout(args.verbose)))?;
    saved.and(written)?;
    Ok(run.exit_code())
}

/// The two releases.
fn sources(args: &CheckArgs) -> Result<[Source; 2], Error> {
    let source = |flag: &str, place: &Option<String>, command: &Option<String>| match (place, command) {
        (place, Some(command)) => Ok(Source::command(command, place.as_deref())?),
        (Some(place), None) => Ok(Source::find(place)?),
        (None, None) => Err(Error::Usage(format!(
            "no {} release is given: name its directory with --{flag}, or the command that serves it with --{flag}-cmd",
            if flag == "from" { "old" } else { "new" }
        ))),
    };
    Ok([source("from", &args.from, &args.from_cmd)?, source("to", &args.to, &args.to_cmd)?])
}

/// The app, as far as it is described.
fn app(args: &CheckArgs) -> Result<App, Error> {
    let read = |file: &Path| {
        App::read(file).map_err(|error| Error::Usage(format!("cannot use {}: {error}", file.display())))
    };
    let mut app = match &args.config {
        Some(file) => read(file)?,
        None if Path::new(DESCRIPTION).is_file() => read(Path::new(DESCRIPTION))?,
        None => App::default(),
    };
    if let Some(start) = &args.start {
        app.start.clone_from(start);
    }
    if !args.routes.is_empty() {
        app.routes.clone_from(&args.routes);
    }
    if let Some(path) = std::iter::once(&app.start).chain(&app.routes).find(|path| !path.starts_with('/')) {
        return Err(Error::Usage(format!("`{path}` has to be a path that begins with `/`")));
    }
    Ok(app)
}
