//! `swapcheck sample`: runs the variants of the sample app through the scenarios.

use std::num::NonZeroUsize;
use std::sync::Arc;

use super::given::sample_app;
use super::interrupt::{INTERRUPTED, played};
use super::output::print;
use super::reports::{Reports, Told};
use crate::browser;
use crate::cli::SampleArgs;
use crate::error::Error;
use crate::play::results::Results;
use crate::report::progress::Reporter;
use crate::report::traces::Traces;
use crate::sample::{Options, run};

/// Runs the command.
pub(super) async fn run(args: SampleArgs) -> Result<u8, Error> {
    let sample_app = sample_app(&args.places)?;
    let reports = Reports::at(&args.reports)?;
    let options = Options {
        sample_app,
        cache: args.places.cache,
        variants: args.variants,
        scenarios: args.scenarios,
        jobs: args.jobs.map(NonZeroUsize::get),
        browser: browser::Options {
            program: args.browser.browser,
            headed: args.headed,
            no_sandbox: args.browser.no_sandbox,
            elsewhere: args.elsewhere.browser(),
            ..browser::Options::default()
        },
        http: args.http,
        shard: args.shard,
        pictures: reports.want_pictures(),
    };
    let cells = run::list(&options)?;
    if args.list {
        print(|out| cells.iter().try_for_each(|(variant, scenario)| writeln!(out, "{variant} {scenario}")))?;
        return Ok(0);
    }
    let traces = args.keep.as_deref().map(Traces::in_dir).transpose()?.map(Arc::new);

    let reporter = Reporter::new(cells.len());
    let telling = Arc::clone(&reporter);
    // Traces that are saved to files, or needed by no report, are not kept in memory until the end.
    let (keep, whole) = (traces.clone(), reports.want_traces());
    let results = Results::finishing(move |cell| {
        keep.iter().for_each(|traces| traces.keep(cell));
        if !whole {
            cell.trace = None;
        }
    });
    let playing = run::run(options, Arc::new(move |progress| telling.tell(&progress)), &results);
    let Some(mut outcome) = played(playing, &results, &reporter).await? else { return Ok(INTERRUPTED) };
    let run = &mut outcome.run;

    // The table is printed even if a file cannot be written.
    let saved = traces.map_or(Ok(()), |traces| traces.all_kept());
    let written = reports.write(run);
    reports.tell(run, Told::Table, args.verbose)?;
    saved.and(written)?;
    Ok(outcome.exit_code())
}
