//! Events in words, one line each, for people.

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
            Self::WorkerNetwork => "the worker, from the network",
            Self::WorkerHttpCache => "the worker, from the HTTP cache",
            Self::WorkerCache => "the worker, from a cache",
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
            Self::Submit { selector } => write!(f, "the visitor sends the form by {selector}"),
            Self::Click { selector } => write!(f, "the visitor clicks {selector}"),
            Self::AcceptUpdate => f.write_str("the visitor accepts the update"),
            Self::Type { selector, .. } => write!(f, "the visitor types into {selector}"),
        }
    }
}

impl fmt::Display for Due {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usable { tab } => write!(f, "due: {tab} shows a page that works"),
            Self::Part { tab } => write!(f, "due: {tab} shows the part that was asked for"),
            Self::Current { tab, release } => write!(f, "due: {tab} shows release {release}, and no worker waits"),
            Self::Cleared { release } => write!(f, "due: nothing is kept that is not of release {release}"),
            Self::Input { tab, .. } => write!(f, "due: {tab} still has what was typed into it"),
            Self::Saved { tab } => write!(f, "due: {tab} says that what was sent is saved"),
            Self::Forgotten { url } => write!(f, "due: no cache keeps {url}"),
            Self::NoWorker => f.write_str("due: no worker is left, and no cache"),
            Self::Stored { kinds } => {
                f.write_str("due: what was left is still there in ")?;
                listed(f, kinds)
            }
            Self::Offline { tab, url, release } => {
                write!(f, "due: without a network {tab} shows {url} of release {release}")
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
        let script = self.script.as_ref().map(|script| format!("a worker {script}"));
        let flags = [flag("skipWaiting", self.skip_waiting), flag("clientsClaim", self.clients_claim)];
        listed(f, &[script].into_iter().chain(flags).flatten().collect::<Vec<_>>())
    }
}

impl fmt::Display for RangeAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tab, url, range, status, right } = self;
        let got = status.map_or("nothing".to_owned(), |status| format!("status {status}"));
        write!(f, "{tab} asked for {range} of {url} and got {got}")?;
        f.write_str(match status {
            _ if *right => ", just that",
            Some(206) => ", with other bytes",
            _ => "",
        })
    }
}

/// Some things, with commas between them.
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
            Self::Claims(claims) => write!(f, "the configuration claims {claims}"),
            Self::Expired { awaited, within_ms, .. } => write!(f, "no {awaited} within {within_ms} ms"),
            Self::Inapplicable { why } => write!(f, "inapplicable: {why}"),
            Self::End => f.write_str("end"),
            Self::Swap { release } => write!(f, "origin: release {release} from here on"),
            Self::FaultOn { text, .. } => write!(f, "origin: fault begins: {text}"),
            Self::FaultOff { fault } => write!(f, "origin: fault {fault} ends"),
            Self::Answer(answer) => {
                write!(f, "origin: {} {} → ", answer.method, answer.url)?;
                if answer.status == 0 {
                    f.write_str("dropped")?;
                } else {
                    write!(f, "{}", answer.status)?;
                }
                match (&answer.release, answer.fault) {
                    (Some(release), None) => write!(f, " by release {release}"),
                    (Some(release), Some(fault)) => write!(f, " by release {release}, under fault {fault}"),
                    (None, Some(fault)) => write!(f, " by fault {fault}"),
                    (None, None) => Ok(()),
                }
            }
            Self::BrowserEnded { killed: true } => f.write_str("the browser is killed"),
            Self::BrowserEnded { killed: false } => f.write_str("the browser is closed"),
            Self::BrowserStarted => f.write_str("the browser is started again, on the same profile"),
            Self::TabOpened { tab } => write!(f, "{tab} opened"),
            Self::TabClosed { tab } => write!(f, "{tab} closed"),
            Self::NavigationStarted { tab, url, by, reload } => {
                let verb = if *reload { "reload of" } else { "navigation to" };
                let by = match by {
                    Initiator::Visitor => "the visitor",
                    Initiator::App => "the app",
                    Initiator::Browser => "the browser",
                };
                write!(f, "{tab}: {verb} {url} begins, by {by}")
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
                f.write_str(if page.controlled { "; controlled)" } else { "; no controller)" })
            }
            Self::Response(response) => {
                write!(f, "{} got {} {} from {}", response.by, response.status, response.url, response.source)?;
                match &response.cache {
                    Some(cache) => write!(f, " “{cache}”"),
                    None => Ok(()),
                }
            }
            Self::RequestFailed { by, url, error, .. } => write!(f, "{by}: request of {url} failed: {error}"),
            Self::Exception { by, text, .. } => write!(f, "{by}: exception: {text}"),
            Self::Console { by, level, text } => write!(f, "{by}: console {level}: {text}"),
            Self::Registration { scope, deleted: true, .. } => write!(f, "registration of {scope} deleted"),
            Self::Registration { scope, .. } => write!(f, "registration of {scope}"),
            Self::WorkerVersion { version, state, .. } => write!(f, "worker {version} is {state}"),
            Self::WorkerError { version, text, .. } => write!(f, "worker {version}: error: {text}"),
            Self::CacheChanged { cache } if cache.is_empty() => f.write_str("a cache came or went"),
            Self::CacheChanged { cache } => write!(f, "cache “{cache}” changed"),
            Self::Snapshot(snapshot) => {
                write!(f, "kept ({}): {} cache entries", snapshot.label, snapshot.entries.len())
            }
            Self::Stored { kinds } if kinds.is_empty() => f.write_str("nothing is left in the site's storage"),
            Self::Stored { kinds } => {
                f.write_str("stored for the visitor: ")?;
                listed(f, kinds)
            }
            Self::Range(answer) => write!(f, "{answer}"),
        }
    }
}
