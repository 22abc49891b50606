//! One named test for every cell of the table: a variant of the sample app under a scenario.
//!
//! The usual filters and `--list` work, and so does cargo-nextest. The browser, the builds and the servers of a
//! variant are shared by the tests of one process. While the cells of a variant are played the next one is built, and
//! its servers end with its last cell.
//!
//! With `SWAPCHECK_TIER=core` there are only the tests of the core of the table.

#[path = "common/tier.rs"]
mod tier;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::future::try_join;
use libtest_mimic::{Arguments, Failed, Trial};
use swapcheck::outcome::{Cell, Progress};
use swapcheck::report::evidence::{self, Fixes};
use swapcheck::sample::Options;
use swapcheck::sample::app::{Pair, SampleApp};
use swapcheck::sample::build::Build;
use swapcheck::sample::core::core;
use swapcheck::sample::variant::Variant;
use swapcheck::scenario::{self, Scenario};
use tier::Tier;
use tokio::runtime::Runtime;
use tokio::sync::{Mutex, OnceCell};

/// What the tests of this process share; made by the first that needs it.
struct Shared {
    options: Options,
    sample: OnceCell<Result<Arc<SampleApp>, String>>,
    /// The variants that any chosen test is about, in the order of the tests.
    rows: Vec<Row>,
}

struct Row {
    variant: Variant,
    scenarios: Vec<&'static Scenario>,
    /// Cells that are still to be played.
    left: AtomicUsize,
    served: Mutex<Option<Result<Pair, String>>>,
}

impl Shared {
    async fn cell(&self, row: usize, scenario: &Scenario) -> Result<Cell, String> {
        let sample = self.sample().await?;
        let pair = self.serve(row, &sample).await?;
        let row = &self.rows[row];
        let cell = sample.play(&row.variant, &pair, scenario).await;
        if row.left.fetch_sub(1, Ordering::Relaxed) == 1
            && let Some(Ok(last)) = row.served.lock().await.take()
        {
            drop(pair);
            last.end().await;
        }
        Ok(cell)
    }

    async fn sample(&self) -> Result<Arc<SampleApp>, String> {
        let open = || async {
            let quiet = Arc::new(|progress: Progress| {
                if let Progress::Began { what } | Progress::Waiting { what, .. } = progress {
                    eprintln!("{what} …");
                }
            });
            SampleApp::open(&self.options, quiet).await.map(Arc::new).map_err(|error| error.to_string())
        };
        self.sample.get_or_init(open).await.clone()
    }

    async fn serve(&self, row: usize, sample: &Arc<SampleApp>) -> Result<Pair, String> {
        let mut served = self.rows[row].served.lock().await;
        if let Some(pair) = &*served {
            return pair.clone();
        }
        let built = build(sample, &self.rows[row].variant).await;
        if let Some(next) = self.rows.get(row + 1) {
            let (sample, variant) = (Arc::clone(sample), next.variant.clone());
            // Should it fail, it fails again when it is needed.
            tokio::spawn(async move { build(&sample, &variant).await.map(drop) });
        }
        let pair = match built {
            Ok((a, b)) => Pair::serve(&a, &b).await.map_err(|error| error.to_string()),
            Err(error) => Err(error),
        };
        served.insert(pair).clone()
    }

    async fn end(&self) {
        if let Some(Ok(sample)) = self.sample.get() {
            sample.end().await;
        }
    }
}

async fn build(sample: &SampleApp, variant: &Variant) -> Result<(Build, Build), String> {
    let built = try_join(sample.build(variant, "A"), sample.build(variant, "B")).await;
    built.map_err(|error| error.to_string())
}

/// The cell with its evidence.
fn told(cell: &Cell) -> String {
    let mut text = Vec::new();
    let written = evidence::cell(&mut text, cell, &mut Fixes::default(), 100);
    let text = String::from_utf8_lossy(&text).into_owned();
    written.map_or_else(|error| error.to_string(), |()| format!("\n{}", anstream::adapter::strip_str(&text)))
}

/// Whether a test of this name is chosen, as the harness does it.
fn is_chosen(arguments: &Arguments, name: &str) -> bool {
    let fits = |pattern: &String| if arguments.exact { name == pattern } else { name.contains(pattern.as_str()) };
    arguments.filter.as_ref().is_none_or(fits) && !arguments.skip.iter().any(fits)
}

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert_with(swapcheck::play::pool::usual_jobs);
    let sample_app = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-app");
    let options = Options::new(sample_app);
    let variants = match Variant::load_all(&options.sample_app) {
        Ok(variants) => variants,
        Err(error) => {
            eprintln!("cannot load the variants of the sample app: {error}");
            return ExitCode::from(2);
        }
    };
    let runtime = match Runtime::new() {
        Ok(runtime) => Arc::new(runtime),
        Err(error) => {
            eprintln!("cannot start: {error}");
            return ExitCode::from(3);
        }
    };
    let name = |variant: &Variant, scenario: &Scenario| format!("{}::{}", variant.name, scenario.id);
    let ids: Vec<&str> = scenario::ALL.iter().map(|scenario| scenario.id).collect();
    let core = core(&variants, &ids);
    let tier = Tier::named();
    let in_tier = |variant: &Variant, scenario: &Scenario| match tier {
        Tier::Whole => true,
        Tier::Core => core.contains(&(variant.name.as_str(), scenario.id)),
    };
    let rows = variants.iter().filter_map(|variant| {
        let scenarios = scenario::ALL.iter().copied().filter(|scenario| in_tier(variant, scenario));
        let scenarios: Vec<_> = scenarios.filter(|scenario| is_chosen(&arguments, &name(variant, scenario))).collect();
        let (variant, left) = (variant.clone(), AtomicUsize::new(scenarios.len()));
        (!scenarios.is_empty()).then_some(Row { variant, scenarios, left, served: Mutex::new(None) })
    });
    let shared = Arc::new(Shared { options, sample: OnceCell::new(), rows: rows.collect() });

    let mut trials = Vec::new();
    for (at, row) in shared.rows.iter().enumerate() {
        for scenario in row.scenarios.iter().copied() {
            let (shared, runtime) = (Arc::clone(&shared), Arc::clone(&runtime));
            trials.push(Trial::test(name(&row.variant, scenario), move || {
                let cell = runtime.block_on(shared.cell(at, scenario))?;
                if cell.as_expected() { Ok(()) } else { Err(Failed::from(told(&cell))) }
            }));
        }
    }
    let outcome = libtest_mimic::run(&arguments, trials);
    runtime.block_on(shared.end());
    outcome.exit_code()
}
