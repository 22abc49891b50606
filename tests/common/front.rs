//! `https://NAME/` on a loopback address, with a certificate of an authority that nobody knows, before a server that
//! speaks plain HTTP.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use swapcheck::release::remote::Reach;
use tempfile::NamedTempFile;
use tokio::net::{TcpListener, TcpStream};

use super::authority;

/// Some names, each at an address, with the authority that stands for them.
pub struct Front {
    ca: NamedTempFile,
    known: Vec<String>,
}

impl Front {
    /// Listens for these names, and hands all that comes on to `to`.
    pub async fn before(names: &[&str], to: SocketAddr) -> Self {
        let (ca, acceptor) = authority::tls(names);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    let Ok(mut stream) = acceptor.accept(stream).await else { return };
                    let Ok(mut behind) = TcpStream::connect(to).await else { return };
                    let _ = tokio::io::copy_bidirectional(&mut stream, &mut behind).await;
                });
            }
        });
        Self { ca, known: names.iter().map(|name| format!("{name}:443:{addr}")).collect() }
    }

    /// The flags by which a command reaches it.
    pub fn flags(&self) -> Vec<String> {
        let ca = ["--ca".to_owned(), self.ca.path().display().to_string()];
        self.known.iter().flat_map(|known| ["--resolve".to_owned(), known.clone()]).chain(ca).collect()
    }

    /// How swapcheck reaches it.
    pub fn reach(&self) -> Reach {
        Reach {
            resolve: self.known.iter().map(|known| known.parse().unwrap()).collect(),
            ca: Some(self.ca.path().to_owned()),
            ..Reach::default()
        }
    }
}

/// Serves a directory as static hosts do.
pub async fn files(dir: &Path) -> SocketAddr {
    let dir = dir.to_owned();
    serve(move |request| file(&dir, request.uri().path())).await
}

/// Answers requests as `answer` does, and those of `/never` never.
pub async fn serve(answer: impl Fn(Request<Incoming>) -> Response<Full<Bytes>> + Clone + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let answer = answer.clone();
            let service = service_fn(move |request: Request<Incoming>| {
                let never = request.uri().path() == "/never";
                let answer = answer(request);
                async move {
                    if never {
                        std::future::pending::<()>().await;
                    }
                    Ok::<_, Infallible>(answer)
                }
            });
            tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
    addr
}

fn file(dir: &Path, path: &str) -> Response<Full<Bytes>> {
    let name = path.trim_start_matches('/');
    let candidates = match name {
        "" => vec!["index.html".to_owned()],
        name => vec![name.to_owned(), format!("{name}.html")],
    };
    let found: Option<PathBuf> = candidates.iter().map(|name| dir.join(name)).find(|path| path.is_file());
    match found {
        Some(path) => {
            let mime = mime_guess::from_path(&path).first_or_octet_stream().to_string();
            let body = std::fs::read(path).unwrap();
            Response::builder().header("content-type", mime).body(Full::from(body)).unwrap()
        }
        None => Response::builder().status(404).body(Full::from("nothing here")).unwrap(),
    }
}
