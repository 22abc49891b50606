//! A live site: what it serves now, read bypassing the worker, compared with what it served at the visit.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::{Position, Url};

use crate::browser::{CallError, Kept, Read, Tab, Visitor};
use crate::trace::CacheEntry;

/// URLs of the scripts and styles of the page in a tab.
const ASSETS: &str =
    "[...document.querySelectorAll('script[src], link[rel~=stylesheet][href], link[rel~=modulepreload][href]')]
  .map((link) => link.src || link.href)";

/// Name of the release that the site served at the visit.
pub const OLD: &str = "old";

/// Name of the release that the site serves at the revisit.
pub const NEW: &str = "new";

/// What a site serves at one time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Served {
    /// The scripts and styles of each page, by path.
    pub pages: BTreeMap<String, BTreeSet<String>>,
    /// The hash of each worker script.
    pub workers: BTreeMap<String, String>,
}

impl Served {
    fn assets(&self) -> BTreeSet<&str> {
        self.pages.values().flatten().map(String::as_str).collect()
    }

    /// What has changed, in words; empty if no deploy is visible. Compares only what was read both times.
    #[must_use]
    pub fn changes_to(&self, now: &Self) -> Vec<String> {
        let mut changes = Vec::new();
        for (path, assets) in &self.pages {
            let Some(new) = now.pages.get(path).filter(|new| *new != assets) else { continue };
            let (gone, come) = (assets.difference(new).count(), new.difference(assets).count());
            changes.push(format!("page {path} loads other scripts and styles: {come} new, {gone} gone"));
        }
        for (script, hash) in &self.workers {
            match now.workers.get(script) {
                Some(new) if new.is_empty() => changes.push(format!("the worker script {script} is gone")),
                Some(new) if new != hash => changes.push(format!("the worker script {script} has changed")),
                _ => {}
            }
        }
        changes
    }
}

/// One entry of a cache.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Stored {
    /// The cache.
    pub cache: String,
    /// The URL, as returned by [`name`].
    pub name: String,
    /// The real status.
    pub status: u16,
    /// SHA-256 of the body.
    pub hash: String,
}

/// A site, read through a visitor's browser.
#[derive(Debug)]
pub struct Site {
    origin: String,
    /// The cache entries at the visit: status and hash by name.
    before: HashMap<String, (u16, String)>,
    old: Served,
    new: Mutex<Served>,
    read: Mutex<HashMap<String, Option<Read>>>,
    left: Mutex<usize>,
    kept: Mutex<Vec<Stored>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Site {
    /// A site with a limit of requests; `old` and `before` are from the record of the visit, if there is one.
    #[must_use]
    pub fn new(origin: &str, requests: usize, old: Served, before: &[Stored]) -> Self {
        let before = before.iter().map(|entry| (entry.name.clone(), (entry.status, entry.hash.clone()))).collect();
        let (new, read, kept) = (Mutex::default(), Mutex::default(), Mutex::default());
        Self { origin: origin.to_owned(), before, old, new, read, left: Mutex::new(requests), kept }
    }

    /// The responses of the site for its own URLs; none for URLs of other sites, or if the limit is reached. Each URL
    /// is read only once, unless `anew`.
    async fn read(&self, visitor: &Visitor, urls: &[String], anew: bool) -> Result<Vec<Option<Read>>, CallError> {
        let mut wanted: Vec<String> = Vec::new();
        {
            let (read, mut left) = (lock(&self.read), lock(&self.left));
            for url in urls.iter().filter(|url| self.is_of_site(url)) {
                if *left > 0 && !wanted.contains(url) && (anew || !read.contains_key(url)) {
                    wanted.push(url.clone());
                    *left -= 1;
                }
            }
        }
        let mut fresh: HashMap<String, Option<Read>> = HashMap::new();
        if !wanted.is_empty() {
            fresh = wanted.iter().cloned().zip(visitor.read(&wanted).await?).collect();
        }
        let mut read = lock(&self.read);
        for (url, answer) in &fresh {
            read.entry(url.clone()).or_insert_with(|| answer.clone());
        }
        let known = |url: &String| fresh.get(url).or_else(|| read.get(url).filter(|_| !anew)).cloned().flatten();
        Ok(urls.iter().map(known).collect())
    }

    fn is_of_site(&self, url: &str) -> bool {
        url.strip_prefix(&self.origin).is_some_and(|rest| rest.starts_with('/'))
    }

    /// Whether the limit of requests is reached.
    #[must_use]
    pub fn is_exhausted(&self) -> bool {
        *lock(&self.left) == 0
    }

    /// Reads what the site serves for these pages and worker scripts. False if it does not respond at all.
    ///
    /// # Errors
    /// When a command to the browser fails.
    pub async fn look(&self, visitor: &Visitor, pages: &[String], workers: &[String]) -> Result<bool, CallError> {
        let urls: Vec<String> = pages.iter().map(|path| format!("{}{path}", self.origin)).collect();
        let read = self.read(visitor, &urls, false).await?;
        let scripts = self.read(visitor, workers, false).await?;
        let mut new = lock(&self.new);
        for (path, page) in pages.iter().zip(&read) {
            if let Some(page) = page.as_ref().filter(|page| page.status == 200) {
                new.pages.insert(name_of_path(&self.origin, path), page.assets.iter().map(|url| name(url)).collect());
            }
        }
        for (url, script) in workers.iter().zip(scripts) {
            if let Some(script) = script {
                let hash = if script.status == 200 { script.hash } else { String::new() };
                new.workers.insert(name(url), hash);
            }
        }
        Ok(read.iter().any(Option::is_some))
    }

    /// What was read so far.
    #[must_use]
    pub fn served(&self) -> Served {
        lock(&self.new).clone()
    }

    /// What has changed since the visit.
    #[must_use]
    pub fn changes(&self) -> Vec<String> {
        self.old.changes_to(&lock(&self.new))
    }

    /// The cache entries of the last snapshot.
    #[must_use]
    pub fn kept(&self) -> Vec<Stored> {
        lock(&self.kept).clone()
    }

    /// The last response for a URL.
    #[must_use]
    pub fn known(&self, url: &str) -> Option<Read> {
        lock(&self.read).get(url).cloned().flatten()
    }

    /// The release of the page in a tab, identified by scripts and styles that only one of the two has. None if it has
    /// those of both or neither.
    ///
    /// # Errors
    /// When the browser has ended.
    pub async fn release_shown(&self, tab: &Tab) -> Result<Option<String>, CallError> {
        let shown = tab.evaluate(ASSETS).await?;
        let urls = shown.as_ref().and_then(Value::as_array).cloned().unwrap_or_default();
        let names: Vec<String> = urls.iter().filter_map(Value::as_str).map(name).collect();
        Ok(release_of(&names, &self.old, &lock(&self.new)).map(str::to_owned))
    }

    /// Compares cache entries with what the site serves now, and with the entries at the visit.
    ///
    /// # Errors
    /// When a command to the browser fails.
    pub async fn compare(&self, visitor: &Visitor, kept: Vec<Kept>) -> Result<Vec<CacheEntry>, CallError> {
        *lock(&self.kept) = kept.iter().map(stored).collect();
        let urls: Vec<String> = kept.iter().map(|entry| entry.url.clone()).collect();
        let now = self.read(visitor, &urls, false).await?;
        let whose: Vec<Whose> = kept.iter().zip(&now).map(|(entry, now)| self.whose(entry, now.as_ref())).collect();
        // A page that differs on each request belongs to no release, so doubtful entries are read a second time.
        let doubted = urls.iter().zip(&whose).filter(|(_, whose)| whose.old && !whose.new && !whose.gone);
        let doubted: Vec<String> = doubted.map(|(url, _)| url.clone()).collect();
        let again = if doubted.is_empty() { Vec::new() } else { self.read(visitor, &doubted, true).await? };
        let again: HashMap<String, Option<Read>> = doubted.into_iter().zip(again).collect();
        let compared = kept.into_iter().zip(now).zip(whose).map(|((kept, now), whose)| {
            let steady = again.get(&kept.url).is_none_or(|again| same(again.as_ref(), now.as_ref()));
            let names = [(whose.old && steady, OLD), (whose.new, NEW)];
            let releases = names.into_iter().filter(|(is, _)| *is).map(|(_, name)| name.to_owned()).collect();
            let html_body = kept.begins_as_html();
            let Kept { cache, url, status, opaque, content_type, .. } = kept;
            let status_now = now.map(|now| now.status);
            CacheEntry { cache, url, status, opaque, content_type, html_body, releases, status_now, fault: None }
        });
        Ok(compared.collect())
    }

    fn whose(&self, kept: &Kept, now: Option<&Read>) -> Whose {
        let hash = kept.sha256();
        let before = self.before.get(&name(&kept.url));
        Whose {
            old: before.is_some_and(|(status, known)| *status == kept.status && *known == hash),
            new: now.is_some_and(|now| now.status == kept.status && now.hash == hash),
            gone: now.is_some_and(|now| matches!(now.status, 404 | 410)),
        }
    }
}

fn stored(kept: &Kept) -> Stored {
    Stored { cache: kept.cache.clone(), name: name(&kept.url), status: kept.status, hash: kept.sha256() }
}

/// The releases that an entry belongs to, as far as known.
struct Whose {
    old: bool,
    new: bool,
    gone: bool,
}

/// The path of a page as recorded: without query values.
fn name_of_path(origin: &str, path: &str) -> String {
    let name = name(&format!("{origin}{path}"));
    name.strip_prefix(origin).map(str::to_owned).unwrap_or(name)
}

fn same(one: Option<&Read>, other: Option<&Read>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => (one.status, &one.hash) == (other.status, &other.hash),
        _ => false,
    }
}

fn release_of(names: &[String], old: &Served, new: &Served) -> Option<&'static str> {
    let (old, new) = (old.assets(), new.assets());
    let of = |one: &BTreeSet<&str>, other: &BTreeSet<&str>| {
        names.iter().any(|name| one.contains(name.as_str()) && !other.contains(name.as_str()))
    };
    match (of(&old, &new), of(&new, &old)) {
        (true, false) => Some(OLD),
        (false, true) => Some(NEW),
        _ => None,
    }
}

/// A URL without personal data: the query is replaced by its hash, the fragment is left out.
#[must_use]
pub fn name(url: &str) -> String {
    let Ok(url) = Url::parse(url) else { return String::new() };
    let plain = format!("{}://{}", url.scheme(), &url[Position::BeforeHost..Position::AfterPath]);
    match url.query() {
        Some(query) if !query.is_empty() => format!("{plain}?{}", &blake3::hash(query.as_bytes()).to_hex()[..8]),
        _ => plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn served(assets: &[&str], worker: &str) -> Served {
        let assets = assets.iter().map(|&name| name.to_owned()).collect();
        Served {
            pages: BTreeMap::from([("/".to_owned(), assets)]),
            workers: BTreeMap::from([("/sw.js".to_owned(), worker.to_owned())]),
        }
    }

    #[test]
    fn a_deploy_is_told_by_what_pages_load_and_by_the_worker() {
        let old = served(&["/a.js", "/lib.js"], "1");
        assert_eq!(old.changes_to(&old), [""; 0]);
        let changes = old.changes_to(&served(&["/b.js", "/lib.js"], "2"));
        assert_eq!(
            changes,
            ["page / loads other scripts and styles: 1 new, 1 gone", "the worker script /sw.js has changed"]
        );
        assert_eq!(old.changes_to(&served(&["/a.js", "/lib.js"], "")), ["the worker script /sw.js is gone"]);
        assert_eq!(old.changes_to(&Served::default()), [""; 0]);
    }

    #[test]
    fn a_page_is_of_the_release_that_alone_has_what_it_loads() {
        let (old, new) = (served(&["/a.js", "/lib.js"], "1"), served(&["/b.js", "/lib.js"], "2"));
        let release = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
            release_of(&names, &old, &new)
        };
        assert_eq!(release(&["/a.js", "/lib.js"]), Some(OLD));
        assert_eq!(release(&["/b.js"]), Some(NEW));
        assert_eq!(release(&["/lib.js", "/c.js"]), None);
        assert_eq!(release(&["/a.js", "/b.js"]), None);
    }

    #[test]
    fn a_name_tells_no_query() {
        assert_eq!(name("https://app.test/a.js#x"), "https://app.test/a.js");
        let one = name("https://me:secret@app.test/a?token=secret");
        assert!(one.contains("/a?") && !one.contains("token") && !one.contains("secret"), "{one}");
        assert_ne!(one, name("https://app.test/a?token=other"));
        assert_eq!(name("no url"), "");
    }
}
