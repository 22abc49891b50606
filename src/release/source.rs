//! The kinds of input for a release: a static site, a built Next.js app, a command that serves one, or a URL.

use std::fmt;
use std::path::{Path, PathBuf};

use super::release::{Backend, Release};
use super::remote::{Reach, Remote, RemoteError};
use super::server::{Serve, Server, ServerError};
use crate::error::Error;

/// The build id of a Next build, relative to the app's directory.
const NEXT_BUILD: &str = ".next/BUILD_ID";

/// The `next` command, relative to the app's directory or one of its parents.
const NEXT: &str = "node_modules/next/dist/bin/next";

/// Usual build output directories of a project.
const USUAL_OUTPUT: [&str; 6] = ["dist", "out", "build", "public", ".output/public", "dist/client"];

/// A release as given by the user.
#[derive(Clone, Debug)]
pub enum Source {
    /// A static site.
    Files(PathBuf),
    /// A single-page app: `index.html` is served for every page path without a file.
    SinglePage(PathBuf),
    /// A built Next.js app.
    Next {
        /// The app's directory, which contains `.next`.
        dir: PathBuf,
        /// The `next` command.
        program: PathBuf,
    },
    /// A command that serves the release.
    Command {
        /// The command line, for a shell.
        line: String,
        /// Its working directory; ours if there is none.
        dir: Option<PathBuf>,
    },
    /// A site on another host.
    Site(Remote),
    /// A release that swapcheck has built.
    Built {
        /// A description of its source.
        from: String,
        /// The result of the build.
        made: Box<Source>,
    },
}

/// Why something cannot be used as a release.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// There is no such directory.
    #[error("{place} is not a directory{hint}")]
    NoDirectory {
        /// The path given.
        place: String,
        /// A suggestion.
        hint: String,
    },
    /// The directory contains nothing that can be served.
    #[error(
        "{place} is not a release: it has neither index.html (a static site) nor {NEXT_BUILD} (a built Next.js \
         app){hint}. If the app has its own server, pass the command with --from-cmd or --to-cmd; its port is given as \
         {{port}} or in PORT"
    )]
    NothingToServe {
        /// The directory.
        place: String,
        /// A suggestion.
        hint: String,
    },
    /// A Next build without an installed Next.
    #[error(
        "{place} is a built Next.js app, but neither it nor a parent directory has {NEXT} to serve it; install its \
         dependencies, or pass a command that serves it with --from-cmd or --to-cmd"
    )]
    NoNext {
        /// The directory.
        place: String,
    },
    /// An invalid URL.
    #[error(transparent)]
    Site(#[from] RemoteError),
}

impl From<SourceError> for Error {
    fn from(error: SourceError) -> Self {
        Self::Usage(error.to_string())
    }
}

impl Source {
    /// Detects what `place` is: a kind of directory, or the URL of a site, to be reached with `reach`.
    ///
    /// # Errors
    /// When it cannot be served; the text says what is missing.
    pub fn find(place: &str, reach: &Reach) -> Result<Self, SourceError> {
        let lower = place.to_ascii_lowercase();
        if lower.starts_with("http://") || lower.starts_with("https://") {
            return Ok(Self::Site(Remote::new(place, reach)?));
        }
        let dir = directory(place)?;
        // `.next` itself is given instead of its app.
        if dir.join("BUILD_ID").is_file()
            && let Some(app) = dir.parent().filter(|app| app.join(NEXT_BUILD).is_file())
        {
            return next(app, place);
        }
        if dir.join(NEXT_BUILD).is_file() {
            return next(&dir, place);
        }
        if dir.join("index.html").is_file() {
            return Ok(Self::Files(dir));
        }
        let usual = USUAL_OUTPUT.iter().map(|output| dir.join(output)).find(|dir| dir.join("index.html").is_file());
        let hint = match usual {
            Some(output) => format!("; did you mean {}?", output.display()),
            None if dir.join("package.json").is_file() => {
                "; it looks like a project that has not been built".to_owned()
            }
            None => String::new(),
        };
        Err(SourceError::NothingToServe { place: place.to_owned(), hint })
    }

    /// The same directory as a single-page app, whose routes have no files.
    #[must_use]
    pub fn single_page(self) -> Self {
        match self {
            Self::Files(dir) => Self::SinglePage(dir),
            other => other,
        }
    }

    /// A command that serves a release, with the working directory `dir` if given.
    ///
    /// # Errors
    /// When the directory does not exist.
    pub fn command(line: &str, dir: Option<&str>) -> Result<Self, SourceError> {
        Ok(Self::Command { line: line.to_owned(), dir: dir.map(directory).transpose()? })
    }

    /// Serves it as the release `name`.
    ///
    /// # Errors
    /// When its server does not start.
    pub async fn serve(&self, name: &str) -> Result<Release, ServerError> {
        let shown = format!("release {name}");
        let serve = match self {
            Self::Files(dir) => return Ok(Release::new(name, Backend::Directory(dir.clone()))),
            Self::SinglePage(dir) => return Ok(Release::new(name, Backend::SinglePage(dir.clone()))),
            Self::Site(remote) => return Ok(Release::new(name, Backend::Remote(remote.clone()))),
            Self::Next { dir, program } => {
                let mut serve = Serve::new(&shown, "node");
                serve.args = vec![program.into()];
                serve.args.extend(["start", "--hostname", "127.0.0.1", "--port", "{port}"].map(Into::into));
                serve.env = vec![("NEXT_TELEMETRY_DISABLED".into(), "1".into())];
                serve.cwd = Some(dir.clone());
                serve
            }
            Self::Command { line, dir } => {
                let mut serve = Serve::new(&shown, "sh");
                serve.args = vec!["-c".into(), line.into()];
                serve.cwd.clone_from(dir);
                serve
            }
            Self::Built { made, .. } => return Box::pin(made.serve(name)).await,
        };
        Ok(Release::served(name, Server::start(serve).await?))
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Files(dir) => write!(f, "{}, a static site", dir.display()),
            Self::SinglePage(dir) => write!(f, "{}, a single-page app", dir.display()),
            Self::Next { dir, .. } => write!(f, "{}, a built Next.js app", dir.display()),
            Self::Site(remote) => write!(f, "{remote}"),
            Self::Built { from, .. } => f.write_str(from),
            Self::Command { line, dir: None } => write!(f, "`{line}`"),
            Self::Command { line, dir: Some(dir) } => write!(f, "`{line}` in {}", dir.display()),
        }
    }
}

fn directory(place: &str) -> Result<PathBuf, SourceError> {
    let dir = PathBuf::from(place);
    if dir.is_dir() {
        return Ok(dir);
    }
    let hint = if dir.is_file() {
        "; it is a file: pass the directory that contains it".to_owned()
    } else if place.split_whitespace().nth(1).is_some() {
        "; if it is a command, pass it with --from-cmd or --to-cmd".to_owned()
    } else {
        String::new()
    };
    Err(SourceError::NoDirectory { place: place.to_owned(), hint })
}

fn next(app: &Path, place: &str) -> Result<Source, SourceError> {
    let absolute = std::path::absolute(app).unwrap_or_else(|_| app.to_owned());
    let program = absolute.ancestors().map(|dir| dir.join(NEXT)).find(|program| program.is_file());
    let program = program.ok_or_else(|| SourceError::NoNext { place: place.to_owned() })?;
    Ok(Source::Next { dir: absolute, program })
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    fn dir(files: &[&str]) -> TempDir {
        let dir = TempDir::new().unwrap();
        for file in files {
            let path = dir.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        dir
    }

    fn find(place: impl AsRef<Path>) -> Result<String, String> {
        let found = Source::find(place.as_ref().to_str().unwrap(), &Reach::default());
        found.map(|source| source.to_string()).map_err(|error| error.to_string())
    }

    fn named(dir: &Path, what: &str) -> Result<String, String> {
        Ok(format!("{}, {what}", dir.display()))
    }

    #[test]
    fn a_directory_with_a_start_page_is_a_static_site() {
        let site = dir(&["index.html"]);
        assert_eq!(find(&site), named(site.path(), "a static site"));
    }

    #[test]
    fn a_build_of_next_is_served_by_its_own_next() {
        let app = dir(&[".next/BUILD_ID", "index.html", NEXT]);
        let found = named(app.path(), "a built Next.js app");
        assert_eq!(find(&app), found);
        assert_eq!(find(app.path().join(".next")), found);
        let inner = dir(&["apps/web/.next/BUILD_ID", NEXT]);
        let found = Source::find(inner.path().join("apps/web").to_str().unwrap(), &Reach::default()).unwrap();
        assert!(matches!(found, Source::Next { program, .. } if program == inner.path().join(NEXT)));
        assert!(find(dir(&[".next/BUILD_ID"])).unwrap_err().contains("to serve it"));
    }

    #[tokio::test]
    async fn an_address_is_a_site() {
        assert_eq!(find("HTTPS://shop.example/app/").unwrap(), "https://shop.example/app/");
        assert!(find("https://").unwrap_err().contains("not a URL"));
    }

    #[test]
    fn what_is_no_release_is_told_what_was_looked_for() {
        let error = find(dir(&["README.md"])).unwrap_err();
        assert!(error.contains("index.html") && error.contains(".next/BUILD_ID") && error.contains("PORT"), "{error}");
        assert!(find(dir(&["package.json", "dist/index.html"])).unwrap_err().contains("did you mean"));
        assert!(find(dir(&["package.json"])).unwrap_err().contains("not been built"));
        assert_eq!(find("/no/such/place").unwrap_err(), "/no/such/place is not a directory");
        assert!(find("npm start").unwrap_err().contains("--from-cmd"));
        let page = dir(&["index.html"]);
        assert!(find(page.path().join("index.html")).unwrap_err().contains("it is a file"));
        assert!(Source::command("npm start", Some("/no/such/place")).is_err());
    }
}
