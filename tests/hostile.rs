//! Sites that mean harm, or are broken enough: each costs bounded time, memory and disk, and none gets out of the
//! report. Every one is probed, look only, and the figures are printed.
#![expect(clippy::unwrap_used, reason = "tests")]

#[expect(dead_code, reason = "it serves other sites")]
mod common;

use std::sync::Arc;
use std::time::{Duration, Instant};

use common::front::{self, Front};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::{Request, Response};
use libtest_mimic::{Arguments, Failed, Trial};
use swapcheck::error::Error;
use swapcheck::probe::{Options, Probed, probe};
use swapcheck::release::rehearsal::Bounds;
use swapcheck::report::human::Look;
use tokio::runtime::Runtime;

/// The longest that the look at any of them may take.
const LOOK: u64 = 90;

/// What is over and above that: the start and the end of the browser, on a busy machine.
const AROUND: u64 = 150;

/// Events that no trace has more of.
const EVENTS: usize = 40_000;

/// A site: what its start page holds, what its worker does, and what is to be known of the probe.
struct Case {
    name: &'static str,
    page: &'static str,
    worker: Option<&'static str>,
    /// What has to be seen, beside that it ends.
    sees: fn(&Result<Probed, Error>) -> bool,
}

const WORKER: &str = "addEventListener('install', () => skipWaiting()); addEventListener('fetch', () => {});";

fn finishes(outcome: &Result<Probed, Error>) -> bool {
    outcome.as_ref().is_ok_and(|probed| probed.facts.offline.tried)
}

fn ends(outcome: &Result<Probed, Error>) -> bool {
    outcome.is_ok()
}

fn cannot(outcome: &Result<Probed, Error>, why: &str) -> bool {
    outcome.as_ref().is_err_and(|error| error.to_string().contains(why))
}

fn told(outcome: &Result<Probed, Error>) -> String {
    let Ok(probed) = outcome else { return outcome.as_ref().unwrap_err().to_string() };
    let mut told = Vec::new();
    swapcheck::report::probe::human(&mut told, probed, Look { width: 120, verbose: true }).unwrap();
    String::from_utf8(told).unwrap()
}

const CASES: &[Case] = &[
    Case { name: "redirects-without-end", page: "", worker: None, sees: |it| cannot(it, "leads on and on") },
    Case {
        name: "navigations-without-end",
        page: "<script>setTimeout(() => location.assign('/?' + Math.random()), 0)</script>",
        worker: None,
        sees: ends,
    },
    Case { name: "alerts-without-end", page: "<script>for (;;) alert('again')</script>", worker: None, sees: ends },
    Case {
        name: "dialogs",
        page: "<script>alert(1); confirm(2); prompt(3); addEventListener('beforeunload', (e) => { e.preventDefault(); \
               return e.returnValue = 'stay'; })</script>",
        worker: Some(WORKER),
        sees: finishes,
    },
    Case {
        name: "windows-without-end",
        page: "<script>setInterval(() => { for (let i = 0; i < 10; i++) open('/?' + Math.random()) }, 20)</script>",
        worker: None,
        sees: ends,
    },
    Case {
        name: "downloads",
        page: "<a id=a download href='/huge'></a><script>setInterval(() => document.querySelector('#a').click(), 50)</script>",
        worker: None,
        sees: ends,
    },
    Case {
        name: "a-body-without-end",
        page: "<img src='/huge'><iframe src='/huge'></iframe>",
        worker: None,
        sees: ends,
    },
    Case {
        name: "console-flood",
        page: "<script>setInterval(() => { for (let i = 0; i < 2000; i++) console.error('x'.repeat(200) + i) }, 5);\
               console.error('y'.repeat(30000000))</script>",
        worker: None,
        sees: ends,
    },
    Case {
        name: "exceptions-without-end",
        page: "<script>setInterval(() => { for (let i = 0; i < 200; i++) Promise.reject(new Error('z' + i)) }, 5)</script>",
        worker: None,
        sees: ends,
    },
    Case {
        name: "requests-without-end",
        page: "<script>setInterval(() => { for (let i = 0; i < 50; i++) fetch('/r' + Math.random()) }, 5)</script>",
        worker: None,
        sees: |it| it.as_ref().is_ok_and(|it| it.facts.traffic.requests <= REQUESTS && it.facts.traffic.refused > 0),
    },
    Case {
        name: "registrations-without-end",
        page: "<script>let i = 0; setInterval(() => navigator.serviceWorker.register('/sw.js?' + i, { scope: '/s' + i++ }), 10)\
               </script>",
        worker: Some(WORKER),
        sees: ends,
    },
    Case {
        name: "caches-without-end",
        page: "<script>(async () => { for (let i = 0; ; i++) { const c = await caches.open('c' + i);\
               for (let j = 0; j < 50; j++) await c.put('/e' + j, new Response('v'.repeat(200000))) } })()</script>",
        worker: None,
        sees: ends,
    },
    Case {
        name: "a-worker-that-never-finishes",
        page: "<script>navigator.serviceWorker.register('/sw.js')</script>",
        worker: Some("addEventListener('install', (e) => e.waitUntil(new Promise(() => {})));"),
        sees: ends,
    },
    Case {
        name: "a-worker-that-spins",
        page: "<script>navigator.serviceWorker.register('/sw.js')</script>",
        worker: Some("addEventListener('install', () => { for (;;); });"),
        sees: ends,
    },
    Case { name: "a-page-that-spins", page: "<script>for (;;);</script>", worker: None, sees: ends },
    Case {
        name: "a-page-that-never-loads",
        page: "<script src='/never'></script><img src='/never?2'>",
        worker: None,
        sees: ends,
    },
    Case {
        name: "words-that-deceive",
        page: "<title>\u{1b}[2J\u{1b}]0;x\u{7}\u{202e}<b>title</b></title><script>console.error('\\x1b[31mred\\u202e');\
               history.replaceState(0, '', '/\\x1b[0m\\u202e<img src=x onerror=alert(1)>')</script>",
        worker: None,
        sees: |it| finishes(it) && !report_text(it).contains(['\u{1b}', '\u{202e}', '\u{7}']),
    },
];

/// The report without our own colours.
fn report_text(outcome: &Result<Probed, Error>) -> String {
    let mut plain = told(outcome);
    for style in ["\u{1b}[0m", "\u{1b}[1m", "\u{1b}[2m", "\u{1b}[31m", "\u{1b}[32m", "\u{1b}[33m", "\u{1b}[36m"] {
        plain = plain.replace(style, "");
    }
    plain
}

/// What the site may be asked at most.
const REQUESTS: u32 = 300;

fn answer(case: &Case, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let html = |body: String| {
        let response = Response::builder().header("content-type", "text/html; charset=utf-8");
        response.body(Full::from(body)).unwrap()
    };
    match request.uri().path() {
        "/sw.js" => {
            let response = Response::builder().header("content-type", "text/javascript");
            response.body(Full::from(case.worker.unwrap_or_default())).unwrap()
        }
        "/" if case.name == "redirects-without-end" => {
            Response::builder().status(302).header("location", "/").body(Full::default()).unwrap()
        }
        "/huge" => {
            // Larger than any body that is kept; the machine that serves it is ours too.
            let response = Response::builder().header("content-type", "application/octet-stream");
            response.body(Full::from(vec![b'x'; 300 << 20])).unwrap()
        }
        _ => html(format!("<!doctype html><html><title>hostile</title>{}", case.page)),
    }
}

fn play(runtime: &Runtime, case: &'static Case) -> Result<(), Failed> {
    runtime.block_on(async {
        let behind = front::serve(move |request| answer(case, &request)).await;
        let front = Front::before(&["hostile.example"], behind).await;
        let options = Options {
            url: "https://hostile.example/".to_owned(),
            reach: front.reach(),
            timeout: Duration::from_secs(LOOK),
            bounds: Bounds { requests: REQUESTS, answer: Duration::from_secs(5), ..Bounds::default() },
            ..Options::default()
        };
        let began = Instant::now();
        let outcome = probe(options, Arc::new(|_| {})).await;
        let took = began.elapsed();
        let events = outcome.as_ref().map_or(0, |probed| {
            probed.run.cells.iter().filter_map(|cell| cell.trace.as_ref()).map(|trace| trace.events.len()).sum()
        });
        let verdict = outcome.as_ref().map_or_else(ToString::to_string, |probed| {
            format!("{:?} {}", probed.run.cells[0].verdict, probed.run.cells[0].reason)
        });
        println!("{:<30} {:>5.1} s {events:>6} events  {verdict}", case.name, took.as_secs_f32());
        if took > Duration::from_secs(LOOK + AROUND) {
            return Err(format!("it took {took:?}").into());
        }
        if events > EVENTS {
            return Err(format!("its trace has {events} events").into());
        }
        if (case.sees)(&outcome) { Ok(()) } else { Err(told(&outcome).into()) }
    })
}

fn main() -> std::process::ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(2);
    let runtime = Arc::new(Runtime::new().unwrap());
    let trials = CASES.iter().map(|case| {
        let runtime = Arc::clone(&runtime);
        Trial::test(case.name, move || play(&runtime, case))
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}
