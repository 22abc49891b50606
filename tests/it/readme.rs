//! The documentation says what the code knows: the help of every command, the scenarios, the variants and the table.
//!
//! What is generated is renewed by `SWAPCHECK_RENEW=1 cargo test --test it readme`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use assert_cmd::cargo::CommandCargoExt;
use clap::CommandFactory;
use swapcheck::cli::Cli;
use swapcheck::outcome::{Cell, Confidence, Expected, Finding, Kind, Run, Severity, Verdict};
use swapcheck::report::markdown;
use swapcheck::report::svg::{self, Scheme};
use swapcheck::sample::expected::expected;
use swapcheck::sample::variant::Variant;
use swapcheck::scenario::{self, GROUPS};

/// The most lines of the README.
const LONGEST: usize = 200;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every document for people, with its text.
fn documents() -> Vec<(PathBuf, String)> {
    let named = ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md"].map(|name| root().join(name));
    let pages = std::fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let mut pages: Vec<PathBuf> = pages.filter(|path| path.extension().is_some_and(|end| end == "md")).collect();
    pages.sort_unstable();
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        (path, text)
    };
    named.into_iter().chain(pages).map(read).collect()
}

fn readme() -> String {
    std::fs::read_to_string(root().join("README.md")).unwrap()
}

fn variants() -> Vec<Variant> {
    Variant::load_all(&root().join("sample-app")).unwrap()
}

/// Blocks of a document that are tagged `console`: the command after the prompt, and what it prints.
fn consoles(text: &str) -> Vec<(&str, &str)> {
    let blocks = text.split("```console\n").skip(1).filter_map(|rest| rest.split_once("```"));
    blocks.filter_map(|(block, _)| block.strip_prefix("$ ")?.split_once('\n')).collect()
}

/// What a command of this program prints, here in the repository. It may go through `head -n`.
fn printed(typed: &str) -> String {
    let (command, lines) = match typed.split_once(" | head -n ") {
        Some((command, lines)) => (command, lines.parse().unwrap()),
        None => (typed, usize::MAX),
    };
    let args = command.split(' ').skip(1);
    let mut swapcheck = Command::cargo_bin("swapcheck").unwrap();
    let output = swapcheck.args(args).current_dir(root()).env_remove("COLUMNS").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!text.is_empty(), "`{typed}` prints nothing: {}", String::from_utf8_lossy(&output.stderr));
    text.lines().take(lines).map(|line| format!("{}\n", line.trim_end())).collect()
}

/// What stands between `<!-- name -->` and `<!-- /name -->`, if the document has that.
fn part<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (open, close) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let rest = text.split_once(&open)?.1;
    Some(rest.split_once(&close).unwrap_or_else(|| panic!("the part {name} has no end")).0)
}

/// The parts of documents that are generated, by their names.
fn parts() -> [(&'static str, String); 3] {
    let mut scenarios = String::new();
    for group in GROUPS {
        let heading =
            format!("\n### {}\n\n| Scenario | Story | A healthy app |\n|---|---|---|\n", capital(group.title()));
        scenarios.push_str(&heading);
        let of_group = scenario::ALL.iter().filter(|s| s.group == group);
        scenarios.extend(of_group.map(|s| format!("| `{}` | {} | {} |\n", s.id, s.summary, s.healthy)));
    }
    scenarios.push('\n');
    // A comment within a table would end it.
    let mut table = "| Variant | What it is |\n|---|---|\n".to_owned();
    table.extend(variants().iter().map(|v| format!("| `{}` | {} |\n", v.name, v.summary)));
    [("scenarios", scenarios), ("variants", table), ("remedies", remedies())]
}

fn capital(text: &str) -> String {
    let (first, rest) = text.split_at(1);
    first.to_uppercase() + rest
}

/// What the table says of the remedies, in a few sentences.
fn remedies() -> String {
    let mut all: BTreeMap<String, Vec<Cell>> = BTreeMap::new();
    for cell in whole_table().cells.into_iter().filter(|cell| cell.kind == Some(Kind::Remedy)) {
        all.entry(cell.variant.clone()).or_default().push(cell);
    }
    let fails = |cells: &[Cell], scenario: &str| {
        cells.iter().any(|cell| cell.scenario == scenario && cell.verdict == Verdict::Fail)
    };
    let count = |scenario: &str| all.values().filter(|cells| fails(cells, scenario)).count();
    let healthy = all.values().filter(|cells| cells.iter().all(|cell| cell.verdict != Verdict::Fail)).count();
    let hopeless: Vec<String> =
        scenario::ALL.iter().filter(|s| count(s.id) == all.len()).map(|s| format!("`{}`", s.id)).collect();
    let (open, hopeless) = (count("open-tab"), hopeless.join(", "));
    let healthy = if healthy == 0 { "none passes".to_owned() } else { format!("only {healthy} pass") };
    format!(
        "Of {} recommended remedies, {healthy} every scenario that applies. All of them fail {hopeless}.\n\
         {open} fail `open-tab`: a tab that stays open during the deploy breaks.\n",
        all.len(),
    )
}

/// A document with everything that the code knows filled in anew.
fn renewed(text: &str) -> String {
    let mut text = text.to_owned();
    for (name, new) in parts() {
        if let Some(old) = part(&text, name) {
            let (open, close) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
            text = text.replace(&format!("{open}{old}{close}"), &format!("{open}{new}{close}"));
        }
    }
    for (typed, told) in consoles(&text.clone()) {
        text = text.replace(&format!("$ {typed}\n{told}```"), &format!("$ {typed}\n{}```", printed(typed)));
    }
    text
}

/// Compares a file with what it has to say, or renews it.
fn holds(path: &Path, known: &str) {
    if std::env::var_os("SWAPCHECK_RENEW").is_some() {
        std::fs::write(path, known).unwrap();
    }
    let told = std::fs::read_to_string(path).unwrap_or_default();
    let first = told.lines().zip(known.lines()).find(|(told, known)| told != known);
    let name = path.strip_prefix(root()).unwrap().display();
    assert!(told == known, "{name} is out of date: run with SWAPCHECK_RENEW=1; the first difference: {first:#?}");
}

/// The table in which every cell gives just what its variant says.
fn whole_table() -> Run {
    let variants = variants();
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

#[test]
fn the_documents_say_what_the_code_knows() {
    for (path, text) in documents() {
        holds(&path, &renewed(&text));
    }
}

#[test]
fn every_generated_part_is_in_a_document() {
    for (name, _) in parts() {
        assert!(documents().iter().any(|(_, text)| part(text, name).is_some()), "no document has the part {name}");
    }
}

#[test]
fn the_document_of_the_table_says_what_the_variants_have_to_show() {
    holds(&root().join("sample-app/TABLE.md"), &markdown::render(&whole_table()));
}

#[test]
fn the_pictures_of_the_table_show_what_the_variants_have_to_show() {
    holds(&root().join("docs/table-light.svg"), &svg::render(&whole_table(), Scheme::Light));
    holds(&root().join("docs/table-dark.svg"), &svg::render(&whole_table(), Scheme::Dark));
}

#[test]
fn the_readme_is_short_and_counts_right() {
    let (readme, variants) = (readme(), variants());
    assert!(readme.lines().count() <= LONGEST, "{} lines", readme.lines().count());
    let of = |kind| variants.iter().filter(|variant| variant.kind == kind).count();
    let (all, scenarios) = (variants.len(), scenario::ALL.len());
    for said in [
        format!("as {all} variants: {} that are known to be broken", of(Kind::Control)),
        format!("{} remedies as they are recommended, and one of our own", of(Kind::Remedy)),
        format!("{scenarios} deploy scenarios"),
        format!("plays {scenarios} scenarios"),
        format!("A table of {all} variants and {scenarios} scenarios"),
        format!("The whole table, {} cells", all * scenarios),
    ] {
        assert!(readme.split_whitespace().collect::<Vec<_>>().join(" ").contains(&said), "the README has no “{said}”");
    }
    assert_eq!(of(Kind::Proven), 1);
}

/// The commands that a document has people type: of each line in a block of shell that begins with the program's name,
/// the words before a comment.
fn typed(text: &str) -> Vec<Vec<String>> {
    let text = text.replace("\\\n", " ");
    let blocks = text.split("```").filter(|block| block.starts_with("sh\n") || block.starts_with("yaml\n"));
    let lines = blocks.flat_map(str::lines).map(|line| line.trim_start().trim_start_matches("- "));
    let lines = lines.map(|line| {
        line.strip_prefix("cargo run -- ").map_or_else(|| line.to_owned(), |args| format!("swapcheck {args}"))
    });
    let lines = lines.filter(|line| line.starts_with("swapcheck "));
    let words = |line: String| line.split(" #").next().unwrap_or("").split_whitespace().map(str::to_owned).collect();
    lines.map(words).collect()
}

#[test]
fn every_command_is_in_the_readme() {
    let readme = readme();
    for command in Cli::command().get_subcommands().filter(|command| command.get_name() != "help") {
        let name = command.get_name();
        assert!(readme.contains(&format!("swapcheck {name}")), "the README does not tell of `swapcheck {name}`");
    }
}

#[test]
fn what_the_documents_have_people_type_exists() {
    let cli = Cli::command();
    let mut options = 0;
    for (path, text) in documents() {
        for words in typed(&text) {
            let line = words.join(" ");
            let Some(command) = cli.get_subcommands().find(|command| command.get_name() == words[1]) else {
                panic!("{}: there is no command `{line}`", path.display());
            };
            for option in words.iter().filter_map(|word| word.strip_prefix("--")) {
                let known = command.get_arguments().any(|argument| argument.get_long() == Some(option));
                assert!(known, "{}: there is no option --{option} in `{line}`", path.display());
                options += 1;
            }
        }
    }
    assert!(options > 30, "{options} options are looked at");
}

/// What the links of a document lead to, without those to other sites.
fn links(text: &str) -> Vec<&str> {
    let within = |open: &'static str, close: char| {
        text.split(open).skip(1).filter_map(move |rest| rest.split_once(close)).map(|(target, _)| target)
    };
    let markdown = within("](", ')').filter(|target| !target.contains(char::is_whitespace));
    let html = ["href=\"", "src=\"", "srcset=\""].into_iter().flat_map(|open| within(open, '"'));
    markdown.chain(html).filter(|target| !target.contains("://") && !target.starts_with('/')).collect()
}

/// The names by which the headings of a document can be linked to.
fn anchors(text: &str) -> Vec<String> {
    let mut code = false;
    let lines = text.lines().filter(|line| {
        code ^= line.starts_with("```");
        !code
    });
    let headings = lines.filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    headings.map(|heading| heading.to_lowercase().chars().filter(kept).collect::<String>().replace(' ', "-")).collect()
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut seen = 0;
    for (path, text) in documents() {
        for link in links(&text) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { path.clone() } else { path.parent().unwrap().join(file) };
            assert!(target.exists(), "{} links to {link}", path.display());
            let has = |text: String| anchors(&text).iter().any(|known| known == anchor);
            let leads = anchor.is_empty() || has(std::fs::read_to_string(&target).unwrap());
            assert!(leads, "{} links to {link}, and there is no such heading", path.display());
            seen += 1;
        }
    }
    assert!(seen > 20, "{seen} links are looked at");
}

/// The paths of this repository that a document names, without those of what a reader is to write.
fn paths(text: &str) -> impl Iterator<Item = &str> {
    const WHERE: [&str; 5] = [".github/", "sample-app/", "scripts/", "src/", "tests/"];
    let words = text.split(|c: char| c.is_whitespace() || "`|()[]\"".contains(c));
    let words = words.map(|word| word.trim_end_matches([',', '.', ':', ';']));
    words.filter(|word| WHERE.iter().any(|dir| word.starts_with(dir)) && !word.contains("my") && !word.contains('*'))
}

#[test]
fn files_that_documents_name_exist() {
    let mut seen = 0;
    for (path, text) in documents() {
        for named in paths(&text) {
            assert!(root().join(named).exists(), "{} names {named}", path.display());
            seen += 1;
        }
    }
    assert!(seen > 30, "{seen} paths are looked at");
}

#[test]
fn a_block_is_a_command_and_what_it_prints() {
    let text = "text\n```console\n$ swapcheck --help\none\n\ntwo\n```\n```sh\n$ no\n```\n```console\nno prompt\n```\n";
    assert_eq!(consoles(text), [("swapcheck --help", "one\n\ntwo\n")]);
}
