//! The origins of a process, known by the names under which the browser asks for them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hyper::Uri;
use hyper::header::{HOST, HeaderMap, ORIGIN, REFERER};
use url::{Position, Url};

use super::matching::text;
use super::serve::Served;
use crate::http::{Host, Scheme};

/// The host from which an app can load its assets, as from a CDN. It is the same for every origin, because a build
/// contains its name; the `Origin` or `Referer` header determines whose assets are requested. HTTPS only.
pub(super) const ASSETS: &str = "assets.swapcheck.example";

/// The hosts of a live site that an origin replaces, under their own names.
#[derive(Clone, Debug)]
pub struct Site {
    /// A URL of the site.
    pub url: Url,
    /// URLs of the hosts from which it loads its assets.
    pub assets: Vec<Url>,
    /// Whether the browser can reach no other host.
    pub alone: bool,
}

/// The origins by host.
#[derive(Clone, Debug)]
pub(super) struct Registry {
    origins: Arc<Mutex<BTreeMap<String, Arc<Served>>>>,
    /// The assets hosts: name, and the part of their URLs before the path.
    assets: Arc<[(String, Arc<str>)]>,
    /// The only host with an origin, if it replaces a site.
    pub only: Option<Arc<str>>,
}

impl Registry {
    pub fn new(site: Option<&Site>) -> Self {
        let assets = match site {
            None => vec![(ASSETS.to_owned(), format!("{}://{ASSETS}", Scheme::Https.name()).into())],
            Some(site) => site.assets.iter().map(|url| (authority(url), url[..Position::BeforePath].into())).collect(),
        };
        let only = site.map(|site| authority(&site.url).into());
        Self { origins: Arc::default(), assets: assets.into(), only }
    }

    pub fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Served>>> {
        self.origins.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The part of the URLs of assets hosts before the path.
    pub fn asset_bases(&self) -> impl Iterator<Item = &str> {
        self.assets.iter().map(|(_, base)| base.as_ref())
    }

    /// Whether its origin replaces a live site.
    pub fn stands_in(&self) -> bool {
        self.only.is_some()
    }

    /// The requested host, and the name of its origin.
    pub fn asked(&self, headers: &HeaderMap) -> (Host, String) {
        let host = text(headers, HOST).to_ascii_lowercase();
        match (self.assets.iter().find(|(name, _)| *name == host), &self.only) {
            (None, _) => (Host::Own, host),
            (Some((_, base)), Some(only)) => (Host::Assets(Arc::clone(base)), only.as_ref().to_owned()),
            (Some((_, base)), None) => (Host::Assets(Arc::clone(base)), asker(headers)),
        }
    }

    /// Removes an origin, unless another has replaced it.
    pub fn remove(&self, gone: &Arc<Served>) {
        let mut origins = self.lock();
        if origins.get(&gone.address.host).is_some_and(|known| Arc::ptr_eq(known, gone)) {
            origins.remove(&gone.address.host);
        }
    }
}

/// Host and port of a URL, as in the `Host` header.
fn authority(url: &Url) -> String {
    url[Position::BeforeHost..Position::AfterPort].to_ascii_lowercase()
}

/// The host of the requesting page or worker, empty if unknown.
fn asker(headers: &HeaderMap) -> String {
    let names = [text(headers, ORIGIN), text(headers, REFERER)];
    let hosts =
        names.iter().filter_map(|url| Some(url.parse::<Uri>().ok()?.authority()?.as_str().to_ascii_lowercase()));
    hosts.into_iter().next().unwrap_or_default()
}
