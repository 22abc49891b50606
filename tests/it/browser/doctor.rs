//! `swapcheck doctor` where there is a browser.

use std::process::Command;

use assert_cmd::cargo::CommandCargoExt;

#[test]
fn it_asks_the_browser_that_is_there() {
    let mut command = Command::cargo_bin("swapcheck").unwrap();
    let ended = command.env_remove("SWAPCHECK_BROWSER").env_remove("SWAPCHECK_NO_SANDBOX").arg("doctor").output();
    let told = String::from_utf8(ended.unwrap().stdout).unwrap();
    if swapcheck::browser::find(None, false).is_ok() {
        assert!(told.lines().any(|line| line.starts_with("ok       browser") && line.contains("Chrom")), "{told}");
    }
}
