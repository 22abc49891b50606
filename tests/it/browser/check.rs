//! `swapcheck check` on the site of the tests: given as directories, commands and addresses, described and not.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use crate::common::site::{Edit, Site};
use assert_cmd::cargo::CommandCargoExt;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// Links by which the other pages are found.
const LINKS: Edit = Edit {
    file: "index.html",
    good: "<h1>Start</h1>",
    bad: "<h1>Start</h1> <a href='/part'>Part</a> <a href='about'>About</a> <a href='/logout'>Log out</a>",
};

/// Keeps whatever the network gives, errors too.
const KEEPS_ERRORS: Edit = Edit {
    file: "sw.js",
    good: "return await fetch(request);",
    bad: "const kept = await caches.match(request, { cacheName: 'pages' });
          if (kept) return kept;
          const fresh = await fetch(request);
          await (await caches.open('pages')).put(request, fresh.clone());
          return fresh;",
};

/// Leaves the caches of old releases behind.
const NEVER_CLEANS: Edit =
    Edit { file: "sw.js", good: "    if (name !== CACHE) await caches.delete(name);\n", bad: "" };

/// Precaches a script whatever it is.
const TAKES_HTML: Edit =
    Edit { file: "sw.js", good: "response.headers.get(\"content-type\").includes(\"javascript\")", bad: "true" };

/// Answers pages from the first cache that has them.
const ANSWERS_OLD_PAGES: [Edit; 2] = [
    NEVER_CLEANS,
    Edit {
        file: "sw.js",
        good: "const kept = await caches.match(request, { cacheName: CACHE, ignoreVary: true });",
        bad: "const kept = await caches.match(request, { ignoreVary: true });",
    },
];

/// Scenarios that have no meaning for the site.
const NO_MEANING: [&str; 3] = ["cdn-outage", "kept-import", "emergency-reset"];

/// Those that cannot be tried where nothing is described.
const NOT_DESCRIBED: [&str; 6] =
    ["two-tabs", "cdn-outage", "kept-import", "emergency-reset", "private-data", "server-action"];

fn check(arguments: &[&str], dir: &Path) -> Output {
    let mut command = Command::cargo_bin("swapcheck").unwrap();
    for variable in ["NO_SANDBOX", "CACHE"] {
        command.env_remove(format!("SWAPCHECK_{variable}"));
    }
    command.arg("check").args(arguments).current_dir(dir).output().unwrap()
}

fn text(output: &Output) -> String {
    format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A scenario, its verdict and the checks that found something.
type Cell = (String, String, Vec<String>);

/// The exit code, and by scenario its verdict and the checks that found something.
fn verdicts(site: &Site, arguments: &[&str]) -> (i32, Vec<Cell>, String) {
    let report = site.files("report.json");
    // Tests run beside each other.
    let mut all = vec!["--jobs", "4", "--json", report.to_str().unwrap()];
    all.extend(arguments);
    // Somewhere else than where a description would be found.
    let output = check(&all, &site.files(""));
    let code = output.status.code().unwrap();
    let json = std::fs::read(&report).unwrap_or_else(|error| panic!("{error}: {}", text(&output)));
    let json: Value = serde_json::from_slice(&json).unwrap();
    let cells = json["cells"].as_array().unwrap().iter().map(|cell| {
        let findings = cell["findings"].as_array().unwrap().iter();
        let mut checks: Vec<String> = findings.map(|finding| finding["check"].as_str().unwrap().to_owned()).collect();
        checks.sort_unstable();
        checks.dedup();
        (cell["scenario"].as_str().unwrap().to_owned(), cell["verdict"].as_str().unwrap().to_owned(), checks)
    });
    (code, cells.collect(), text(&output))
}

fn dirs(site: &Site) -> [String; 2] {
    ["A", "B"].map(|release| site.files(release).to_str().unwrap().to_owned())
}

/// What a site with these defects gives where nothing is described.
fn undescribed(edits: Vec<Edit>, scenarios: &[&str]) -> (i32, Vec<Cell>, String) {
    let edits: Vec<Edit> = edits.into_iter().chain([LINKS]).collect();
    let site = Site::with(&edits);
    let [from, to] = dirs(&site);
    let mut arguments = vec!["--from", &from, "--to", &to];
    for scenario in scenarios {
        arguments.extend(["--scenario", scenario]);
    }
    verdicts(&site, &arguments)
}

/// Names of the scenarios with this verdict.
fn with<'a>(cells: &'a [Cell], verdict: &str) -> Vec<&'a str> {
    cells.iter().filter(|(_, given, _)| given == verdict).map(|(scenario, ..)| scenario.as_str()).collect()
}

#[test]
fn a_healthy_site_that_nobody_has_described_passes_all_that_can_be_tested() {
    let (code, cells, said) = undescribed(Vec::new(), &[]);
    assert_eq!(with(&cells, "inapplicable"), NOT_DESCRIBED, "{said}");
    assert_eq!((code, with(&cells, "pass").len()), (0, cells.len() - NOT_DESCRIBED.len()), "{said}");
    for fact in ["/sw.js with scope /", "/part, /about", "A by /assets/main.A.js", "not tested: no form with a draft"] {
        assert!(said.contains(fact), "{fact}: {said}");
    }
}

#[test]
fn a_healthy_site_that_is_described_passes_more() {
    let site = Site::with(&[]);
    let description = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/site/swapcheck.toml");
    let [from, to] = dirs(&site);
    let (code, cells, said) =
        verdicts(&site, &["--from", &from, "--to", &to, "--config", description.to_str().unwrap()]);
    assert_eq!(with(&cells, "inapplicable"), NO_MEANING, "{said}");
    assert_eq!((code, with(&cells, "pass").len()), (0, cells.len() - NO_MEANING.len()), "{said}");
}

#[test]
fn defects_are_found_where_nothing_is_described() {
    for (edits, scenario, check) in [
        (vec![KEEPS_ERRORS], "gateway-outage", "cached-error"),
        (vec![NEVER_CLEANS], "returning-visit", "stale-entry"),
        (vec![TAKES_HTML], "soft-error", "wrong-content"),
        (ANSWERS_OLD_PAGES.into(), "returning-visit", "stale-page"),
    ] {
        let (code, cells, said) = undescribed(edits, &[scenario]);
        let [(_, verdict, checks)] = cells.as_slice() else { panic!("{said}") };
        assert_eq!((code, verdict.as_str()), (1, "fail"), "{said}");
        assert!(checks.iter().any(|found| found == check), "{check}: {said}");
    }
}

/// Asks for the worker's script for over two seconds, as if it looked whether the script is still there. The browser
/// lets such a request wait while it asks for the script itself, as both are for one entry of its HTTP cache.
const ASKS_FOR_THE_SCRIPT: Edit = Edit {
    file: "assets/main.__RELEASE__.js",
    good: "await fetch(\"/sw.js\", { method: \"HEAD\" })",
    bad: "await new Promise(async (done) => {
            for (let asked = 0; asked < 11; asked++) {
              await fetch(\"/sw.js\", { method: \"HEAD\" });
              await new Promise((pause) => setTimeout(pause, 200));
            }
            done(fetch(\"/sw.js\", { method: \"HEAD\" }));
          })",
};

#[test]
fn a_page_that_asks_for_its_workers_script_comes_to_rest_before_the_update() {
    let site = Site::with(&[ASKS_FOR_THE_SCRIPT]);
    let ([from, to], kept) = (dirs(&site), site.files("kept"));
    let arguments = ["--scenario", "returning-visit", "--keep", kept.to_str().unwrap(), "--from", &from, "--to", &to];
    let (code, _, said) = verdicts(&site, &arguments);
    assert_eq!(code, 0, "{said}");
    let trace = std::fs::read_to_string(kept.join("app.returning-visit.jsonl")).unwrap();
    let events = trace.lines().skip(1).map(|line| serde_json::from_str::<Value>(line).unwrap());
    let visit = events.skip_while(|event| event["event"] != "swap");
    let until_the_update = visit.take_while(|event| {
        !event["text"].as_str().is_some_and(|text| text.starts_with("the browser checks for a worker update"))
    });
    let asked = until_the_update.filter(|event| event["event"] == "answer" && event["method"] == "HEAD").count();
    assert_eq!(asked, 12, "{trace}");
}

/// The page asks ahead for its lazy part, and the worker does not keep it.
const ASKS_AHEAD: [Edit; 2] = [
    Edit {
        file: "assets/main.__RELEASE__.js",
        good: "// Takes the page over",
        bad: "if (location.pathname === '/part') await (await fetch('/assets/part.__RELEASE__.js')).text();\n//",
    },
    Edit { file: "sw.js", good: ", \"/assets/part.__RELEASE__.js\"]", bad: "]" },
];

#[test]
fn a_part_that_is_gone_from_a_directory_may_still_be_in_the_http_cache() {
    let site = Site::with(&ASKS_AHEAD);
    let description = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/site/swapcheck.toml");
    let [from, to] = dirs(&site);
    let given = ["--from", &from, "--to", &to, "--config", description.to_str().unwrap(), "--scenario", "open-tab*"];
    let (_, cells, said) = verdicts(&site, &given);
    let found: Vec<_> = cells.iter().map(|(scenario, verdict, _)| (scenario.as_str(), verdict.as_str())).collect();
    assert_eq!(found, [("open-tab", "fail"), ("open-tab-cached", "pass")], "{said}");
}

/// A server that the test has started.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start(dir: &Path) -> Self {
        let mut node = Command::new("node");
        let mut child = node.arg(server()).arg(dir).env_remove("PORT").stdout(Stdio::piped()).spawn().unwrap();
        let mut port = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut port).unwrap();
        Self { child, url: format!("http://127.0.0.1:{}", port.trim()) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn server() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/serve.mjs")
}

#[test]
fn directories_commands_and_addresses_give_the_same_verdicts() {
    let site = Site::with(&[LINKS, KEEPS_ERRORS]);
    let scenarios = ["--scenario", "returning-visit", "--scenario", "gateway-outage", "--scenario", "offline"];
    let [from, to] = dirs(&site);
    let given = |arguments: &[&str]| verdicts(&site, &[arguments, &scenarios].concat());
    let (code, directories, said) = given(&["--from", &from, "--to", &to]);
    assert_eq!(code, 1, "{said}");
    assert!(directories.iter().any(|(_, verdict, _)| verdict == "pass"), "{said}");

    let command = format!("exec node '{}'", server().display());
    let (code, commands, said) = given(&["--from", &from, "--from-cmd", &command, "--to", &to, "--to-cmd", &command]);
    assert_eq!((code, &commands), (1, &directories), "{said}");

    let servers = ["A", "B"].map(|release| Server::start(&site.files(release)));
    let (code, addresses, said) = given(&["--from", &servers[0].url, "--to", &servers[1].url]);
    assert_eq!((code, &addresses), (1, &directories), "{said}");
}

#[test]
fn a_worker_script_that_caches_may_keep_is_noted() {
    let site = Site::with(&[]);
    let [from, to] = dirs(&site);
    for (cache_control, found) in [("public, max-age=3600", &["worker-script-cacheable"][..]), ("max-age=0", &[])] {
        let command = format!("WORKER_CACHE_CONTROL='{cache_control}' exec node '{}'", server().display());
        let given = ["--from", &from, "--from-cmd", &command, "--to", &to, "--to-cmd", &command];
        let (code, cells, said) = verdicts(&site, &[&given[..], &["--scenario", "returning-visit"]].concat());
        // No visitor has met with harm, so that it is a note.
        assert_eq!((code, cells[0].1.as_str()), (0, "pass"), "{said}");
        assert_eq!(cells[0].2, found, "{said}");
    }
}

#[test]
fn a_login_is_brought_along_and_never_told() {
    let shows = Edit {
        file: "index.html",
        good: "<h1>Start</h1>",
        bad: "<h1>Start</h1><script>
            if (!document.cookie.includes('id=s3cret') || localStorage.token !== 't0ken') throw new Error('no login');
        </script>",
    };
    let site = Site::with(&[shows]);
    let storage = site.files("storage.json");
    let state = r#"{ "cookies": [{ "name": "id", "value": "s3cret", "domain": "localhost", "path": "/", "expires": -1,
                     "httpOnly": false, "secure": false, "sameSite": "Lax" }],
                     "origins": [{ "origin": "http://localhost:3000",
                                   "localStorage": [{ "name": "token", "value": "t0ken" }] }] }"#;
    std::fs::write(&storage, state).unwrap();
    let [from, to] = dirs(&site);
    let given =
        ["--from", &from, "--to", &to, "--scenario", "first-visit", "--scenario", "private-data", "--keep", "t"];
    let (code, _, said) = verdicts(&site, &given);
    assert_eq!(code, 1, "{said}");
    let (code, _, said) = verdicts(
        &site,
        &[&given[..], &["--storage", storage.to_str().unwrap(), "--header", "X-Mine: s3cret"]].concat(),
    );
    assert_eq!(code, 0, "{said}");
    assert_eq!(std::fs::read_to_string(&storage).unwrap(), state);
    let traces = std::fs::read_dir(site.files("t")).unwrap().map(|entry| entry.unwrap().path());
    let told: Vec<String> =
        traces.chain([site.files("report.json")]).map(|it| std::fs::read_to_string(it).unwrap()).collect();
    assert!(told.len() > 1);
    for told in told {
        assert!(!told.contains("s3cret\"") && !told.contains("X-Mine"), "{told}");
    }
}

#[test]
fn what_makes_no_sense_is_told_in_words() {
    let site = Site::with(&[]);
    let [from, to] = dirs(&site);
    let here = site.files("");
    let storage = site.files("storage.json");
    std::fs::write(&storage, "{").unwrap();
    for (arguments, says) in [
        (vec![], "no old release given"),
        (vec!["--from", &from], "no new release given"),
        (vec!["--from", "/no/such/place", "--to", &to], "is not a directory"),
        (vec!["--from", &from, "--to", "."], "did you mean"),
        (vec!["--from", &from, "--to", &to, "--scenario", "nothing"], "no scenario matches `nothing`"),
        (vec!["--from", &from, "--to", &to, "--route", "about"], "must begin with `/`"),
        (vec!["--from", &from, "--to", &to, "--header", "s3cret"], "number 1"),
        (
            vec!["--from", &from, "--to", &to, "--config", "/no/such.toml"],
            "cannot use the app description /no/such.toml",
        ),
        (vec!["--from", &from, "--to", &to, "--storage", storage.to_str().unwrap()], "storageState"),
        (vec!["--app", &from], "no package.json"),
        (vec!["--app", &from, "--to", &to], "cannot be used with"),
    ] {
        std::fs::create_dir_all(here.join("dist")).unwrap();
        std::fs::write(here.join("dist/index.html"), "").unwrap();
        let output = check(&arguments, &here);
        let said = text(&output);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(says), "{arguments:?}: {said}");
    }
    let start = check(&["--from", &from, "--to", &to, "--start", "/nowhere"], &here);
    assert_eq!(start.status.code(), Some(2));
    assert!(
        text(&start).contains("the start page /nowhere of release A does not work: status 404"),
        "{}",
        text(&start)
    );
    let same = check(&["--from", &from, "--to", &from], &here);
    assert_eq!(same.status.code(), Some(2));
    assert!(text(&same).contains("are identical"), "{}", text(&same));
}

#[test]
fn what_had_ended_when_it_is_interrupted_is_told() {
    let site = Site::with(&[]);
    let [from, to] = dirs(&site);
    let report = site.files("report.json");
    let mut child = Command::cargo_bin("swapcheck")
        .unwrap()
        .args(["check", "--from", &from, "--to", &to, "--jobs", "2", "--keep", "t", "--json", report.to_str().unwrap()])
        .current_dir(site.files(""))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let all = swapcheck::scenario::ALL.len();
    let first = lines.find(|line| line.contains(&format!("/{all}] "))).expect("no scenario ended");
    kill_process(Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap(), Signal::INT).unwrap();
    let said: Vec<String> = lines.collect();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{first}: {said:?}");
    assert!(
        said.iter().any(|line| line.contains("interrupted") && line.contains(&format!(" of {all} had finished"))),
        "{said:?}"
    );

    let json: Value = serde_json::from_slice(&std::fs::read(&report).unwrap()).unwrap();
    let cells = json["cells"].as_array().unwrap();
    let (unended, ended): (Vec<_>, Vec<_>) = cells.iter().partition(|cell| cell["verdict"] == "broken");
    assert!(!ended.is_empty() && cells.len() == all, "{first}: {json}");
    assert!(ended.iter().all(|cell| site.files("").join(cell["trace"].as_str().unwrap()).exists()), "{ended:?}");
    let reasons: Vec<&str> = unended.iter().map(|cell| cell["reason"].as_str().unwrap()).collect();
    assert!(!reasons.is_empty() && reasons.iter().all(|reason| reason.contains("interrupted")), "{reasons:?}");
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains(" broken") && told.contains("  interrupted before it finished\n"), "{told}");
}

#[test]
fn a_command_that_does_not_serve_is_no_release() {
    let site = Site::with(&[]);
    let [from, to] = dirs(&site);
    let output = check(&["--from", &from, "--to", &to, "--to-cmd", "echo nothing here; exit 7"], &site.files(""));
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output).contains("nothing here"), "{}", text(&output));
}
