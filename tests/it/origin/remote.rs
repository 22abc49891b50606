//! Releases that are URLs: a site under TLS, asked under its own name and shown under the origin's.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use swapcheck::http::Scheme;
use swapcheck::origin::{Origin, OriginHost};
use swapcheck::release::remote::Reach;
use swapcheck::release::{Backend, Release, Remote};
use swapcheck::trace::Log;
use tempfile::NamedTempFile;
use tokio::net::TcpListener;

use super::client::{Client, server};
use crate::common::authority;

/// What the site was asked: name under TLS, request line and headers.
type Asked = Arc<Mutex<Vec<(String, String, hyper::HeaderMap, String)>>>;

struct Shop {
    addr: SocketAddr,
    ca: NamedTempFile,
    asked: Asked,
}

async fn answer(request: Request<Incoming>, name: String, asked: Asked) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let body = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
    let path = head.uri.path().to_owned();
    asked.lock().unwrap().push((name, format!("{} {}", head.method, head.uri), head.headers, body));
    let response = Response::builder()
        .header("alt-svc", "h3=\":443\"")
        .header("strict-transport-security", "max-age=9")
        .header("set-cookie", "a=1; Domain=shop.example; Secure")
        .header("set-cookie", "b=2");
    let response = match path.as_str() {
        "/old" => response.status(308).header("location", "https://shop.example/app/?x=1"),
        _ => response.status(200).header("link", "<https://shop.example/a.css>; rel=preload"),
    };
    response.body(Full::from(format!("the shop's {path}"))).unwrap()
}

/// `https://shop.example`, with a certificate of an authority that nobody knows.
async fn shop() -> Shop {
    let (ca, acceptor) = authority::tls(&["shop.example"]);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let asked = Asked::default();
    let all = asked.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, all) = (acceptor.clone(), all.clone());
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let name = stream.get_ref().1.server_name().unwrap_or_default().to_owned();
                let service = service_fn(move |request| {
                    let answer = answer(request, name.clone(), all.clone());
                    async { Ok::<_, Infallible>(answer.await) }
                });
                let _ =
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    Shop { addr, ca, asked }
}

impl Shop {
    fn reach(&self) -> Reach {
        Reach {
            resolve: vec![format!("shop.example:443:{}", self.addr).parse().unwrap()],
            ca: Some(self.ca.path().to_owned()),
            ..Reach::default()
        }
    }
}

async fn origin(url: &str, reach: &Reach) -> (OriginHost, Origin) {
    let release = Release::new("old", Backend::Remote(Remote::new(url, reach).unwrap()));
    let host = OriginHost::bind(Scheme::Http).await.unwrap();
    let origin = host.origin("shop", vec![release], Log::default());
    (host, origin)
}

#[tokio::test]
async fn a_site_is_asked_under_its_own_name_and_shown_under_the_origins() {
    let shop = shop().await;
    let mut reach = shop.reach();
    reach.headers.insert("x-let-me", "in".parse().unwrap());
    let (_host, origin) = origin("https://shop.example/app/", &reach).await;
    let mut client = Client::new(&origin).await;
    let public = origin.url("");
    let referer = format!("{public}/app/?q=1");
    let headers = [("origin", public.as_str()), ("referer", &referer), ("cookie", "a=1"), ("service-worker", "script")];
    let got = client.try_get("/app/x.js?v=2", &headers).await.unwrap();
    assert_eq!((got.status, got.body.as_str()), (200, "the shop's /app/x.js"));
    assert_eq!(got.header("link"), format!("<{public}/a.css>; rel=preload"));
    let cookies: Vec<_> = got.headers.get_all("set-cookie").iter().collect();
    assert_eq!(cookies, ["a=1; Secure", "b=2"]);
    assert!(got.header("alt-svc").is_empty() && got.header("strict-transport-security").is_empty());

    let (name, line, sent, _) = shop.asked.lock().unwrap().pop().unwrap();
    assert_eq!((name.as_str(), line.as_str()), ("shop.example", "GET /app/x.js?v=2"));
    for (header, value) in [
        ("host", "shop.example"),
        ("origin", "https://shop.example"),
        ("referer", "https://shop.example/app/?q=1"),
        ("cookie", "a=1"),
        ("service-worker", "script"),
        ("x-let-me", "in"),
        ("accept-encoding", "identity"),
    ] {
        assert_eq!(sent[header], value, "{header}");
    }
    assert!(!sent.contains_key("x-forwarded-host"), "no proxy shows itself to a site of others");

    let moved = client.get("/old").await;
    assert_eq!((moved.status, moved.header("location")), (308, format!("{public}/app/?x=1").as_str()));
}

#[tokio::test]
async fn pages_may_post_to_a_site() {
    let shop = shop().await;
    let (_host, origin) = origin("https://shop.example", &shop.reach()).await;
    let mut client = Client::new(&origin).await;
    let (mut head, _) = client.request("/login", &[]).into_parts();
    head.method = hyper::Method::POST;
    let response = client.send(Request::from_parts(head, Full::from("name=me"))).await.unwrap();
    assert_eq!(response.status(), 200);
    let (_, line, _, body) = shop.asked.lock().unwrap().pop().unwrap();
    assert_eq!((line.as_str(), body.as_str()), ("POST /login", "name=me"));
}

#[tokio::test]
async fn a_site_may_have_no_tls_and_a_port() {
    let addr = server(|request: Request<Incoming>| async move {
        Response::new(Full::from(request.headers()["host"].to_str().unwrap().to_owned()))
    })
    .await;
    let (_host, origin) = origin(&format!("http://{addr}/"), &Reach::default()).await;
    assert_eq!(Client::new(&origin).await.get("/").await.body, addr.to_string());
}

#[tokio::test]
async fn a_site_that_cannot_be_asked_is_a_502_that_says_why() {
    let shop = shop().await;
    let unknown = Reach { ca: None, ..shop.reach() };
    let (_host, origin_of_unknown) = origin("https://shop.example/", &unknown).await;
    let got = Client::new(&origin_of_unknown).await.get("/").await;
    assert_eq!(got.status, 502);
    assert!(got.body.contains("UnknownIssuer") && got.body.contains("private certificate authority"), "{}", got.body);

    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let (_host, origin) = origin(&format!("http://{gone}/"), &Reach::default()).await;
    let got = Client::new(&origin).await.get("/").await;
    assert_eq!(got.status, 502);
    assert!(got.body.contains(&format!("release old at http://{gone}/ did not respond")), "{}", got.body);
}
