//! The origin over real connections: swap, each fault, directories, proxying, and what the log says of it.

use std::convert::Infallible;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant, UNIX_EPOCH};

use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::header::{CACHE_CONTROL, ETAG, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use swapcheck::http::{BLANK, Scheme};
use swapcheck::origin::{Effect, Fault, Match, Origin, OriginHost};
use swapcheck::release::{Backend, Release};
use swapcheck::trace::{Answer, Gravity, Log, What};
use tempfile::TempDir;
use tokio::net::TcpListener;

use super::client::{Body, Client, directory, server};

/// Releases A, B and C, each page of which is the release's name.
struct Site {
    host: OriginHost,
    origin: Origin,
    log: Log,
    _dirs: Vec<TempDir>,
}

async fn site() -> Site {
    let (dirs, releases) = ["A", "B", "C"]
        .map(|name| {
            let own = format!("only-{}.js", name.to_ascii_lowercase());
            directory(name, &[("index.html", name), ("x.js", name), ("y.js", name), (&own, name)])
        })
        .into_iter()
        .unzip();
    let (host, log) = (OriginHost::bind(Scheme::Http).await.unwrap(), Log::default());
    let origin = host.origin("site", releases, log.clone());
    Site { host, origin, log, _dirs: dirs }
}

fn answers(log: &Log) -> Vec<Answer> {
    log.snapshot()
        .into_iter()
        .filter_map(|event| if let What::Answer(it) = event.what { Some(it) } else { None })
        .collect()
}

fn last(log: &Log) -> Answer {
    answers(log).pop().unwrap()
}

fn breaks(matching: Match, effect: Effect) -> Fault {
    Fault::new(matching, effect, Gravity::Breaks)
}

#[tokio::test]
async fn a_directory_is_served_as_static_hosts_do() {
    let files = [
        ("outside", "secret"),
        ("site/index.html", "home"),
        ("site/form.html", "form"),
        ("site/deep/index.html", "deep"),
        ("site/app.js", "1"),
        ("site/sw.js", "2"),
        ("site/a.webmanifest", "{}"),
        ("site/x.css", ""),
        ("site/caf\u{e9} 1.txt", "coffee"),
        ("site/404.html", "nothing here"),
    ];
    let (dir, mut release) = directory("A", &files);
    release.backend = Backend::Directory(dir.path().join("site"));
    let host = OriginHost::bind(Scheme::Http).await.unwrap();
    let origin = host.origin("site", vec![release], Log::default());
    let mut client = Client::new(&origin).await;
    for (path, status, body, mime, cache) in [
        ("/", 200, "home", "text/html; charset=utf-8", "no-cache"),
        ("/form?a=1", 200, "form", "text/html; charset=utf-8", "no-cache"),
        ("/form/", 200, "form", "text/html; charset=utf-8", "no-cache"),
        ("/deep", 200, "deep", "text/html; charset=utf-8", "no-cache"),
        ("/app.js", 200, "1", "text/javascript; charset=utf-8", "public, max-age=3600"),
        ("/x.css", 200, "", "text/css; charset=utf-8", "public, max-age=3600"),
        ("/a.webmanifest", 200, "{}", "application/manifest+json", "no-cache"),
        ("/caf%C3%A9%201.txt", 200, "coffee", "text/plain; charset=utf-8", "no-cache"),
        ("/missing.js", 404, "nothing here", "text/html; charset=utf-8", "no-cache"),
        ("/app.js/", 404, "nothing here", "text/html; charset=utf-8", "no-cache"),
        ("/../outside", 404, "nothing here", "text/html; charset=utf-8", "no-cache"),
        ("/%2e%2e/outside", 404, "nothing here", "text/html; charset=utf-8", "no-cache"),
        ("/..%2foutside", 404, "nothing here", "text/html; charset=utf-8", "no-cache"),
    ] {
        let got = client.get(path).await;
        let said = (got.status, got.body.as_str(), got.header("content-type"), got.header("cache-control"));
        assert_eq!(said, (status, body, mime, cache), "{path}");
    }

    let worker = client.try_get("/sw.js", &[("service-worker", "script")]).await.unwrap();
    assert_eq!((worker.body.as_str(), worker.header("cache-control")), ("2", "no-cache"));
    for (method, status, length) in [(Method::HEAD, 200, "4"), (Method::POST, 405, "")] {
        let mut request = client.request("/", &[]);
        *request.method_mut() = method;
        let response = client.send(request).await.unwrap();
        assert_eq!(response.status(), status);
        if status == 200 {
            assert_eq!(response.headers()["content-length"], length);
            assert!(response.into_body().collect().await.unwrap().to_bytes().is_empty());
        }
    }
}

/// Releases A and B as directories with these files, which all were modified at the same time.
async fn directories(a: &[(&str, &str)], b: &[(&str, &str)]) -> Site {
    let (dirs, releases): (Vec<TempDir>, Vec<Release>) = [directory("A", a), directory("B", b)].into_iter().unzip();
    for (dir, (name, _)) in dirs.iter().flat_map(|dir| a.iter().chain(b).map(move |file| (dir, file))) {
        let Ok(file) = File::options().write(true).open(dir.path().join(name)) else { continue };
        // Sunday, 6 November 1994, 08:49:37 GMT.
        file.set_modified(UNIX_EPOCH + Duration::from_secs(784_111_777)).unwrap();
    }
    let (host, log) = (OriginHost::bind(Scheme::Http).await.unwrap(), Log::default());
    let origin = host.origin("site", releases, log.clone());
    Site { host, origin, log, _dirs: dirs }
}

#[tokio::test]
async fn a_directory_does_not_send_a_file_again_to_who_has_it() {
    let site = directories(
        &[("index.html", "home"), ("app.js", "old"), ("same.js", "same"), ("404.html", "none")],
        &[("index.html", "home"), ("app.js", "new"), ("same.js", "same"), ("404.html", "none")],
    )
    .await;
    let mut client = Client::new(&site.origin).await;
    let (app, same, page) = (client.get("/app.js").await, client.get("/same.js").await, client.get("/").await);
    for got in [&app, &same, &page] {
        assert_eq!(got.header("last-modified"), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert!(got.header("etag").starts_with('"') && got.header("etag").len() > 10, "{}", got.header("etag"));
    }
    let etag = app.header("etag");
    let before = [("if-modified-since", "Sun, 06 Nov 1994 08:49:36 GMT")];
    let since = [("if-modified-since", "Sun, 06 Nov 1994 08:49:37 GMT")];
    let other = [("if-none-match", "\"x\""), since[0]];
    let weak = format!("\"x\", W/{etag}");
    for (headers, status, body) in [
        (&[("if-none-match", etag)][..], 304, ""),
        (&[("if-none-match", &weak)], 304, ""),
        (&[("if-none-match", "*")], 304, ""),
        (&since, 304, ""),
        (&[("if-none-match", etag), before[0]], 304, ""),
        (&before, 200, "old"),
        (&other, 200, "old"),
    ] {
        let got = client.try_get("/app.js", headers).await.unwrap();
        let validators = ["etag", "last-modified", "cache-control"].map(|name| got.header(name) == app.header(name));
        assert_eq!((got.status, got.body.as_str(), validators), (status, body, [true; 3]), "{headers:?}");
    }
    let missing =
        client.try_get("/missing", &[("if-none-match", "*"), since[0], ("range", "bytes=0-0")]).await.unwrap();
    assert_eq!((missing.status, missing.body.as_str(), missing.header("etag")), (404, "none", ""));

    // The new release has the same times, and files of the same length.
    site.origin.swap("B");
    let changed = client.try_get("/app.js", &[("if-none-match", etag), since[0]]).await.unwrap();
    assert_eq!((changed.status, changed.body.as_str()), (200, "new"));
    let kept = client.try_get("/same.js", &[("if-none-match", same.header("etag"))]).await.unwrap();
    assert_eq!((kept.status, last(&site.log).status), (304, 304));
}

#[tokio::test]
async fn a_directory_gives_a_part_of_a_file() {
    let site = directories(&[("sound.wav", "0123456789"), ("empty.wav", "")], &[("sound.wav", "abcdefghij")]).await;
    let mut client = Client::new(&site.origin).await;
    let whole = client.get("/sound.wav").await;
    assert_eq!((whole.status, whole.header("accept-ranges")), (200, "bytes"));
    let of = |range: &'static str| ("range", range);
    for (headers, status, body, said) in [
        (&[of("bytes=2-4")][..], 206, "234", "bytes 2-4/10"),
        (&[of("bytes=-3")], 206, "789", "bytes 7-9/10"),
        (&[of("bytes=20-")], 416, "", "bytes */10"),
        (&[of("bytes=0-1,4-5")], 200, "0123456789", ""),
        (&[of("lines=1-2")], 200, "0123456789", ""),
        (&[of("bytes=2-4"), ("if-range", whole.header("etag"))], 206, "234", "bytes 2-4/10"),
        (&[of("bytes=2-4"), ("if-range", "\"x\"")], 200, "0123456789", ""),
        (&[of("bytes=2-4"), ("if-none-match", whole.header("etag"))], 304, "", ""),
    ] {
        let got = client.try_get("/sound.wav", headers).await.unwrap();
        let length = if status == 304 { String::new() } else { body.len().to_string() };
        let said_of_it = (got.header("content-range"), got.header("content-length"));
        assert_eq!((got.status, got.body.as_str(), said_of_it), (status, body, (said, &*length)), "{headers:?}");
    }
    assert_eq!(client.try_get("/empty.wav", &[of("bytes=0-")]).await.unwrap().status, 416);
    let mut head = client.request("/sound.wav", &[of("bytes=2-4")]);
    *head.method_mut() = Method::HEAD;
    assert_eq!(client.send(head).await.unwrap().status(), 200);

    // A part of one release is never put beside a part of the other.
    site.origin.swap("B");
    let rest = [of("bytes=2-4"), ("if-range", whole.header("etag"))];
    assert_eq!(client.try_get("/sound.wav", &rest).await.unwrap().body, "abcdefghij");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_swap_is_atomic_under_load() {
    let site = site().await;
    let (begun, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let mut tasks = Vec::new();
    for _ in 0..8 {
        let (origin, begun, done) = (site.origin.clone(), begun.clone(), done.clone());
        tasks.push(tokio::spawn(async move {
            let mut client = Client::new(&origin).await;
            let (mut old, mut new) = (0, 0);
            while new < 50 {
                let after = done.load(Ordering::SeqCst);
                let body = client.get("/x.js").await.body;
                let before = !begun.load(Ordering::SeqCst);
                match body.as_str() {
                    "A" => assert!(!after, "A was served after the swap"),
                    _ => assert!(!before, "{body} was served before the swap"),
                }
                old += u32::from(body == "A");
                new += u32::from(body == "B");
            }
            old
        }));
    }
    let mark = site.log.mark();
    site.log
        .wait(mark, Duration::from_secs(20), "200 answers of A", {
            let mut count = 0;
            move |event| {
                count += u32::from(matches!(event.what, What::Answer(_)));
                (count >= 200).then_some(())
            }
        })
        .await
        .unwrap();
    begun.store(true, Ordering::SeqCst);
    site.origin.swap("B");
    done.store(true, Ordering::SeqCst);
    let mut old = 0;
    for task in tasks {
        old += task.await.unwrap();
    }
    assert!(old >= 100);
    let all = answers(&site.log);
    assert_eq!(all.iter().filter(|answer| answer.release.as_deref() == Some("A")).count(), old as usize);
    assert_eq!(site.origin.current(), "B");
}

#[tokio::test]
async fn each_request_is_logged_as_the_browser_sees_it() {
    let site = site().await;
    let mut client = Client::new(&site.origin).await;
    client.try_get("/x.js?v=1", &[("sec-fetch-dest", "serviceworker"), ("service-worker", "script")]).await.unwrap();
    let expected = Answer {
        method: "GET".into(),
        url: site.origin.url("/x.js?v=1"),
        destination: "serviceworker".into(),
        worker_script: true,
        release: Some("A".into()),
        fault: None,
        preload: false,
        status: 200,
        content_type: "text/javascript; charset=utf-8".into(),
        cache_control: "no-cache".into(),
    };
    assert_eq!(answers(&site.log), [expected]);
}

#[tokio::test]
async fn a_former_release_answers_for_what_the_current_one_has_not() {
    let site = site().await;
    let mut client = Client::new(&site.origin).await;
    site.origin.swap("B");
    assert_eq!(client.get("/only-a.js").await.status, 404);
    let keep = Effect::Keep { release: "A".into() };
    let kept = site.origin.inject(Fault::new(Match::StaticAsset, keep, Gravity::Neutral));
    let got = client.get("/only-a.js").await;
    assert_eq!((got.status, got.body.as_str()), (200, "A"));
    assert_eq!((last(&site.log).release.as_deref(), last(&site.log).fault), (Some("A"), Some(kept.0)));
    assert_eq!(client.get("/x.js").await.body, "B");
    assert_eq!(client.get("/nowhere.js").await.status, 404);
    assert_eq!(last(&site.log).release.as_deref(), Some("B"));
    site.origin.heal(kept);
    assert_eq!(client.get("/only-a.js").await.status, 404);
}

#[tokio::test]
async fn a_file_is_given_whole_or_in_part() {
    let site = site().await;
    let mut client = Client::new(&site.origin).await;
    let file = Effect::File { body: "0123456789".into(), content_type: "audio/wav" };
    let _ = site.origin.inject(Fault::new(Match::Prefix("/sound.wav".into()), file, Gravity::Neutral));
    let got = client.get("/sound.wav").await;
    assert_eq!((got.status, got.body.as_str(), got.header("content-type")), (200, "0123456789", "audio/wav"));
    let got = client.try_get("/sound.wav", &[("range", "bytes=2-4")]).await.unwrap();
    assert_eq!((got.status, got.body.as_str(), got.header("content-range")), (206, "234", "bytes 2-4/10"));
    let got = client.try_get("/sound.wav", &[("range", "bytes=20-")]).await.unwrap();
    assert_eq!((got.status, got.body.len()), (200, 10));
}

#[tokio::test]
async fn faults_answer_until_they_are_healed() {
    let site = site().await;
    let mut client = Client::new(&site.origin).await;
    let gateway = site.origin.inject(breaks(Match::Script, Effect::status(StatusCode::BAD_GATEWAY)));
    let got = client.get("/x.js").await;
    assert_eq!((got.status, got.header("content-type")), (502, "text/html; charset=utf-8"));
    assert!(got.body.contains("502 Bad Gateway"));
    assert_eq!((last(&site.log).status, last(&site.log).fault, last(&site.log).release), (502, Some(gateway.0), None));
    assert_eq!(client.get("/").await.body, "A");

    let soft = site.origin.inject(breaks(Match::Any, Effect::SoftError { body: "<h1>sorry".into() }));
    let got = client.get("/").await;
    assert_eq!(
        (got.status, got.body.as_str(), got.header("content-type")),
        (200, "<h1>sorry", "text/html; charset=utf-8")
    );
    assert_eq!(client.get("/x.js").await.status, 502, "the first fault wins");
    site.origin.heal(gateway);
    site.origin.heal(gateway);
    assert_eq!(client.get("/x.js").await.body, "<h1>sorry");
    site.origin.heal(soft);
    assert_eq!(client.get("/x.js").await.body, "A");

    let headers = vec![(CACHE_CONTROL, HeaderValue::from_static("immutable"))];
    let code = StatusCode::NOT_FOUND;
    site.origin.inject(breaks(Match::Any, Effect::no_store()));
    site.origin.inject(breaks(Match::Any, Effect::Status { code, body: "gone".into(), headers }));
    let mut head = client.request("/", &[]);
    *head.method_mut() = Method::HEAD;
    assert_eq!(client.send(head).await.unwrap().status(), 404);
    let got = client.get("/").await;
    assert_eq!((got.status, got.body.as_str(), got.header("cache-control")), (404, "gone", "immutable"));

    let told: Vec<String> = site
        .log
        .snapshot()
        .iter()
        .filter_map(|event| match &event.what {
            What::FaultOn { fault, text, .. } => Some(format!("on {fault} {text}")),
            What::FaultOff { fault } => Some(format!("off {fault}")),
            _ => None,
        })
        .collect();
    assert_eq!(
        told[..4],
        ["on 1 scripts: status 502", "on 2 every request: 200 with an HTML error page", "off 1", "off 2"]
    );
}

#[tokio::test]
async fn a_drop_closes_a_kept_connection() {
    let site = site().await;
    let mut client = Client::new(&site.origin).await;
    assert_eq!(client.get("/").await.body, "A");
    let fault = site.origin.inject(breaks(Match::Prefix("/x".into()), Effect::Drop));
    assert_eq!(client.get("/y.js").await.body, "A");
    assert!(client.try_get("/x.js", &[]).await.is_err());
    assert!(client.sender.ready().await.unwrap_err().is_closed(), "the connection is gone");
    assert_eq!((last(&site.log).status, last(&site.log).fault), (0, Some(fault.0)));
    assert!(Client::new(&site.origin).await.try_get("/x.js", &[]).await.is_err());
    site.origin.heal(fault);
    assert_eq!(Client::new(&site.origin).await.get("/x.js").await.body, "A");
}

#[tokio::test]
async fn waits_end_in_time_or_with_the_fault() {
    let site = site().await;
    let mut client = Client::new(&site.origin).await;
    let late = Duration::from_millis(60);
    let delay = site.origin.inject(breaks(Match::Any, Effect::Delay(late)));
    let began = Instant::now();
    assert_eq!(client.get("/").await.body, "A");
    assert!(began.elapsed() >= late);
    assert_eq!(last(&site.log).fault, Some(delay.0));
    site.origin.heal(delay);

    let hold = site.origin.inject(breaks(Match::Any, Effect::Hold));
    let much = site.origin.inject(breaks(Match::Any, Effect::Delay(Duration::from_secs(1000))));
    let mut other = Client::new(&site.origin).await;
    let mut held = tokio::spawn(async move { client.get("/").await.body });
    assert!(tokio::time::timeout(late, &mut held).await.is_err(), "answered in spite of the fault");
    site.origin.swap("B");
    site.origin.heal(hold);
    site.origin.heal(much);
    let ended = tokio::time::timeout(Duration::from_secs(20), held).await.expect("held longer than the fault");
    assert_eq!(ended.unwrap(), "B", "the release of the moment of the answer");

    let origin = site.origin.clone();
    origin.inject(breaks(Match::Any, Effect::Hold));
    let mut held = tokio::spawn(async move { other.get("/").await.status });
    assert!(tokio::time::timeout(late, &mut held).await.is_err(), "answered in spite of the fault");
    drop((origin, site.origin));
    let ended = tokio::time::timeout(Duration::from_secs(20), held).await.expect("held longer than its origin");
    assert_eq!(ended.unwrap(), 200);
}

#[tokio::test]
async fn assets_have_a_host_of_their_own_for_whoever_asks() {
    let site = site().await;
    let mut client = Client::new(&site.origin).await;
    let page = site.origin.url("/page");
    client.host = "assets.swapcheck.example".to_owned();
    let asked = [("referer", page.as_str())];
    assert_eq!(client.try_get("/x.js?1", &asked).await.unwrap().body, "A");
    assert_eq!(last(&site.log).url, "https://assets.swapcheck.example/x.js?1");
    assert_eq!(site.origin.path(&last(&site.log).url), Some("/x.js?1"));
    assert_eq!(site.origin.path(&page), Some("/page"));
    assert_eq!(site.origin.path("https://assets.swapcheck.example.net/"), None);
    site.origin.inject(breaks(Match::AssetsHost, Effect::status(StatusCode::BAD_GATEWAY)));
    assert_eq!(client.try_get("/x.js", &asked).await.unwrap().status, 502);
    assert_eq!(Client::new(&site.origin).await.get("/x.js").await.status, 200, "its own host has it still");
    assert_eq!(client.try_get("/x.js", &[]).await.unwrap().status, 421, "nobody knows whose assets are meant");
}

#[tokio::test]
async fn worker_scripts_are_held_back_until_every_holder_is_gone() {
    let site = site().await;
    let mut client = Client::new(&site.origin).await;
    let (one, other) = (site.origin.hold_worker_scripts(), site.origin.hold_worker_scripts());
    let mut second = Client::new(&site.origin).await;
    let mut held =
        tokio::spawn(async move { second.try_get("/x.js", &[("service-worker", "script")]).await.unwrap().body });
    assert_eq!(client.get("/x.js").await.body, "A", "no other request waits");
    drop(one);
    assert!(tokio::time::timeout(Duration::from_millis(60), &mut held).await.is_err(), "answered in spite of a holder");
    site.origin.swap("B");
    drop(other);
    let ended = tokio::time::timeout(Duration::from_secs(20), held).await.expect("held longer than its holders");
    assert_eq!(ended.unwrap(), "B", "the release of the moment of the answer");
}

#[tokio::test]
async fn what_resets_visitors_is_held_back() {
    let site = site().await;
    site.origin.resets_at("/reset");
    let holder = site.origin.hold_resets();
    let ask = |mut client: Client| tokio::spawn(async move { client.get("/reset").await.status });
    let (held, gone) = (ask(Client::new(&site.origin).await), ask(Client::new(&site.origin).await));
    let until = |count| {
        let origin = site.origin.clone();
        let watch = async move {
            while origin.held_resets() != count {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), watch)
    };
    until(2).await.expect("both are held");
    gone.abort();
    until(1).await.expect("one whose client has gone is not held any more");
    drop(holder);
    assert_eq!(held.await.unwrap(), 404);
    assert_eq!(site.origin.held_resets(), 0);
}

#[tokio::test]
async fn releases_take_turns_whatever_the_order_of_urls() {
    let site = site().await;
    let mut client = Client::new(&site.origin).await;
    let fault = site.origin.inject(breaks(Match::Any, Effect::Alternate { releases: vec!["A".into(), "B".into()] }));
    let mut told = String::new();
    for path in ["/", "/x.js", "/x.js", "/", "/y.js", "/x.js", "/", "/x.js?1"] {
        told.push_str(&client.get(path).await.body);
    }
    assert_eq!(told, "AABBAAAA");
    assert_eq!((last(&site.log).release.as_deref(), last(&site.log).fault), (Some("A"), Some(fault.0)));
    site.origin.heal(fault);
    site.origin.swap("B");
    site.origin.inject(breaks(Match::Script, Effect::Pin { release: "C".into() }));
    assert_eq!((client.get("/x.js").await.body, client.get("/").await.body), ("C".into(), "B".into()));
    assert_eq!(last(&site.log).fault, None);
}

#[tokio::test]
#[should_panic(expected = "has no release D, only A, B, C")]
async fn an_unknown_release_is_named() {
    site().await.origin.swap("D");
}

#[tokio::test]
async fn the_blank_page_knows_no_faults() {
    let site = site().await;
    site.origin.inject(breaks(Match::Any, Effect::Drop));
    let got = Client::new(&site.origin).await.get(BLANK).await;
    assert_eq!((got.status, got.header("cache-control")), (200, "no-store"));
    assert!(answers(&site.log).is_empty());
}

#[tokio::test]
async fn hosts_are_told_apart_and_go_with_their_handle() {
    let site = site().await;
    let (_dir, release) = directory("Z", &[("index.html", "Z")]);
    let other = site.host.origin("Site", vec![release], Log::default());
    assert!(other.url("/").starts_with("http://site-2.localhost:"), "{}", other.url("/"));
    let mut client = Client::new(&other).await;
    assert_eq!(client.get("/").await.body, "Z");
    let clone = other.clone();
    drop(other);
    assert_eq!(client.get("/").await.body, "Z");
    drop(clone);
    let got = client.get("/").await;
    assert_eq!(got.status, 421);
    assert!(got.body.contains("unknown origin \"site-2.localhost:") && got.body.contains("available: site.localhost:"));
    assert!(answers(&site.log).is_empty());
    drop(site.host);
    let closed = tokio::time::timeout(Duration::from_secs(20), async {
        while client.sender.ready().await.is_ok() {
            tokio::task::yield_now().await;
        }
    });
    closed.await.expect("the connections go with the host");
}

#[tokio::test]
async fn a_server_is_asked_as_a_good_proxy_does() {
    let addr = server(|request: Request<Incoming>| async move {
        let (head, body) = request.into_parts();
        let mut seen: Vec<String> =
            head.headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
        seen.sort();
        let body = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        let text = format!("{} {}\n{}\n\n{body}", head.method, head.uri, seen.join("\n"));
        Response::builder()
            .status(307)
            .header("location", format!("http://localhost:{}/next?a", head.headers["x-port"].to_str().unwrap()))
            .header("connection", "x-private")
            .header("x-private", "1")
            .header("etag", "\"1\"")
            .header("set-cookie", "a=1")
            .header("set-cookie", "b=2")
            .body(Body::from(text))
            .unwrap()
    })
    .await;
    let (host, log) = (OriginHost::bind(Scheme::Http).await.unwrap(), Log::default());
    let origin = host.origin("app", vec![Release::new("A", Backend::Server(addr))], log.clone());
    let mut client = Client::new(&origin).await;
    let port = addr.port().to_string();
    let mut request = client.request(
        "/p%20q?x=1",
        &[("accept-encoding", "gzip"), ("te", "trailers"), ("cookie", "c=1"), ("x-port", &port)],
    );
    *request.method_mut() = Method::POST;
    *request.body_mut() = Body::from("draft");
    let response = client.send(request).await.unwrap();
    assert_eq!(response.status(), 307);
    assert_eq!(response.headers()["location"], origin.url("/next?a").as_str());
    assert_eq!(response.headers().get_all("set-cookie").iter().count(), 2);
    assert!(!response.headers().contains_key("x-private") && !response.headers().contains_key("connection"));
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let name = client.host.clone();
    let expected = format!(
        "POST /p%20q?x=1\naccept-encoding: identity\ncontent-length: 5\ncookie: c=1\nhost: {name}\n\
         x-forwarded-for: 127.0.0.1\nx-forwarded-host: {name}\nx-forwarded-proto: http\nx-port: {port}\n\ndraft"
    );
    assert_eq!(String::from_utf8_lossy(&body), expected);

    let headers =
        Effect::Headers { set: vec![(CACHE_CONTROL, HeaderValue::from_static("no-store"))], remove: vec![ETAG] };
    origin.inject(Fault::new(Match::Any, headers, Gravity::Neutral));
    let got = client.try_get("/", &[("x-port", &port)]).await.unwrap();
    assert_eq!((got.header("cache-control"), got.header("etag")), ("no-store", ""));
    assert_eq!((last(&log).cache_control.as_str(), last(&log).release.as_deref()), ("no-store", Some("A")));

    let upgrade = [("connection", "upgrade"), ("upgrade", "websocket"), ("x-port", port.as_str())];
    assert_eq!(client.try_get("/ws", &upgrade).await.unwrap().status, 501);
}

#[tokio::test]
async fn a_server_that_is_gone_is_a_visible_502() {
    let addr = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let (host, log) = (OriginHost::bind(Scheme::Http).await.unwrap(), Log::default());
    let origin = host.origin("app", vec![Release::new("A", Backend::Server(addr))], log.clone());
    let got = Client::new(&origin).await.get("/").await;
    assert_eq!(got.status, 502);
    assert!(
        got.body.contains(&format!("release A at {addr} did not respond")) && got.body.contains("refused"),
        "{}",
        got.body
    );
    assert_eq!((last(&log).release.as_deref(), last(&log).fault), (Some("A"), None));
    let error = origin.ask("A", "/", &[]).await.unwrap_err().to_string();
    assert!(error.contains("refused") && error.contains(&origin.url("/")), "{error}");
}

#[tokio::test]
async fn bodies_are_streamed() {
    const CHUNK: usize = 256 * 1024;
    const TOTAL: u64 = 256 * 1024 * 1024;
    let made = Arc::new(AtomicU64::new(0));
    let counter = made.clone();
    let addr = server(move |_| {
        let counter = counter.clone();
        async move {
            let chunks = futures::stream::iter(0..TOTAL / CHUNK as u64).map_chunk(counter, CHUNK);
            Response::new(StreamBody::new(chunks))
        }
    })
    .await;
    let (host, log) = (OriginHost::bind(Scheme::Http).await.unwrap(), Log::default());
    let origin = host.origin("big", vec![Release::new("A", Backend::Server(addr))], log.clone());
    let mut client = Client::new(&origin).await;
    let request = client.request("/", &[]);
    let mut body = client.send(request).await.unwrap().into_body();
    assert_eq!(last(&log).status, 200, "logged with its head");
    let (mut got, mut most) = (0, 0);
    while let Some(frame) = body.frame().await {
        got += frame.unwrap().into_data().unwrap().len() as u64;
        most = most.max(made.load(Ordering::SeqCst) - got);
    }
    assert_eq!(got, TOTAL);
    // What the sockets of two hops can hold.
    assert!(most < 48 * 1024 * 1024, "{most} bytes were on their way at once");
}

trait MapChunk: futures::Stream<Item = u64> + Sized {
    fn map_chunk(
        self,
        made: Arc<AtomicU64>,
        size: usize,
    ) -> impl futures::Stream<Item = Result<Frame<Bytes>, Infallible>> {
        futures::StreamExt::map(self, move |_| {
            made.fetch_add(size as u64, Ordering::SeqCst);
            Ok(Frame::data(Bytes::from(vec![b'x'; size])))
        })
    }
}

impl<S: futures::Stream<Item = u64>> MapChunk for S {}

#[tokio::test]
async fn a_body_that_breaks_off_is_not_a_whole_one() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            use tokio::io::{AsyncReadExt, AsyncWriteExt};
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf").await;
        }
    });
    let host = OriginHost::bind(Scheme::Http).await.unwrap();
    let origin = host.origin("app", vec![Release::new("A", Backend::Server(addr))], Log::default());
    assert!(Client::new(&origin).await.try_get("/", &[]).await.is_err());
    assert!(origin.ask("A", "/", &[]).await.is_err());
}

#[tokio::test]
async fn a_release_is_asked_once_past_faults_and_log() {
    let count = Arc::new(AtomicU64::new(0));
    let counter = count.clone();
    let addr = server(move |request: Request<Incoming>| {
        let asked = counter.fetch_add(1, Ordering::SeqCst);
        async move {
            assert!(!request.headers().contains_key("if-none-match"));
            let variant = request.headers().get("rsc").map_or("", |value| value.to_str().unwrap());
            Response::builder()
                .header("content-type", "text/x-test")
                .header("x-asked", asked)
                .body(Body::from(format!("body{variant}")))
                .unwrap()
        }
    })
    .await;
    let (_dir, b) = directory("B", &[("index.html", "body")]);
    let (host, log) = (OriginHost::bind(Scheme::Http).await.unwrap(), Log::default());
    let origin = host.origin("app", vec![Release::new("A", Backend::Server(addr)), b], log.clone());
    assert_eq!(origin.releases().collect::<Vec<_>>(), ["A", "B"]);
    origin.inject(breaks(Match::Any, Effect::Drop));
    let headers = [("if-none-match".to_owned(), "x".to_owned()), (":method".to_owned(), "GET".to_owned())];
    let first = origin.ask("A", "/", &headers).await.unwrap();
    assert_eq!((first.status, first.content_type.as_str()), (200, "text/x-test"));
    assert_eq!(first.body_hash, blake3::hash(b"body").to_hex()[..32]);
    assert_eq!(origin.ask("A", "/", &headers).await.unwrap(), first);
    assert_eq!(count.load(Ordering::SeqCst), 1);
    let other = origin.ask("A", "/", &[("rsc".to_owned(), "1".to_owned())]).await.unwrap();
    assert!(other.body_hash != first.body_hash && count.load(Ordering::SeqCst) == 2);
    assert_eq!(origin.ask("B", "/", &[]).await.unwrap().body_hash, first.body_hash);
    assert_eq!(origin.ask("B", "/none", &[]).await.unwrap().status, 404);
    assert!(answers(&log).is_empty());
}

#[tokio::test]
async fn an_unreadable_file_is_an_error_and_not_a_missing_one() -> io::Result<()> {
    let (dir, release) = directory("A", &[("index.html", "home")]);
    let path: &Path = &dir.path().join("loop.js");
    std::os::unix::fs::symlink(path, path)?;
    let host = OriginHost::bind(Scheme::Http).await?;
    let origin = host.origin("app", vec![release], Log::default());
    let got = Client::new(&origin).await.get("/loop.js").await;
    assert_eq!(got.status, 500);
    assert!(got.body.contains("loop.js"), "{}", got.body);
    Ok(())
}
