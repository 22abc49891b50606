//! Real builds of the sample app, in the build cache that every run uses. The first run needs the npm registry.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex};

use swapcheck::outcome::{OnProgress, Progress};
use swapcheck::release::cache::Cache;
use swapcheck::release::{Backend, Release};
use swapcheck::sample::build::Builder;
use swapcheck::sample::variant::Variant;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use walkdir::WalkDir;

fn files(dir: &Path) -> BTreeSet<String> {
    let files = WalkDir::new(dir).into_iter().map(Result::unwrap).filter(|entry| entry.file_type().is_file());
    files.map(|file| file.path().strip_prefix(dir).unwrap().to_str().unwrap().to_owned()).collect()
}

async fn get(release: &Release, path: &str) -> String {
    let Backend::Server(addr) = release.backend else { panic!("{release:?} is not served") };
    let mut stream = tokio::net::TcpStream::connect(addr).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn releases_of_the_sample_app() {
    let events = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&events);
    let on: OnProgress = Arc::new(move |event| {
        eprintln!("{event:?}");
        heard.lock().unwrap().push(event);
    });
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-app");
    let variants = Variant::load_all(&sample).unwrap();
    let variant = |name| variants.iter().find(|variant| variant.name == name).unwrap();
    let builder = Builder::open(&sample, &Cache::place().unwrap(), on).await.unwrap();

    assert!(builder.next_version().is_some_and(|version| version.starts_with("16.")));

    // A and B differ in what carries the release, and in nothing else.
    let (a, b) = tokio::join!(builder.build(variant("no-worker"), "A"), builder.build(variant("no-worker"), "B"));
    let (a, b) = (a.unwrap(), b.unwrap());
    let (chunks_a, chunks_b) = (files(&a.dir.join(".next/static/chunks")), files(&b.dir.join(".next/static/chunks")));
    let only_a = chunks_a.difference(&chunks_b).count();
    assert!((1..=4).contains(&only_a), "{only_a} chunks of A are not in B");
    assert_eq!(only_a, chunks_b.difference(&chunks_a).count());
    assert!(chunks_a.intersection(&chunks_b).count() > only_a);

    // What is built is not built again, and a variant that only adds a worker takes the same build of Next.
    events.lock().unwrap().clear();
    assert_eq!(builder.build(variant("no-worker"), "A").await.unwrap().dir, a.dir);
    let naive = builder.build(variant("naive-cache-first"), "A").await.unwrap();
    let of_next = |event: &Progress| {
        if let Progress::Began { what } = event {
            assert!(!what.contains("Next"), "{what} was built again");
        }
    };
    events.lock().unwrap().iter().for_each(of_next);
    let worker = std::fs::read_to_string(naive.dir.join("public/sw.js")).unwrap();
    assert!(!worker.contains("__RELEASE__") && !a.dir.join("public/sw.js").exists());

    // It is served, and stays as it was.
    let before = files(&a.dir);
    let release = a.serve(std::time::SystemTime::now()).await.unwrap();
    assert!(get(&release, "/api/release").await.contains(r#"{"release":"A"}"#));
    assert!(get(&release, "/lazy").await.starts_with("HTTP/1.1 200"));
    release.end().await;
    assert_eq!(files(&a.dir), before);
}
