//! Builds the releases of the sample app.
//!
//! Everything that belongs to one lockfile is in one directory of the cache, its home, with `node_modules` at the top.
//! Node, Next and bundlers find it from every directory below, so nothing is linked or copied.
//!
//! ```text
//! modules-KEY/node_modules    installed once
//! modules-KEY/work/KEY        where Next builds: one path for all releases, as chunk names depend on it
//! modules-KEY/next/KEY        what Next built
//! modules-KEY/release/KEY     the same with a worker on top
//! modules-KEY/run/            copies that are being served
//! ```

use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use tokio::sync::Semaphore;

use super::variant::Variant;
use crate::error::Error;
use crate::outcome::OnProgress;
use crate::process::Spec;
use crate::release::Release;
use crate::release::cache::{Cache, CacheError, Entry, Making, Obtained};
use crate::release::server::{Serve, Server, ServerError};
use crate::release::step::{self, StepError};
use crate::release::tools::{ToolError, Tools};
use crate::release::tree::{Key, Tree, copy_dir, stamp};

/// Part of every key; change it when the same input must produce a different build.
const FORMAT: &str = "1";
/// Placeholder for the release name in the files of a worker.
const PLACEHOLDER: &str = "__RELEASE__";
/// The script that builds a worker, if a variant has one.
const WORKER_SCRIPT: &str = "build.mjs";
/// The `next` command, relative to the home of a build.
const NEXT: &str = "node_modules/next/dist/bin/next";

/// Where Next's cache stores the key that names and encrypts server actions.
const SECRETS: &str = ".rscinfo";

/// Why a build failed.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The cache cannot be used.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// Node.js or npm cannot be used.
    #[error(transparent)]
    Tools(#[from] ToolError),
    /// The sample app cannot be read.
    #[error("cannot read the sample app {dir}: {source}")]
    Sample {
        /// Its directory.
        dir: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A command failed.
    #[error("{what} failed: {source}")]
    Step {
        /// What was being built.
        what: String,
        /// The command, and how it failed.
        source: StepError,
    },
}

impl From<BuildError> for Error {
    fn from(error: BuildError) -> Self {
        Self::Tool(error.to_string())
    }
}

/// Builds releases of the sample app.
pub struct Builder {
    sample: PathBuf,
    tools: Tools,
    cache: Cache,
    at_once: usize,
    slots: Semaphore,
    on: OnProgress,
}

/// A built release.
#[derive(Clone, Debug)]
pub struct Build {
    /// Its directory. It is shared, so nothing may be written to it.
    pub dir: PathBuf,
    /// The name of the release.
    pub release: String,
    home: PathBuf,
    tools: Tools,
}

impl Builder {
    /// A builder for the sample app in `sample`, with the cache in `cache`.
    ///
    /// # Errors
    /// When Node.js is missing, or the cache cannot be used.
    pub async fn open(sample: &Path, cache: &Path, on: OnProgress) -> Result<Self, BuildError> {
        let tools = Tools::find().await?;
        let cache = Cache::open(cache).await?;
        let at_once = slots(available_memory().await);
        Ok(Self { sample: sample.to_owned(), tools, cache, at_once, slots: Semaphore::new(at_once), on })
    }

    /// The programs that it uses.
    #[must_use]
    pub fn tools(&self) -> &Tools {
        &self.tools
    }

    /// How many Next builds run in parallel.
    #[must_use]
    pub fn at_once(&self) -> usize {
        self.at_once
    }

    /// The version of Next in the sample app's lockfile.
    #[must_use]
    pub fn next_version(&self) -> Option<String> {
        let lockfile = std::fs::read(self.sample.join("package-lock.json")).ok()?;
        let lockfile: serde_json::Value = serde_json::from_slice(&lockfile).ok()?;
        Some(lockfile["packages"]["node_modules/next"]["version"].as_str()?.to_owned())
    }

    /// Builds a release of a variant, or takes it from the cache.
    ///
    /// # Errors
    /// When a step fails; the text includes the end of its output.
    pub async fn build(&self, variant: &Variant, release: &str) -> Result<Build, BuildError> {
        let (mut app, mut worker) = (Tree::base(&self.sample).map_err(|e| self.sample(e))?, Tree::default());
        for layer in &variant.layers {
            app.lay_over(&layer.join("app")).map_err(|e| self.sample(e))?;
            worker.lay_over(&layer.join("worker")).map_err(|e| self.sample(e))?;
        }

        let home = self.modules(&app).await?;
        let mut key = Key::new("next").with(home.as_os_str().as_encoded_bytes());
        for argument in &variant.build_args {
            key = key.with(argument);
        }
        let key = app.hash(key).map_err(|e| self.sample(e))?;
        let mut dir = self.next(&home, &app, &key, variant, release).await?;
        if !worker.is_empty() {
            let key = worker.hash(key.with("worker")).map_err(|e| self.sample(e))?;
            dir = self.worker(&home, &dir, &worker, &key, variant, release).await?;
        }
        Ok(Build { dir, release: release.to_owned(), home, tools: self.tools.clone() })
    }

    /// The home of all builds with these dependencies.
    async fn modules(&self, app: &Tree) -> Result<PathBuf, BuildError> {
        let platform = format!("{} {}", std::env::consts::OS, std::env::consts::ARCH);
        let root = self.cache.root().as_os_str().as_encoded_bytes();
        let key = Key::new("modules").with(FORMAT).with(root).with(platform).with(&self.tools.node_version);
        let wanted = app.only(&["package.json", "package-lock.json", ".npmrc"]);
        if wanted.get("package.json").is_none() || wanted.get("package-lock.json").is_none() {
            let text =
                "it has no package.json, or no package-lock.json; run `npm install` there to create the lockfile";
            return Err(self.sample(io::Error::new(io::ErrorKind::NotFound, text)));
        }
        let name = format!("modules-{}", wanted.hash(key).map_err(|e| self.sample(e))?.name());
        let what = "node_modules".to_owned();
        let entry = Entry { dir: self.cache.root().join(&name), log: self.cache.log(&name), what: what.clone() };
        let mut making = match self.cache.obtain(entry, &self.on).await? {
            Obtained::There(dir) => return Ok(dir),
            Obtained::Missing(making) => making,
        };
        making.begin();
        Tools::npm_version().await?;
        wanted.copy(&making.dir).map_err(|e| self.cache.unusable(e))?;
        let arguments = ["ci", "--include=dev", "--no-audit", "--no-fund"];
        let mut npm = Spec::new("npm");
        npm.command().args(arguments).current_dir(&making.dir).env("NO_COLOR", "1");
        self.step(npm, &format!("npm {}", arguments.join(" ")), &making, &what).await?;
        for part in ["work", "next", "release", "run"] {
            std::fs::create_dir(making.dir.join(part)).map_err(|e| self.cache.unusable(e))?;
        }
        Ok(making.finish().map_err(|e| self.cache.unusable(e))?)
    }

    /// The Next build of the app.
    async fn next(
        &self,
        home: &Path,
        app: &Tree,
        key: &Key,
        variant: &Variant,
        release: &str,
    ) -> Result<PathBuf, BuildError> {
        let unusable = |e| self.cache.unusable(e);
        let what = format!("Next build of {} (release {release})", variant.name);
        let dir = home.join("next").join(key.clone().with(release).name());
        let entry = Entry { dir, log: self.cache.log(&key.name()), what: what.clone() };
        let mut making = match self.cache.obtain(entry, &self.on).await? {
            Obtained::There(dir) => return Ok(dir),
            Obtained::Missing(making) => making,
        };
        // The semaphore is never closed.
        let _slot = self.slots.acquire().await;
        making.begin();

        // Next's own cache is reused for the next release, unless a build failed and so did not put it back.
        let work = home.join("work").join(key.name());
        let (inner, kept) = (work.join(".next/cache"), work.with_extension("cache"));
        clear(&work).and_then(|()| app.copy(&work)).map_err(unusable)?;
        std::fs::create_dir_all(work.join(".next")).map_err(unusable)?;
        rename_if_there(&kept, &inner).map_err(unusable)?;
        // A fresh build machine generates a new key, and with it new ids for all server actions.
        remove_if_there(&inner.join(SECRETS)).map_err(unusable)?;
        make_lean(&work).map_err(unusable)?;

        let mut next = self.tools.script(&home.join(NEXT));
        next.command().arg("build").args(&variant.build_args);
        next.command().current_dir(&work).env("NEXT_PUBLIC_RELEASE", release);
        let bundler = if variant.build_args.iter().any(|argument| argument == "--webpack") { "webpack" } else { "" };
        next.command().env("SWAPCHECK_BUNDLER", bundler);
        let shown = format!("NEXT_PUBLIC_RELEASE={release} next build {}", variant.build_args.join(" "));
        self.step(next, shown.trim_end(), &making, &what).await?;

        make_own_again(&work).map_err(unusable)?;
        let (from, to) = (work.clone(), making.dir.clone());
        blocking(move || copy_served(&from, &to)).await.map_err(unusable)?;
        rename_if_there(&inner, &kept).and_then(|()| clear(&work)).map_err(unusable)?;
        Ok(making.finish().map_err(unusable)?)
    }

    /// A Next build with the variant's worker on top.
    async fn worker(
        &self,
        home: &Path,
        next: &Path,
        worker: &Tree,
        key: &Key,
        variant: &Variant,
        release: &str,
    ) -> Result<PathBuf, BuildError> {
        let unusable = |e| self.cache.unusable(e);
        let what = format!("worker of {} (release {release})", variant.name);
        let dir = home.join("release").join(key.clone().with(release).name());
        let entry = Entry { dir, log: self.cache.log(&key.name()), what: what.clone() };
        let mut making = match self.cache.obtain(entry, &self.on).await? {
            Obtained::There(dir) => return Ok(dir),
            Obtained::Missing(making) => making,
        };
        making.begin();
        let (from, to) = (next.to_owned(), making.dir.clone());
        blocking(move || copy_dir(&from, &to, &[])).await.map_err(unusable)?;
        let named = |bytes| name_release(bytes, release);
        worker.below("public").copy_as(&making.dir.join("public"), named).map_err(unusable)?;
        if worker.get(WORKER_SCRIPT).is_some() {
            // The script runs from here, not from the variant, because it imports packages installed here.
            let work = home.join("work").join(key.name());
            clear(&work).and_then(|()| worker.copy(&work)).map_err(unusable)?;
            let mut script = self.tools.script(&work.join(WORKER_SCRIPT));
            script.command().arg(&making.dir).current_dir(home).env("NEXT_PUBLIC_RELEASE", release);
            let shown = format!("NEXT_PUBLIC_RELEASE={release} node {WORKER_SCRIPT}");
            self.step(script, &shown, &making, &what).await?;
            clear(&work).map_err(unusable)?;
        }
        Ok(making.finish().map_err(unusable)?)
    }

    /// Runs a command. If it fails and the cache is full, the error says so.
    async fn step(&self, spec: Spec, shown: &str, making: &Making, what: &str) -> Result<(), BuildError> {
        let Err(source) = step::run(spec, shown, &making.log).await else { return Ok(()) };
        let Err(full) = self.cache.probe() else { return Err(BuildError::Step { what: what.to_owned(), source }) };
        let text = format!("{full}; {what} failed as a result (its output is in {})", making.log.path().display());
        Err(self.cache.unusable(io::Error::new(full.kind(), text)).into())
    }

    fn sample(&self, source: io::Error) -> BuildError {
        BuildError::Sample { dir: self.sample.clone(), source }
    }
}

impl Build {
    /// Serves a copy of it, because Next writes into the directory that it serves. The server stops with the last
    /// clone of the release. The files get the modification time `deployed`: Next derives ETags from a file's size and
    /// time, so releases copied at the same moment could have equal ETags.
    ///
    /// # Errors
    /// When it cannot be copied, or the server does not start.
    pub async fn serve(&self, deployed: SystemTime) -> Result<Release, ServerError> {
        let name = format!("release {}", self.release);
        let cannot = |source| ServerError::Copy { name: name.clone(), dir: self.dir.clone(), source };
        let run = tempfile::Builder::new().prefix("next-").tempdir_in(self.home.join("run")).map_err(cannot)?;
        let (from, to) = (self.dir.clone(), run.path().to_owned());
        blocking(move || copy_dir(&from, &to, &[]).and_then(|()| stamp(&to, deployed))).await.map_err(cannot)?;
        let mut serve = Serve::new(&name, &self.tools.node).owning(run);
        serve.args = [self.home.join(NEXT).as_os_str(), "start".as_ref(), "-H".as_ref(), "127.0.0.1".as_ref()]
            .into_iter()
            .chain(["-p".as_ref(), "{port}".as_ref()])
            .map(Into::into)
            .collect();
        serve.env = [("NEXT_TELEMETRY_DISABLED", "1"), ("NODE_ENV", "production"), ("NO_COLOR", "1")]
            .map(|(name, value)| (name.into(), value.into()))
            .to_vec();
        Ok(Release::served(&self.release, Server::start(serve).await?))
    }
}

/// Copies what `next start` needs.
fn copy_served(work: &Path, to: &Path) -> io::Result<()> {
    copy_dir(&work.join(".next"), &to.join(".next"), &["cache"])?;
    if work.join("public").is_dir() {
        copy_dir(&work.join("public"), &to.join("public"), &[])?;
    }
    for entry in std::fs::read_dir(work)? {
        let name = entry?.file_name();
        if name == "package.json" || name.as_encoded_bytes().starts_with(b"next.config.") {
            std::fs::copy(work.join(&name), to.join(&name))?;
        }
    }
    Ok(())
}

/// Replaces the placeholder with the release's name, if the file is text.
fn name_release(bytes: Vec<u8>, release: &str) -> Vec<u8> {
    match String::from_utf8(bytes) {
        Ok(text) => text.replace(PLACEHOLDER, release).into_bytes(),
        Err(binary) => binary.into_bytes(),
    }
}

/// Creates an empty directory, removing what was there.
fn clear(dir: &Path) -> io::Result<()> {
    match std::fs::remove_dir_all(dir) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn remove_if_there(file: &Path) -> io::Result<()> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn rename_if_there(from: &Path, to: &Path) -> io::Result<()> {
    clear(to)?;
    match std::fs::rename(from, to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Runs blocking work on a thread for such work.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

/// How many Next builds may run in parallel; one takes about 0.75 GB of memory.
fn slots(memory: Option<u64>) -> usize {
    if memory.is_some_and(|bytes| bytes >= 3_000_000_000) { 2 } else { 1 }
}

/// Available memory in bytes; half of the total if the system does not report it.
async fn available_memory() -> Option<u64> {
    if let Ok(text) = std::fs::read_to_string("/proc/meminfo") {
        let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
        return Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? * 1024);
    }
    let mut sysctl = Spec::new("sysctl");
    sysctl.command().args(["-n", "hw.memsize"]);
    let total: u64 = step::ask(sysctl).await.ok()?.trim().parse().ok()?;
    Some(total / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_goes_into_text_and_into_nothing_else() {
        assert_eq!(name_release(b"const r = '__RELEASE__'".to_vec(), "B"), b"const r = 'B'");
        let binary = [b"\xff\x00".as_slice(), PLACEHOLDER.as_bytes()].concat();
        assert_eq!(name_release(binary.clone(), "B"), binary);
    }

    #[test]
    fn two_builds_run_at_once_where_there_is_memory_for_them() {
        assert_eq!([slots(None), slots(Some(1 << 30)), slots(Some(4 << 30))], [1, 1, 2]);
    }

    #[tokio::test]
    async fn the_available_memory_is_known() {
        assert!(available_memory().await.is_some_and(|bytes| bytes > 1 << 20));
    }

    #[test]
    fn what_is_built_lean_has_its_own_configuration_when_it_is_served() {
        let work = tempfile::TempDir::new().unwrap();
        let place = work.path().join(CONFIGURATION);
        make_lean(work.path()).unwrap();
        make_own_again(work.path()).unwrap();
        assert_eq!(std::fs::read_dir(work.path()).unwrap().count(), 0, "where it has none, it gets none");

        std::fs::write(&place, "its own").unwrap();
        make_lean(work.path()).unwrap();
        assert_eq!(std::fs::read_to_string(&place).unwrap(), LEAN);
        assert!(LEAN.contains(&format!("\"./{OWN_CONFIGURATION}\"")));
        make_own_again(work.path()).unwrap();
        assert_eq!(std::fs::read_to_string(&place).unwrap(), "its own");
        assert_eq!(std::fs::read_dir(work.path()).unwrap().count(), 1);
    }

    #[test]
    fn only_what_is_served_is_copied() {
        let (from, to) = (tempfile::TempDir::new().unwrap(), tempfile::TempDir::new().unwrap());
        for path in
            [".next/BUILD_ID", ".next/cache/big", "public/a/b", "next.config.mjs", "package.json", "app/page.tsx"]
        {
            let path = from.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        copy_served(from.path(), to.path()).unwrap();
        let there = |path| to.path().join(path).exists();
        assert!(there(".next/BUILD_ID") && there("public/a/b") && there("next.config.mjs") && there("package.json"));
        assert!(!there(".next/cache") && !there("app"));
    }
}
