//! The README tells what the code knows: the help of every command, the scenarios, the variants and the table.

use std::path::Path;
use std::process::Command;

use assert_cmd::cargo::CommandCargoExt;
use clap::CommandFactory;
use swapcheck::cli::Cli;
use swapcheck::outcome::{Cell, Expected, Run};
use swapcheck::outcome::{Confidence, Finding, Severity, Verdict};
use swapcheck::report::markdown;
use swapcheck::sample::expected::expected;
use swapcheck::sample::variant::Variant;
use swapcheck::scenario;

/// Blocks of the README that are tagged `console`: the command after the prompt, and what it prints.
fn consoles(readme: &str) -> Vec<(&str, &str)> {
    let blocks = readme.split("```console\n").skip(1).filter_map(|rest| rest.split_once("\n```"));
    blocks.filter_map(|(block, _)| block.strip_prefix("$ ")?.split_once('\n')).collect()
}

/// What stands between `<!-- name -->` and `<!-- /name -->`.
fn part<'a>(readme: &'a str, name: &str) -> &'a str {
    let (open, close) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let rest = readme.split_once(&open).unwrap_or_else(|| panic!("the README has no part {name}")).1;
    rest.split_once(&close).unwrap_or_else(|| panic!("the part {name} has no end")).0
}

/// The README with everything that the code knows filled in anew.
fn renewed(readme: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let variants = Variant::load_all(&root.join("sample-app")).unwrap();
    let mut readme = readme.to_owned();
    let mut renew = |name: &str, text: &str| {
        let old = part(&readme, name);
        let at = old.as_ptr() as usize - readme.as_ptr() as usize;
        let range = at..at + old.len();
        readme.replace_range(range, text);
    };
    let rows = scenario::ALL.iter().map(|s| format!("| `{}` | {} | {} |\n", s.id, s.summary, s.healthy));
    renew("scenarios", &rows.collect::<String>());
    let rows = variants.iter().map(|v| format!("| `{}` | {} |\n", v.name, v.summary));
    renew("variants", &rows.collect::<String>());
    renew("table", &format!("\n{}\n", markdown::glance(&whole_table())));

    for (typed, told) in consoles(&readme.clone()) {
        let args: Vec<&str> = typed.split(' ').skip(1).collect();
        let help = Command::cargo_bin("swapcheck").unwrap().args(&args).env_remove("COLUMNS").output().unwrap();
        let help = String::from_utf8(help.stdout).unwrap();
        let help = help.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
        readme = readme.replace(&format!("$ {typed}\n{told}\n```"), &format!("$ {typed}\n{help}\n```"));
    }
    readme
}

/// The table in which every cell gives just what its variant says.
fn whole_table() -> Run {
    let variants = Variant::load_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-app")).unwrap();
    let cells =
        variants.iter().flat_map(|variant| scenario::ALL.iter().map(|s| as_it_must_be(variant, s.id))).collect();
    Run { cells, ..Run::default() }
}

/// A cell that gives just what its variant says.
fn as_it_must_be(variant: &Variant, scenario: &str) -> Cell {
    let expected = expected(variant, scenario);
    let (verdict, checks) = match &expected {
        Expected::Pass | Expected::Healthy => (Verdict::Pass, Vec::new()),
        Expected::Findings { checks, .. } if checks.is_empty() => (Verdict::Pass, Vec::new()),
        Expected::Findings { checks, .. } => (Verdict::Fail, checks.clone()),
        Expected::Inapplicable { .. } => (Verdict::Inapplicable, Vec::new()),
    };
    let finding = |check: String| Finding {
        check,
        severity: Severity::Error,
        confidence: Confidence::Certain,
        message: String::new(),
        url: None,
        fix: String::new(),
        events: Vec::new(),
    };
    Cell {
        kind: Some(variant.kind),
        verdict,
        expected,
        findings: checks.into_iter().map(finding).collect(),
        ..Cell::broken(&variant.name, scenario, String::new())
    }
}

/// To renew the README: `SWAPCHECK_RENEW_README=1 cargo test --test it -- readme`.
#[test]
fn the_readme_tells_what_the_code_knows() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let renewed = renewed(&readme);
    if std::env::var_os("SWAPCHECK_RENEW_README").is_some() {
        std::fs::write(&path, &renewed).unwrap();
    } else {
        let (told, known) = (readme.lines(), renewed.lines());
        let first = told.zip(known).find(|(told, known)| told != known);
        assert!(readme == renewed, "the README is out of date, renew it; the first difference: {first:#?}");
    }
}

/// Renewed like the README.
#[test]
fn the_document_of_the_table_tells_what_the_variants_have_to_show() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-app/TABLE.md");
    let known = markdown::render(&whole_table());
    if std::env::var_os("SWAPCHECK_RENEW_README").is_some() {
        std::fs::write(&path, &known).unwrap();
    }
    let told = std::fs::read_to_string(&path).unwrap_or_default();
    let first = told.lines().zip(known.lines()).find(|(told, known)| told != known);
    assert!(told == known, "sample-app/TABLE.md is out of date, renew it; the first difference: {first:#?}");
}

/// The README's commands: of each line in a block of shell that begins with the program's name, the words before a
/// comment.
fn typed(readme: &str) -> impl Iterator<Item = Vec<&str>> {
    let blocks = readme.split("```").filter(|block| block.starts_with("sh\n") || block.starts_with("yaml\n"));
    let lines = blocks.flat_map(str::lines).map(|line| line.trim_start().trim_start_matches("- "));
    let lines = lines.filter(|line| line.starts_with("swapcheck "));
    lines.map(|line| line.split(" #").next().unwrap_or(line).split_whitespace().collect())
}

#[test]
fn every_command_is_in_the_readme() {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    for command in Cli::command().get_subcommands().filter(|command| command.get_name() != "help") {
        let name = command.get_name();
        assert!(readme.contains(&format!("swapcheck {name}")), "the README does not tell of `swapcheck {name}`");
    }
}

#[test]
fn what_the_readme_has_people_type_exists() {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let cli = Cli::command();
    let mut options = 0;
    for words in typed(&readme) {
        let Some(command) = cli.get_subcommands().find(|command| command.get_name() == words[1]) else {
            panic!("there is no command `{}`", words.join(" "));
        };
        for option in words.iter().filter_map(|word| word.strip_prefix("--")) {
            let known = command.get_arguments().any(|argument| argument.get_long() == Some(option));
            assert!(known, "there is no option --{option} in `{}`", words.join(" "));
            options += 1;
        }
    }
    assert!(options > 10, "{options} options are looked at");
}

#[test]
fn a_block_is_a_command_and_what_it_prints() {
    let readme =
        "text\n```console\n$ swapcheck --help\none\n\ntwo\n```\n```sh\n$ no\n```\n```console\nno prompt\n```\n";
    assert_eq!(consoles(readme), [("swapcheck --help", "one\n\ntwo")]);
}
