//! A client that keeps its connection, and releases to put behind an origin.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use swapcheck::origin::Origin;
use swapcheck::release::{Backend, Release};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};

pub type Body = Full<Bytes>;

/// One connection of a client to an origin.
pub struct Client {
    pub sender: SendRequest<Body>,
    pub host: String,
}

/// What came back.
#[derive(Debug)]
pub struct Got {
    pub status: u16,
    pub headers: hyper::HeaderMap,
    pub body: String,
}

impl Got {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Client {
    pub async fn new(origin: &Origin) -> Self {
        let host = origin.url("").trim_start_matches("http://").to_owned();
        let port: u16 = host.rsplit(':').next().unwrap().parse().unwrap();
        let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let (sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        Self { sender, host }
    }

    pub async fn send(&mut self, request: Request<Body>) -> hyper::Result<Response<Incoming>> {
        self.sender.ready().await?;
        self.sender.send_request(request).await
    }

    pub fn request(&self, path: &str, headers: &[(&str, &str)]) -> Request<Body> {
        let mut request = Request::builder().uri(path).header("host", &self.host);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(Body::default()).unwrap()
    }

    pub async fn try_get(&mut self, path: &str, headers: &[(&str, &str)]) -> hyper::Result<Got> {
        let request = self.request(path, headers);
        let response = self.send(request).await?;
        let (head, body) = response.into_parts();
        let body = String::from_utf8_lossy(&body.collect().await?.to_bytes()).into_owned();
        Ok(Got { status: head.status.as_u16(), headers: head.headers, body })
    }

    pub async fn get(&mut self, path: &str) -> Got {
        self.try_get(path, &[]).await.unwrap()
    }
}

/// Answers requests as `answer` does, on a port of its own.
pub async fn server<F, R, B>(answer: F) -> SocketAddr
where
    F: Fn(Request<Incoming>) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Response<B>> + Send + 'static,
    B: hyper::body::Body<Data = Bytes, Error = Infallible> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let answer = answer.clone();
            let service = service_fn(move |request| {
                let answer = answer(request);
                async { Ok::<_, Infallible>(answer.await) }
            });
            tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
    addr
}

pub fn directory(name: &str, files: &[(&str, &str)]) -> (TempDir, Release) {
    let dir = TempDir::new().unwrap();
    for (path, content) in files {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    let release = Release::new(name, Backend::Directory(dir.path().to_owned()));
    (dir, release)
}
