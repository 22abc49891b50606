//! What of the sample is to be run, and how.

use std::path::PathBuf;

use crate::browser;
use crate::outcome::Shard;

/// What to run, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// Directory of the sample app.
    pub sample_app: PathBuf,
    /// Directory of the build cache; the default one if absent.
    pub cache: Option<PathBuf>,
    /// Globs of the variants; empty for all.
    pub variants: Vec<String>,
    /// Globs of the scenarios; none for all.
    pub scenarios: Vec<String>,
    /// Number of cells to run in parallel; chosen for the machine if absent.
    pub jobs: Option<usize>,
    /// The browser.
    pub browser: browser::Options,
    /// Plain HTTP on a loopback address.
    pub http: bool,
    /// Run only this shard of the selected variants.
    pub shard: Option<Shard>,
    /// Pictures of what is due, for a report that shows them.
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
