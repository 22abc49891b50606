//! `--connect`: a browser that somebody else has started, and that knows nothing of us.

use std::process::{Command, Output, Stdio};
use std::time::Duration;

use crate::common::site::Site;
use assert_cmd::cargo::CommandCargoExt;
use swapcheck::browser::find;
use swapcheck::process::{GRACE, Group, Spec};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};

/// A browser, and the address of its DevTools.
async fn browser(args: &[&str]) -> (Group, String) {
    let profile = TempDir::new().unwrap();
    let mut spec = Spec::new(&find(None, false).unwrap().path);
    spec.command().arg(format!("--user-data-dir={}", profile.path().display()));
    spec.command().args(["--headless", "--no-sandbox", "--no-first-run", "--remote-debugging-port=0"]).args(args);
    spec.command().arg("about:blank").stdout(Stdio::null()).stderr(Stdio::piped());
    let mut group = spec.owning(profile).spawn().await.unwrap();
    let mut lines = BufReader::new(group.child().stderr.take().unwrap()).lines();
    let told = async {
        loop {
            let line = lines.next_line().await.unwrap().unwrap();
            if let Some(url) = line.strip_prefix("DevTools listening on ") {
                return url.trim().to_owned();
            }
        }
    };
    let url = tokio::time::timeout(Duration::from_secs(60), told).await.unwrap();
    // Somebody has to read on.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    (group, url)
}

async fn check(site: &Site, args: Vec<String>) -> Output {
    let mut command = Command::cargo_bin("swapcheck").unwrap();
    command.env_remove("SWAPCHECK_BROWSER").env_remove("SWAPCHECK_NO_SANDBOX").current_dir(site.files(""));
    command.args(["check", "--from", "A", "--to", "B", "--jobs", "4"]).args(args);
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

fn args(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

fn text(output: &Output) -> String {
    format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_knows_nothing_of_us_serves_plain_http() {
    let (group, url) = browser(&[]).await;
    let site = Site::with(&[]);
    let scenarios = ["--scenario", "returning-visit", "--scenario", "offline", "--scenario", "browser-restart"];
    let ran = check(&site, args(&[&["--http", "--connect", url.as_str()], &scenarios[..]].concat())).await;
    let said = text(&ran);
    assert_eq!(ran.status.code(), Some(0), "{said}");
    assert!(said.contains(" (remote)"), "{said}");
    assert!(said.contains("browser-restart: not tested"), "what needs a browser of its own is not tested: {said}");

    // With us, what we had made there went; the browser did not.
    let again = check(&site, args(&["--http", "--connect", &url, "--scenario", "first-visit"])).await;
    assert_eq!(again.status.code(), Some(0), "{}", text(&again));
    group.end(GRACE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn https_needs_a_browser_that_takes_our_certificate() {
    let (group, url) = browser(&["--ignore-certificate-errors"]).await;
    let site = Site::with(&[]);
    let ran = check(&site, args(&["--connect", &url, "--scenario", "returning-visit"])).await;
    assert_eq!(ran.status.code(), Some(0), "{}", text(&ran));
    group.end(GRACE).await;

    let (group, url) = browser(&[]).await;
    let ran = check(&site, args(&["--connect", &url, "--scenario", "returning-visit"])).await;
    let said = text(&ran);
    assert_eq!(ran.status.code(), Some(3), "{said}");
    assert!(said.contains("ERR_CERT") && said.contains("--ignore-certificate-errors"), "{said}");

    let ran = check(&site, args(&["--connect", &url, "--http", "--reach", "127.0.0.1:1"])).await;
    let said = text(&ran);
    assert_eq!(ran.status.code(), Some(3), "{said}");
    assert!(said.contains("ERR_PROXY") && said.contains("--reach"), "{said}");
    group.end(GRACE).await;

    let ran = check(&site, args(&["--connect", &url])).await;
    let said = text(&ran);
    assert_eq!(ran.status.code(), Some(3), "{said}");
    assert!(said.contains("cannot connect to the browser"), "{said}");
}
