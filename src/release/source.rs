//! What a release is given as, found out by looking: files, a built Next.js app, a command that serves, or a URL.

use std::fmt;
use std::path::{Path, PathBuf};

use super::release::{Backend, Release};
use super::remote::{Reach, Remote, RemoteError};
use super::server::{Serve, Server, ServerError};
use crate::error::Error;

/// Where Next's build leaves its id, from the app's directory.
const NEXT_BUILD: &str = ".next/BUILD_ID";

/// The command of Next, from the app's directory or one above.
const NEXT: &str = "node_modules/next/dist/bin/next";

/// Where builds usually lie below a project.
const USUAL_OUTPUT: [&str; 6] = ["dist", "out", "build", "public", ".output/public", "dist/client"];

/// A release as it was given.
#[derive(Clone, Debug)]
pub enum Source {
    /// A directory of files, as a static host serves them.
    Files(PathBuf),
    /// The same, where `index.html` stands for every page that is no file.
    SinglePage(PathBuf),
    /// A built Next.js app.
    Next {
        /// The app's directory, with `.next` in it.
        dir: PathBuf,
        /// Next's own command.
        program: PathBuf,
    },
    /// A command that serves.
    Command {
        /// The command, for a shell.
        line: String,
        /// Where it runs, else here.
        dir: Option<PathBuf>,
    },
    /// A site that somebody else serves.
    Site(Remote),
    /// What was built here.
    Built {
        /// From what, in words.
        from: String,
        /// What came of it.
        made: Box<Source>,
    },
}

/// Why something is no release.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// There is no such directory.
    #[error("{place} is no directory, so it is no release{hint}")]
    NoDirectory {
        /// What was given.
        place: String,
        /// What may have been meant.
        hint: String,
    },
    /// The directory holds nothing that can be served.
    #[error(
        "{place} is no release: looked in it for index.html (a static site) and for {NEXT_BUILD} (a built Next.js app), \
         and found neither{hint}. A server of its own is given as a command, which is told its port by {{port}} or PORT"
    )]
    NothingToServe {
        /// The directory.
        place: String,
        /// What may have been meant.
        hint: String,
    },
    /// A build of Next without Next.
    #[error(
        "{place} is a built Next.js app, but there is no {NEXT} in it or above it to serve it; install its dependencies, \
         or give the command that serves it"
    )]
    NoNext {
        /// The directory.
        place: String,
    },
    /// A URL that is no site.
    #[error(transparent)]
    Site(#[from] RemoteError),
}

impl From<SourceError> for Error {
    fn from(error: SourceError) -> Self {
        Self::Usage(error.to_string())
    }
}

impl Source {
    /// Finds out what `place` holds: a directory, or the URL of a site, which is reached as `reach` says.
    ///
    /// # Errors
    /// When it is nothing that can be served; the text says what was looked for.
    pub fn find(place: &str, reach: &Reach) -> Result<Self, SourceError> {
        let lower = place.to_ascii_lowercase();
        if lower.starts_with("http://") || lower.starts_with("https://") {
            return Ok(Self::Site(Remote::new(place, reach)?));
        }
        let dir = directory(place)?;
        // The build itself is named where its app is meant.
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
            None if dir.join("package.json").is_file() => "; it looks like a project that is not built yet".to_owned(),
            None => String::new(),
        };
        Err(SourceError::NothingToServe { place: place.to_owned(), hint })
    }

    /// The same directory as a single-page app, whose routes are no files.
    #[must_use]
    pub fn single_page(self) -> Self {
        match self {
            Self::Files(dir) => Self::SinglePage(dir),
            other => other,
        }
    }

    /// A command that serves, in `dir` if there is one.
    ///
    /// # Errors
    /// When there is no such directory.
    pub fn command(line: &str, dir: Option<&str>) -> Result<Self, SourceError> {
        Ok(Self::Command { line: line.to_owned(), dir: dir.map(directory).transpose()? })
    }

    /// Serves it under the name of a release.
    ///
    /// # Errors
    /// When its server does not come up.
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
        "; it is a file: give the directory that it lies in".to_owned()
    } else if let Some(word) = place.split_whitespace().next().filter(|word| *word != place) {
        format!("; a command that serves is given with --from-cmd or --to-cmd (`{word}` looks like one)")
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
        assert!(find(dir(&["package.json"])).unwrap_err().contains("not built yet"));
        assert_eq!(find("/no/such/place").unwrap_err(), "/no/such/place is no directory, so it is no release");
        assert!(find("npm start").unwrap_err().contains("--from-cmd"));
        let page = dir(&["index.html"]);
        assert!(find(page.path().join("index.html")).unwrap_err().contains("it is a file"));
        assert!(Source::command("npm start", Some("/no/such/place")).is_err());
    }
}
