//! The matrix: all selected variants in all selected scenarios.

use std::path::PathBuf;
use std::sync::Arc;

use futures::future::try_join;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::browser;
use crate::cells;
use crate::error::Error;
use crate::ledger::{Ledger, UNENDED};
use crate::release::variant::Variant;
use crate::run::{Cell, Expected, Progress};
use crate::scenario::{self, Scenario};
use crate::select::select;
use crate::session::{Pair, Session};
use crate::shard::Shard;

/// What to run, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// Directory of the sample app.
    pub sample_app: PathBuf,
    /// Directory of the build cache; the default one if absent.
    pub cache: Option<PathBuf>,
    /// Globs of the variants; empty for all.
    pub variants: Vec<String>,
    /// Globs of the scenarios; empty for all.
    pub scenarios: Vec<String>,
    /// Number of cells to run in parallel; chosen for the machine if absent.
    pub jobs: Option<usize>,
    /// The browser.
    pub browser: browser::Options,
    /// Serve plain HTTP on a loopback address.
    pub http: bool,
    /// Run only this shard of the selected variants.
    pub shard: Option<Shard>,
    /// Take screenshots, for a report that shows them.
    pub pictures: bool,
}

impl Options {
    /// All cells of this sample app, over HTTPS, with the default browser.
    #[must_use]
    pub fn new(sample_app: PathBuf) -> Self {
        let (variants, scenarios, browser) = (Vec::new(), Vec::new(), browser::Options::default());
        let (cache, jobs, shard) = (None, None, None);
        Self { sample_app, cache, variants, scenarios, jobs, browser, http: false, shard, pictures: false }
    }
}

/// Receives the progress of a run.
pub type OnProgress = Arc<dyn Fn(Progress) + Send + Sync>;

/// How many variants are served at a time. Three keep the browser busy while servers start and stop.
const SERVED: usize = 3;

/// Number of cells per core: cells mostly wait.
const JOBS_PER_CORE: usize = 6;

/// Default number of parallel cells on this machine.
#[must_use]
pub fn usual_jobs() -> usize {
    cores() * JOBS_PER_CORE
}

/// Number of available cores.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The selected variants and scenarios.
pub(crate) struct Plan {
    pub(crate) variants: Vec<Variant>,
    pub(crate) scenarios: Vec<&'static Scenario>,
}

/// Finds the variants and scenarios that the options select.
///
/// # Errors
/// When a glob matches nothing, or a variant's description is invalid.
pub(crate) fn plan(options: &Options) -> Result<Plan, Error> {
    let usage = |error: &dyn std::fmt::Display| Error::Usage(error.to_string());
    let all = Variant::load_all(&options.sample_app).map_err(|error| usage(&error))?;
    let scenarios: Vec<&str> = scenario::ALL.iter().map(|scenario| scenario.id).collect();
    let checks: Vec<&str> = crate::check::ALL.iter().map(|check| check.id).collect();
    for variant in &all {
        variant.verify_names(&scenarios, &checks).map_err(|error| usage(&error))?;
    }
    let variants =
        select("variant", &all, |variant| &variant.name, &options.variants).map_err(|error| usage(&error))?;
    let chosen = select("scenario", scenario::ALL, |scenario| scenario.id, &options.scenarios);
    let mut variants: Vec<Variant> = variants.into_iter().cloned().collect();
    if let Some(shard) = options.shard {
        variants = shard.pick(variants, Variant::next_build);
        if variants.is_empty() {
            return Err(Error::Usage(format!("shard {shard} is empty: there are fewer builds than shards")));
        }
    }
    Ok(Plan { variants, scenarios: chosen.map_err(|error| usage(&error))?.into_iter().copied().collect() })
}

/// The cells that would run: variant and scenario.
///
/// # Errors
/// When a glob matches nothing, or a variant's description is invalid.
pub fn list(options: &Options) -> Result<Vec<(String, String)>, Error> {
    let Plan { variants, scenarios } = plan(options)?;
    let row = |variant: &Variant| {
        let name = variant.name.clone();
        scenarios.iter().map(move |scenario| (name.clone(), scenario.id.to_owned())).collect::<Vec<_>>()
    };
    Ok(variants.iter().flat_map(row).collect())
}

/// Runs the cells, and records each when it has finished. The cells of a variant start when its releases are built.
///
/// # Errors
/// When no cell can run.
pub async fn run(options: Options, progress: OnProgress, ledger: &Ledger) -> Result<(), Error> {
    let Plan { variants, scenarios } = plan(&options)?;
    let due = |variant| scenarios.iter().map(move |scenario| broken(variant, scenario, UNENDED.to_owned()));
    ledger.due(variants.iter().flat_map(due).collect());
    let jobs = Arc::new(Semaphore::new(options.jobs.unwrap_or_else(usual_jobs)));
    let served = Arc::new(Semaphore::new(SERVED));
    let session = Arc::new(Session::open(&options, Arc::clone(&progress)).await?);
    let building = Arc::new(Semaphore::new(session.builds_at_once()));
    ledger.note(|run| {
        run.versions = session.versions().clone();
        run.shards = options.shard.into_iter().collect();
    });

    let mut rows = JoinSet::new();
    for variant in variants {
        let [building, served, jobs] = [&building, &served, &jobs].map(Arc::clone);
        let (session, ledger) = (Arc::clone(&session), ledger.clone());
        let row = Row { session, variant, building, served, jobs, ledger };
        let (scenarios, progress) = (scenarios.clone(), Arc::clone(&progress));
        rows.spawn(async move { row.run(&scenarios, &progress).await });
    }
    while let Some(row) = rows.join_next().await {
        row.map_err(|error| Error::Tool(format!("a variant's task panicked: {error}")))?;
    }
    session.end().await;
    Ok(())
}

/// Runs one row of the table.
struct Row {
    session: Arc<Session>,
    variant: Variant,
    building: Arc<Semaphore>,
    served: Arc<Semaphore>,
    jobs: Arc<Semaphore>,
    ledger: Ledger,
}

impl Row {
    async fn run(self, scenarios: &[&'static Scenario], progress: &OnProgress) {
        // The semaphore is never closed, so this always returns a permit.
        let building = self.building.acquire().await;
        // Builds both releases of a variant before those of the next one, so that its cells can start.
        let built = try_join(self.session.build(&self.variant, "A"), self.session.build(&self.variant, "B")).await;
        drop(building);
        let _slot = self.served.acquire().await;
        let pair = match built {
            Ok((a, b)) => Pair::serve(&a, &b).await.map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        let pair = match pair {
            Ok(pair) => pair,
            Err(reason) => {
                for scenario in scenarios {
                    self.ledger.ended(broken(&self.variant, scenario, reason.clone()));
                }
                return;
            }
        };
        let play = |scenario: &'static Scenario| {
            let (session, variant, pair) = (Arc::clone(&self.session), self.variant.clone(), pair.clone());
            async move { session.play(&variant, &pair, scenario).await }
        };
        let broken = |scenario: &'static Scenario, why| broken(&self.variant, scenario, why);
        cells::play(&self.variant.name, scenarios, &self.jobs, progress, &self.ledger, play, broken).await;
        pair.end().await;
    }
}

/// A cell that could not be completed.
pub(crate) fn broken(variant: &Variant, scenario: &Scenario, reason: String) -> Cell {
    let expected = expected(variant, scenario.id);
    Cell { kind: Some(variant.kind), expected, ..Cell::broken(&variant.name, scenario.id, reason) }
}

/// The result that the variant declares for the scenario.
#[must_use]
pub fn expected(variant: &Variant, scenario: &str) -> Expected {
    if let Some(inapplicable) = variant.inapplicable(scenario) {
        return Expected::Inapplicable { why: inapplicable.why.clone() };
    }
    match variant.expected(scenario) {
        Some(expect) => {
            Expected::Findings { checks: expect.checks.clone(), may: expect.may.clone(), why: expect.why.clone() }
        }
        None => Expected::Pass,
    }
}
