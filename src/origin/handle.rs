//! The handle with which a scenario controls an origin.

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use http_body_util::BodyExt;
use hyper::Request;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, RANGE};

use super::backend;
use super::fault::Fault;
use super::gate::Hold;
use super::matching::text;
use super::registry::Registry;
use super::serve::Served;
use super::state::{FaultId, body_hash};
use crate::http::empty;
use crate::http::proxy;
use crate::http::{Address, Scheme};
use crate::release::{Backend, Release};
use crate::trace::{Log, What};

/// One constant address. Clones share it; it is removed with the last of them.
#[derive(Clone)]
pub struct Origin {
    held: Arc<Held>,
}

struct Held {
    served: Arc<Served>,
    registry: Registry,
    asked: Mutex<HashMap<Question, Asked>>,
}

/// A release's name, a path with its query, and headers.
type Question = (String, String, Vec<(String, String)>);

/// The response of a release to a GET, bypassing all faults.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The status.
    pub status: u16,
    /// `Content-Type`, empty without.
    pub content_type: String,
    /// The first 32 hexadecimal digits of the body's BLAKE3 hash.
    pub body_hash: String,
}

/// A request to a release failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("request for {url} failed: {reason}")]
pub struct AskError {
    /// The requested URL.
    pub url: String,
    /// Why it failed.
    pub reason: String,
}

impl Origin {
    pub(super) fn new(served: Arc<Served>, registry: Registry) -> Self {
        Self { held: Arc::new(Held { served, registry, asked: Mutex::default() }) }
    }

    /// The address of a site on another host, with its `releases`: there is no listener, faults have no effect, and its
    /// releases cannot be asked.
    #[must_use]
    pub fn elsewhere(scheme: Scheme, host: &str, releases: &[&str], log: Log) -> Self {
        let nowhere = |name: &&str| Release::new(name, Backend::Directory(PathBuf::new()));
        let current = releases.first().map(|name| (*name).to_owned()).unwrap_or_default();
        let address = Address { scheme, host: host.to_owned() };
        let releases = releases.iter().map(nowhere).collect();
        Self::new(Arc::new(Served::new(address, releases, log, proxy::client(), current)), Registry::new(None))
    }

    /// The absolute URL of a path, as the browser sees it.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.held.served.address)
    }

    /// What to request from a release for a URL of this origin or of its assets host: the path with the query. A live
    /// site can have several assets hosts, so for those it is the whole URL.
    #[must_use]
    pub fn path<'a>(&self, url: &'a str) -> Option<&'a str> {
        let path = |base: &str| url.strip_prefix(base).filter(|path| path.starts_with('/'));
        path(&self.url("")).or_else(|| {
            let path = self.held.registry.asset_bases().find_map(path);
            if self.held.registry.stands_in() { path.map(|_| url) } else { path }
        })
    }

    /// Names of its releases.
    pub fn releases(&self) -> impl Iterator<Item = &str> {
        self.held.served.releases.iter().map(|release| release.name.as_str())
    }

    /// Name of the current release.
    #[must_use]
    pub fn current(&self) -> String {
        self.held.served.state().current.clone()
    }

    /// Serves this release from now on; requests already forwarded to the old one finish there.
    ///
    /// # Panics
    /// When it has no such release.
    pub fn swap(&self, release: &str) {
        self.must_have(release);
        let mut state = self.held.served.state();
        release.clone_into(&mut state.current);
        self.held.served.log.push(What::Swap { release: release.to_owned() });
    }

    /// Starts a fault, after those that are active.
    ///
    /// # Panics
    /// When the fault names a release that the origin does not have, or alternates between none.
    pub fn inject(&self, fault: Fault) -> FaultId {
        if let super::Effect::Alternate { releases } = &fault.effect {
            assert!(!releases.is_empty(), "no releases to alternate between");
        }
        for release in fault.effect.releases() {
            self.must_have(release);
        }
        let (text, gravity) = (fault.text.clone(), fault.gravity);
        let mut state = self.held.served.state();
        let id = state.inject(fault);
        self.held.served.log.push(What::FaultOn { fault: id, text, gravity });
        FaultId(id)
    }

    /// Ends a fault, and all waits for it. Does nothing if it has already ended.
    pub fn heal(&self, id: FaultId) {
        let mut state = self.held.served.state();
        if state.heal(id.0) {
            self.held.served.log.push(What::FaultOff { fault: id.0 });
        }
    }

    /// Sets the path that resets visitors, for [`Origin::hold_resets`]. Can be set once.
    pub fn resets_at(&self, path: &str) {
        let _ = self.held.served.reset.set(path.to_owned());
    }

    /// How many reset requests are held back now.
    #[must_use]
    pub fn held_resets(&self) -> usize {
        self.held.served.resets.waiting()
    }

    /// How many requests for worker scripts are held back now.
    #[must_use]
    pub fn held_scripts(&self) -> usize {
        self.held.served.scripts.waiting()
    }

    /// Waits until a request waits for this fault. False if the fault has already ended.
    pub async fn holds(&self, id: FaultId) -> bool {
        let met = self.held.served.state().met(id.0);
        match met {
            Some(mut met) => met.wait_for(|met| *met).await.is_ok(),
            None => false,
        }
    }

    /// Holds requests for worker scripts until the returned value is dropped. The faults and the release of that moment
    /// then apply to them.
    pub fn hold_worker_scripts(&self) -> Hold {
        self.held.served.scripts.hold()
    }

    /// The same for reset requests.
    pub fn hold_resets(&self) -> Hold {
        self.held.served.resets.hold()
    }

    /// The fault that responds, or has responded, with a body of this hash, as in [`Asked::body_hash`].
    #[must_use]
    pub fn fault_with_body(&self, hash: &str) -> Option<FaultId> {
        self.held.served.state().fault_with_body(hash).map(FaultId)
    }

    /// The response of `release` to a GET of this path (see [`Origin::path`]), directly from the release: without faults,
    /// log, validators and ranges; redirects are not followed. Each request is sent only once.
    ///
    /// # Errors
    /// When there is no response or it is incomplete.
    ///
    /// # Panics
    /// When the origin has no such release.
    pub async fn ask(
        &self,
        release: &str,
        path_and_query: &str,
        headers: &[(String, String)],
    ) -> Result<Asked, AskError> {
        let question = (release.to_owned(), path_and_query.to_owned(), headers.to_vec());
        let asked = || self.held.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = asked().get(&question) {
            return Ok(known.clone());
        }
        let answer = self
            .ask_now(release, path_and_query, headers)
            .await
            .map_err(|reason| AskError { url: self.whole(path_and_query), reason })?;
        asked().insert(question, answer.clone());
        Ok(answer)
    }

    fn whole(&self, path: &str) -> String {
        if path.starts_with('/') { self.url(path) } else { path.to_owned() }
    }

    async fn ask_now(&self, release: &str, path: &str, headers: &[(String, String)]) -> Result<Asked, String> {
        let served = &self.held.served;
        let mut request = Request::builder().uri(path).body(empty()).map_err(|error| error.to_string())?;
        for (name, value) in headers {
            // Browsers also list pseudo-headers such as `:method`.
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                request.headers_mut().append(name, value);
            }
        }
        for name in [IF_NONE_MATCH, IF_MODIFIED_SINCE, RANGE] {
            request.headers_mut().remove(name);
        }
        let release = self.must_have(release);
        let mut response = backend::answer(&served.client, release, &served.address, request).await?;
        let mut hash = blake3::Hasher::new();
        while let Some(frame) = response.body_mut().frame().await {
            if let Ok(data) = frame.map_err(|error| error.to_string())?.into_data() {
                hash.update(&data);
            }
        }
        let body_hash = body_hash(&hash.finalize());
        Ok(Asked {
            status: response.status().as_u16(),
            content_type: text(response.headers(), CONTENT_TYPE),
            body_hash,
        })
    }

    #[track_caller]
    fn must_have(&self, release: &str) -> &Release {
        let served = &self.held.served;
        served.release(release).unwrap_or_else(|| {
            panic!(
                "{} has no release {release}, only {}",
                served.address,
                self.releases().collect::<Vec<_>>().join(", ")
            )
        })
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Origin").field(&self.url("")).finish()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.registry.remove(&self.served);
        // Held requests would otherwise wait forever.
        self.served.state().heal_all();
    }
}
