//! The user's own Next.js project, built twice without touching it: from its working tree or from revisions in git.
//!
//! Each release is built in a copy of its own, at one path for both, as chunk names depend on it. What is installed
//! is kept in the cache for each lockfile, and linked, not copied.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::cache::{Cache, CacheError, Entry, Making, Obtained};
use super::remote::Reach;
use super::source::{Source, SourceError};
use super::step::{self, StepError};
use super::tools::{ToolError, Tools};
use super::tree::{Key, Tree};
use crate::error::Error;
use crate::outcome::OnProgress;
use crate::process::Spec;

/// Changes when the same input is to give other builds.
const FORMAT: &str = "1";

/// What tells a build its release: for the app's own use, and to make two builds of one tree differ.
pub const VARIABLE: &str = "NEXT_PUBLIC_RELEASE";

/// What is left out of a working tree that is not in git.
const LEFT_OUT: [&str; 4] = ["node_modules", ".next", ".git", "out"];

/// A package manager by its lockfile: what installs just what that says, and what runs a script.
const MANAGERS: [(&str, &str, &[&str]); 6] = [
    ("pnpm-lock.yaml", "pnpm", &["install", "--frozen-lockfile"]),
    ("bun.lock", "bun", &["install", "--frozen-lockfile"]),
    ("bun.lockb", "bun", &["install", "--frozen-lockfile"]),
    ("yarn.lock", "yarn", &["install", "--frozen-lockfile"]),
    ("package-lock.json", "npm", &["ci", "--no-audit", "--no-fund"]),
    ("npm-shrinkwrap.json", "npm", &["ci", "--no-audit", "--no-fund"]),
];

/// What a release is built from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Version {
    /// The files as they are now.
    WorkingTree,
    /// A revision in git.
    Revision(String),
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WorkingTree => f.write_str("the working tree"),
            Self::Revision(revision) => write!(f, "revision {revision}"),
        }
    }
}

/// Why there is no build.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// It is nothing that can be built.
    #[error("cannot build {dir}: {why}")]
    Unfit {
        /// The directory.
        dir: PathBuf,
        /// Why not.
        why: String,
    },
    /// A revision cannot be had.
    #[error("cannot get revision {revision} of {dir} from git: {source}")]
    Revision {
        /// The revision.
        revision: String,
        /// The directory.
        dir: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The files cannot be read or copied.
    #[error("cannot copy {dir} to build it: {source}")]
    Copy {
        /// The directory.
        dir: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The cache cannot be used.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// Node.js cannot be used.
    #[error(transparent)]
    Tools(#[from] ToolError),
    /// A command failed.
    #[error("{what} failed: {source}")]
    Step {
        /// What was being done.
        what: String,
        /// The command, and how it failed.
        source: StepError,
    },
    /// What was built is no release.
    #[error("the build of {version} made no release: {source}")]
    NoRelease {
        /// What was built.
        version: String,
        /// Why not.
        source: SourceError,
    },
}

impl From<ProjectError> for Error {
    fn from(error: ProjectError) -> Self {
        match error {
            ProjectError::Unfit { .. } | ProjectError::Revision { .. } => Self::Usage(error.to_string()),
            _ => Self::Tool(error.to_string()),
        }
    }
}

/// A project, and the place where it is built.
pub struct Project {
    dir: PathBuf,
    tools: Tools,
    cache: Cache,
    on: OnProgress,
}

impl Project {
    /// The project in `dir`, with a build cache in `cache`.
    ///
    /// # Errors
    /// When it is no project of Next.js, or there is no Node.js or no cache.
    pub async fn open(dir: &Path, cache: &Path, on: OnProgress) -> Result<Self, ProjectError> {
        if !dir.join("package.json").is_file() {
            let why = "there is no package.json in it; --app takes the directory of a Next.js project".to_owned();
            return Err(ProjectError::Unfit { dir: dir.to_owned(), why });
        }
        let (tools, cache) = (Tools::find().await?, Cache::open(cache).await?);
        Ok(Self { dir: std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned()), tools, cache, on })
    }

    /// Builds a release, or takes it from the cache.
    ///
    /// # Errors
    /// When its files cannot be had, or a step fails.
    pub async fn build(&self, release: &str, version: &Version) -> Result<Source, ProjectError> {
        let copy = tempfile::tempdir().map_err(|error| self.copying(error))?;
        self.fetch(version, copy.path()).await?;
        let tree = Tree::whole(copy.path()).map_err(|error| self.copying(error))?;
        let manager = MANAGERS.iter().find(|(lockfile, ..)| tree.get(lockfile).is_some());
        let Some((lockfile, manager, install)) = manager else {
            let known = MANAGERS.map(|(lockfile, ..)| lockfile).join(", ");
            let why = format!(
                "{version} has no lockfile ({known}) in this directory, so its dependencies are not known; build it \
                 twice by yourself, and name the two with --from and --to"
            );
            return Err(ProjectError::Unfit { dir: self.dir.clone(), why });
        };
        let modules = self.modules(&tree, lockfile, manager, install).await?;
        let key = Key::new("project").with(FORMAT).with(modules.as_os_str().as_encoded_bytes());
        let key = tree.hash(key.with(release)).map_err(|error| self.copying(error))?;
        let dir = self.made(&tree, &modules, &key, manager, release, version).await?;
        let built = if dir.join("out/index.html").is_file() { dir.join("out") } else { dir };
        let source = Source::find(&built.to_string_lossy(), &Reach::default());
        let made = source.map_err(|source| ProjectError::NoRelease { version: version.to_string(), source })?;
        let from = format!("{version} of {}, built with {VARIABLE}={release}", self.dir.display());
        Ok(Source::Built { from, made: Box::new(made) })
    }

    /// The files of a version, without what is installed or built.
    async fn fetch(&self, version: &Version, to: &Path) -> Result<(), ProjectError> {
        match version {
            Version::WorkingTree => {
                let listed = self.listed().await;
                let (from, to) = (self.dir.clone(), to.to_owned());
                let copied = tokio::task::spawn_blocking(move || match listed {
                    Some(paths) => paths.iter().try_for_each(|path| copy_one(&from, path, &to)),
                    None => copy_all(&from, &to),
                });
                copied.await.unwrap_or_else(|error| Err(io::Error::other(error))).map_err(|error| self.copying(error))
            }
            Version::Revision(revision) => {
                let failed =
                    |source| ProjectError::Revision { revision: revision.clone(), dir: self.dir.clone(), source };
                if revision.starts_with('-') {
                    return Err(failed(io::Error::other("a revision does not begin with `-`")));
                }
                let archive = to.join(".swapcheck-archive.tar");
                let mut git = Spec::new("git");
                git.command().arg("-C").arg(&self.dir).args(["archive", "--format=tar", "-o"]).arg(&archive);
                git.command().arg(revision);
                step::ask(git).await.map_err(&failed)?;
                let mut tar = Spec::new("tar");
                tar.command().arg("-xf").arg(&archive).arg("-C").arg(to);
                step::ask(tar).await.map_err(&failed)?;
                std::fs::remove_file(&archive).map_err(failed)
            }
        }
    }

    /// What git knows of the working tree, and what an environment file of it says, which git mostly does not know.
    async fn listed(&self) -> Option<Vec<PathBuf>> {
        let mut git = Spec::new("git");
        git.command().arg("-C").arg(&self.dir).args(["ls-files", "-z", "-co", "--exclude-standard"]);
        let listed = step::ask(git).await.ok()?;
        let mut paths: Vec<PathBuf> = listed.split('\0').filter(|path| !path.is_empty()).map(PathBuf::from).collect();
        let beside = std::fs::read_dir(&self.dir).ok()?.filter_map(Result::ok);
        paths.extend(beside.map(|entry| entry.file_name()).filter(|name| is_env(name)).map(PathBuf::from));
        Some(paths)
    }

    /// What is installed for a lockfile: a directory with `node_modules` in it.
    async fn modules(
        &self,
        tree: &Tree,
        lockfile: &str,
        manager: &str,
        install: &[&str],
    ) -> Result<PathBuf, ProjectError> {
        let platform = format!("{} {}", std::env::consts::OS, std::env::consts::ARCH);
        let key = Key::new("project modules").with(FORMAT).with(platform).with(&self.tools.node_version);
        let said = tree.only(&["package.json", lockfile, ".npmrc", ".yarnrc.yml", "pnpm-workspace.yaml"]);
        let key = said.hash(key).map_err(|error| self.copying(error))?;
        let name = format!("project-modules-{}", key.name());
        let what = format!("dependencies of {}", self.dir.display());
        let entry = Entry { dir: self.cache.root().join(&name), log: self.cache.log(&name), what: what.clone() };
        let mut making = match self.cache.obtain(entry, &self.on).await? {
            Obtained::There(dir) => return Ok(dir),
            Obtained::Missing(making) => making,
        };
        making.begin();
        // Scripts of packages may want the whole project.
        tree.copy(&making.dir).map_err(|error| self.cache.unusable(error))?;
        self.step(manager, install, &making, &making.dir, &[("NODE_ENV", "development")], &what).await?;
        Ok(making.finish().map_err(|error| self.cache.unusable(error))?)
    }

    /// What a build makes of the project.
    async fn made(
        &self,
        tree: &Tree,
        modules: &Path,
        key: &Key,
        manager: &str,
        release: &str,
        version: &Version,
    ) -> Result<PathBuf, ProjectError> {
        let unusable = |error| self.cache.unusable(error);
        let what = format!("build of {version} (release {release})");
        let name = format!("project-{}", key.name());
        let dir = self.cache.root().join(&name);
        let entry = Entry { dir, log: self.cache.log(&name), what: what.clone() };
        let mut making = match self.cache.obtain(entry, &self.on).await? {
            Obtained::There(dir) => return Ok(dir.join("app")),
            Obtained::Missing(making) => making,
        };
        making.begin();
        // One path for every release of this project, held by one build at a time.
        let place = Key::new("project place").with(self.dir.as_os_str().as_encoded_bytes()).name();
        let work = self.cache.root().join(format!("project-work-{place}"));
        let held = Entry {
            dir: work.join("never"),
            log: self.cache.log(&format!("project-work-{place}")),
            what: what.clone(),
        };
        let _held = self.cache.obtain(held, &(std::sync::Arc::new(|_| ()) as OnProgress)).await?;
        let app = work.join("app");
        let (from, to) = (modules.join("node_modules"), app.join("node_modules"));
        if app.exists() {
            std::fs::remove_dir_all(&app).map_err(unusable)?;
        }
        let linked = tokio::task::spawn_blocking(move || link_all(&from, &to));
        linked.await.unwrap_or_else(|error| Err(io::Error::other(error))).map_err(unusable)?;
        tree.copy(&app).map_err(unusable)?;
        let env = [(VARIABLE, release), ("NEXT_TELEMETRY_DISABLED", "1"), ("NODE_ENV", "production")];
        self.step(manager, &["run", "build"], &making, &app, &env, &what).await?;
        let _ = std::fs::remove_dir_all(app.join(".next/cache"));
        std::fs::rename(&app, making.dir.join("app")).map_err(unusable)?;
        Ok(making.finish().map_err(unusable)?.join("app"))
    }

    async fn step(
        &self,
        program: &str,
        arguments: &[&str],
        making: &Making,
        dir: &Path,
        env: &[(&str, &str)],
        what: &str,
    ) -> Result<(), ProjectError> {
        let mut spec = Spec::new(program);
        spec.command().args(arguments).current_dir(dir).env("NO_COLOR", "1").env("CI", "1");
        spec.command().envs(env.iter().copied());
        let shown = format!("{program} {}", arguments.join(" "));
        let run = step::run(spec, &shown, &making.log).await;
        run.map_err(|source| ProjectError::Step { what: what.to_owned(), source })
    }

    fn copying(&self, source: io::Error) -> ProjectError {
        ProjectError::Copy { dir: self.dir.clone(), source }
    }
}

fn is_env(name: &std::ffi::OsStr) -> bool {
    name.to_str().is_some_and(|name| name == ".env" || name.starts_with(".env."))
}

/// Copies one file of a tree; what git lists and is not there any more is left out.
fn copy_one(from: &Path, path: &Path, to: &Path) -> io::Result<()> {
    let (source, target) = (from.join(path), to.join(path));
    if !source.is_file() {
        return Ok(());
    }
    if let Some(parent) = target.parent() {
        std::fs::create_dir_all(parent)?;
    }
    std::fs::copy(source, target).map(drop)
}

fn copy_all(from: &Path, to: &Path) -> io::Result<()> {
    let walk = WalkDir::new(from).into_iter();
    let kept = walk.filter_entry(|entry| entry.depth() != 1 || !LEFT_OUT.iter().any(|name| entry.file_name() == *name));
    for entry in kept {
        let entry = entry?;
        if entry.file_type().is_file() {
            copy_one(from, entry.path().strip_prefix(from).map_err(io::Error::other)?, to)?;
        }
    }
    Ok(())
}

/// Makes a directory with the same files, linked and not copied; links stay links.
fn link_all(from: &Path, to: &Path) -> io::Result<()> {
    for entry in WalkDir::new(from) {
        let entry = entry?;
        let target = to.join(entry.path().strip_prefix(from).map_err(io::Error::other)?);
        if entry.file_type().is_dir() {
            std::fs::create_dir_all(&target)?;
        } else if entry.file_type().is_symlink() {
            std::os::unix::fs::symlink(std::fs::read_link(entry.path())?, &target)?;
        } else {
            std::fs::hard_link(entry.path(), &target)?;
        }
    }
    Ok(())
}
