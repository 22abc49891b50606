//! `swapcheck visit` and `swapcheck revisit` on a site that is swapped between the two.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::common::front;
use crate::common::site::{Edit, Site};
use swapcheck::http::Scheme;
use swapcheck::origin::{Origin, OriginHost};
use swapcheck::release::{Backend, Release};
use swapcheck::trace::Log;
use tempfile::TempDir;
use tokio::process::Command;

/// More than any of the commands takes on a busy machine.
const DEADLINE: Duration = Duration::from_secs(240);

/// A site with a server of its own, and a place for its visitor.
struct World {
    dir: TempDir,
    _files: Site,
    _host: OriginHost,
    site: Origin,
}

impl World {
    async fn new(edits: &[Edit]) -> Self {
        let files = Site::with(edits);
        let host = OriginHost::bind(Scheme::Http).await.unwrap();
        let releases = ["A", "B"].map(|name| Release::new(name, Backend::Directory(files.files(name))));
        let site = host.origin("site", releases.to_vec(), Log::default());
        Self { dir: TempDir::new().unwrap(), _files: files, _host: host, site }
    }

    fn profile(&self) -> PathBuf {
        self.dir.path().join("visitor")
    }

    async fn run(&self, command: &str, more: &[&str]) -> (Option<i32>, String) {
        run(command, &self.profile(), more).await
    }

    async fn visit(&self) -> (Option<i32>, String) {
        let app = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/site/swapcheck.toml");
        self.run("visit", &[&self.site.url("/?token=secret"), "--config", app.to_str().unwrap()]).await
    }
}

/// Runs the program, and gives its exit code and what it said. No browser may be left of it.
async fn run(command: &str, profile: &Path, more: &[&str]) -> (Option<i32>, String) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_swapcheck"));
    program.arg(command).args(more).arg("--profile").arg(profile).kill_on_drop(true);
    let output = tokio::time::timeout(DEADLINE, program.output()).await.unwrap().unwrap();
    assert_eq!(browsers(profile), [""; 0]);
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).join("");
    (output.status.code(), said)
}

/// Command lines of the processes that use a profile.
fn browsers(profile: &Path) -> Vec<String> {
    let all = fs::read_dir("/proc").unwrap().filter_map(|entry| fs::read(entry.ok()?.path().join("cmdline")).ok());
    let lines = all.map(|line| String::from_utf8_lossy(&line).replace('\0', " "));
    let wanted = format!("--user-data-dir={}", profile.display());
    lines.filter(|line| line.contains(&wanted)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_healthy_site_keeps_its_visitor() {
    let world = World::new(&[]).await;
    let (code, said) = world.visit().await;
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("is active"), "{said}");
    let record = fs::read_to_string(world.profile().join("visit.json")).unwrap();
    assert!(record.contains("main.A.js") && !record.contains("secret"), "{record}");

    let (code, said) = world.run("revisit", &[]).await;
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("not tested: the site has not changed since the visit"), "{said}");

    world.site.swap("B");
    let (code, said) = world.run("revisit", &["--kill"]).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("/sw.js has changed"), "{said}");

    let (code, said) = world.visit().await;
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("already holds a visit"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn links_that_may_change_something_are_not_followed() {
    let links = "<a href=/cart>Basket</a><a href=/api/export>Data</a><a href=/auth/me>Me</a><a href=/bye>Log out</a>\
                 <a href=/news target=_blank>News</a><a href=/off rel=nofollow>Off</a><a href=/about>About</a><h1>";
    let world = World::new(&[Edit { file: "index.html", good: "<h1>", bad: links }]).await;
    let (code, said) = world.run("visit", &[&world.site.url("/")]).await;
    assert_eq!(code, Some(0), "{said}");
    let record: serde_json::Value =
        serde_json::from_slice(&fs::read(world.profile().join("visit.json")).unwrap()).unwrap();
    assert_eq!(record["routes"], serde_json::json!(["/about"]), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_deploy_does_to_its_visitor_is_found() {
    let clean = "    if (name !== CACHE) await caches.delete(name);\n";
    let world = World::new(&[Edit { file: "sw.js", good: clean, bad: "" }]).await;
    assert_eq!(world.visit().await.0, Some(0));
    world.site.swap("B");
    let (code, said) = world.run("revisit", &[]).await;
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("stale-entry") && said.contains("still holds the response of release old"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_under_its_own_name_keeps_its_visitor_across_a_deploy_and_is_reported() {
    let (site, dir) = (Site::with(&[]), TempDir::new().unwrap());
    let (live, profile, html) = (dir.path().join("live"), dir.path().join("visitor"), dir.path().join("report.html"));
    let deploy = |release| {
        let _ = fs::remove_file(&live);
        std::os::unix::fs::symlink(site.files(release), &live).unwrap();
    };
    deploy("A");
    let front = front::Front::before(&["shop.example"], front::files(&live).await).await;
    let flags = front.flags();
    let mut flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    flags.extend(["--html", html.to_str().unwrap()]);
    let (code, said) = run("visit", &profile, &[&["shop.example"], flags.as_slice()].concat()).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("the worker of scope https://shop.example/ is active"), "{said}");

    deploy("B");
    let (code, said) = run("revisit", &profile, &[&["--quiet"], flags.as_slice()].concat()).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("took") && !said.contains("/sw.js has changed"), "{said}");
    let report = fs::read_to_string(&html).unwrap();
    assert!(report.contains("/sw.js has changed"), "what was seen stands in the report");
}

#[tokio::test]
async fn a_profile_that_is_none_is_named() {
    let world = World::new(&[]).await;
    let (code, said) = world.run("revisit", &[]).await;
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("holds no visit"), "{said}");
}
