//! `swapcheck check`: tests the user's own app.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hyper::header::HeaderMap;

use super::given::{headers, read};
use super::interrupt::{INTERRUPTED, played};
use super::output::print;
use super::reports::{Reports, Told};
use crate::app::App;
use crate::app::storage::Storage;
use crate::browser;
use crate::cli::CheckArgs;
use crate::error::Error;
use crate::outcome::Fact;
use crate::outcome::OnProgress;
use crate::outcome::accepted;
use crate::own::{self, NAMES, Options};
use crate::play::results::Results;
use crate::release::cache::Cache;
use crate::release::project::{Project, Version};
use crate::release::remote::Reach;
use crate::release::source::Source;
use crate::report::progress::Reporter;
use crate::report::traces::Traces;

/// The default file that describes an app.
const DESCRIPTION: &str = "swapcheck.toml";

/// Runs the command.
pub(super) async fn run(args: CheckArgs) -> Result<u8, Error> {
    let scenarios = own::scenarios(&args.scenarios)?;
    if args.list {
        print(|out| scenarios.iter().try_for_each(|scenario| writeln!(out, "{}", scenario.id)))?;
        return Ok(0);
    }
    let headers = headers(&args.headers)?;
    let given = if args.app.is_none() { Some(given(&args, &headers)?) } else { None };
    let described = description(&args);
    let app = app(&args, described.as_deref(), given.as_ref())?;
    let accepts = app.accept.clone();
    let reports = Reports::at(&args.reports)?;
    let traces = args.keep.as_deref().map(Traces::in_dir).transpose()?.map(Arc::new);

    let reporter = Reporter::of_own(scenarios.len());
    let telling = Arc::clone(&reporter);
    let progress: OnProgress = Arc::new(move |progress| telling.tell(&progress));
    let keep = traces.clone();
    let results = Results::finishing(move |cell| keep.iter().for_each(|traces| traces.keep(cell)));
    let tried = async {
        let sources = match given {
            Some(sources) => sources,
            None => built(&args, &progress).await?,
        };
        let options = Options {
            name: args.name.clone(),
            sources,
            headers,
            app,
            scenarios: args.scenarios.clone(),
            jobs: args.jobs.map(NonZeroUsize::get),
            browser: browser::Options {
                program: args.browser.browser.clone(),
                headed: args.headed,
                no_sandbox: args.browser.no_sandbox,
                elsewhere: args.elsewhere.browser(),
                ..browser::Options::default()
            },
            http: args.http,
            pictures: reports.want_pictures(),
        };
        own::run(options, Arc::clone(&progress), &results).await
    };
    let Some(mut outcome) = played(tried, &results, &reporter).await? else { return Ok(INTERRUPTED) };
    let today = accepted::today();
    outcome.run = accepted::apply(outcome.run, &accepts, today);
    let run = &mut outcome.run;
    // A part of the scenarios says nothing about acceptances that are not limited to one.
    if args.scenarios.is_empty() {
        let remarks = accepted::remarks(run, &accepts, today);
        run.learned.extend(remarks);
    }
    run.learned.splice(..0, described.map(|file| Fact::new("described in", file.display().to_string())));

    // The report is printed even if a file cannot be written.
    let saved = traces.map_or(Ok(()), |traces| traces.all_kept());
    let written = reports.write(run);
    reports.tell(run, Told::Own, args.verbose)?;
    saved.and(written)?;
    Ok(outcome.exit_code())
}

/// The two releases, if they are already built.
fn given(args: &CheckArgs, headers: &HeaderMap) -> Result<[Source; 2], Error> {
    let reach = Reach { resolve: args.reach.resolve.clone(), ca: args.reach.ca.clone(), headers: headers.clone() };
    let source = |flag: &str, place: &Option<String>, command: &Option<String>| match (place, command) {
        (place, Some(command)) => Ok(Source::command(command, place.as_deref())?),
        (Some(place), None) if args.spa => Ok(Source::find(place, &reach)?.single_page()),
        (Some(place), None) => Ok(Source::find(place, &reach)?),
        (None, None) => Err(Error::Usage(format!(
            "no {} release given: pass its directory or URL with --{flag}, or a command that serves it with \
             --{flag}-cmd; or build a Next.js project twice with --app",
            if flag == "from" { "old" } else { "new" }
        ))),
    };
    Ok([source("from", &args.from, &args.from_cmd)?, source("to", &args.to, &args.to_cmd)?])
}

/// The two releases, built from a project.
async fn built(args: &CheckArgs, progress: &OnProgress) -> Result<[Source; 2], Error> {
    let dir = args.app.as_deref().unwrap_or(Path::new("."));
    let cache = args.cache.clone().map_or_else(Cache::place, Ok).map_err(|error| Error::Tool(error.to_string()))?;
    let project = Project::open(dir, &cache, Arc::clone(progress)).await?;
    let version = |revision: &Option<String>| revision.clone().map_or(Version::WorkingTree, Version::Revision);
    let old = project.build(NAMES[0], &version(&args.from_rev)).await?;
    let new = project.build(NAMES[1], &version(&args.to_rev)).await?;
    Ok([old, new])
}

/// The file that describes the app: the given one, else the default one in its directory.
fn description(args: &CheckArgs) -> Option<PathBuf> {
    let beside = || args.app.as_deref().unwrap_or(Path::new("")).join(DESCRIPTION);
    args.config.clone().or_else(|| Some(beside()).filter(|file| file.is_file()))
}

/// The app, as far as it is described and given by options.
fn app(args: &CheckArgs, described: Option<&Path>, sources: Option<&[Source; 2]>) -> Result<App, Error> {
    let mut app = described.map_or_else(|| Ok(App::default()), read)?;
    let site = sources.and_then(|[old, _]| match old {
        Source::Site(site) => Some(site),
        _ => None,
    });
    if let Some(start) = &args.start {
        app.start.clone_from(start);
    } else if let Some(site) = site.filter(|site| site.start() != "/") {
        site.start().clone_into(&mut app.start);
    }
    if !args.routes.is_empty() {
        app.routes.clone_from(&args.routes);
    }
    if let Some(path) = std::iter::once(&app.start).chain(&app.routes).find(|path| !path.starts_with('/')) {
        return Err(Error::Usage(format!("`{path}` is not a path: it must begin with `/`")));
    }
    if let Some(file) = &args.storage {
        let host = site.and_then(|site| site.url().host_str());
        app.storage = Storage::read(file, host)
            .map_err(|error| Error::Usage(format!("cannot use the storage state {}: {error}", file.display())))?;
    }
    Ok(app)
}
