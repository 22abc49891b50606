//! Runs one command of a build: its output goes to the log, and an error includes the end of it.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use tokio::io::AsyncReadExt;

use super::cache::{Log, remove};
use crate::process::Spec;

/// Time limit for one command.
const DEADLINE: Duration = Duration::from_secs(15 * 60);

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// It could not be run.
    #[error("cannot run `{command}`: {source}")]
    Run {
        /// The command.
        command: String,
        /// Why.
        source: io::Error,
    },
    /// It failed.
    #[error("`{command}` ended with {status}; its output ends with\n{tail}\nand is in {log}")]
    Failed {
        /// The command.
        command: String,
        /// Its exit status.
        status: ExitStatus,
        /// The last lines of its output.
        tail: String,
        /// The file with its output.
        log: PathBuf,
    },
    /// It did not finish in time.
    #[error("`{command}` did not finish within {} minutes; its output ends with\n{tail}\nand is in {log}", DEADLINE.as_secs() / 60)]
    Endless {
        /// The command.
        command: String,
        /// The last lines of its output.
        tail: String,
        /// The file with its output.
        log: PathBuf,
    },
}

/// Runs a command until it exits; `shown` is the command as typed in a shell. Removes the temporary files that it leaves
/// behind.
///
/// # Errors
/// When it cannot be run, fails or does not finish in time.
pub async fn run(mut spec: Spec, shown: &str, log: &Log) -> Result<(), StepError> {
    let command = shown.to_owned();
    let cannot = |source| StepError::Run { command: shown.to_owned(), source };
    let from = log.note(shown).map_err(cannot)?;
    let temporary = Temporary::new(log).map_err(cannot)?;
    spec.command().stdout(log.handle().map_err(cannot)?).stderr(log.handle().map_err(cannot)?);
    spec.command().env("TMPDIR", &temporary.0);
    let mut group = spec.spawn().await.map_err(cannot)?;
    let status = match tokio::time::timeout(DEADLINE, group.wait()).await {
        Ok(status) => status.map_err(cannot)?,
        Err(_) => {
            group.kill();
            return Err(StepError::Endless { command, tail: log.tail(from), log: log.path().to_owned() });
        }
    };
    if status.success() {
        return Ok(());
    }
    Err(StepError::Failed { command, status, tail: log.tail(from), log: log.path().to_owned() })
}

/// A directory for temporary files, next to the log of the process that holds it: what a killed process has left behind
/// is removed before the next command.
struct Temporary(PathBuf);

impl Temporary {
    fn new(log: &Log) -> io::Result<Self> {
        let dir = log.path().with_extension("tmp");
        remove(&dir)?;
        std::fs::create_dir(&dir)?;
        Ok(Self(dir))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // What cannot be removed now is removed before the next command.
        let _ = remove(&self.0);
    }
}

/// What a command prints to standard output; its other output is discarded.
///
/// # Errors
/// When it cannot be run, or fails.
pub async fn ask(mut spec: Spec) -> io::Result<String> {
    const DEADLINE: Duration = Duration::from_secs(30);
    spec.command().stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::null());
    let mut group = spec.spawn().await?;
    let mut out = String::new();
    let answer = async {
        if let Some(mut pipe) = group.child().stdout.take() {
            pipe.read_to_string(&mut out).await?;
        }
        group.wait().await
    };
    let late = |_| io::Error::new(io::ErrorKind::TimedOut, format!("no output within {} s", DEADLINE.as_secs()));
    let status = tokio::time::timeout(DEADLINE, answer).await.map_err(late)??;
    match status.code() {
        Some(0) => Ok(out),
        Some(127) => Err(io::Error::new(io::ErrorKind::NotFound, "not found")),
        _ => Err(io::Error::other(format!("it ended with {status}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::cache::{Cache, Entry, Making, Obtained};

    async fn making(cache: &Cache) -> Making {
        let entry = Entry { dir: cache.root().join("one"), log: cache.log("one"), what: "one".to_owned() };
        match cache.obtain(entry, &(std::sync::Arc::new(|_| ()) as _)).await.unwrap() {
            Obtained::Missing(making) => making,
            Obtained::There(dir) => panic!("{} is there", dir.display()),
        }
    }

    fn shell(script: &str) -> Spec {
        let mut spec = Spec::new("/bin/sh");
        spec.command().args(["-c", script]);
        spec
    }

    #[tokio::test]
    async fn a_failure_tells_the_command_its_status_the_end_of_its_output_and_where_that_is() {
        let dir = tempfile::TempDir::new().unwrap();
        let cache = Cache::open(dir.path()).await.unwrap();
        let making = making(&cache).await;
        run(shell("echo of the first"), "first", &making.log).await.unwrap();
        let failing = shell("for i in $(seq 30); do echo line $i; done; echo at last >&2; exit 3");
        let error = run(failing, "npm ci", &making.log).await.unwrap_err().to_string();
        assert!(error.contains("`npm ci` ended with exit status: 3"), "{error}");
        assert!(error.contains("line 30\n  at last\n") && !error.contains("line 10\n"), "{error}");
        assert!(!error.contains("of the first"), "{error}");
        let log = cache.log("one");
        assert!(error.ends_with(&log.display().to_string()), "{error}");
        let text = std::fs::read_to_string(log).unwrap();
        assert!(text.contains("$ first\nof the first\n$ npm ci\nline 1\n"), "{text}");
    }

    #[tokio::test]
    async fn what_a_command_leaves_among_its_temporary_files_is_removed() {
        let dir = tempfile::TempDir::new().unwrap();
        let cache = Cache::open(dir.path()).await.unwrap();
        let making = making(&cache).await;
        let leaving = r#"ls "$TMPDIR" && mkdir "$TMPDIR/left" && echo "in $TMPDIR""#;
        run(shell(leaving), "first", &making.log).await.unwrap();
        // As left behind by a swapcheck that was killed.
        let temporary = making.log.path().with_extension("tmp");
        std::fs::create_dir_all(temporary.join("of-one-killed")).unwrap();
        run(shell(leaving), "second", &making.log).await.unwrap();
        let shown = temporary.display();
        let text = std::fs::read_to_string(making.log.path()).unwrap();
        assert!(text.ends_with(&format!("$ first\nin {shown}\n$ second\nin {shown}\n")), "{text}");
        assert!(!temporary.exists());
    }

    #[tokio::test]
    async fn an_answer_is_the_standard_output() {
        assert_eq!(ask(shell("echo yes; echo no >&2")).await.unwrap(), "yes\n");
        assert_eq!(ask(Spec::new("/no/such/program")).await.unwrap_err().kind(), io::ErrorKind::NotFound);
        assert_eq!(ask(shell("exit 4")).await.unwrap_err().to_string(), "it ended with exit status: 4");
    }
}
