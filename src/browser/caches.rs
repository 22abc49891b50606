//! Reads CacheStorage through DevTools, which reports the real status even of opaque responses.

use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chromiumoxide::cdp::browser_protocol::cache_storage::{
    CachedResponseType, DataEntry, RequestCacheNamesParams, RequestEntriesParams,
};
use futures::future::try_join_all;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use super::connection::{CallError, Session};

/// How many entries of one cache are read.
const LISTED: i64 = 10_000;

/// How many caches are read.
const CACHES: usize = 200;

/// How many bodies are read concurrently.
const AT_ONCE: usize = 16;

/// Size of the largest body that is read, in bytes.
const BODY: u64 = 32 << 20;

/// Total size of the bodies that are read in one snapshot, in bytes.
const BODIES: usize = 256 << 20;

/// One entry of a cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Name of the cache.
    pub cache: String,
    /// URL of the request.
    pub url: String,
    /// Headers of the request.
    pub request_headers: Vec<(String, String)>,
    /// The real status, even of an opaque response.
    pub status: u16,
    /// True for an opaque response.
    pub opaque: bool,
    /// `Content-Type`; empty if missing.
    pub content_type: String,
    /// The body.
    pub body: Vec<u8>,
    /// False if the body was too large to be read.
    pub whole: bool,
}

impl Kept {
    /// The first 32 hexadecimal digits of the body's BLAKE3 hash.
    #[must_use]
    pub fn body_hash(&self) -> String {
        blake3::hash(&self.body).to_hex().as_str()[..32].to_owned()
    }

    /// SHA-256 of the body in hexadecimal, which pages can compute too.
    #[must_use]
    pub fn sha256(&self) -> String {
        Sha256::digest(&self.body).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether the body starts like an HTML document.
    #[must_use]
    pub fn begins_as_html(&self) -> bool {
        let start = String::from_utf8_lossy(&self.body[..self.body.len().min(256)]).trim_start().to_ascii_lowercase();
        start.starts_with("<!doctype html") || start.starts_with("<html")
    }
}

/// All entries in the caches of `origin`. `session` belongs to a page of the origin.
///
/// # Errors
/// When a command to the browser fails.
pub(super) async fn read(session: &Session, origin: &str) -> Result<Vec<Kept>, CallError> {
    let names = RequestCacheNamesParams::builder().storage_key(format!("{origin}/")).build();
    let caches = session.call(names).await?.caches;
    let listings = caches.iter().take(CACHES).map(|cache| async move {
        let mut list = RequestEntriesParams::new(cache.cache_id.clone());
        (list.skip_count, list.page_size) = (Some(0), Some(LISTED));
        Ok(session.call(list).await?.cache_data_entries.into_iter().map(move |entry| (cache, entry)))
    });
    let entries = try_join_all(listings).await?.into_iter().flatten();
    let (read, places) = (AtomicUsize::new(0), Semaphore::new(AT_ONCE));
    let kept = entries.map(|(cache, entry)| {
        let (read, places) = (&read, &places);
        async move {
            // The semaphore is never closed, so this always gets a permit.
            let _place = places.acquire().await;
            let header = |name: &str| {
                let found = entry.response_headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
                found.map(|header| header.value.as_str())
            };
            let long = header("content-length").and_then(|length| length.parse::<u64>().ok()).is_some_and(|l| l > BODY);
            if long || read.load(Ordering::Relaxed) > BODIES {
                return Ok(describe(&cache.cache_name, entry, None));
            }
            // The bindings omit empty headers, which the browser rejects.
            let wanted = json!({
                "cacheId": cache.cache_id, "requestURL": entry.request_url, "requestHeaders": entry.request_headers,
            });
            let body = match session.call_value("CacheStorage.requestCachedResponse", wanted).await {
                Ok(answer) => answer.pointer("/response/body").and_then(Value::as_str).map(decode).unwrap_or_default(),
                // An entry may disappear between listing and reading.
                Err(CallError::Refused { .. }) => Vec::new(),
                Err(error) => return Err(error),
            };
            read.fetch_add(body.len(), Ordering::Relaxed);
            Ok(describe(&cache.cache_name, entry, Some(body)))
        }
    });
    try_join_all(kept).await
}

fn decode(base64: &str) -> Vec<u8> {
    BASE64_STANDARD.decode(base64).unwrap_or_default()
}

fn describe(cache: &str, entry: DataEntry, body: Option<Vec<u8>>) -> Kept {
    let content_type = entry.response_headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-type"));
    Kept {
        cache: cache.to_owned(),
        url: entry.request_url,
        request_headers: entry.request_headers.into_iter().map(|header| (header.name, header.value)).collect(),
        status: u16::try_from(entry.response_status).unwrap_or_default(),
        opaque: matches!(entry.response_type, CachedResponseType::OpaqueResponse | CachedResponseType::OpaqueRedirect),
        content_type: content_type.map(|header| header.value.clone()).unwrap_or_default(),
        whole: body.is_some(),
        body: body.unwrap_or_default(),
    }
}
