//! Facts about a built worker: the files that it precaches, and whether it skips waiting unconditionally.

use super::name::last;
use super::script::{Kind, Script, Value};

/// A file that a worker precaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Precached {
    /// Its URL.
    pub url: String,
    /// Its position in the script.
    pub at: usize,
}

/// The files in the precache list that a tool has written into a worker.
#[must_use]
pub fn manifest(script: &Script) -> Vec<Precached> {
    let mut found = Vec::new();
    for call in &script.calls {
        let list = match last(&call.callee) {
            "precacheAndRoute" | "precache" | "addToCacheList" | "addToPrecacheList" => call.args.first(),
            _ => call.args.first().and_then(|options| options.get("precacheEntries")),
        };
        let Some(list) = list.map(|list| script.resolve(list)) else { continue };
        found.extend(list.items().iter().filter_map(listed));
    }
    found
}

fn listed(value: &Value) -> Option<Precached> {
    let url = match &value.kind {
        Kind::Object(_) => value.get("url")?.text()?,
        _ => value.text()?,
    };
    Some(Precached { url: url.to_owned(), at: value.at })
}

/// Where the worker skips waiting outside of a `message` handler.
#[must_use]
pub fn skips_waiting(script: &Script) -> Option<usize> {
    let asked: Vec<usize> = script.handlers("message").into_iter().flat_map(|one| script.reached_from(one)).collect();
    let unasked = |within: usize| !script.around(within).any(|function| asked.contains(&function));
    let call = script.calls.iter().find(|call| call.callee == "skipWaiting" && unasked(call.within));
    // For example `addEventListener("install", self.skipWaiting)`.
    call.map(|call| call.at)
}
