//! `swapcheck doctor`: checks that the required tools are installed and says how to get those that are missing.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use super::given::sample_app;
use super::output::print;
use crate::browser::{self, Browser};
use crate::cli::DoctorArgs;
use crate::error::Error;
use crate::file::probe;
use crate::release::cache::Cache;
use crate::report::escape;
use crate::report::style::{BAD, GOOD};

/// How long a program may take to print its version.
const PATIENCE: Duration = Duration::from_secs(30);

/// The oldest Node.js that the sample app's Next.js runs on.
const OLDEST_NODE: (u32, u32) = (20, 9);

/// About as much as the builds of the first variants take.
const ENOUGH_SPACE: u64 = 1 << 30;

const GET_NODE: &str = "install Node.js 20.9 or newer (Debian, Ubuntu: `apt-get install nodejs npm`; \
                        macOS: `brew install node`; or nodejs.org)";

/// The result for one requirement: what was found, or what to do.
type Looked = Result<String, String>;

/// Runs the command.
pub(super) async fn run(args: DoctorArgs) -> Result<u8, Error> {
    let options = browser::Options {
        program: args.browser.browser,
        no_sandbox: args.browser.no_sandbox,
        ..browser::Options::default()
    };
    let looked = [
        ("browser", browser(&options).await),
        ("node", node().await),
        ("npm", npm().await),
        ("sample-app", sample_app(&args.places).map(|dir| dir.display().to_string()).map_err(|e| e.to_string())),
        ("cache", cache(args.places.cache)),
    ];
    print(|out| {
        looked.iter().try_for_each(|(name, looked)| {
            let (style, word, text) = match looked {
                Ok(text) => (GOOD, "ok", text),
                Err(text) => (BAD, "missing", text),
            };
            let text = escape::lines(text).replace('\n', "\n                     ");
            writeln!(out, "{style}{word:<7}{style:#}  {name:<10}  {text}")
        })
    })?;
    Ok(if looked.iter().all(|(_, looked)| looked.is_ok()) { 0 } else { 3 })
}

/// Finds the browser and starts it once.
async fn browser(options: &browser::Options) -> Looked {
    let program = browser::find(options.program.as_deref(), false).map_err(|error| error.to_string())?;
    let browser = Browser::launch(options).await.map_err(|error| error.to_string())?;
    let (version, sandboxed) = (browser.version().to_owned(), browser.is_sandboxed());
    browser.end().await;
    let sandbox = match (sandboxed, options.no_sandbox) {
        (Some(false), true) => "sandbox off, as requested",
        (Some(false), false) => "sandbox off, because it does not work as root",
        (Some(true) | None, _) => "sandbox on",
    };
    Ok(format!("{version} at {} ({sandbox})", program.path.display()))
}

async fn node() -> Looked {
    let version = version("node").await.map_err(|error| format!("{error}; {GET_NODE}"))?;
    match major_minor(&version) {
        Some(found) if found >= OLDEST_NODE => Ok(version),
        Some(_) => Err(format!("{version} is too old for the sample app's Next.js; {GET_NODE}")),
        None => Err(format!("`node --version` printed {version:?}, which is not a version; {GET_NODE}")),
    }
}

async fn npm() -> Looked {
    version("npm").await.map_err(|error| {
        format!("{error}; it comes with Node.js (Debian, Ubuntu: `apt-get install npm`; macOS: `brew install node`)")
    })
}

/// What a program prints for `--version`.
async fn version(program: &str) -> Result<String, String> {
    let mut command = Command::new(program);
    command.arg("--version").stdin(Stdio::null()).kill_on_drop(true);
    let output = tokio::time::timeout(PATIENCE, command.output())
        .await
        .map_err(|_| format!("`{program} --version` did not finish within {} s", PATIENCE.as_secs()))?
        .map_err(|error| format!("cannot run `{program}`: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("`{program} --version` failed with {}: {}", output.status, said.trim()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn major_minor(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.trim_start_matches('v').split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

/// Checks that the cache can be written, without creating it.
fn cache(named: Option<PathBuf>) -> Looked {
    let place = named.map_or_else(Cache::place, Ok).map_err(|error| error.to_string())?;
    let place = std::path::absolute(&place).unwrap_or(place);
    let there = place.ancestors().find(|dir| dir.exists()).unwrap_or(Path::new("/"));
    let elsewhere = "set another directory with --cache or SWAPCHECK_CACHE";
    probe(there).map_err(|error| format!("cannot write to {}: {error}; {elsewhere}", there.display()))?;
    let space = rustix::fs::statvfs(there).map_err(|error| format!("{}: {error}; {elsewhere}", there.display()))?;
    let free = space.f_bavail.saturating_mul(space.f_frsize);
    let text = format!("{} ({:.1} GB free)", place.display(), free as f64 / 1e9);
    if free < ENOUGH_SPACE { Err(format!("{text} is not enough space; free some or {elsewhere}")) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_number() {
        assert_eq!(major_minor("v20.20.2"), Some((20, 20)));
        assert!(major_minor("v20.10.0").unwrap() > OLDEST_NODE);
        assert!(major_minor("v18.19.1").unwrap() < OLDEST_NODE);
        assert_eq!(major_minor("nonsense"), None);
    }

    #[tokio::test]
    async fn a_missing_program_is_named() {
        let error = version("no-such-program").await.unwrap_err();
        assert!(error.contains("no-such-program"), "{error}");
    }

    #[test]
    fn a_cache_that_is_not_there_yet_is_fine_and_stays_away() {
        let dir = tempfile::TempDir::new().unwrap();
        let place = dir.path().join("deep/cache");
        assert!(cache(Some(place.clone())).unwrap().contains("GB free"));
        assert!(!place.exists() && !dir.path().join("deep").exists());
    }
}
