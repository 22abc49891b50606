//! Child processes that never outlive us: each in a process group of its own, with a guard that ends the group and
//! removes its directory when we are gone, however we went.
//!
//! The guard is a shell that waits on a pipe which only we hold open. The child is held back until the guard knows
//! its group, so there is no moment at which a SIGKILL of this process would leave it behind.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, ChildStdin, Command};

/// Runs in its own group; on end of file without `done` it ends the group that it was told and removes the directory
/// `$1`. The form `kill -s NAME -- -GROUP` is the one that every shell takes: dash knows no `--` after `-KILL`.
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

/// Waits for our word, then becomes the command.
const HELD: &str = r#"read -r word && exec "$@" </dev/null"#;

/// Time that a group gets between the polite and the final signal, unless the caller names another.
pub const GRACE: Duration = Duration::from_secs(3);

/// A command to be run in a group of its own.
#[derive(Debug)]
pub struct Spec {
    command: Command,
    dir: Option<TempDir>,
}

impl Spec {
    /// A command that runs `program`, with nothing on its standard input.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(HELD).arg("sh").arg(program);
        Self { command, dir: None }
    }

    /// The command, for arguments, environment, directory and output.
    pub fn command(&mut self) -> &mut Command {
        &mut self.command
    }

    /// A directory that goes when the command has ended.
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
            .ok_or_else(|| io::Error::other("the child ended before it began"))?;
        line.write_all(format!("{}\n", id.as_raw_nonzero()).as_bytes()).await?;
        line.flush().await?;
        let group = Group { child, id, guard: Some((guard, line)), dir: self.dir };
        word.write_all(b"go\n").await?;
        Ok(group)
    }
}

/// A running command with everything it started. Dropping it kills the group.
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

    /// Waits for the command to end by itself, then ends what it left in its group.
    ///
    /// # Errors
    /// When the system cannot tell.
    pub async fn wait(&mut self) -> io::Result<ExitStatus> {
        let status = self.child.wait().await?;
        self.kill();
        Ok(status)
    }

    /// Ends the group: politely, and after `grace` for good. Then its directory goes.
    pub async fn end(mut self, grace: Duration) {
        let _ = kill_process_group(self.id, Signal::TERM);
        self.reap(grace).await;
    }

    /// As [`Group::end`], without asking first: for a command that was already told to end by other means.
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
        // An error means that nothing of the group is left.
        let _ = kill_process_group(self.id, Signal::KILL);
    }

    /// Takes the directory out of the group's care, so that it outlives the command.
    pub fn keep_dir(&mut self) -> Option<TempDir> {
        self.dir.take()
    }

    fn remove_dir(&mut self) {
        // A killed process may still be writing while it dies, so one more try is worth it.
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
            // The guard sees its pipe close, waits for the group to be gone and removes what is left of the directory.
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alive(id: i32) -> bool {
        Pid::from_raw(id).is_some_and(|pid| rustix::process::test_kill_process_group(pid).is_ok())
    }

    /// A killed orphan counts as a member of its group until the system's first process has reaped it.
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

    /// Starts this very program again, as [`holds_a_group`], and gives the two lines that it prints.
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
        panic!("the holder ended without a word");
    }

    #[tokio::test]
    #[ignore = "what another test kills"]
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
