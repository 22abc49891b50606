//! The reports on hand-made runs.

#![expect(clippy::unwrap_used, reason = "what a test rests on may fail it")]

use std::time::Duration;

use swapcheck::finding::{Confidence, Finding, Severity, Verdict};
use swapcheck::release::variant::Kind;
use swapcheck::report::human::{self, Look};
use swapcheck::report::traces::Traces;
use swapcheck::report::{json, junit, markdown};
use swapcheck::run::{Cell, Expected, Proof, Run, Versions};
use swapcheck::trace::{Answer, Event, Header, Trace, What};

/// What a page might put into its text to deceive whoever reads a report: a cleared screen, a title, a second line, a
/// right-to-left override, mark-up, the end of a CDATA section.
const EVIL: &str = "\x1b[2J\x1b]0;owned\x07\r\npass\u{202e}\u{9b}31m</failure><x>&]]>";

fn trace(variant: &str, scenario: &str, text: &str) -> Trace {
    let header = Header {
        swapcheck_trace: swapcheck::trace::FORMAT,
        subject: variant.to_owned(),
        scenario: scenario.to_owned(),
        browser: "HeadlessChrome/1.2.3".to_owned(),
    };
    let answer = Answer {
        method: "GET".to_owned(),
        url: format!("https://app.example/{text}"),
        fault: Some(1),
        status: 502,
        ..Answer::default()
    };
    let whats = [What::Swap { release: "B".to_owned() }, What::Answer(answer), What::End];
    let events = (0..).zip(whats).map(|(seq, what)| Event { seq, at_ms: u64::from(seq) * 700, what }).collect();
    Trace { header, events }
}

fn finding(check: &str, text: &str) -> Finding {
    Finding {
        check: check.to_owned(),
        severity: Severity::Fatal,
        confidence: Confidence::Certain,
        message: format!("cache “pages” keeps a 502 for {text}"),
        url: Some(format!("https://app.example/{text}")),
        fix: "store only answers whose status is 200".to_owned(),
        events: vec![1],
    }
}

fn cell(variant: &str, scenario: &str, expected: &[&str], found: &[&str]) -> Cell {
    let expected = if expected.is_empty() {
        Expected::Pass
    } else {
        let checks = expected.iter().map(|&id| id.to_owned()).collect();
        Expected::Findings { checks, why: "the route stores every answer".to_owned() }
    };
    let findings: Vec<Finding> = found.iter().map(|check| finding(check, "page")).collect();
    let trace = trace(variant, scenario, "page");
    Cell {
        variant: variant.to_owned(),
        kind: Some(Kind::Remedy),
        scenario: scenario.to_owned(),
        verdict: if found.is_empty() { Verdict::Pass } else { Verdict::Fail },
        expected,
        proof: Proof::of(&findings, &trace),
        findings,
        reason: String::new(),
        took: Duration::from_millis(1500),
        trace: Some(trace),
        kept: None,
    }
}

fn odd(variant: &str, scenario: &str, verdict: Verdict, expected: Expected, reason: &str) -> Cell {
    Cell { verdict, expected, reason: reason.to_owned(), trace: None, ..cell(variant, scenario, &[], &[]) }
}

fn run(cells: Vec<Cell>) -> Run {
    let versions = Versions {
        swapcheck: "0.1.0".to_owned(),
        browser: "HeadlessChrome/1.2.3".to_owned(),
        sandbox: false,
        node: "v20.9.0".to_owned(),
        next: "16.4.6".to_owned(),
    };
    Run { cells, versions, took: Duration::from_secs(12) }
}

/// One cell of each sort.
fn mixed() -> Run {
    let no_meaning = Expected::Inapplicable { why: "it has no worker".to_owned() };
    run(vec![
        cell("naive", "gateway-outage", &["cached-error"], &["cached-error"]),
        cell("naive", "open-tab", &["chunk-load-failure"], &[]),
        cell("proven", "gateway-outage", &[], &[]),
        cell("proven", "open-tab", &[], &["cached-error", "wrong-content"]),
        odd("no-worker", "gateway-outage", Verdict::Inapplicable, no_meaning, "it has no worker"),
        odd("no-worker", "open-tab", Verdict::Broken, Expected::Pass, "the browser died"),
    ])
}

fn coloured(run: &Run, width: usize, verbose: bool) -> String {
    let mut out = Vec::new();
    human::sample(&mut out, run, Look { width, verbose }).unwrap();
    String::from_utf8(out).unwrap()
}

fn plain(run: &Run, width: usize, verbose: bool) -> String {
    anstream::adapter::strip_str(&coloured(run, width, verbose)).to_string()
}

#[test]
fn the_human_report_has_table_legend_evidence_and_summary() {
    let expected = "            gateway-outage  open-tab
────────────────────────────────────────────
 naive      cached-error    ! pass
 proven     pass            ! cached-error
                            ! wrong-content
 no-worker  n/a             ! BROKEN

name of a check: the failure that this cell has to show was caught
!: not as expected, told below
n/a: has no meaning for the variant
BROKEN: swapcheck could not do its work

naive / open-tab (1.5 s)
    expected  chunk-load-failure
    because   the route stores every answer
    found     pass: what had to be caught was not

proven / open-tab (1.5 s)
    expected  pass
    found     cached-error, wrong-content

  cached-error (fatal)
    cache “pages” keeps a 502 for page
    url       https://app.example/page
           700 ms    origin: GET https://app.example/page → 502 by fault 1
    fix       store only answers whose status is 200

  wrong-content (fatal)
    cache “pages” keeps a 502 for page
    url       https://app.example/page
           700 ms    origin: GET https://app.example/page → 502 by fault 1
    fix       store only answers whose status is 200

no-worker / open-tab (1.5 s)
    expected  pass
    found     broken: the browser died

6 cells: 3 as expected (1 of them caught failures), 2 not, 1 broken; took 12.0 s
swapcheck 0.1.0, HeadlessChrome/1.2.3 (sandbox off), Node.js v20.9.0, Next.js 16.4.6
";
    let report = plain(&mixed(), 100, false);
    assert_eq!(report, expected, "\n{report}");
}

#[test]
fn expected_failures_are_told_on_demand() {
    assert!(!plain(&mixed(), 100, false).contains("naive / gateway-outage"));
    let report = plain(&mixed(), 100, true);
    assert!(report.contains("naive / gateway-outage") && report.contains("because   the route stores"), "{report}");
}

#[test]
fn a_large_table_fits_its_width() {
    let scenarios = [
        "first-visit",
        "returning-visit",
        "open-tab",
        "gateway-outage",
        "soft-error",
        "rolling-deploy",
        "offline",
        "dropped-connection",
    ];
    let cells = (0..20).flat_map(|variant| {
        scenarios.map(|scenario| {
            let found: &[&str] = if variant % 5 == 0 { &["chunk-load-failure", "uncaught-exception"] } else { &[] };
            cell(&format!("a-remedy-with-a-name-{variant}"), scenario, found, found)
        })
    });
    let run = run(cells.collect());
    for width in [100, 60] {
        let report = plain(&run, width, false);
        let widest = report.lines().take_while(|line| !line.starts_with("name of")).map(|line| line.chars().count());
        assert!(widest.max().unwrap() <= width, "{report}");
        for scenario in scenarios {
            assert_eq!(report.matches(scenario).count(), 1, "{report}");
        }
    }
}

#[test]
fn an_empty_run_says_that_nothing_was_checked() {
    assert!(plain(&run(Vec::new()), 100, false).contains("nothing was checked"));
}

fn injected() -> Run {
    let mut evil = cell("naive", "open-tab", &[], &["cached-error"]);
    evil.findings = vec![finding("cached-error", EVIL)];
    evil.proof = Proof::of(&evil.findings, &trace("naive", "open-tab", EVIL));
    let broken = odd("naive", "offline", Verdict::Broken, Expected::Pass, EVIL);
    let no_meaning = Expected::Inapplicable { why: EVIL.to_owned() };
    run(vec![evil, broken, odd(EVIL, EVIL, Verdict::Inapplicable, no_meaning, EVIL)])
}

/// Nothing but what a report writes by itself may be left once its own colours are gone.
fn assert_harmless(report: &str) {
    let own = ["\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[22m", "\x1b[39m", "\x1b[31m", "\x1b[32m"];
    let own_more = ["\x1b[38;5;9m", "\x1b[38;5;10m"];
    let rest = own.iter().chain(&own_more).fold(report.to_owned(), |text, code| text.replace(code, ""));
    let wrong = rest.chars().find(|c| c.is_control() && *c != '\n' || ('\u{202a}'..='\u{202e}').contains(c));
    assert_eq!(wrong, None, "{rest:?}");
    assert!(!rest.lines().any(|line| line.trim_start().starts_with("pass\\u{202e}")), "{rest}");
}

#[test]
fn what_a_page_says_cannot_steer_a_terminal() {
    for width in [40, 100] {
        let report = coloured(&injected(), width, true);
        assert_harmless(&report);
        assert!(report.contains("\\u{1b}[2J"), "{report}");
    }
    let mut out = Vec::new();
    human::judged(&mut out, &injected(), Look { width: 100, verbose: true }).unwrap();
    assert_harmless(&String::from_utf8(out).unwrap());
}

#[test]
fn what_a_page_says_cannot_break_a_junit_report() {
    let xml = String::from_utf8(junit::render(&injected()).unwrap()).unwrap();
    assert_harmless(&xml);
    assert!(!xml.contains("<x>") && xml.contains("&lt;x&gt;"), "{xml}");
    let report = quick_junit::Report::deserialize_from_str(&xml).unwrap();
    assert_eq!((report.tests, report.failures, report.errors), (3, 1, 1));
}

#[test]
fn a_junit_report_tells_unexpected_broken_and_inapplicable_apart() {
    let xml = String::from_utf8(junit::render(&mixed()).unwrap()).unwrap();
    let report = quick_junit::Report::deserialize_from_str(&xml).unwrap();
    let suites: Vec<_> = report.test_suites.iter().map(|suite| suite.name.as_str()).collect();
    assert_eq!(suites, ["naive", "proven", "no-worker"]);
    assert_eq!((report.tests, report.failures, report.errors), (6, 2, 1));
    assert_eq!(xml.matches("<skipped message=\"it has no worker\"").count(), 1, "{xml}");
    assert!(xml.contains("expected chunk-load-failure, found pass"), "{xml}");
    assert!(xml.contains("502 by fault 1"), "{xml}");
}

#[test]
fn the_json_report_has_its_fields() {
    let dir = tempfile::TempDir::new().unwrap();
    let traces = Traces::in_dir(dir.path()).unwrap();
    let mut run = mixed();
    traces.save(&mut run).unwrap();
    let report: serde_json::Value = serde_json::from_slice(&json::render(&run).unwrap()).unwrap();
    assert_eq!(report["swapcheck"], "0.1.0");
    assert_eq!(report["browser"], "HeadlessChrome/1.2.3");
    assert_eq!(report["sandbox"], false);
    assert_eq!(report["node"], "v20.9.0");
    assert_eq!(report["next"], "16.4.6");
    assert_eq!(report["duration_ms"], 12_000);
    let cells = report["cells"].as_array().unwrap();
    assert_eq!(cells.len(), 6);
    let expected = serde_json::json!({
        "variant": "naive",
        "kind": "remedy",
        "scenario": "gateway-outage",
        "verdict": "fail",
        "expected_verdict": "fail",
        "expected": ["cached-error"],
        "why": "the route stores every answer",
        "as_expected": true,
        "reason": "",
        "findings": [{
            "check": "cached-error",
            "severity": "fatal",
            "confidence": "certain",
            "message": "cache “pages” keeps a 502 for page",
            "url": "https://app.example/page",
            "fix": "store only answers whose status is 200",
            "events": [1],
            "evidence": [{
                "seq": 1,
                "at_ms": 700,
                "text": "origin: GET https://app.example/page → 502 by fault 1",
            }],
        }],
        "duration_ms": 1500,
        "trace": dir.path().join("naive.gateway-outage.jsonl"),
    });
    assert_eq!(cells[0], expected);
    let verdicts: Vec<_> = cells.iter().map(|cell| cell["verdict"].as_str().unwrap()).collect();
    assert_eq!(verdicts, ["fail", "pass", "pass", "fail", "inapplicable", "broken"]);
    assert_eq!(cells[2]["expected"], serde_json::json!([]));
    assert_eq!(cells[4]["why"], "it has no worker");
    assert_eq!((&cells[5]["reason"], &cells[5]["trace"]), (&"the browser died".into(), &serde_json::Value::Null));
}

#[test]
fn kept_traces_can_be_read_and_are_named_in_the_report() {
    let dir = tempfile::TempDir::new().unwrap();
    let traces = Traces::in_dir(&dir.path().join("made/for/them")).unwrap();
    let mut run = mixed();
    traces.save(&mut run).unwrap();
    for cell in &run.cells {
        let Some(path) = &cell.kept else { continue };
        let kept = Trace::read(std::io::BufReader::new(std::fs::File::open(path).unwrap())).unwrap();
        assert_eq!(Some(kept), cell.trace);
    }
    let mut out = Vec::new();
    human::sample(&mut out, &run, Look { width: 400, verbose: false }).unwrap();
    let report = String::from_utf8(out).unwrap();
    assert!(report.contains("made/for/them/proven.open-tab.jsonl"), "{report}");
}

#[test]
fn a_run_can_be_had_back_from_its_json_report() {
    for run in [mixed(), injected()] {
        let json = json::render(&run).unwrap();
        let back = json::read(&json).unwrap();
        assert_eq!(String::from_utf8(json::render(&back).unwrap()), String::from_utf8(json));
        assert_eq!(coloured(&back, 100, true), coloured(&run, 100, true));
        assert_eq!(back.exit_code(), run.exit_code());
    }
    assert!(json::read(b"{}").unwrap_err().to_string().contains("missing field"));
}

#[test]
fn parts_of_a_table_make_the_whole() {
    let whole = || {
        run(vec![
            Cell { kind: Some(Kind::Control), ..cell("naive", "open-tab", &[], &[]) },
            cell("a-remedy", "open-tab", &[], &[]),
            cell("a-remedy", "offline", &[], &[]),
            Cell { kind: Some(Kind::Proven), ..cell("proven", "open-tab", &[], &[]) },
        ])
    };
    let part = |range: std::ops::Range<usize>| run(whole().cells[range].to_vec());
    let names =
        |run: &Run| -> Vec<_> { run.cells.iter().map(|cell| (cell.variant.clone(), cell.scenario.clone())).collect() };
    let longer = Run { took: Duration::from_secs(99), ..part(0..2) };
    let merged = Run::merged(vec![part(2..4), longer]).unwrap();
    assert_eq!((names(&merged), merged.took), (names(&whole()), Duration::from_secs(99)));

    let twice = Run::merged(vec![part(0..2), part(1..4)]).unwrap_err();
    assert_eq!(twice, "the cell a-remedy / open-tab is in two reports");
    let mut other = part(2..4);
    other.versions.next = "99.0.0".to_owned();
    assert!(Run::merged(vec![part(0..2), other]).unwrap_err().contains("99.0.0"));
}

#[test]
fn the_document_has_the_table_and_what_each_cell_means() {
    let document = markdown::render(&mixed());
    for line in [
        "| | 1 | 2 |",
        "| `naive` | ✗ | ‼ |",
        "| `proven` | ✓ | ‼ |",
        "| `no-worker` | – | ‼ |",
        "1 `gateway-outage` · 2 `open-tab`",
        "## no-worker",
        "| `gateway-outage` | cached-error | the route stores every answer |",
        "| `gateway-outage` | pass |  |",
        "| `gateway-outage` | inapplicable: it has no worker | it has no worker |",
    ] {
        assert!(document.lines().any(|known| known == line), "{line}\n{document}");
    }
    assert!(document.contains("**not as expected** cache “pages” keeps a 502 for page"), "{document}");
}

#[test]
fn what_a_page_says_cannot_break_a_document() {
    let document = markdown::render(&injected());
    assert_harmless(&document);
    assert!(!document.contains("<x>") && document.contains("&lt;x&gt;"), "{document}");
}
