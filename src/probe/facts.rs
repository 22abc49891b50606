//! What was seen of a live deployment, as it is: nothing here is judged.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What was seen of a live deployment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Where the visit began, after redirects.
    pub url: String,
    /// The service workers' registrations after two visits.
    pub registrations: Vec<Registered>,
    /// The workers' scripts.
    pub scripts: Vec<Script>,
    /// What the workers import.
    pub imports: Vec<Import>,
    /// What the workers keep ahead: what their precache manifests name, or else what they fetch while they install.
    pub precache: Vec<Precached>,
    /// What the caches hold after two visits.
    pub caches: Vec<Entry>,
    /// Who answered the requests of the second visit.
    pub served: Vec<Served>,
    /// The start page without a network.
    pub offline: Offline,
    /// Exceptions, errors on the console and failed requests, each once.
    pub errors: Vec<String>,
    /// Addresses whose answers ask the browser to clear its data, with what they name.
    pub clear_site_data: BTreeMap<String, String>,
    /// Hosts from which the site takes its assets.
    pub asset_hosts: Vec<String>,
    /// What the look has cost the site.
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
    /// Script of the worker that installs.
    pub installing: Option<String>,
    /// Script of the worker that waits.
    pub waiting: Option<String>,
    /// Script of the active worker.
    pub active: Option<String>,
}

/// The script of a worker.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Script {
    /// Its address.
    pub url: String,
    /// The status.
    pub status: u16,
    /// `Content-Type`, empty without.
    pub content_type: String,
    /// `Cache-Control`, empty without.
    pub cache_control: String,
    /// `Service-Worker-Allowed`, empty without.
    pub allowed: String,
    /// Where it leads instead.
    pub redirect: Option<String>,
    /// Its length in bytes.
    pub bytes: usize,
}

/// A script that a worker imports.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// Its address.
    pub url: String,
    /// The status; none when it could not be asked for.
    pub status: Option<u16>,
    /// `Content-Type`, empty without.
    pub content_type: String,
    /// `Cache-Control`, empty without.
    pub cache_control: String,
}

/// Something that a worker keeps ahead.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Precached {
    /// Its address.
    pub url: String,
    /// Its revision in the manifest.
    pub revision: Option<String>,
    /// The status with which the site answers; none when it could not be asked for.
    pub status: Option<u16>,
    /// `Content-Type`, empty without.
    pub content_type: String,
    /// Where it leads instead.
    pub redirect: Option<String>,
}

impl Precached {
    /// Whether a worker can keep it.
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
    /// The address.
    pub url: String,
    /// The real status.
    pub status: u16,
    /// Whether page script cannot see the status.
    pub opaque: bool,
    /// `Content-Type`, empty without.
    pub content_type: String,
    /// `Cache-Control` with which it was sent, empty without.
    pub cache_control: String,
    /// What is remarkable about it, in words.
    pub remarks: Vec<String>,
}

/// Who answered one request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Served {
    /// The address.
    pub url: String,
    /// What it was for, as DevTools names it.
    pub resource: String,
    /// The status.
    pub status: u16,
    /// `the network`, `the HTTP cache`, `the worker`, and so on.
    pub by: String,
    /// The cache, where the worker had it from one.
    pub cache: Option<String>,
}

/// The start page without a network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offline {
    /// Whether it was tried.
    pub tried: bool,
    /// Whether something else than the browser's own error page is shown.
    pub shown: bool,
    /// The title of what is shown.
    pub title: String,
    /// Requests of the page that then failed.
    pub failed: Vec<String>,
}

/// What the look has cost the site.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traffic {
    /// Requests that the site got.
    pub requests: u32,
    /// Requests beyond the limit, which were not made.
    pub refused: u32,
    /// Requests that are no reads, which were not sent, with their number.
    pub unsent: BTreeMap<String, u32>,
}
