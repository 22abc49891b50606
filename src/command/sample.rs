//! `swapcheck sample`: runs the variants of the sample app through the scenarios.

use std::env;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::reports::{Reports, Told};
use super::run::{INTERRUPTED, played, print};
use crate::browser;
use crate::cli::{PlaceArgs, SampleArgs};
use crate::error::Error;
use crate::ledger::Ledger;
use crate::matrix;
use crate::report::progress::Reporter;
use crate::report::traces::Traces;

/// Runs the command.
pub(super) async fn run(args: SampleArgs) -> Result<u8, Error> {
    let sample_app = sample_app(&args.places)?;
    let reports = Reports::at(&args.reports)?;
    let options = matrix::Options {
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
    let cells = matrix::list(&options)?;
    if args.list {
        print(|out| cells.iter().try_for_each(|(variant, scenario)| writeln!(out, "{variant} {scenario}")))?;
        return Ok(0);
    }
    let traces = args.keep.as_deref().map(Traces::in_dir).transpose()?.map(Arc::new);

    let reporter = Reporter::new(cells.len());
    let telling = Arc::clone(&reporter);
    // Traces that are saved to files, or needed by no report, are not kept in memory until the end.
    let (keep, whole) = (traces.clone(), reports.want_traces());
    let ledger = Ledger::finishing(move |cell| {
        keep.iter().for_each(|traces| traces.keep(cell));
        if !whole {
            cell.trace = None;
        }
    });
    let playing = matrix::run(options, Arc::new(move |progress| telling.tell(&progress)), &ledger);
    let Some(mut outcome) = played(playing, &ledger, &reporter).await? else { return Ok(INTERRUPTED) };
    let run = &mut outcome.run;

    // The table is printed even if a file cannot be written.
    let saved = traces.map_or(Ok(()), |traces| traces.all_kept());
    let written = reports.write(run);
    reports.tell(run, Told::Table, args.verbose)?;
    saved.and(written)?;
    Ok(outcome.exit_code())
}

/// The given sample app, else the nearest one from the current directory upwards, else that of the source tree.
pub(super) fn sample_app(places: &PlaceArgs) -> Result<PathBuf, Error> {
    if let Some(dir) = &places.sample_app {
        return if is_sample_app(dir) {
            Ok(dir.clone())
        } else {
            Err(Error::Usage(format!(
                "{} is not the sample app: it needs a `variants` directory and a `package.json`",
                dir.display()
            )))
        };
    }
    let here = env::current_dir().unwrap_or_default();
    let built_from = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().chain([built_from]).map(|dir| dir.join("sample-app")).find(|dir| is_sample_app(dir)).ok_or_else(
        || {
            Error::Usage(
                "no sample app in this directory or its parents; set its path with --sample-app or SWAPCHECK_SAMPLE_APP"
                    .to_owned(),
            )
        },
    )
}

fn is_sample_app(dir: &Path) -> bool {
    dir.join("variants").is_dir() && dir.join("package.json").is_file()
}
