//! What the cells of one run share: the browser, the listener, the builder, and the app's description.

use std::time::{Duration, Instant, SystemTime};

use futures::future::try_join;

use super::Options;
use super::build::{Build, BuildError, Builder};
use super::expected::broken;
use super::variant::Variant;
use crate::app::App;
use crate::error::Error;
use crate::http::Scheme;
use crate::outcome::OnProgress;
use crate::outcome::{Cell, Expected, Proof, Versions};
use crate::play::Played;
use crate::play::{ELSEWHERE, Player};
use crate::release::Release;
use crate::release::cache::Cache;
use crate::release::server::ServerError;
use crate::scenario::Scenario;

/// What the cells of one run share.
pub struct SampleApp {
    player: Player,
    builder: Builder,
    app: App,
    versions: Versions,
}

/// The age of the old release when the new one is deployed.
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Both releases of a variant with their servers, which clones share.
#[derive(Clone, Debug)]
pub struct Pair {
    a: Release,
    b: Release,
}

impl Pair {
    /// Serves two builds.
    ///
    /// # Errors
    /// When a server does not start.
    pub async fn serve(a: &Build, b: &Build) -> Result<Self, ServerError> {
        let today = SystemTime::now();
        let (a, b) = try_join(a.serve(today - DAY), b.serve(today)).await?;
        Ok(Self { a, b })
    }

    /// Stops the servers, unless another clone still needs them.
    pub async fn end(self) {
        self.a.end().await;
        self.b.end().await;
    }
}

impl SampleApp {
    /// Finds the tools, opens the cache and starts the browser.
    ///
    /// # Errors
    /// When something that every cell needs is missing.
    pub async fn open(options: &Options, progress: OnProgress) -> Result<Self, Error> {
        let description = options.sample_app.join("swapcheck.toml");
        let app = App::read(&description)
            .map_err(|error| Error::Usage(format!("cannot use {}: {error}", description.display())))?;
        let cache = match &options.cache {
            Some(dir) => dir.clone(),
            None => Cache::place().map_err(|error| Error::Tool(error.to_string()))?,
        };
        let builder = Builder::open(&options.sample_app, &cache, progress).await?;
        let scheme = if options.http { Scheme::Http } else { Scheme::Https };
        let player = Player::open(scheme, &options.browser).await?.with_pictures(options.pictures);
        let versions = Versions {
            swapcheck: env!("CARGO_PKG_VERSION").to_owned(),
            browser: player.browser().version().to_owned(),
            sandbox: player.browser().is_sandboxed(),
            node: builder.tools().node_version.clone(),
            next: builder.next_version().unwrap_or_default(),
        };
        Ok(Self { player, builder, app, versions })
    }

    /// The versions in use.
    #[must_use]
    pub fn versions(&self) -> &Versions {
        &self.versions
    }

    /// For how many variants builds can run in parallel.
    #[must_use]
    pub fn builds_at_once(&self) -> usize {
        self.builder.at_once()
    }

    /// Builds a release of a variant, or takes it from the cache.
    ///
    /// # Errors
    /// When a step fails.
    pub async fn build(&self, variant: &Variant, release: &str) -> Result<Build, BuildError> {
        self.builder.build(variant, release).await
    }

    /// Runs one cell and judges it.
    pub async fn play(&self, variant: &Variant, pair: &Pair, scenario: &Scenario) -> Cell {
        let began = Instant::now();
        let releases = [pair.a.clone(), pair.b.clone()];
        let Played { trace, findings, verdict, reason, otherwise, pictures } =
            self.player.play(&variant.name, releases, &variant.described(&self.app), scenario).await;
        let proof = Proof::of(&findings, &trace);
        let (trace, took) = (Some(trace), began.elapsed());
        let mut cell =
            Cell { verdict, findings, proof, otherwise, trace, pictures, took, ..broken(variant, scenario, reason) };
        if scenario.own_browser && self.player.browser().is_elsewhere() {
            cell.expected = Expected::Inapplicable { why: ELSEWHERE.to_owned() };
        }
        cell
    }

    /// Closes the browser, unless a cell is still running.
    pub async fn end(&self) {
        self.player.close().await;
    }
}
