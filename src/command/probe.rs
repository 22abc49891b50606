//! `swapcheck probe`: inspects a live deployment and rehearses its next deploy.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::given::{headers, read};
use super::reports::{Reports, Told};
use crate::browser;
use crate::cli::ProbeArgs;
use crate::error::Error;
use crate::probe;
use crate::release::rehearsal::Bounds;
use crate::release::remote::Reach;
use crate::report::probe as report;
use crate::report::progress::Reporter;
use crate::report::traces::Traces;
use crate::scenario;

/// Default number of scenarios that run in parallel, each in its own browser.
const JOBS: usize = 3;

/// Runs the command.
pub(super) async fn run(args: ProbeArgs) -> Result<u8, Error> {
    let reports = Reports::at(&args.reports)?;
    let traces = args.keep.as_deref().map(Traces::in_dir).transpose()?;
    let app = args.config.as_deref().map(read).transpose()?;
    if Path::new(&args.url).is_dir() {
        let why = "is a directory; `swapcheck probe` takes a URL, and `swapcheck check` takes directories, with --from and --to";
        return Err(Error::Usage(format!("`{}` {why}", args.url)));
    }
    // Without a scheme, HTTPS is assumed, as in browsers.
    let url = if args.url.contains("://") { args.url } else { format!("https://{}", args.url) };
    let options = probe::Options {
        url,
        reach: Reach { resolve: args.reach.resolve, ca: args.reach.ca, headers: headers(&args.headers)? },
        bounds: Bounds { requests: args.max_requests, ..Bounds::default() },
        timeout: Duration::from_secs(args.timeout),
        rehearsal: !args.no_rehearsal,
        scenarios: args.scenarios,
        jobs: args.jobs.map_or(JOBS, NonZeroUsize::get),
        browser: browser::Options {
            program: args.browser.browser,
            headed: args.headed,
            no_sandbox: args.browser.no_sandbox,
            ..browser::Options::default()
        },
        app,
        pictures: reports.want_pictures(),
    };
    let reporter = Reporter::of_own(if options.rehearsal { scenario::ALL.len() + 1 } else { 1 });
    let telling = Arc::clone(&reporter);
    let outcome = probe::probe(options, Arc::new(move |progress| telling.tell(&progress))).await;
    reporter.finish();
    let mut probed = outcome?;

    // The report is printed even if a file cannot be written.
    let saved = traces.as_ref().map_or(Ok(()), |traces| traces.save(&mut probed.run));
    let written = reports.write_with(&probed.run, || report::json(&probed));
    reports.tell(&probed.run, Told::Probe(&probed), args.verbose)?;
    saved.and(written)?;
    Ok(probed.exit_code())
}
