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

/// The longest that a look may take. Where it never ends it takes all of them.
const SHORT: Duration = Duration::from_secs(30);

/// The same where it has to come to its end, on a busy machine too.
const LONG: Duration = Duration::from_secs(120);

/// What is over and above that: the start and the end of the browser, on a busy machine.
const AROUND: Duration = Duration::from_secs(150);

/// Events that no trace has more of.
const EVENTS: usize = 40_000;

/// A site: what its start page holds, what its worker does, and what is to be known of the probe.
struct Case {
    name: &'static str,
    page: &'static str,
    worker: Option<&'static str>,
    look: Duration,
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

/// What most cases have in common.
const SITE: Case = Case { name: "", page: "", worker: None, look: SHORT, sees: ends };

const CASES: &[Case] = &[
    Case { name: "redirects-without-end", sees: |it| cannot(it, "more than 10 redirects"), ..SITE },
    Case {
        name: "navigations-without-end",
        page: "<script>setTimeout(() => location.assign('/?' + Math.random()), 0)</script>",
        ..SITE
    },
    Case { name: "alerts-without-end", page: "<script>for (;;) alert('again')</script>", ..SITE },
    Case {
        name: "dialogs",
        page: "<script>alert(1); confirm(2); prompt(3); addEventListener('beforeunload', (e) => { e.preventDefault(); \
               return e.returnValue = 'stay'; })</script>",
        worker: Some(WORKER),
        look: LONG,
        sees: finishes,
    },
    Case {
        name: "windows-without-end",
        page: "<script>setInterval(() => { for (let i = 0; i < 10; i++) open('/?' + Math.random()) }, 20)</script>",
        ..SITE
    },
    Case {
        name: "downloads",
        page: "<a id=a download href='/huge'></a><script>setInterval(() => document.querySelector('#a').click(), 50)</script>",
        ..SITE
    },
    Case { name: "a-body-without-end", page: "<img src='/huge'><iframe src='/huge'></iframe>", ..SITE },
    Case {
        name: "console-flood",
        page: "<script>setInterval(() => { for (let i = 0; i < 2000; i++) console.error('x'.repeat(200) + i) }, 5);\
               console.error('y'.repeat(30000000))</script>",
        ..SITE
    },
    Case {
        name: "exceptions-without-end",
        page: "<script>setInterval(() => { for (let i = 0; i < 200; i++) Promise.reject(new Error('z' + i)) }, 5)</script>",
        ..SITE
    },
    Case {
        name: "requests-without-end",
        page: "<script>setInterval(() => { for (let i = 0; i < 50; i++) fetch('/r' + Math.random()) }, 5)</script>",
        look: LONG,
        sees: |it| it.as_ref().is_ok_and(|it| it.facts.traffic.requests <= REQUESTS && it.facts.traffic.refused > 0),
        ..SITE
    },
    Case {
        name: "registrations-without-end",
        page: "<script>let i = 0; setInterval(() => navigator.serviceWorker.register('/sw.js?' + i, { scope: '/s' + i++ }), 10)\
               </script>",
        worker: Some(WORKER),
        ..SITE
    },
    Case {
        name: "caches-without-end",
        page: "<script>(async () => { for (let i = 0; ; i++) { const c = await caches.open('c' + i);\
               for (let j = 0; j < 50; j++) await c.put('/e' + j, new Response('v'.repeat(200000))) } })()</script>",
        ..SITE
    },
    Case {
        name: "a-worker-that-never-finishes",
        page: "<script>navigator.serviceWorker.register('/sw.js')</script>",
        worker: Some("addEventListener('install', (e) => e.waitUntil(new Promise(() => {})));"),
        ..SITE
    },
    Case {
        name: "a-worker-that-spins",
        page: "<script>navigator.serviceWorker.register('/sw.js')</script>",
        worker: Some("addEventListener('install', () => { for (;;); });"),
        ..SITE
    },
    Case { name: "a-page-that-spins", page: "<script>for (;;);</script>", ..SITE },
    Case { name: "a-page-that-never-loads", page: "<script src='/never'></script><img src='/never?2'>", ..SITE },
    Case {
        name: "words-that-deceive",
        page: "<title>\u{1b}[2J\u{1b}]0;x\u{7}\u{202e}<b>title</b></title><script>console.error('\\x1b[31mred\\u202e');\
               history.replaceState(0, '', '/\\x1b[0m\\u202e<img src=x onerror=alert(1)>')</script>",
        look: LONG,
        sees: |it| finishes(it) && !report_text(it).contains(['\u{1b}', '\u{202e}', '\u{7}']),
        ..SITE
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
            timeout: case.look,
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
        if took > case.look + AROUND {
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
    // Some take a core, others mostly wait.
    arguments.test_threads.get_or_insert(2 * std::thread::available_parallelism().map_or(1, usize::from));
    let runtime = Arc::new(Runtime::new().unwrap());
    let trials = CASES.iter().map(|case| {
        let runtime = Arc::clone(&runtime);
        Trial::test(case.name, move || play(&runtime, case))
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}
