//! One named test for every cell of the matrix: a variant of the sample app under a scenario.
//!
//! The usual filters and `--list` work, and so does cargo-nextest. The browser, the builds and the servers of a
//! variant are shared by the tests of one process.

use std::collections::HashMap;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};
use swapcheck::matrix::{self, Options};
use swapcheck::release::variant::Variant;
use swapcheck::report::evidence;
use swapcheck::run::{Cell, Progress};
use swapcheck::scenario::{self, Scenario};
use swapcheck::session::{Pair, Session};
use tokio::runtime::Runtime;
use tokio::sync::OnceCell;

/// What the tests of this process share; made by the first that needs it.
struct Shared {
    options: Options,
    session: OnceCell<Result<Session, String>>,
    pairs: HashMap<String, OnceCell<Result<Pair, String>>>,
}

impl Shared {
    async fn cell(&self, variant: &Variant, scenario: &Scenario) -> Result<Cell, String> {
        let open = || async {
            let quiet = Arc::new(|progress: Progress| {
                if let Progress::Began { what } | Progress::Waiting { what } = progress {
                    eprintln!("{what} …");
                }
            });
            Session::open(&self.options, quiet).await.map_err(|error| error.to_string())
        };
        let session = self.session.get_or_init(open).await.as_ref()?;
        let serve = || async {
            let text = |error: &dyn std::fmt::Display| error.to_string();
            let a = session.build(variant, "A").await.map_err(|error| text(&error))?;
            let b = session.build(variant, "B").await.map_err(|error| text(&error))?;
            Pair::serve(&a, &b).await.map_err(|error| text(&error))
        };
        let pair = self.pairs[&variant.name].get_or_init(serve).await.as_ref()?;
        Ok(session.play(variant, pair, scenario).await)
    }

    async fn end(&mut self) {
        for (_, pair) in self.pairs.drain() {
            if let Some(Ok(pair)) = pair.into_inner() {
                pair.end().await;
            }
        }
        if let Some(Ok(session)) = self.session.get() {
            session.end().await;
        }
    }
}

/// The cell with its evidence.
fn told(cell: &Cell) -> String {
    let mut text = Vec::new();
    let written = evidence::cell(&mut text, cell, 100);
    let text = String::from_utf8_lossy(&text).into_owned();
    written.map_or_else(|error| error.to_string(), |()| format!("\n{}", anstream::adapter::strip_str(&text)))
}

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert_with(matrix::usual_jobs);
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
    let pairs = variants.iter().map(|variant| (variant.name.clone(), OnceCell::new())).collect();
    let shared = Arc::new(Shared { options, session: OnceCell::new(), pairs });

    let mut trials = Vec::new();
    for variant in variants {
        for scenario in scenario::ALL.iter().copied() {
            let (variant, shared, runtime) = (variant.clone(), Arc::clone(&shared), Arc::clone(&runtime));
            trials.push(Trial::test(format!("{}::{}", variant.name, scenario.id), move || {
                let cell = runtime.block_on(shared.cell(&variant, scenario))?;
                if cell.as_expected() { Ok(()) } else { Err(Failed::from(told(&cell))) }
            }));
        }
    }
    let outcome = libtest_mimic::run(&arguments, trials);
    if let Some(mut shared) = Arc::into_inner(shared) {
        runtime.block_on(shared.end());
    }
    outcome.exit_code()
}
