//! Descriptions of events, one line each, for people.

use std::fmt;

use super::{Action, Claims, Due, Event, Initiator, Party, RangeAnswer, ReleaseMark, Source, Store, What};

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.what)
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tab(tab) => write!(f, "{tab}"),
            Self::Worker(version) if version.is_empty() => f.write_str("a worker"),
            Self::Worker(version) => write!(f, "worker {version}"),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Network => "the network",
            Self::HttpCache => "the HTTP cache",
            Self::WorkerNetwork => "the network via the worker",
            Self::WorkerHttpCache => "the HTTP cache via the worker",
            Self::WorkerCache => "a cache via the worker",
            Self::Worker => "the worker",
        })
    }
}

impl fmt::Display for ReleaseMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Undescribed => f.write_str("not described"),
            Self::Missing => f.write_str("missing"),
            Self::Names(release) => f.write_str(release),
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Navigate { url } => write!(f, "the visitor goes to {url}"),
            Self::Reload => f.write_str("the visitor reloads the page"),
            Self::Submit { selector } => write!(f, "the visitor submits the form with {selector}"),
            Self::Click { selector } => write!(f, "the visitor clicks {selector}"),
            Self::AcceptUpdate => f.write_str("the visitor accepts the update"),
            Self::Type { selector, .. } => write!(f, "the visitor types into {selector}"),
        }
    }
}

impl fmt::Display for Due {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usable { tab } => write!(f, "expected: {tab} shows a working page"),
            Self::Part { tab } => write!(f, "expected: {tab} shows the part that the visitor opened"),
            Self::Current { tab, release } => {
                write!(f, "expected: {tab} shows release {release}, and no worker is waiting")
            }
            Self::Cleared { release } => {
                write!(f, "expected: the caches hold nothing that release {release} does not have")
            }
            Self::Input { tab, .. } => write!(f, "expected: {tab} still shows what the visitor typed"),
            Self::Saved { tab } => write!(f, "expected: {tab} confirms that the form is saved"),
            Self::Forgotten { url } => write!(f, "expected: no cache holds {url}"),
            Self::NoWorker => f.write_str("expected: no worker and no cache is left"),
            Self::Stored { kinds } => {
                f.write_str("expected: the visitor's data is still in ")?;
                listed(f, kinds)
            }
            Self::Offline { tab, url, release } => {
                write!(f, "expected: offline, {tab} shows {url} of release {release}")
            }
        }
    }
}

impl fmt::Display for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LocalStorage => "localStorage",
            Self::IndexedDb => "IndexedDB",
            Self::Cookie => "a cookie",
        })
    }
}

impl fmt::Display for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flag = |name: &str, flag: Option<bool>| flag.map(|flag| format!("{name}: {flag}"));
        let script = self.script.as_ref().map(|script| format!("worker: {script}"));
        let flags = [flag("skipWaiting", self.skip_waiting), flag("clientsClaim", self.clients_claim)];
        listed(f, &[script].into_iter().chain(flags).flatten().collect::<Vec<_>>())
    }
}

impl fmt::Display for RangeAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tab, url, range, status, right } = self;
        let received = status.map_or("no response".to_owned(), |status| format!("status {status}"));
        write!(f, "{tab} requested {range} of {url} and received {received}")?;
        f.write_str(match status {
            _ if *right => " with exactly these bytes",
            Some(206) => " with other bytes",
            _ => "",
        })
    }
}

/// Writes a comma-separated list.
fn listed(f: &mut fmt::Formatter<'_>, things: &[impl fmt::Display]) -> fmt::Result {
    things.iter().enumerate().try_for_each(|(at, thing)| {
        f.write_str(if at == 0 { "" } else { ", " })?;
        thing.fmt(f)
    })
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Step { text } => write!(f, "{text}"),
            Self::Action { tab, action } => write!(f, "{tab}: {action}"),
            Self::Due(due) => write!(f, "{due}"),
            Self::Claims(claims) => write!(f, "the configuration says: {claims}"),
            Self::Expired { awaited, within_ms, .. } => {
                write!(f, "timed out after {within_ms} ms waiting for {awaited}")
            }
            Self::Inapplicable { why } => write!(f, "not applicable: {why}"),
            Self::End => f.write_str("end"),
            Self::Swap { release } => write!(f, "origin: now serves release {release}"),
            Self::FaultOn { fault, text, .. } => write!(f, "origin: fault {fault} starts: {text}"),
            Self::FaultOff { fault } => write!(f, "origin: fault {fault} ends"),
            Self::Answer(answer) => {
                write!(f, "origin: {} {} → ", answer.method, answer.url)?;
                if answer.status == 0 {
                    f.write_str("connection dropped")?;
                } else {
                    write!(f, "{}", answer.status)?;
                }
                match (&answer.release, answer.fault) {
                    (Some(release), None) => write!(f, " (release {release})"),
                    (Some(release), Some(fault)) => write!(f, " (release {release}, fault {fault})"),
                    (None, Some(fault)) => write!(f, " (fault {fault})"),
                    (None, None) => Ok(()),
                }
            }
            Self::BrowserEnded { killed: true } => f.write_str("the browser is killed"),
            Self::BrowserEnded { killed: false } => f.write_str("the browser is closed"),
            Self::BrowserStarted => f.write_str("the browser is restarted on the same profile"),
            Self::TabOpened { tab } => write!(f, "{tab} opened"),
            Self::TabClosed { tab } => write!(f, "{tab} closed"),
            Self::NavigationStarted { tab, url, by, reload } => {
                let verb = if *reload { "reload of" } else { "navigation to" };
                let by = match by {
                    Initiator::Visitor => "the visitor",
                    Initiator::App => "the app",
                    Initiator::Browser => "the browser",
                };
                write!(f, "{tab}: {verb} {url} started by {by}")
            }
            Self::Committed { tab, url, error_page: true, .. } => write!(f, "{tab}: browser error page for {url}"),
            Self::Committed { tab, url, restored: true, .. } => {
                write!(f, "{tab}: document {url} restored from the back/forward cache")
            }
            Self::Committed { tab, url, .. } => write!(f, "{tab}: document {url} committed"),
            Self::Loaded { tab } => write!(f, "{tab}: load event"),
            Self::Page(page) => {
                write!(f, "{} shows {} ", page.tab, page.url)?;
                match page.hydrated {
                    Some(true) => f.write_str("(hydrated")?,
                    Some(false) => f.write_str("(not hydrated")?,
                    None => f.write_str("(hydration unknown")?,
                }
                write!(f, "; page release {}, code release {}", page.page_release, page.code_release)?;
                f.write_str(if page.controlled { "; controlled by a worker)" } else { "; not controlled by a worker)" })
            }
            Self::Response(response) => {
                write!(f, "{} received {} for {} from ", response.by, response.status, response.url)?;
                match &response.cache {
                    Some(cache) => write!(f, "cache “{cache}” via the worker"),
                    None => response.source.fmt(f),
                }
            }
            Self::RequestFailed { by, url, error, .. } => write!(f, "{by}: request for {url} failed: {error}"),
            Self::Exception { by, text, .. } => write!(f, "{by}: uncaught exception: {text}"),
            Self::Console { by, level, text } => write!(f, "{by}: console {level}: {text}"),
            Self::Registration { scope, deleted: true, .. } => write!(f, "registration for {scope} deleted"),
            Self::Registration { scope, .. } => write!(f, "registration for {scope} created"),
            Self::WorkerVersion { version, state, .. } => write!(f, "worker {version} is {state}"),
            Self::WorkerError { version, text, .. } => write!(f, "worker {version}: error: {text}"),
            Self::CacheChanged { cache } if cache.is_empty() => f.write_str("a cache was created or deleted"),
            Self::CacheChanged { cache } => write!(f, "cache “{cache}” changed"),
            Self::Snapshot(snapshot) => {
                write!(f, "snapshot ({}): {} cache entries", snapshot.label, snapshot.entries.len())
            }
            Self::Stored { kinds } if kinds.is_empty() => f.write_str("the visitor's data: nothing left"),
            Self::Stored { kinds } => {
                f.write_str("the visitor's data: ")?;
                listed(f, kinds)
            }
            Self::Range(answer) => write!(f, "{answer}"),
        }
    }
}
