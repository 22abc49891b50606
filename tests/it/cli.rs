//! The command line: what it prints, and with which exit code it ends.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use assert_cmd::cargo::CommandCargoExt;
use swapcheck::trace::{CacheEntry, Due, Event, FORMAT, Header, PageState, ReleaseMark, Snapshot, TabId, Trace, What};

fn swapcheck(args: &[&str]) -> Command {
    let mut command = Command::cargo_bin("swapcheck").unwrap();
    for variable in ["BROWSER", "NO_SANDBOX", "SAMPLE_APP", "CACHE"] {
        command.env_remove(format!("SWAPCHECK_{variable}"));
    }
    command.env_remove("COLUMNS").args(args);
    command
}

fn output(args: &[&str]) -> Output {
    swapcheck(args).output().unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A trace that demands a page that works, in which a cache keeps an error.
fn poisoned(dir: &Path, name: &str) -> String {
    let bad = CacheEntry {
        cache: "pages".to_owned(),
        url: "https://app.example/".to_owned(),
        status: 502,
        ..CacheEntry::default()
    };
    let snapshot = Snapshot { label: "the end".to_owned(), entries: vec![bad], registrations: Vec::new() };
    save(dir, name, vec![What::Swap { release: "A".to_owned() }, What::Snapshot(snapshot), What::End])
}

/// A trace of a page that works, as was due.
fn healthy(dir: &Path, name: &str) -> String {
    let tab = TabId(1);
    let url = "https://app.example/".to_owned();
    let page = PageState {
        tab,
        url: url.clone(),
        title: "App".to_owned(),
        hydrated: Some(true),
        page_release: ReleaseMark::Undescribed,
        code_release: ReleaseMark::Undescribed,
        lazy_shown: None,
        update_offered: None,
        draft: None,
        saved: None,
        controlled: false,
    };
    let committed = What::Committed { tab, url, error_page: false, restored: false };
    save(dir, name, vec![committed, What::Page(page), What::Due(Due::Usable { tab }), What::End])
}

fn save(dir: &Path, name: &str, whats: Vec<What>) -> String {
    let trace = Trace {
        header: Header {
            swapcheck_trace: FORMAT,
            subject: "mine".to_owned(),
            scenario: "gateway-outage".to_owned(),
            browser: "HeadlessChrome/1".to_owned(),
        },
        events: (0..).zip(whats).map(|(seq, what)| Event { seq, at_ms: u64::from(seq) * 10, what }).collect(),
    };
    let path = dir.join(name);
    trace.write(std::fs::File::create(&path).unwrap()).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn help_names_every_command_and_exit_code() {
    let help = output(&["--help"]);
    assert_eq!(code(&help), 0);
    for word in ["sample", "doctor", "judge", "explain", "Exit codes:", "130  interrupted"] {
        assert!(stdout(&help).contains(word), "{word} is missing in {}", stdout(&help));
    }
    for command in ["sample", "doctor", "judge", "explain"] {
        let help = stdout(&output(&[command, "--help"]));
        assert!(help.contains("Example: swapcheck") && help.contains("Exit codes:"), "{help}");
    }
}

#[test]
fn wrong_usage_ends_with_2() {
    for args in [&[][..], &["sampel"], &["sample", "--jobs", "0"], &["judge"], &["sample", "--color", "blue"]] {
        let ended = output(args);
        assert_eq!((code(&ended), stdout(&ended).as_str()), (2, ""), "{args:?}");
    }
}

#[test]
fn explain_lists_the_checks_and_explains_each() {
    let list = stdout(&output(&["explain"]));
    let checks = list.lines().take_while(|line| !line.is_empty()).filter(|line| !line.starts_with(' '));
    assert_eq!(checks.count(), swapcheck::check::ALL.len());
    for check in swapcheck::check::ALL {
        assert!(list.contains(check.id));
        let explained = output(&["explain", check.id]);
        assert_eq!(code(&explained), 0);
        assert!(stdout(&explained).starts_with(&format!("{}: {}\n", check.id, check.summary)), "{explained:?}");
    }
}

#[test]
fn explain_lists_the_rules_of_lint_and_explains_each() {
    let list = stdout(&output(&["explain"]));
    for rule in swapcheck::lint::rule::ALL {
        let name = format!("{}/{}", rule.check, rule.id);
        assert!(list.lines().any(|line| line == name), "{name}");
        for asked in [&name, rule.id] {
            let explained = stdout(&output(&["explain", asked]));
            assert!(explained.starts_with(&format!("{name}: {}\n", rule.summary)), "{explained}");
        }
        assert!(stdout(&output(&["explain", rule.check])).contains(&name));
    }
}

#[test]
fn an_unknown_check_gets_the_name_that_was_meant() {
    let ended = output(&["explain", "cached-eror"]);
    assert_eq!(code(&ended), 2);
    let said = stderr(&ended);
    assert!(said.contains("scenario `cached-eror` (did you mean `cached-error`?)"), "{said}");
}

#[test]
fn a_scenario_is_explained() {
    for scenario in swapcheck::scenario::ALL {
        let explained = stdout(&output(&["explain", scenario.id]));
        assert!(explained.starts_with(&format!("{}: ", scenario.id)), "{explained}");
        assert!(explained.contains("A healthy app: "), "{explained}");
    }
}

#[test]
fn colour_is_for_terminals_or_on_demand() {
    assert!(!stdout(&output(&["explain"])).contains('\x1b'));
    assert!(stdout(&output(&["explain", "--color", "always"])).contains('\x1b'));
}

#[test]
fn a_poisoned_trace_is_judged_with_its_evidence() {
    let dir = tempfile::TempDir::new().unwrap();
    let path = poisoned(dir.path(), "bad.jsonl");
    let json = dir.path().join("report.json");
    let judged = output(&["judge", &path, "--json", json.to_str().unwrap()]);
    assert_eq!(code(&judged), 1, "{judged:?}");
    for text in ["mine / gateway-outage: ", "cached-error", "https://app.example/", "10 ms"] {
        assert!(stdout(&judged).contains(text), "{text:?} is missing in {}", stdout(&judged));
    }
    let report: serde_json::Value = serde_json::from_slice(&std::fs::read(json).unwrap()).unwrap();
    assert_eq!(report["cells"][0]["findings"][0]["check"], "cached-error");
}

#[test]
fn the_worst_of_several_traces_gives_the_exit_code() {
    let dir = tempfile::TempDir::new().unwrap();
    let (good, bad) = (healthy(dir.path(), "good.jsonl"), poisoned(dir.path(), "bad.jsonl"));
    let empty = save(dir.path(), "empty.jsonl", vec![What::End]);
    for (traces, wanted) in [(vec![&good], 0), (vec![&good, &bad], 1), (vec![&good, &empty], 3), (vec![&empty], 3)] {
        let judged = swapcheck(&["judge"]).args(traces).output().unwrap();
        assert_eq!(code(&judged), wanted, "{judged:?}");
    }
    std::fs::write(dir.path().join("bad.1.jpg"), "a picture").unwrap();
    let all = output(&["judge", dir.path().to_str().unwrap()]);
    assert_eq!(code(&all), 3);
    assert_eq!(stdout(&all).matches("mine / gateway-outage: ").count(), 3, "{}", stdout(&all));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut command = swapcheck(&["explain"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let ended = child.wait_with_output().unwrap();
    assert_eq!((code(&ended), stderr(&ended).as_str()), (0, ""));
}

#[test]
fn standard_input_is_judged_too() {
    let dir = tempfile::TempDir::new().unwrap();
    let path = poisoned(dir.path(), "bad.jsonl");
    let judged = swapcheck(&["judge", "-"]).stdin(std::fs::File::open(path).unwrap()).output().unwrap();
    assert_eq!(code(&judged), 1, "{judged:?}");
}

#[test]
fn a_trace_that_cannot_be_read_is_wrong_usage() {
    let dir = tempfile::TempDir::new().unwrap();
    let missing = dir.path().join("none.jsonl").to_str().unwrap().to_owned();
    let cut = poisoned(dir.path(), "cut.jsonl");
    let whole = std::fs::read_to_string(&cut).unwrap();
    std::fs::write(&cut, &whole[..whole.trim_end().rfind('\n').unwrap() + 1]).unwrap();
    let other = dir.path().join("other").to_str().unwrap().to_owned();
    std::fs::write(&other, "hello\n").unwrap();
    let none = dir.path().join("empty").to_str().unwrap().to_owned();
    std::fs::create_dir(&none).unwrap();
    for (path, says) in
        [(missing, "No such file"), (cut, "incomplete"), (other, "header"), (none, "files ending in .jsonl")]
    {
        let judged = output(&["judge", &path]);
        assert_eq!(code(&judged), 2, "{judged:?}");
        assert!(stderr(&judged).contains(says) && stderr(&judged).contains(&path), "{judged:?}");
    }
}

/// A sample app as far as the choice of cells looks at it.
fn sample_app() -> tempfile::TempDir {
    let app = tempfile::TempDir::new().unwrap();
    for (variant, kind) in [("good", "proven"), ("bad-one", "control"), ("bad-two", "control")] {
        let dir = app.path().join("variants").join(variant);
        std::fs::create_dir_all(&dir).unwrap();
        std::fs::write(dir.join("variant.toml"), format!("summary = 'it'\nkind = '{kind}'\n")).unwrap();
    }
    std::fs::write(app.path().join("package.json"), "{}").unwrap();
    app
}

fn sample(app: &Path, args: &[&str]) -> Output {
    swapcheck(&["sample", "--sample-app"]).arg(app).args(args).output().unwrap()
}

#[test]
fn list_names_the_chosen_cells_and_runs_nothing() {
    let app = sample_app();
    let listed =
        sample(app.path(), &["--list", "--variant", "bad-*", "--scenario", "open-tab", "--scenario", "offline"]);
    assert_eq!(code(&listed), 0, "{listed:?}");
    assert_eq!(stdout(&listed), "bad-one open-tab\nbad-one offline\nbad-two open-tab\nbad-two offline\n");
    let all = stdout(&sample(app.path(), &["--list"]));
    assert_eq!(all.lines().count(), 3 * swapcheck::scenario::ALL.len());
}

#[test]
fn an_unknown_variant_or_scenario_gets_the_names_that_exist() {
    let app = sample_app();
    for (option, names) in [("--variant", "bad-one, bad-two, good"), ("--scenario", "first-visit, returning-visit")] {
        let ended = sample(app.path(), &[option, "nowhere"]);
        assert_eq!((code(&ended), stdout(&ended).as_str()), (2, ""), "{ended:?}");
        assert!(stderr(&ended).contains("`nowhere`") && stderr(&ended).contains(names), "{ended:?}");
    }
}

#[test]
fn the_sample_app_is_found_from_a_directory_below() {
    let above = tempfile::TempDir::new().unwrap();
    let below = above.path().join("sample-app/variants/good");
    std::fs::create_dir_all(&below).unwrap();
    std::fs::write(above.path().join("sample-app/package.json"), "{}").unwrap();
    std::fs::write(below.join("variant.toml"), "summary = 'it'\nkind = 'proven'\n").unwrap();
    let listed = swapcheck(&["sample", "--list", "--scenario", "offline"]).current_dir(below).output().unwrap();
    assert_eq!(stdout(&listed), "good offline\n", "{listed:?}");
}

#[test]
fn a_report_that_cannot_be_written_is_found_first() {
    let app = sample_app();
    let place = app.path().join("package.json/report");
    let place = place.to_str().unwrap();
    for option in ["--json", "--junit", "--keep"] {
        let ended = sample(app.path(), &[option, place]);
        assert_eq!(code(&ended), 2, "{ended:?}");
        assert!(stderr(&ended).contains(place), "{ended:?}");
    }
}

#[test]
fn a_directory_that_is_not_the_sample_app_is_named() {
    let ended = output(&["sample", "--sample-app", "/no/such/app"]);
    assert_eq!(code(&ended), 2, "{ended:?}");
    assert!(stderr(&ended).contains("/no/such/app is not the sample app"), "{ended:?}");
}

#[test]
fn the_doctor_names_what_is_missing_and_how_to_get_it() {
    let dir = tempfile::TempDir::new().unwrap();
    let empty = dir.path().to_str().unwrap();
    let mut command = swapcheck(&["doctor", "--sample-app", empty, "--cache", empty]);
    let ended = command.env("SWAPCHECK_BROWSER", "/nope").env("PATH", empty).output().unwrap();
    assert_eq!(code(&ended), 3, "{ended:?}");
    let lines = stdout(&ended);
    let line = |name: &str| lines.lines().find(|line| line.split_whitespace().nth(1) == Some(name)).unwrap();
    for (name, says) in [("browser", "/nope"), ("node", "apt-get"), ("npm", "brew"), ("sample-app", empty)] {
        assert!(line(name).starts_with("missing") && line(name).contains(says), "{lines}");
    }
    assert!(line("cache").starts_with("ok"), "{lines}");
}

#[test]
fn shards_share_out_the_variants() {
    let app = sample_app();
    let cells = |args: &[&str]| {
        let listed = stdout(&sample(app.path(), &[&["--list"], args].concat()));
        listed.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let whole = cells(&[]);
    let mut parts = [cells(&["--shard", "1/2"]), cells(&["--shard", "2/2"])].concat();
    parts.sort_unstable();
    let mut sorted = whole.clone();
    sorted.sort_unstable();
    assert!(!whole.is_empty());
    assert_eq!(parts, sorted);

    let empty = sample(app.path(), &["--shard", "99/99"]);
    assert_eq!(code(&empty), 2);
    assert!(stderr(&empty).contains("shard 99/99 is empty"), "{}", stderr(&empty));
    let wrong = sample(app.path(), &["--shard", "3/2"]);
    assert_eq!(code(&wrong), 2);
    assert!(stderr(&wrong).contains("for example 2/5"), "{}", stderr(&wrong));
}

#[test]
fn reports_are_merged_into_one() {
    let dir = tempfile::TempDir::new().unwrap();
    let at = |name: &str| dir.path().join(name).display().to_string();
    let (good, bad) = (healthy(dir.path(), "good.jsonl"), poisoned(dir.path(), "bad.jsonl"));
    // What a judgement writes is such a report too.
    for (trace, report) in [(&good, "good.json"), (&bad, "bad.json")] {
        output(&["judge", trace, "--json", &at(report)]);
    }
    let (good, bad) = (at("good.json"), at("bad.json"));
    let one = output(&["merge", &good, "--markdown", &at("table.md"), "--json", &at("again.json")]);
    assert_eq!(code(&one), 0, "{}", stderr(&one));
    assert!(std::fs::read_to_string(at("table.md")).unwrap().contains("✓"));
    assert_eq!(std::fs::read(at("again.json")).unwrap(), std::fs::read(&good).unwrap());

    let same = output(&["merge", &good, &good]);
    assert_eq!(code(&same), 2);
    assert!(stderr(&same).contains("occurs in two reports"), "{}", stderr(&same));
    let other = output(&["merge", &bad]);
    assert_eq!(code(&other), 1);
    assert!(stdout(&other).contains("cached-error"), "{}", stdout(&other));

    // As if each had come from a machine that runs one shard of three.
    for (shard, from, to) in [("1/3", &good, "part-1.json"), ("3/3", &bad, "part-3.json")] {
        let text = std::fs::read_to_string(from).unwrap().replace("\"mine\"", &format!("\"of {}\"", &shard[..1]));
        std::fs::write(at(to), text.replacen('{', &format!("{{\"shards\": [\"{shard}\"],"), 1)).unwrap();
    }
    let parts = [at("part-1.json"), at("part-3.json")];
    let lacking = output(&["merge", &parts[0], &parts[1], "--json", &at("lacking.json")]);
    assert_eq!(code(&lacking), 3);
    assert!(stdout(&lacking).contains("cached-error"), "{}", stdout(&lacking));
    assert!(stderr(&lacking).contains("the report of shard 2/3 is missing"), "{}", stderr(&lacking));
    assert!(std::fs::read_to_string(at("lacking.json")).unwrap().contains("\"1/3\""));

    let none = output(&["merge", &at("table.md")]);
    assert_eq!(code(&none), 2);
    assert!(stderr(&none).contains("as a swapcheck JSON report"), "{}", stderr(&none));
}

#[test]
fn every_report_of_a_judgement_is_written_where_it_was_asked_for() {
    let dir = tempfile::TempDir::new().unwrap();
    let at = |name: &str| dir.path().join(name).display().to_string();
    let path = poisoned(dir.path(), "trace.jsonl");
    std::fs::write(dir.path().join("trace.1.jpg"), [0xff, 0xd8, 1]).unwrap();
    let files =
        [("--html", "r.html"), ("--sarif", "r.sarif"), ("--junit", "r.xml"), ("--markdown", "r.md"), ("--har", "har")];
    let args: Vec<String> = files.iter().flat_map(|(option, name)| [(*option).to_owned(), at(name)]).collect();
    let judged = swapcheck(&["judge", &path]).args(&args).output().unwrap();
    assert_eq!(code(&judged), 1, "{judged:?}");
    let read = |name: &str| std::fs::read_to_string(at(name)).unwrap();
    let page = read("r.html");
    assert!(page.contains("Not healthy: 1 of 1 scenario") && page.contains("data:image/jpeg;base64,/9gB"), "{page}");
    assert!(read("r.sarif").contains("\"ruleId\": \"cached-error\"") && read("r.md").contains("✗"));
    assert!(
        read("r.xml").contains("cached-error") && read("har/mine.gateway-outage.har").contains("\"version\": \"1.2\"")
    );
}

#[test]
fn github_gets_annotations_and_a_summary() {
    let dir = tempfile::TempDir::new().unwrap();
    let summary = dir.path().join("summary.md");
    std::fs::write(&summary, "before\n").unwrap();
    let path = poisoned(dir.path(), "trace.jsonl");
    let judged = swapcheck(&["judge", &path, "--github"]).env("GITHUB_STEP_SUMMARY", &summary).output().unwrap();
    let told = stdout(&judged);
    assert!(told.starts_with("::stop-commands::"), "{told}");
    let annotation = told.lines().last().unwrap();
    assert!(annotation.starts_with("::error title=cached-error%3A mine / gateway-outage::"), "{told}");
    let summary = std::fs::read_to_string(summary).unwrap();
    assert!(summary.starts_with("before\n## swapcheck: Not healthy: 1 of 1 scenario\n"), "{summary}");
}

#[test]
fn quiet_tells_what_is_wrong_and_the_summary() {
    let dir = tempfile::TempDir::new().unwrap();
    let (good, bad) = (healthy(dir.path(), "good.jsonl"), poisoned(dir.path(), "bad.jsonl"));
    let told = stdout(&output(&["judge", &good, "--quiet"]));
    assert_eq!(told.lines().count(), 1, "{told}");
    assert!(told.starts_with("1 cell: 1 as expected"), "{told}");
    let told = stdout(&output(&["judge", &bad, "-q"]));
    assert!(told.contains("cached-error (fatal)") && told.contains("1 cell: 0 as expected"), "{told}");
}

#[test]
fn the_schema_fits_what_is_written() {
    let dir = tempfile::TempDir::new().unwrap();
    let json = dir.path().join("r.json");
    output(&["judge", &poisoned(dir.path(), "t.jsonl"), "--json", json.to_str().unwrap()]);
    let schema = serde_json::from_slice(&output(&["schema"]).stdout).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let report = serde_json::from_slice(&std::fs::read(json).unwrap()).unwrap();
    let errors: Vec<String> = validator.iter_errors(&report).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
}

#[test]
fn shells_and_manuals_are_served() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(stdout(&output(&["completions", shell])).contains("explain"), "{shell}");
    }
    assert_eq!(code(&output(&["completions", "dos"])), 2);
    assert!(stdout(&output(&["man"])).contains(".TH swapcheck 1"));
    let dir = tempfile::TempDir::new().unwrap();
    let out = dir.path().join("man1");
    assert_eq!(code(&output(&["man", "--out", out.to_str().unwrap()])), 0);
    assert!(out.join("swapcheck.1").exists() && out.join("swapcheck-sample.1").exists());
}
