//! The GitHub Action: how it calls swapcheck.

use std::path::Path;
use std::process::Command;

use clap::CommandFactory;
use swapcheck::cli::Cli;

use crate::common::program::write_program;

/// Runs the action's script with a program in place of swapcheck that prints its arguments and ends with 1. Gives the
/// exit code, the arguments, and what went to GITHUB_OUTPUT.
fn run(arguments: &str, reports: &str) -> (Option<i32>, Vec<String>, String) {
    let dir = tempfile::tempdir().unwrap();
    let (program, output) = (dir.path().join("program"), dir.path().join("output"));
    write_program(&program, "#!/bin/sh\nprintf '%s\\n' \"$@\"\nexit 1\n");
    std::fs::write(&output, "").unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/actions/swapcheck/run.sh");
    let ran = Command::new(script)
        .current_dir(dir.path())
        .env("SWAPCHECK", &program)
        .env("SWAPCHECK_ARGUMENTS", arguments)
        .env("SWAPCHECK_REPORTS", reports)
        .env("SWAPCHECK_ANNOTATE", "true")
        .env("GITHUB_OUTPUT", &output)
        .output()
        .unwrap();
    let told = String::from_utf8(ran.stdout).unwrap().lines().map(str::to_owned).collect();
    (ran.status.code(), told, std::fs::read_to_string(output).unwrap())
}

#[test]
fn one_argument_a_line_and_none_of_them_is_shell_code() {
    let (code, told, output) = run("  lint\n  a b; $(id) `id` *\n\n", "out");
    assert_eq!(told, ["lint", "a b; $(id) `id` *"]);
    assert_eq!((code, output.as_str()), (Some(1), "exit-code=1\n"));
}

#[test]
fn the_commands_that_have_reports_write_them() {
    let (_, told, _) = run("check\n--from\nold\n--to\nnew", "out");
    assert_eq!(told[..5], ["check", "--from", "old", "--to", "new"]);
    let added = ["--html", "out/report.html", "--json", "out/report.json", "--sarif", "out/report.sarif"];
    assert_eq!(told[5..11], added);
    assert_eq!(told[11..], ["--keep", "out/traces", "--github"]);
    let (_, told, _) = run("revisit\n--profile\nvisitor", "");
    assert_eq!(told[3..], ["--github"]);
}

#[test]
fn the_options_that_it_adds_exist() {
    for command in ["check", "sample", "visit", "revisit"] {
        let (_, told, _) = run(command, "out");
        let cli = Cli::command();
        let known = cli.get_subcommands().find(|known| known.get_name() == command).unwrap();
        for option in told.iter().filter_map(|word| word.strip_prefix("--")) {
            assert!(known.get_arguments().any(|argument| argument.get_long() == Some(option)), "{command} --{option}");
        }
    }
}

#[test]
fn without_arguments_it_says_what_is_missing() {
    let (code, told, _) = run("\n  \n", "");
    assert_eq!((code, told), (Some(2), Vec::new()));
}
