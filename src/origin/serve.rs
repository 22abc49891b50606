//! Handles one request: applies the faults, gets the response, and logs it.

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use hyper::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue,
    UPGRADE,
};
use hyper::{Method, Request, Response, StatusCode};

use super::backend;
use super::fault::Effect;
use super::gate::Gate;
use super::matching::{Seen, text};
use super::range;
use super::state::{Plan, State};
use crate::http::proxy::Client;
use crate::http::{Address, Body, Host, empty, full, plain};
use crate::release::Release;
use crate::trace::{Answer, Log, What};

/// A request gets no response: its connection must be closed.
#[derive(Debug, thiserror::Error)]
#[error("connection dropped by a fault")]
pub(super) struct Dropped;

/// An origin, shared by its handle and its connections.
#[derive(Debug)]
pub(super) struct Served {
    pub address: Address,
    pub releases: Vec<Release>,
    pub log: Log,
    pub client: Client,
    /// The gate for worker script requests.
    pub scripts: Gate,
    /// The gate for reset requests.
    pub resets: Gate,
    /// The path that resets visitors.
    pub reset: OnceLock<String>,
    state: Mutex<State>,
}

impl Served {
    pub fn new(address: Address, releases: Vec<Release>, log: Log, client: Client, current: String) -> Self {
        let state = Mutex::new(State::new(current));
        let (scripts, resets, reset) = (Gate::default(), Gate::default(), OnceLock::new());
        Self { address, releases, log, client, scripts, resets, reset, state }
    }

    /// Changes made under this lock are logged under it, so the log has the order in which they took effect.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn release(&self, name: &str) -> Option<&Release> {
        self.releases.iter().find(|release| release.name == name)
    }

    /// Responds to a request, as far as the faults allow.
    ///
    /// # Errors
    /// When a fault drops the connection.
    pub async fn answer(&self, by: Host, mut request: Request<Body>) -> Result<Response<Body>, Dropped> {
        let seen = Seen { by, ..Seen::of(&request) };
        let resets = self.reset.get().is_some_and(|path| *path == seen.path);
        if seen.worker_script {
            self.scripts.pass().await;
        } else if resets {
            self.resets.pass().await;
        }
        let mut waited = Vec::new();
        let (release, kept, changes, fault) = loop {
            let (fault, limit, mut healed) = {
                let mut state = self.state();
                match state.plan(&seen, &waited) {
                    Plan::Fault { fault, effect } => {
                        let response = faulty(effect, &seen.range);
                        self.note(&seen, None, Some(fault), response.as_ref());
                        return response.ok_or(Dropped);
                    }
                    Plan::Release { release, kept, changes, fault } => break (release, kept, changes, fault),
                    Plan::Wait { fault, limit, healed } => (fault, limit, healed),
                }
            };
            // Nothing is ever sent on the channel: it closes with the fault.
            let _ = tokio::time::timeout(limit.unwrap_or(Duration::MAX), healed.changed()).await;
            waited.push(fault);
        };
        if let Host::Assets(base) = &seen.by
            && let Ok(whole) = format!("{base}{}", seen.path_and_query).parse()
        {
            *request.uri_mut() = whole;
        }
        let (release, mut response) = self.released_or_kept(release, kept, request).await;
        changes.apply(response.headers_mut());
        self.note(&seen, Some(release), fault, Some(&response));
        Ok(response)
    }

    /// The response of a release, or of the kept one if the first responds with 404.
    async fn released_or_kept(
        &self,
        release: String,
        kept: Option<String>,
        request: Request<Body>,
    ) -> (String, Response<Body>) {
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        let second = kept.filter(|_| reads).map(|kept| (kept, without_body(&request)));
        let response = self.released(&release, request).await;
        match second {
            Some((kept, request)) if response.status() == StatusCode::NOT_FOUND => {
                let second = self.released(&kept, request).await;
                if second.status() == StatusCode::NOT_FOUND { (release, response) } else { (kept, second) }
            }
            _ => (release, response),
        }
    }

    async fn released(&self, name: &str, request: Request<Body>) -> Response<Body> {
        if request.headers().contains_key(UPGRADE) || *request.method() == Method::CONNECT {
            return plain(StatusCode::NOT_IMPLEMENTED, "the origin supports HTTP only, no websockets");
        }
        let Some(release) = self.release(name) else {
            return plain(StatusCode::INTERNAL_SERVER_ERROR, &format!("the origin has no release {name}"));
        };
        backend::answer(&self.client, release, &self.address, request)
            .await
            .unwrap_or_else(|error| plain(StatusCode::BAD_GATEWAY, &error))
    }

    fn note(&self, seen: &Seen, release: Option<String>, fault: Option<u32>, response: Option<&Response<Body>>) {
        let header = |name| response.map(|response| text(response.headers(), name)).unwrap_or_default();
        self.log.push(What::Answer(Answer {
            method: seen.method.clone(),
            url: self.address.base(&seen.by) + &seen.path_and_query,
            destination: seen.destination.clone(),
            worker_script: seen.worker_script,
            release,
            fault,
            preload: seen.preload,
            status: response.map_or(0, |response| response.status().as_u16()),
            content_type: header(CONTENT_TYPE),
            cache_control: header(CACHE_CONTROL),
        }));
    }
}

/// The response of a fault; none to drop the connection.
fn faulty(effect: Effect, range: &str) -> Option<Response<Body>> {
    let (code, body, headers) = match effect {
        Effect::Status { code, body, headers } => (code, body, headers),
        Effect::SoftError { body } => (StatusCode::OK, body, Vec::new()),
        Effect::File { body, content_type } => part(&body, content_type, range),
        _ => return None,
    };
    let mut response = Response::new(full(&body));
    *response.status_mut() = code;
    *response.headers_mut() = fault_headers(body.len(), headers);
    Some(response)
}

/// The part of a file that a `Range` header requests, or the whole file.
fn part(body: &str, content_type: &'static str, range: &str) -> (StatusCode, String, Vec<(HeaderName, HeaderValue)>) {
    let mut headers = vec![
        (CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (ACCEPT_RANGES, HeaderValue::from_static("bytes")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    // Bytes that the file does not have are answered as if nothing was said of a part.
    let bytes = range::part(range, body.len() as u64).ok().flatten();
    let named = bytes.and_then(|bytes| {
        let said = format!("bytes {}-{}/{}", bytes.start(), bytes.end(), body.len());
        let part = body.get(usize::try_from(*bytes.start()).ok()?..=usize::try_from(*bytes.end()).ok()?)?;
        Some((part, HeaderValue::from_str(&said).ok()?))
    });
    let Some((part, said)) = named else { return (StatusCode::OK, body.to_owned(), headers) };
    headers.push((CONTENT_RANGE, said));
    (StatusCode::PARTIAL_CONTENT, part.to_owned(), headers)
}

/// A copy of a request, without its body.
fn without_body(request: &Request<Body>) -> Request<Body> {
    let mut again = Request::new(empty());
    request.method().clone_into(again.method_mut());
    request.uri().clone_into(again.uri_mut());
    request.headers().clone_into(again.headers_mut());
    again
}

fn fault_headers(length: usize, own: Vec<(HeaderName, HeaderValue)>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CONTENT_LENGTH, length.into());
    for (name, value) in own {
        headers.insert(name, value);
    }
    headers
}
