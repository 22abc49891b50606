//! The way of one request: what the faults make of it, who answers, and its line in the log.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, UPGRADE};
use hyper::{Method, Request, Response, StatusCode};
use tokio::sync::watch;

use super::backend::{self, Body, full, plain};
use super::fault::Effect;
use super::host::{Address, Host};
use super::matching::{Seen, text};
use super::proxy::Client;
use super::state::{Plan, State};
use crate::release::Release;
use crate::trace::{Answer, Log, What};

/// A request is not answered: its connection has to be closed.
#[derive(Debug, thiserror::Error)]
#[error("dropped on purpose")]
pub(super) struct Dropped;

/// An origin, as its handle and the connections share it.
#[derive(Debug)]
pub(super) struct Served {
    pub address: Address,
    pub releases: Vec<Release>,
    pub log: Log,
    pub client: Client,
    /// How many want worker scripts to be held back now.
    pub holds: watch::Sender<usize>,
    state: Mutex<State>,
}

impl Served {
    pub fn new(address: Address, releases: Vec<Release>, log: Log, client: Client, current: String) -> Self {
        let state = Mutex::new(State::new(current));
        Self { address, releases, log, client, holds: watch::Sender::new(0), state }
    }

    /// What is done under this lock is logged under it, so that the log has the order in which it took effect.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn release(&self, name: &str) -> Option<&Release> {
        self.releases.iter().find(|release| release.name == name)
    }

    /// Answers a request as the faults want it.
    ///
    /// # Errors
    /// When a fault wants no answer at all.
    pub async fn answer(&self, by: Host, request: Request<Body>) -> Result<Response<Body>, Dropped> {
        let seen = Seen { by, ..Seen::of(&request) };
        if seen.worker_script {
            // The sender lives as long as this does.
            let _ = self.holds.subscribe().wait_for(|holds| *holds == 0).await;
        }
        let mut waited = Vec::new();
        let (release, changes, fault) = loop {
            let (fault, limit, mut healed) = {
                let mut state = self.state();
                match state.plan(&seen, &waited) {
                    Plan::Fault { fault, effect } => {
                        let response = faulty(effect);
                        self.note(&seen, None, Some(fault), response.as_ref());
                        return response.ok_or(Dropped);
                    }
                    Plan::Release { release, changes, fault } => break (release, changes, fault),
                    Plan::Wait { fault, limit, healed } => (fault, limit, healed),
                }
            };
            // Nothing is ever sent on the channel: it ends with the fault.
            let _ = tokio::time::timeout(limit.unwrap_or(Duration::MAX), healed.changed()).await;
            waited.push(fault);
        };
        let mut response = self.released(&release, request).await;
        changes.apply(response.headers_mut());
        self.note(&seen, Some(release), fault, Some(&response));
        Ok(response)
    }

    async fn released(&self, name: &str, request: Request<Body>) -> Response<Body> {
        if request.headers().contains_key(UPGRADE) || *request.method() == Method::CONNECT {
            return plain(StatusCode::NOT_IMPLEMENTED, "the origin takes no other protocols than HTTP: no websockets");
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
            url: self.address.base(seen.by) + &seen.path_and_query,
            destination: seen.destination.clone(),
            worker_script: seen.worker_script,
            release,
            fault,
            status: response.map_or(0, |response| response.status().as_u16()),
            content_type: header(CONTENT_TYPE),
            cache_control: header(CACHE_CONTROL),
        }));
    }
}

/// The answer of a fault that answers; none to drop the connection.
fn faulty(effect: Effect) -> Option<Response<Body>> {
    let (code, body, headers) = match effect {
        Effect::Status { code, body, headers } => (code, body, headers),
        Effect::SoftError { body } => (StatusCode::OK, body, Vec::new()),
        _ => return None,
    };
    let mut response = Response::new(full(&body));
    *response.status_mut() = code;
    *response.headers_mut() = fault_headers(body.len(), headers);
    Some(response)
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
