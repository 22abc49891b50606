//! A recording of a site: GET requests only, each sent once, at a polite pace and within limits, and then answered from
//! memory.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::Bytes;
use hyper::header::{
    AGE, CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE,
    IF_UNMODIFIED_SINCE, RANGE, VARY,
};
use hyper::{Request, StatusCode};
use tokio::sync::{Mutex as AsyncMutex, Semaphore};
use tokio::time::Instant;
use url::{Position, Url};

use crate::http::empty;
use crate::release::Remote;

/// Limits for the load on the site and on this machine.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// The maximum number of requests to the site.
    pub requests: u32,
    /// The shortest time between the starts of two requests.
    pub pace: Duration,
    /// The longest time that one response may take.
    pub answer: Duration,
    /// Size of the largest recorded body, in bytes.
    pub body: usize,
    /// Total size of all bodies, in bytes.
    pub whole: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            requests: 1000,
            pace: Duration::from_millis(20),
            answer: Duration::from_secs(30),
            body: 16 << 20,
            whole: 256 << 20,
        }
    }
}

/// The number of concurrent requests: as many as a browser sends to one host.
const AT_ONCE: usize = 6;

/// Headers that make a response depend on what the browser already has.
const CONDITIONAL: [HeaderName; 6] = [IF_MATCH, IF_NONE_MATCH, IF_MODIFIED_SINCE, IF_UNMODIFIED_SINCE, IF_RANGE, RANGE];

/// Headers that do not distinguish responses, whatever `Vary` says: they are the same for all requests, or differ for
/// each.
const THE_SAME: [&str; 6] = ["accept-encoding", "user-agent", "origin", "cookie", "referer", "accept-language"];

/// A response of the site.
#[derive(Debug)]
pub(crate) struct Record {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// The headers in `Vary`, with their values in the request.
    vary: Vec<(HeaderName, Option<HeaderValue>)>,
}

impl Record {
    pub fn header(&self, name: impl hyper::header::AsHeaderName) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Whether it was sent as `immutable`.
    pub fn is_fixed(&self) -> bool {
        self.header("cache-control").to_ascii_lowercase().contains("immutable")
    }

    fn fits(&self, headers: &HeaderMap) -> bool {
        self.vary.iter().all(|(name, value)| headers.get(name) == value.as_ref())
    }
}

/// The responses for one URL, which differ in their `Vary` headers.
type Variants = AsyncMutex<Vec<Arc<Record>>>;

/// The recorded part of a site.
pub struct Recording {
    site: Remote,
    assets: Mutex<Vec<Remote>>,
    bounds: Bounds,
    records: Mutex<HashMap<String, Arc<Variants>>>,
    asked: AtomicU32,
    refused: AtomicU32,
    kept: AtomicUsize,
    next: AsyncMutex<Instant>,
    at_once: Semaphore,
    unsent: Mutex<BTreeMap<String, u32>>,
}

impl Recording {
    /// An empty recording.
    #[must_use]
    pub fn new(site: Remote, bounds: Bounds) -> Self {
        Self {
            site,
            assets: Mutex::default(),
            bounds,
            records: Mutex::default(),
            asked: AtomicU32::new(0),
            refused: AtomicU32::new(0),
            kept: AtomicUsize::new(0),
            next: AsyncMutex::new(Instant::now()),
            at_once: Semaphore::new(AT_ONCE),
            unsent: Mutex::default(),
        }
    }

    /// The URL of the site.
    #[must_use]
    pub fn site(&self) -> &Url {
        self.site.url()
    }

    /// Also records this host from now on.
    pub fn add_assets(&self, host: Remote) {
        lock(&self.assets).push(host);
    }

    /// The number of requests sent to the site so far.
    #[must_use]
    pub fn asked(&self) -> u32 {
        self.asked.load(Ordering::Relaxed)
    }

    /// The number of requests beyond the limit.
    #[must_use]
    pub fn refused(&self) -> u32 {
        self.refused.load(Ordering::Relaxed)
    }

    /// Requests other than GET and HEAD, which were not sent, with their number.
    #[must_use]
    pub fn unsent(&self) -> BTreeMap<String, u32> {
        lock(&self.unsent).clone()
    }

    pub(crate) fn not_sent(&self, what: String) {
        /// Limits what a page can add.
        const NAMED: usize = 50;
        let mut unsent = lock(&self.unsent);
        if unsent.len() < NAMED || unsent.contains_key(&what) {
            *unsent.entry(what).or_default() += 1;
        }
    }

    /// All responses so far, ordered by URL.
    pub(crate) fn whole(&self) -> BTreeMap<String, Vec<Arc<Record>>> {
        let records: Vec<_> = lock(&self.records).iter().map(|(url, of)| (url.clone(), Arc::clone(of))).collect();
        // Skips URLs with a pending request.
        let there = records.into_iter().filter_map(|(url, of)| of.try_lock().ok().map(|of| (url, of.clone())));
        there.filter(|(_, of)| !of.is_empty()).collect()
    }

    /// The response of the site for this URL.
    ///
    /// # Errors
    /// When there is no complete response, or the limit is reached; the message says why.
    pub(crate) async fn get(&self, url: &str, headers: &HeaderMap) -> Result<Arc<Record>, String> {
        let of = Arc::clone(lock(&self.records).entry(url.to_owned()).or_default());
        // Concurrent requests for the same URL wait for the response.
        let mut of = of.lock().await;
        if let Some(known) = of.iter().find(|record| record.fits(headers)) {
            return Ok(Arc::clone(known));
        }
        let record = Arc::new(self.ask(url, headers).await?);
        // Responses of an overloaded site are not recorded, so it is asked again.
        if record.status.is_server_error() || record.status == StatusCode::TOO_MANY_REQUESTS {
            return Ok(record);
        }
        of.push(Arc::clone(&record));
        Ok(record)
    }

    async fn ask(&self, url: &str, headers: &HeaderMap) -> Result<Record, String> {
        let remote = self.host(url).ok_or_else(|| format!("{url} does not belong to the site"))?;
        let _place = self.at_once.acquire().await.map_err(|error| error.to_string())?;
        let enough = |asked: u32| (asked < self.bounds.requests).then_some(asked + 1);
        if self.asked.fetch_update(Ordering::Relaxed, Ordering::Relaxed, enough).is_err() {
            self.refused.fetch_add(1, Ordering::Relaxed);
            return Err(format!("the limit of {} requests to the site is reached", self.bounds.requests));
        }
        {
            let mut next = self.next.lock().await;
            tokio::time::sleep_until(*next).await;
            *next = Instant::now() + self.bounds.pace;
        }
        let late = |_| format!("no complete response within {} s", self.bounds.answer.as_secs());
        tokio::time::timeout(self.bounds.answer, self.read(&remote, url, headers)).await.map_err(late)?
    }

    async fn read(&self, remote: &Remote, url: &str, headers: &HeaderMap) -> Result<Record, String> {
        let parsed = Url::parse(url).map_err(|error| error.to_string())?;
        let mut request = Request::builder()
            .uri(&parsed[Position::BeforePath..Position::AfterQuery])
            .body(empty())
            .map_err(|error| error.to_string())?;
        *request.headers_mut() = headers.clone();
        for name in CONDITIONAL.iter().chain([&CONTENT_LENGTH]) {
            request.headers_mut().remove(name);
        }
        let response = remote.upstream().ask(request).await?;
        let (mut head, mut body) = response.into_parts();
        let mut bytes = Vec::new();
        while let Some(frame) = body.frame().await {
            if let Ok(data) = frame.map_err(|error| error.to_string())?.into_data() {
                if bytes.len() + data.len() > self.bounds.body {
                    return Err(format!("the body is larger than {} bytes", self.bounds.body));
                }
                bytes.extend_from_slice(&data);
            }
        }
        if self.kept.fetch_add(bytes.len(), Ordering::Relaxed) + bytes.len() > self.bounds.whole {
            self.kept.fetch_sub(bytes.len(), Ordering::Relaxed);
            return Err(format!("the responses of the site are larger than {} bytes in total", self.bounds.whole));
        }
        let named = head.headers.get_all(VARY).iter().filter_map(|value| value.to_str().ok());
        let named = named.flat_map(|value| value.split(',')).map(|name| name.trim().to_ascii_lowercase());
        let vary = named
            .filter(|name| !THE_SAME.contains(&name.as_str()))
            .filter_map(|name| HeaderName::try_from(name).ok())
            .map(|name| (name.clone(), headers.get(&name).cloned()))
            .collect();
        head.headers.remove(AGE);
        Ok(Record { status: head.status, headers: head.headers, body: bytes.into(), vary })
    }

    fn host(&self, url: &str) -> Option<Remote> {
        let is = |remote: &&Remote| {
            let base = &remote.url()[..Position::BeforePath];
            url.strip_prefix(base).is_some_and(|rest| rest.starts_with('/'))
        };
        let assets = lock(&self.assets);
        std::iter::once(&self.site).chain(assets.iter()).find(is).cloned()
    }
}

impl fmt::Debug for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Recording").field(&self.site.to_string()).finish()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A recorded response.
    pub fn record(status: StatusCode, content_type: &str, body: &str) -> Arc<Record> {
        let mut headers = HeaderMap::new();
        headers.insert(hyper::header::CONTENT_TYPE, HeaderValue::from_str(content_type).unwrap());
        Arc::new(Record { status, headers, body: Bytes::copy_from_slice(body.as_bytes()), vary: Vec::new() })
    }
}
