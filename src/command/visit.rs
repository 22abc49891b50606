//! `swapcheck visit` and `swapcheck revisit`: a returning visitor of a live site, before and after its deploy.

use std::time::Duration;

use super::reports::{Reports, Told};
use crate::app::App;
use crate::browser;
use crate::cli::{RevisitArgs, VisitArgs, VisitorArgs};
use crate::error::Error;
use crate::report::traces::Traces;
use crate::visit::{self, Options, Outcome, Place, Reach};

/// Runs `swapcheck visit`.
pub(super) async fn visit(args: VisitArgs) -> Result<u8, Error> {
    let (written, options) = prepare(&args.visitor, false)?;
    let place = Place::new(&args.visitor.profile)?;
    let app = app(&place, &args.visitor)?;
    let outcome = visit::visit(&args.url, &place, app, &options).await?;
    written.report(outcome, args.visitor.verbose)
}

/// Runs `swapcheck revisit`.
pub(super) async fn revisit(args: RevisitArgs) -> Result<u8, Error> {
    let (written, options) = prepare(&args.visitor, args.kill)?;
    let (place, record) = Place::of_visitor(&args.visitor.profile)?;
    let app = app(&place, &args.visitor)?;
    let outcome = visit::revisit(&place, record, app, &options).await?;
    written.report(outcome, args.visitor.verbose)
}

fn app(place: &Place, args: &VisitorArgs) -> Result<App, Error> {
    place.app(args.config.as_deref())
}

/// Reports and traces, known to be writable.
struct Written {
    reports: Reports,
    traces: Option<Traces>,
}

fn prepare(args: &VisitorArgs, kill: bool) -> Result<(Written, Options), Error> {
    if let Some(path) = args.routes.iter().find(|path| !path.starts_with('/')) {
        return Err(Error::Usage(format!("`{path}` is not a path: it must begin with `/`")));
    }
    let reports = Reports::at(&args.reports)?;
    let traces = args.keep.as_deref().map(Traces::in_dir).transpose()?;
    let options = Options {
        timeout: Duration::from_secs(args.timeout),
        max_requests: args.max_requests,
        routes: args.routes.clone(),
        browser: browser::Options {
            program: args.browser.browser.clone(),
            headed: args.headed,
            no_sandbox: args.browser.no_sandbox,
            ..browser::Options::default()
        },
        reach: Reach { resolve: args.reach.resolve.clone(), ca: args.reach.ca.clone() },
        kill,
    };
    Ok((Written { reports, traces }, options))
}

impl Written {
    /// Prints the report even if a file cannot be written.
    fn report(self, mut outcome: Outcome, verbose: bool) -> Result<u8, Error> {
        let saved = self.traces.map_or(Ok(()), |traces| traces.save(&mut outcome.run));
        let written = self.reports.write(&outcome.run);
        self.reports.tell(&outcome.run, Told::Visit(&outcome), verbose)?;
        saved.and(written)?;
        Ok(outcome.run.exit_code())
    }
}
