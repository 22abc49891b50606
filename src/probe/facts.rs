//! What was observed of a live deployment, without judgement.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What was observed of a live deployment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The URL that the visit started at, after redirects.
    pub url: String,
    /// The service worker registrations after two visits.
    pub registrations: Vec<Registered>,
    /// The worker scripts.
    pub scripts: Vec<Script>,
    /// The scripts that the workers import.
    pub imports: Vec<Import>,
    /// What the workers precache: the entries of their precache manifests, or else what they fetch while installing.
    pub precache: Vec<Precached>,
    /// The cache entries after two visits.
    pub caches: Vec<Entry>,
    /// The sources of the responses of the second visit.
    pub served: Vec<Served>,
    /// The start page offline.
    pub offline: Offline,
    /// Exceptions, console errors and failed requests, each once.
    pub errors: Vec<String>,
    /// URLs whose responses carry `Clear-Site-Data`, with its value.
    pub clear_site_data: BTreeMap<String, String>,
    /// Hosts that the site loads assets from.
    pub asset_hosts: Vec<String>,
    /// The requests that the probe sent to the site.
    pub traffic: Traffic,
}

/// One registration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase"))]
pub struct Registered {
    /// Its scope.
    pub scope: String,
    /// `imports`, `all` or `none`.
    pub update_via_cache: String,
    /// Whether navigations are preloaded.
    pub navigation_preload: Option<bool>,
    /// Script of the installing worker.
    pub installing: Option<String>,
    /// Script of the waiting worker.
    pub waiting: Option<String>,
    /// Script of the active worker.
    pub active: Option<String>,
}

/// A worker script.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Script {
    /// Its URL.
    pub url: String,
    /// The status.
    pub status: u16,
    /// `Content-Type`; empty if missing.
    pub content_type: String,
    /// `Cache-Control`; empty if missing.
    pub cache_control: String,
    /// `Service-Worker-Allowed`; empty if missing.
    pub allowed: String,
    /// Target of the redirect, if it is one.
    pub redirect: Option<String>,
    /// Its length in bytes.
    pub bytes: usize,
}

/// A script that a worker imports.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// Its URL.
    pub url: String,
    /// The status; none if it could not be requested.
    pub status: Option<u16>,
    /// `Content-Type`; empty if missing.
    pub content_type: String,
    /// `Cache-Control`; empty if missing.
    pub cache_control: String,
}

/// A precache entry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Precached {
    /// Its URL.
    pub url: String,
    /// Its revision in the manifest.
    pub revision: Option<String>,
    /// The status that the site returns; none if it could not be requested.
    pub status: Option<u16>,
    /// `Content-Type`; empty if missing.
    pub content_type: String,
    /// Target of the redirect, if it is one.
    pub redirect: Option<String>,
}

impl Precached {
    /// Whether a worker can precache it.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

/// One entry of a cache.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Name of the cache.
    pub cache: String,
    /// The URL.
    pub url: String,
    /// The real status, even of an opaque response.
    pub status: u16,
    /// Whether scripts cannot see the status.
    pub opaque: bool,
    /// `Content-Type`; empty if missing.
    pub content_type: String,
    /// `Cache-Control` of the response; empty if missing.
    pub cache_control: String,
    /// Remarks about it, in words.
    pub remarks: Vec<String>,
}

/// The source of one response.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Served {
    /// The URL.
    pub url: String,
    /// Resource type in DevTools.
    pub resource: String,
    /// The status.
    pub status: u16,
    /// `the network`, `the HTTP cache`, `the worker`, and so on.
    pub by: String,
    /// The cache, if it came from CacheStorage.
    pub cache: Option<String>,
}

/// The start page offline.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offline {
    /// Whether it was tested.
    pub tried: bool,
    /// Whether a page is shown, and not the browser's error page.
    pub shown: bool,
    /// The title of that page.
    pub title: String,
    /// Failed requests of that page.
    pub failed: Vec<String>,
}

/// The requests that the probe sent to the site.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traffic {
    /// Requests that were sent.
    pub requests: u32,
    /// Requests beyond the limit, which were not sent.
    pub refused: u32,
    /// Requests other than GET and HEAD, which were not sent, with their number.
    pub unsent: BTreeMap<String, u32>,
}
