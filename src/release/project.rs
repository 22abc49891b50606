//! Builds the user's own Next.js project twice without touching it: from its working tree or from git revisions.
//!
//! Each release is built in its own copy, both at the same path, because chunk names depend on the path. Installed
//! dependencies are cached per lockfile and linked, not copied.

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

/// Part of every key; change it when the same input must produce a different build.
const FORMAT: &str = "1";

/// The variable that holds the release name: for the app's own use, and to make two builds of the same tree differ.
pub const VARIABLE: &str = "NEXT_PUBLIC_RELEASE";

/// What is left out when copying a working tree that is not in git.
const LEFT_OUT: [&str; 4] = ["node_modules", ".next", ".git", "out"];

/// Package managers by lockfile: the command that installs exactly what it lists, and the one that runs a script.
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

/// Why a build failed.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// The directory cannot be built.
    #[error("cannot build {dir}: {why}")]
    Unfit {
        /// The directory.
        dir: PathBuf,
        /// Why not.
        why: String,
    },
    /// A revision cannot be read.
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
        /// What was being built.
        what: String,
        /// The command, and how it failed.
        source: StepError,
    },
    /// The build output is not a release.
    #[error("the build of {version} produced no release: {source}")]
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

/// A project and its build cache.
pub struct Project {
    dir: PathBuf,
    tools: Tools,
    cache: Cache,
    on: OnProgress,
}

impl Project {
    /// The project in `dir`, with the build cache in `cache`.
    ///
    /// # Errors
    /// When it is not a Next.js project, or Node.js or the cache is missing.
    pub async fn open(dir: &Path, cache: &Path, on: OnProgress) -> Result<Self, ProjectError> {
        if !dir.join("package.json").is_file() {
            let why = "it has no package.json; --app takes the directory of a Next.js project".to_owned();
            return Err(ProjectError::Unfit { dir: dir.to_owned(), why });
        }
        let (tools, cache) = (Tools::find().await?, Cache::open(cache).await?);
        Ok(Self { dir: std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned()), tools, cache, on })
    }

    /// Builds a release, or takes it from the cache.
    ///
    /// # Errors
    /// When its files cannot be read, or a step fails.
    pub async fn build(&self, release: &str, version: &Version) -> Result<Source, ProjectError> {
        let copy = tempfile::tempdir().map_err(|error| self.copying(error))?;
        self.fetch(version, copy.path()).await?;
        let tree = Tree::whole(copy.path()).map_err(|error| self.copying(error))?;
        let manager = MANAGERS.iter().find(|(lockfile, ..)| tree.get(lockfile).is_some());
        let Some((lockfile, manager, install)) = manager else {
            let known = MANAGERS.map(|(lockfile, ..)| lockfile).join(", ");
            let why = format!(
                "{version} has no lockfile ({known}) in this directory, so its dependencies are unknown; build both \
                 releases yourself and pass them with --from and --to"
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

    /// The files of a version, without dependencies and build output.
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
                    return Err(failed(io::Error::other("a revision cannot begin with `-`")));
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

    /// The files of the working tree that git knows, and environment files, which git usually ignores.
    async fn listed(&self) -> Option<Vec<PathBuf>> {
        let mut git = Spec::new("git");
        git.command().arg("-C").arg(&self.dir).args(["ls-files", "-z", "-co", "--exclude-standard"]);
        let listed = step::ask(git).await.ok()?;
        let mut paths: Vec<PathBuf> = listed.split('\0').filter(|path| !path.is_empty()).map(PathBuf::from).collect();
        let beside = std::fs::read_dir(&self.dir).ok()?.filter_map(Result::ok);
        paths.extend(beside.map(|entry| entry.file_name()).filter(|name| is_env(name)).map(PathBuf::from));
        Some(paths)
    }

    /// The dependencies of a lockfile: a directory that contains `node_modules`.
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
        // Install scripts may need the whole project.
        tree.copy(&making.dir).map_err(|error| self.cache.unusable(error))?;
        self.step(manager, install, &making, &making.dir, &[("NODE_ENV", "development")], &what).await?;
        Ok(making.finish().map_err(|error| self.cache.unusable(error))?)
    }

    /// The build output of the project.
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
        // One path for all releases of this project, used by one build at a time.
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

/// Copies one file of a tree; skips files that git lists but that no longer exist.
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

/// Creates a directory with the same files as hard links; symbolic links stay links.
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
