//! The matrix: all selected variants in all selected scenarios.

use std::sync::Arc;

use futures::future::try_join;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::app::{Pair, SampleApp};
use super::expected::broken;
use super::options::Options;
use super::variant::Variant;
use crate::check;
use crate::error::Error;
use crate::outcome::OnProgress;
use crate::play::pool;
use crate::play::pool::usual_jobs;
use crate::play::results::{Results, UNENDED};
use crate::scenario::{self, Scenario};
use crate::select::select;

/// How many variants are served at a time. Three keep the browser busy while servers start and stop.
const SERVED: usize = 3;

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
    let (scenarios, checks) = (scenario::ids(), check::ids());
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
pub async fn run(options: Options, progress: OnProgress, results: &Results) -> Result<(), Error> {
    let Plan { variants, scenarios } = plan(&options)?;
    let due = |variant| scenarios.iter().map(move |scenario| broken(variant, scenario, UNENDED.to_owned()));
    results.due(variants.iter().flat_map(due).collect());
    let jobs = Arc::new(Semaphore::new(options.jobs.unwrap_or_else(usual_jobs)));
    let served = Arc::new(Semaphore::new(SERVED));
    let sample = Arc::new(SampleApp::open(&options, Arc::clone(&progress)).await?);
    let building = Arc::new(Semaphore::new(sample.builds_at_once()));
    results.note(|run| {
        run.versions = sample.versions().clone();
        run.shards = options.shard.into_iter().collect();
    });

    let mut rows = JoinSet::new();
    for variant in variants {
        let [building, served, jobs] = [&building, &served, &jobs].map(Arc::clone);
        let (sample, results) = (Arc::clone(&sample), results.clone());
        let row = Row { sample, variant, building, served, jobs, results };
        let (scenarios, progress) = (scenarios.clone(), Arc::clone(&progress));
        rows.spawn(async move { row.run(&scenarios, &progress).await });
    }
    while let Some(row) = rows.join_next().await {
        row.map_err(|error| Error::Tool(format!("a variant's task panicked: {error}")))?;
    }
    sample.end().await;
    Ok(())
}

/// Runs one row of the table.
struct Row {
    sample: Arc<SampleApp>,
    variant: Variant,
    building: Arc<Semaphore>,
    served: Arc<Semaphore>,
    jobs: Arc<Semaphore>,
    results: Results,
}

impl Row {
    async fn run(self, scenarios: &[&'static Scenario], progress: &OnProgress) {
        // The semaphore is never closed, so this always returns a permit.
        let building = self.building.acquire().await;
        // Builds both releases of a variant before those of the next one, so that its cells can start.
        let built = try_join(self.sample.build(&self.variant, "A"), self.sample.build(&self.variant, "B")).await;
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
                    self.results.ended(broken(&self.variant, scenario, reason.clone()));
                }
                return;
            }
        };
        let play = |scenario: &'static Scenario| {
            let (sample, variant, pair) = (Arc::clone(&self.sample), self.variant.clone(), pair.clone());
            async move { sample.play(&variant, &pair, scenario).await }
        };
        let broken = |scenario: &'static Scenario, why| broken(&self.variant, scenario, why);
        pool::play(&self.variant.name, scenarios, &self.jobs, progress, &self.results, play, broken).await;
        pair.end().await;
    }
}
