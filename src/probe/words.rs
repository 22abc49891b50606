//! What was observed of a live deployment, in words.

use std::collections::BTreeMap;

use super::facts::{Facts, Registered};
use crate::outcome::Fact;

/// How many remarks of one kind are shown.
const SHOWN: usize = 12;

/// The observations, item by item; an item without a topic continues the previous one. Everything if `verbose`.
#[must_use]
pub fn in_words(facts: &Facts, verbose: bool) -> Vec<Fact> {
    let mut told = Vec::new();
    let mut tell = |about: &str, said: &str| told.push(Fact::new(about, said));
    if facts.registrations.is_empty() {
        tell("registration", "no service worker is registered");
    }
    for one in facts.registrations.iter().take(SHOWN) {
        tell("registration", &registration(one));
    }
    more(&mut tell, facts.registrations.len());
    for script in &facts.scripts {
        let sent = |what: &str, value: &str| if value.is_empty() { format!("no {what}") } else { value.to_owned() };
        let mut said = format!(
            "{}: {}, {}, {}, {} bytes",
            script.url,
            script.status,
            sent("content-type", &script.content_type),
            sent("cache-control", &script.cache_control),
            script.bytes
        );
        if !script.allowed.is_empty() {
            said += &format!(", service-worker-allowed: {}", script.allowed);
        }
        if let Some(to) = &script.redirect {
            said += &format!(", redirects to {to}, which browsers reject");
        }
        tell("worker script", &said);
    }
    for import in facts.imports.iter().take(SHOWN) {
        let status = import.status.map_or("no response".to_owned(), |status| status.to_string());
        tell("imports", &format!("{}: {status}, {}", import.url, import.cache_control));
    }
    more(&mut tell, facts.imports.len());
    let missing: Vec<_> = facts.precache.iter().filter(|one| !one.is_there()).collect();
    if !facts.precache.is_empty() {
        tell("precache", &format!("{} entries, {} of them missing on the server", facts.precache.len(), missing.len()));
    }
    for one in missing.iter().take(SHOWN) {
        let status = one.status.map_or("no response".to_owned(), |status| status.to_string());
        tell("", &format!("{}: {status}", one.url));
    }
    more(&mut tell, missing.len());
    let mut caches: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in &facts.caches {
        *caches.entry(&entry.cache).or_default() += 1;
    }
    for (cache, entries) in caches.iter().take(SHOWN) {
        tell("cache", &format!("{cache}: {entries} entries"));
    }
    more(&mut tell, caches.len());
    let remarkable: Vec<_> = facts.caches.iter().filter(|entry| verbose || !entry.remarks.is_empty()).collect();
    for entry in remarkable.iter().take(SHOWN) {
        tell("", &format!("{} ({}): {}", entry.url, entry.status, entry.remarks.join(", ")));
    }
    more(&mut tell, remarkable.len());
    let mut served: BTreeMap<String, usize> = BTreeMap::new();
    for one in &facts.served {
        let from = one.cache.as_ref().map_or_else(|| one.by.clone(), |cache| format!("{} ({cache})", one.by));
        *served.entry(from).or_default() += 1;
    }
    let served: Vec<String> = served.into_iter().take(SHOWN).map(|(by, many)| format!("{many} from {by}")).collect();
    tell("second visit", &if served.is_empty() { "no responses".to_owned() } else { served.join(", ") });
    if verbose {
        for one in &facts.served {
            tell("", &format!("{} {} {} from {}", one.resource, one.url, one.status, one.by));
        }
    }
    if facts.offline.tried {
        let shown = if facts.offline.shown {
            format!(
                "a page with the title “{}” is shown; {} of its requests fail",
                facts.offline.title,
                facts.offline.failed.len()
            )
        } else {
            "the browser's error page is shown".to_owned()
        };
        tell("offline", &shown);
    }
    for error in facts.errors.iter().take(SHOWN) {
        tell("error", error);
    }
    more(&mut tell, facts.errors.len());
    for (url, what) in facts.clear_site_data.iter().take(SHOWN) {
        tell("clear-site-data", &format!("{url}: {what}"));
    }
    for host in &facts.asset_hosts {
        tell("other host", host);
    }
    for (what, many) in facts.traffic.unsent.iter().take(SHOWN) {
        tell("not sent", &format!("{what} ({many} times): the probe only reads from the site"));
    }
    if facts.traffic.refused > 0 {
        tell("limit", &format!("{} requests beyond --max-requests were not sent", facts.traffic.refused));
    }
    told
}

/// How the rehearsed release differs from today's.
#[must_use]
pub fn rehearsed_in_words(renamed: usize) -> String {
    match renamed {
        0 => {
            "no hashes found in asset names, so assets and caches keep their names; to find old entries that your real \
              next release leaves behind, run `check` with both builds"
                .to_owned()
        }
        many => format!("{many} hashes in asset names are replaced"),
    }
}

fn more(tell: &mut impl FnMut(&str, &str), all: usize) {
    if all > SHOWN {
        tell("", &format!("… and {} more", all - SHOWN));
    }
}

fn registration(one: &Registered) -> String {
    let mut said = format!("scope {}, updateViaCache {}", one.scope, one.update_via_cache);
    if one.navigation_preload == Some(true) {
        said += ", navigation preload is on";
    }
    for (state, script) in [("active", &one.active), ("waiting", &one.waiting), ("installing", &one.installing)] {
        if let Some(script) = script {
            said += &format!(", {state}: {script}");
        }
    }
    said
}
