//! Whatever way a program ends that has started browsers and servers: nothing of them is left.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use swapcheck::browser::Options;
use swapcheck::http::Scheme;
use swapcheck::play::Player;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};

/// More than any of this takes on a busy machine.
const DEADLINE: Duration = Duration::from_secs(120);

/// A program under test in a world of its own: its temporary directory tells its processes from all others.
struct World {
    temp: TempDir,
    cache: TempDir,
    gate: TcpListener,
}

impl World {
    async fn new() -> Self {
        let gate = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let temp = TempDir::new().unwrap();
        fs::write(temp.path().join("gate"), gate.local_addr().unwrap().port().to_string()).unwrap();
        Self { temp, cache: TempDir::new().unwrap(), gate }
    }

    fn start(&self, mut command: Command) -> Child {
        let said = fs::File::create(self.temp.path().join("said")).unwrap();
        // Builds have a temporary directory of their own.
        command.env("TMPDIR", self.temp.path()).env("HOME", self.temp.path()).process_group(0).kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(said.try_clone().unwrap()).stderr(said).spawn().unwrap()
    }

    /// `swapcheck sample` on an app whose tools are stand-ins: they need no network and stop at the gate.
    fn sample(&self) -> Child {
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
        let path = std::env::var_os("PATH").unwrap();
        let path = std::env::join_paths([fixtures.join("tools")].into_iter().chain(std::env::split_paths(&path)));
        let mut command = Command::new(env!("CARGO_BIN_EXE_swapcheck"));
        command.args(["sample", "--scenario", "first-visit", "--cache"]).arg(self.cache.path());
        command.arg("--sample-app").arg(fixtures.join("plain-app")).env("PATH", path.unwrap());
        self.start(command)
    }

    /// Waits until the program has come to the gate, and gives what it runs at that moment.
    async fn at_gate(&self, child: &mut Child) -> (TcpStream, Trail) {
        let stream = tokio::select! {
            stream = within("the program to come to the gate", self.gate.accept()) => stream.unwrap().0,
            status = child.wait() => panic!("the program ended with {}{}", status.unwrap(), self.said()),
        };
        let trail = Trail::of(self.temp.path());
        assert!(!self.profiles().is_empty(), "there is no browser's profile{}", self.said());
        assert!(trail.groups.len() > 1 && !trail.listeners.is_empty(), "it runs nothing: {trail:?}{}", self.said());
        (stream, trail)
    }

    async fn ended(&self, mut child: Child, code: Option<i32>) {
        let status = within("the program to end", child.wait()).await.unwrap();
        assert_eq!(status.code(), code, "{status}{}", self.said());
    }

    /// Waits until nothing is left.
    async fn nothing_left(&self, trail: &Trail) {
        let look = async {
            while !self.left(trail).is_empty() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        if tokio::time::timeout(DEADLINE, look).await.is_err() {
            panic!("left: {}{}", self.left(trail).join(", "), self.said());
        }
    }

    fn left(&self, trail: &Trail) -> Vec<String> {
        let processes = processes()
            .into_iter()
            .filter(|process| trail.groups.contains(&process.group) || belongs(process.id, self.temp.path()));
        let listeners = listening().into_iter().filter(|(socket, _)| trail.listeners.contains(socket));
        let processes = processes.map(|process| format!("process {} of group {}", process.id, process.group));
        let directories = self.profiles().into_iter().chain(self.served());
        processes
            .chain(listeners.map(|(_, address)| format!("listener {address}")))
            .chain(directories.map(|path| path.display().to_string()))
            .collect()
    }

    fn profiles(&self) -> Vec<PathBuf> {
        let all = fs::read_dir(self.temp.path()).unwrap().map(|entry| entry.unwrap().path());
        all.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("swapcheck-profile-")).collect()
    }

    /// The copies of releases that are being served.
    fn served(&self) -> Vec<PathBuf> {
        let homes = fs::read_dir(self.cache.path()).unwrap().map(|entry| entry.unwrap().path().join("run"));
        homes.filter_map(|run| fs::read_dir(run).ok()).flatten().map(|entry| entry.unwrap().path()).collect()
    }

    fn said(&self) -> String {
        format!("; it said:\n{}", fs::read_to_string(self.temp.path().join("said")).unwrap_or_default())
    }
}

async fn within<T>(awaited: &str, future: impl Future<Output = T>) -> T {
    let late = |_| panic!("waited {} s for {awaited}", DEADLINE.as_secs());
    tokio::time::timeout(DEADLINE, future).await.unwrap_or_else(late)
}

/// What a program runs: process groups, and sockets that listen, by their inodes.
#[derive(Debug)]
struct Trail {
    groups: BTreeSet<i32>,
    listeners: BTreeSet<String>,
}

impl Trail {
    fn of(temp: &Path) -> Self {
        let all = processes();
        let groups: BTreeSet<i32> = all.iter().filter(|one| belongs(one.id, temp)).map(|one| one.group).collect();
        let sockets: BTreeSet<String> =
            all.iter().filter(|one| groups.contains(&one.group)).flat_map(|one| sockets(one.id)).collect();
        let listeners = listening().into_keys().filter(|socket| sockets.contains(socket)).collect();
        Self { groups, listeners }
    }
}

struct Process {
    id: i32,
    group: i32,
}

/// Every process that is not dead: one that nobody has reaped does not count.
fn processes() -> Vec<Process> {
    let ids = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let process = |id: i32| {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        let mut fields = stat.rsplit_once(") ")?.1.split(' ');
        let (state, group) = (fields.next()?, fields.nth(1)?.parse().ok()?);
        (!matches!(state, "Z" | "X")).then_some(Process { id, group })
    };
    ids.filter_map(process).collect()
}

/// Whether a process was started in the world that has this directory.
fn belongs(id: i32, temp: &Path) -> bool {
    let wanted = format!("HOME={}", temp.display());
    let environment = fs::read(format!("/proc/{id}/environ")).unwrap_or_default();
    environment.split(|byte| *byte == 0).any(|variable| variable == wanted.as_bytes())
}

/// The inodes of a process's sockets.
fn sockets(id: i32) -> Vec<String> {
    let Ok(files) = fs::read_dir(format!("/proc/{id}/fd")) else { return Vec::new() };
    let targets = files.filter_map(|file| fs::read_link(file.ok()?.path()).ok());
    let inode = |target: PathBuf| Some(target.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned());
    targets.filter_map(inode).collect()
}

/// Address by inode of every TCP socket that listens.
fn listening() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        for line in fs::read_to_string(table).unwrap_or_default().lines().skip(1) {
            let fields: Vec<&str> = line.split_whitespace().collect();
            if let [_, address, _, "0A", _, _, _, _, _, inode, ..] = fields[..] {
                found.insert(inode.to_owned(), address.to_owned());
            }
        }
    }
    found
}

#[tokio::test]
async fn a_normal_end_leaves_nothing() {
    let world = World::new().await;
    let mut child = world.sample();
    let (mut gate, trail) = world.at_gate(&mut child).await;
    gate.write_all(b"go").await.unwrap();
    world.ended(child, Some(0)).await;
    world.nothing_left(&trail).await;
}

#[tokio::test]
async fn an_error_leaves_nothing() {
    let world = World::new().await;
    fs::write(world.temp.path().join("fail"), "").unwrap();
    let mut child = world.sample();
    let (mut gate, trail) = world.at_gate(&mut child).await;
    gate.write_all(b"go").await.unwrap();
    world.ended(child, Some(3)).await;
    world.nothing_left(&trail).await;
}

async fn signalled(signal: Signal, code: Option<i32>) {
    let world = World::new().await;
    let mut child = world.sample();
    let (_gate, trail) = world.at_gate(&mut child).await;
    kill_process(Pid::from_raw(i32::try_from(child.id().unwrap()).unwrap()).unwrap(), signal).unwrap();
    world.ended(child, code).await;
    world.nothing_left(&trail).await;
}

#[tokio::test]
async fn an_interrupt_leaves_nothing() {
    signalled(Signal::INT, Some(130)).await;
}

#[tokio::test]
async fn a_termination_leaves_nothing() {
    signalled(Signal::TERM, Some(130)).await;
}

#[tokio::test]
async fn a_kill_leaves_nothing() {
    signalled(Signal::KILL, None).await;
}

#[tokio::test]
async fn a_panic_leaves_nothing() {
    let world = World::new().await;
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "browser::leftovers::panics", "--ignored", "--nocapture"]);
    let mut child = world.start(command);
    let (mut gate, trail) = world.at_gate(&mut child).await;
    gate.write_all(b"go").await.unwrap();
    world.ended(child, Some(101)).await;
    world.nothing_left(&trail).await;
}

#[tokio::test]
#[ignore = "what another test starts"]
async fn panics() {
    let _theatre = Player::open(Scheme::Https, &Options::default()).await.unwrap();
    let gate: u16 = fs::read_to_string(std::env::temp_dir().join("gate")).unwrap().parse().unwrap();
    let mut gate = TcpStream::connect(("127.0.0.1", gate)).await.unwrap();
    gate.read_u8().await.unwrap();
    panic!("as a test wants it");
}
