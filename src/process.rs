//! Child processes that never outlive this process. Each runs in its own process group, with a guard that kills the
//! group and removes its directory when this process has ended, for whatever reason.
//!
//! The guard is a shell that waits on a pipe that only this process holds open. The child starts only after the guard
//! knows its group, so a SIGKILL of this process never leaves it behind.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, ChildStdin, Command};

/// Runs in its own group. At end of file without `done`, it kills the given group and removes the directory `$1`. The
/// form `kill -s NAME -- -GROUP` works in every shell: dash does not accept `--` after `-KILL`.
const GUARD: &str = r#"trap '' HUP INT TERM
read -r group || exit 0
read -r word
[ "$word" = done ] && exit 0
kill -s KILL -- "-$group" 2>/dev/null
if [ -n "$1" ]; then
  tries=0
  while kill -s 0 -- "-$group" 2>/dev/null && [ "$tries" -lt 50 ]; do tries=$((tries + 1)); sleep 0.1; done
  rm -rf -- "$1"
fi
"#;

/// Waits for a line from us, then executes the command.
const HELD: &str = r#"read -r word && exec "$@" </dev/null"#;

/// Default time between SIGTERM and SIGKILL.
pub const GRACE: Duration = Duration::from_secs(3);

/// A command to run in its own process group.
#[derive(Debug)]
pub struct Spec {
    command: Command,
    dir: Option<TempDir>,
}

impl Spec {
    /// A command that runs `program` with empty standard input.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(HELD).arg("sh").arg(program);
        Self { command, dir: None }
    }

    /// The command, to set arguments, environment, directory and output.
    pub fn command(&mut self) -> &mut Command {
        &mut self.command
    }

    /// Adds a directory that is removed when the command has ended.
    pub fn owning(mut self, dir: TempDir) -> Self {
        self.dir = Some(dir);
        self
    }

    /// Starts it.
    ///
    /// # Errors
    /// When a process cannot be started.
    pub async fn spawn(mut self) -> io::Result<Group> {
        let mut guard = Command::new("/bin/sh");
        let dir: PathBuf = self.dir.as_ref().map(|dir| dir.path().to_path_buf()).unwrap_or_default();
        guard.arg("-c").arg(GUARD).arg("sh").arg(&dir);
        guard.current_dir("/").process_group(0);
        guard.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut guard = guard.spawn()?;
        let mut line = guard.stdin.take().ok_or_else(|| io::Error::other("the guard has no input"))?;

        self.command.process_group(0).stdin(Stdio::piped());
        let mut child = self.command.spawn()?;
        let mut word = child.stdin.take().ok_or_else(|| io::Error::other("the child has no input"))?;
        let id = child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(Pid::from_raw)
            .ok_or_else(|| io::Error::other("the child exited before it started the command"))?;
        line.write_all(format!("{}\n", id.as_raw_nonzero()).as_bytes()).await?;
        line.flush().await?;
        let group = Group { child, id, guard: Some((guard, line)), dir: self.dir };
        word.write_all(b"go\n").await?;
        Ok(group)
    }
}

/// A running command with everything that it has started. Dropping it kills the group.
#[derive(Debug)]
pub struct Group {
    child: Child,
    id: Pid,
    guard: Option<(Child, ChildStdin)>,
    dir: Option<TempDir>,
}

impl Group {
    /// The command itself, for its output.
    pub fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// The group's id, which is the command's process id.
    #[must_use]
    pub fn id(&self) -> i32 {
        self.id.as_raw_nonzero().get()
    }

    /// The directory that it owns.
    #[must_use]
    pub fn dir(&self) -> Option<&Path> {
        self.dir.as_ref().map(TempDir::path)
    }

    /// Waits for the command to exit, then kills what is left of its group.
    ///
    /// # Errors
    /// When the exit status is not available.
    pub async fn wait(&mut self) -> io::Result<ExitStatus> {
        let status = self.child.wait().await?;
        self.kill();
        Ok(status)
    }

    /// Ends the group with SIGTERM, and after `grace` with SIGKILL. Then removes its directory.
    pub async fn end(mut self, grace: Duration) {
        let _ = kill_process_group(self.id, Signal::TERM);
        self.reap(grace).await;
    }

    /// Like [`Group::end`] without SIGTERM, for a command that was already asked to exit by other means.
    pub async fn reap(&mut self, grace: Duration) {
        let _ = tokio::time::timeout(grace, self.child.wait()).await;
        self.kill();
        let _ = self.child.wait().await;
        if let Some((mut guard, mut line)) = self.guard.take() {
            let _ = line.write_all(b"done\n").await;
            drop(line);
            let _ = guard.wait().await;
        }
        self.remove_dir();
    }

    /// Kills the group at once.
    pub fn kill(&self) {
        // An error means that the group no longer exists.
        let _ = kill_process_group(self.id, Signal::KILL);
    }

    /// Returns the directory and keeps it from being removed with the command.
    pub fn keep_dir(&mut self) -> Option<TempDir> {
        self.dir.take()
    }

    fn remove_dir(&mut self) {
        // A killed process may still be writing while it exits, so try a second time.
        if let Some(dir) = self.dir.take() {
            let path = dir.path().to_path_buf();
            if dir.close().is_err() {
                let _ = std::fs::remove_dir_all(path);
            }
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if self.guard.is_some() {
            self.kill();
            // The guard notices that its pipe is closed, waits until the group is gone, and removes the directory.
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alive(id: i32) -> bool {
        Pid::from_raw(id).is_some_and(|pid| rustix::process::test_kill_process_group(pid).is_ok())
    }

    /// A killed orphan is a member of its group until the init process has reaped it.
    async fn gone(id: i32) -> bool {
        let look = async {
            while alive(id) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), look).await.is_ok()
    }

    #[tokio::test]
    async fn what_the_command_started_goes_with_it() {
        let mut spec = Spec::new("/bin/sh").owning(TempDir::new().unwrap());
        spec.command().arg("-c").arg("sleep 1000 & echo up; wait").stdout(Stdio::piped());
        let mut group = spec.spawn().await.unwrap();
        let mut out = tokio::io::BufReader::new(group.child().stdout.take().unwrap());
        let mut line = String::new();
        tokio::io::AsyncBufReadExt::read_line(&mut out, &mut line).await.unwrap();
        let (id, dir) = (group.id(), group.dir().unwrap().to_path_buf());
        assert!(alive(id) && dir.exists());
        group.end(GRACE).await;
        assert!(gone(id).await && !dir.exists());
    }

    #[tokio::test]
    async fn the_exit_status_is_the_commands() {
        let mut spec = Spec::new("/bin/sh");
        spec.command().arg("-c").arg("exit 7");
        let mut group = spec.spawn().await.unwrap();
        assert_eq!(group.wait().await.unwrap().code(), Some(7));
    }

    #[tokio::test]
    async fn a_missing_program_is_a_status_of_127() {
        let mut spec = Spec::new("/no/such/program");
        spec.command().stderr(Stdio::null());
        let mut group = spec.spawn().await.unwrap();
        assert_eq!(group.wait().await.unwrap().code(), Some(127));
    }

    /// Starts this test program again as [`holds_a_group`], and returns what it prints.
    async fn holder() -> (Child, i32, PathBuf) {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "process::tests::holds_a_group", "--ignored", "--nocapture"]);
        let mut child = command.stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let mut lines = tokio::io::AsyncBufReadExt::lines(tokio::io::BufReader::new(child.stdout.take().unwrap()));
        while let Some(line) = lines.next_line().await.unwrap() {
            if let Some((id, dir)) = line.split_once(" holds ") {
                return (child, id.parse().unwrap(), dir.into());
            }
        }
        panic!("the holder exited without output");
    }

    #[tokio::test]
    #[ignore = "killed by another test"]
    async fn holds_a_group() {
        let mut spec = Spec::new("/bin/sh").owning(TempDir::new().unwrap());
        spec.command().arg("-c").arg("sleep 1000 & wait").stdout(Stdio::null()).stderr(Stdio::null());
        let group = spec.spawn().await.unwrap();
        println!("\n{} holds {}", group.id(), group.dir().unwrap().display());
        std::future::pending::<()>().await;
    }

    #[tokio::test]
    async fn nothing_outlives_a_kill_of_its_owner() {
        let (mut holder, id, dir) = holder().await;
        assert!(alive(id) && dir.exists());
        holder.kill().await.unwrap();
        assert!(gone(id).await, "the group {id} is still there");
        let removed = async {
            while dir.exists() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        assert!(tokio::time::timeout(Duration::from_secs(20), removed).await.is_ok(), "{} is left", dir.display());
    }
}
