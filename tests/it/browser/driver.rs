//! The driver when things go wrong: a browser that dies, is not there or is none, and pages that never come to rest.

use std::future::Future;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::common::program::write_program;
use crate::common::site::{self, Edit, Site};
use swapcheck::browser::{Browser, LaunchError, Options};
use swapcheck::http::Scheme;
use swapcheck::outcome::Verdict;
use swapcheck::play::Played;
use swapcheck::play::Player;
use swapcheck::release::{Backend, Release};
use swapcheck::scenario;
use swapcheck::trace::{Event, Log, What};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// More than a whole story takes on a busy machine, and less than the longest that one may take.
const STORY: Duration = Duration::from_secs(240);

/// Within this a story has to end when its browser is gone: none of its waits for a page or a worker is as short.
const GONE: Duration = Duration::from_secs(15);

/// More than a start of the browser takes on a busy machine.
const START: Duration = Duration::from_secs(90);

async fn within<T>(limit: Duration, awaited: &str, future: impl Future<Output = T>) -> T {
    let late = |_| panic!("waited {} s for {awaited}", limit.as_secs());
    tokio::time::timeout(limit, future).await.unwrap_or_else(late)
}

async fn open() -> Player {
    within(START, "the browser", Player::open(Scheme::Https, &Options::default())).await.unwrap()
}

/// A server of files that never answers requests for one path, and tells of each of them.
struct Holding {
    addr: SocketAddr,
    asked: mpsc::UnboundedReceiver<()>,
}

impl Holding {
    async fn serve(files: PathBuf, path: &'static str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let addr = listener.local_addr().unwrap();
        let (tell, asked) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, files.clone(), path, tell.clone()));
            }
        });
        Self { addr, asked }
    }

    /// Both releases, alike.
    fn releases(&self) -> [Release; 2] {
        ["A", "B"].map(|name| Release::new(name, Backend::Server(self.addr)))
    }
}

/// Both releases, as files.
fn files(site: &Site) -> [Release; 2] {
    ["A", "B"].map(|name| Release::new(name, Backend::Directory(site.files(name))))
}

async fn answer(mut stream: TcpStream, files: PathBuf, held: &str, tell: mpsc::UnboundedSender<()>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let head = String::from_utf8(head).unwrap();
    let path = head.split(' ').nth(1).unwrap();
    if path == held {
        let _ = tell.send(());
        std::future::pending::<()>().await;
    }
    let file = match path.rsplit_once('.') {
        Some(_) => files.join(&path[1..]),
        None => files.join(format!("{}.html", if path == "/" { "index" } else { &path[1..] })),
    };
    let body = std::fs::read_to_string(&file).unwrap_or_default();
    let status = if file.exists() { "200 OK" } else { "404 Not Found" };
    let mime = if file.extension().is_some_and(|name| name == "js") { "text/javascript" } else { "text/html" };
    let length = body.len();
    let text = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {mime}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
    let _ = stream.write_all(text.as_bytes()).await;
}

async fn first_visit(player: &Player, subject: &str, releases: [Release; 2]) -> Played {
    let scenario = scenario::ALL.iter().find(|scenario| scenario.id == "first-visit").unwrap();
    player.play(subject, releases, &site::app(), scenario).await
}

/// Kills the browser when it asks for `path`, and looks how the story ends.
async fn killed_at(path: &'static str, edits: &[Edit]) {
    let (player, site) = (open().await, Site::with(edits));
    let mut server = Holding::serve(site.files("A"), path).await;
    let (releases, asked) = (server.releases(), &mut server.asked);
    let kill = async {
        within(STORY, path, asked.recv()).await.unwrap();
        within(GONE, "the browser to go", player.browser().kill()).await;
        tokio::time::Instant::now()
    };
    let story = async {
        let played = first_visit(&player, "killed", releases).await;
        (played, tokio::time::Instant::now())
    };
    let (killed, (played, ended)) =
        within(STORY + GONE, "the end of the story", async { tokio::join!(kill, story) }).await;
    assert_eq!(played.verdict, Verdict::Broken);
    assert!(played.reason.contains("the browser exited"), "{}", played.reason);
    assert!(played.trace.events.iter().any(|event| matches!(event.what, What::NavigationStarted { .. })));
    let took = ended.saturating_duration_since(killed);
    assert!(took < GONE, "the story went on for {} ms without a browser", took.as_millis());
    player.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_killed_while_a_page_loads_ends_the_story() {
    killed_at("/", &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_killed_while_a_worker_installs_ends_the_story() {
    killed_at("/held", &[Edit { file: "sw.js", good: "\"/offline\"];", bad: "\"/offline\", \"/held\"];" }]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_never_loads_does_not_hold_up_the_story() {
    let (player, site) = (open().await, Site::with(&[]));
    let document = Holding::serve(site.files("A"), "/").await;
    let script = Holding::serve(site.files("A"), "/assets/main.A.js").await;
    let stories = async {
        tokio::join!(
            first_visit(&player, "held-document", document.releases()),
            first_visit(&player, "held-script", script.releases())
        )
    };
    let (document, script) = within(STORY, "the end of the stories", stories).await;
    for (played, check) in [(&document, "navigation-hung"), (&script, "not-hydrated")] {
        let expired = |what: &What| matches!(what, What::Expired { awaited, .. } if awaited == "the page to settle");
        assert!(played.trace.events.iter().any(|event| expired(&event.what)), "nothing expired");
        assert_eq!(played.verdict, Verdict::Fail, "{}", played.reason);
        assert!(played.findings.iter().any(|finding| finding.check == check), "{:?}", played.findings);
    }
    player.close().await;
}

/// Asks for a worker's script as a browser does that looks for an update.
async fn looks_for_an_update(address: &str, script: &str) -> String {
    let host = address.trim_start_matches("http://");
    let port = host.rsplit(':').next().unwrap().parse().unwrap();
    let mut stream = TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], port))).await.unwrap();
    let request =
        format!("GET {script} HTTP/1.1\r\nhost: {host}\r\nservice-worker: script\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_asked_for_between_two_pages_does_not_come_into_the_second() {
    let player = within(START, "the browser", Player::open(Scheme::Http, &Options::default())).await.unwrap();
    let (site, log) = (Site::with(&[]), Log::default());
    let story = async {
        let stage = player.set("between", files(&site), &site::app(), None, &log).await.unwrap();
        stage.begin().await.unwrap();
        stage.swap("B");
        let address = stage.origin.url("");
        let asked = tokio::spawn(async move { looks_for_an_update(&address, "/sw.js").await });
        while stage.origin.held_scripts() == 0 && !asked.is_finished() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        stage.open("/").await.unwrap();
        assert!(asked.await.unwrap().contains("release-B"));
    };
    within(STORY, "the page and the answer", story).await;
    let events = log.snapshot();
    let loaded = events.iter().rposition(|event| matches!(event.what, What::Loaded { .. })).unwrap();
    let of_b = |event: &Event| match &event.what {
        What::Answer(answer) => answer.worker_script && answer.release.as_deref() == Some("B"),
        _ => false,
    };
    assert!(events.iter().position(of_b).unwrap() > loaded, "{events:#?}");
    player.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_whose_page_reloads_itself_again_and_again_is_closed() {
    const LOOP_ACCEPT: &str = "await (await fetch('/about')).text(); location.reload(); const accept =";
    let player = open().await;
    let site = Site::with(&[Edit { file: "assets/main.__RELEASE__.js", good: "const accept =", bad: LOOP_ACCEPT }]);
    let log = Log::default();
    let story = async {
        let stage = player.set("looping", files(&site), &site::app(), None, &log).await.unwrap();
        stage.begin().await.unwrap();
        // Where in a round the wish to close comes is chance; about one of eight was lost.
        for _ in 0..40 {
            let tab = stage.visitor.open_tab().await.unwrap();
            let (mark, mut commits) = (tab.navigate(&stage.origin.url("/")), 0);
            let third = |event: &Event| {
                commits += usize::from(matches!(event.what, What::Committed { tab: t, .. } if t == tab.id()));
                (commits == 3).then_some(())
            };
            log.wait(mark, STORY, "the third document", third).await.unwrap();
            tab.close().await.unwrap();
        }
    };
    within(STORY, "the tabs to close", story).await;
    player.close().await;
}

async fn launch(program: &Path) -> LaunchError {
    let options = Options { program: Some(program.to_owned()), ..Options::default() };
    match within(START, "the program to end", Browser::launch(&options)).await {
        Ok(browser) => panic!("{} is taken for a browser", browser.version()),
        Err(error) => error,
    }
}

/// An executable script.
fn script(dir: &TempDir, text: &str) -> PathBuf {
    let path = dir.path().join("browser");
    write_program(&path, &format!("#!/bin/sh\n{text}\n"));
    path
}

#[tokio::test]
async fn a_missing_browser_is_named() {
    let error = launch(Path::new("/no/such/browser")).await;
    assert!(matches!(error, LaunchError::Find(_)), "{error}");
    assert_eq!(error.to_string(), "no browser at /no/such/browser, the path given by --browser or SWAPCHECK_BROWSER");
}

#[tokio::test]
async fn a_program_that_is_no_browser_is_told_with_its_words() {
    let error = launch(Path::new("/bin/true")).await;
    assert!(matches!(error, LaunchError::Ended { .. }), "{error}");
    assert_eq!(
        error.to_string(),
        "/bin/true ended before DevTools was available (exit status: 0). Its output:\n  (nothing)"
    );

    let error = launch(Path::new("/bin/cat")).await.to_string();
    assert!(
        error.starts_with("/bin/cat ended before DevTools was available (exit status: 1). Its output:\n"),
        "{error}"
    );
    assert!(error.contains("user-data-dir"), "{error}");

    let dir = TempDir::new().unwrap();
    let crashing = script(&dir, "echo 'no room' >&2; kill -SEGV $$");
    let error = launch(&crashing).await.to_string();
    assert!(error.contains("(signal: 11") && error.ends_with("Its output:\n  no room"), "{error}");
}

#[tokio::test]
async fn devtools_that_nobody_answers_at_are_told() {
    let nobody = TcpListener::bind(("127.0.0.1", 0)).await.unwrap().local_addr().unwrap();
    let dir = TempDir::new().unwrap();
    let lying = script(&dir, &format!("echo 'DevTools listening on ws://{nobody}/devtools' >&2; exec sleep 1000"));
    let error = launch(&lying).await;
    assert!(matches!(error, LaunchError::Connect { .. }), "{error}");
    assert!(
        error.to_string().starts_with(&format!("cannot connect to the browser at ws://{nobody}/devtools: ")),
        "{error}"
    );
}
