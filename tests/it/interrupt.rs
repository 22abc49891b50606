//! An interrupted command ends what it has started, and says so by its exit code.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use assert_cmd::cargo::CommandCargoExt;
use rustix::process::{Pid, Signal, kill_process};

use crate::common::program::write_program;

/// More than any of this takes on a busy machine.
const DEADLINE: Duration = Duration::from_secs(60);

/// A browser that never comes up, and a child of it. They hold a pipe open for as long as they live.
const BROWSER: &str = "#!/bin/sh\nexec 9>\"$PIPE\"\necho up >&9\nsleep 1000 &\nwait\n";

#[test]
fn an_interrupted_command_takes_its_browser_along() {
    for (signal, name) in [(Signal::INT, "SIGINT"), (Signal::TERM, "SIGTERM")] {
        let dir = tempfile::TempDir::new().unwrap();
        let (browser, pipe) = (dir.path().join("browser"), dir.path().join("pipe"));
        write_program(&browser, BROWSER);
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());

        let mut child = Command::cargo_bin("swapcheck")
            .unwrap()
            .args(["doctor", "--browser"])
            .arg(&browser)
            .env("PIPE", &pipe)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (say, heard) = mpsc::channel();
        std::thread::spawn(move || {
            let mut lines = BufReader::new(File::open(pipe).unwrap());
            let mut line = String::new();
            lines.read_line(&mut line).unwrap();
            say.send(line).unwrap();
            let mut rest = String::new();
            lines.read_to_string(&mut rest).unwrap();
            say.send(rest).unwrap();
        });

        assert_eq!(heard.recv_timeout(DEADLINE).expect("the browser never started"), "up\n");
        let id = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
        kill_process(id, signal).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(130), "after {name}");
        assert_eq!(heard.recv_timeout(DEADLINE).expect("the browser lives on"), "");
    }
}
