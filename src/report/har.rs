//! The network traffic of one cell as HAR 1.2, without bodies, cookies and query values.

use std::path::{Path, PathBuf};
use std::{fs, io};

use serde_json::{Value, json};

use super::escape;
use crate::error::Error;
use crate::file::probe;
use crate::outcome::Run;
use crate::trace::redact::Redactor;
use crate::trace::{Event, Initiator, Party, Source, TabId, Trace, What};

/// Maximum number of entries in one file.
const ENTRIES: usize = 20_000;

/// A directory for HAR files.
#[derive(Clone, Debug)]
pub struct HarDir {
    dir: PathBuf,
}

impl HarDir {
    /// Writes into this directory, which is created if missing.
    ///
    /// # Errors
    /// When the directory is not writable.
    pub fn at(dir: &Path) -> Result<Self, Error> {
        let unusable = |error| Error::Usage(format!("cannot write HAR files to {}: {error}", dir.display()));
        fs::create_dir_all(dir).and_then(|()| probe(dir)).map_err(unusable)?;
        Ok(Self { dir: dir.to_path_buf() })
    }

    /// Writes a file for each cell that has a trace.
    ///
    /// # Errors
    /// When one cannot be written.
    pub fn write(&self, run: &Run) -> Result<(), Error> {
        for (cell, trace) in run.cells.iter().filter_map(|cell| Some((cell, cell.trace.as_ref()?))) {
            let name = format!("{}.{}.har", file_name(&cell.variant), file_name(&cell.scenario));
            let path = self.dir.join(name);
            let written = serde_json::to_vec_pretty(&render(trace)).map_err(io::Error::other);
            written
                .and_then(|json| fs::write(&path, json))
                .map_err(|error| Error::Tool(format!("cannot write {}: {error}", path.display())))?;
        }
        Ok(())
    }
}

/// A file name that stays within its directory. The subject of a trace can be anything.
fn file_name(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '_' }).take(80).collect()
}

/// The HAR log of a trace. A trace has no date, so times start at the beginning of 1970.
#[must_use]
pub fn render(trace: &Trace) -> Value {
    let mut redactor = Redactor::default();
    let (mut pages, mut entries, mut shown) = (Vec::new(), Vec::new(), Vec::<(TabId, String)>::new());
    for event in &trace.events {
        match &event.what {
            What::NavigationStarted { tab, url, by, .. } => {
                let id = format!("page_{}", pages.len() + 1);
                let by = match by {
                    Initiator::Visitor => "visitor",
                    Initiator::App => "app",
                    Initiator::Browser => "browser",
                };
                pages.push(json!({
                    "startedDateTime": date(event.at_ms),
                    "id": id,
                    "title": escape::line(&redactor.url(url)),
                    "pageTimings": {},
                    "_tab": tab.0,
                    "_startedBy": by,
                }));
                shown.retain(|(known, _)| known != tab);
                shown.push((*tab, id));
            }
            _ if entries.len() < ENTRIES => entries.extend(entry(event, &shown, &mut redactor)),
            _ => {}
        }
    }
    json!({ "log": {
        "version": "1.2",
        "creator": { "name": "swapcheck", "version": env!("CARGO_PKG_VERSION") },
        "browser": { "name": escape::line(&trace.header.browser), "version": "" },
        "pages": pages,
        "entries": entries,
        "comment": "Times are relative to the start of the scenario; the date has no meaning. Bodies, cookies and query \
            values are left out. `_side` is `browser` for responses that a page or worker received, and `origin` for \
            responses that the server sent.",
    } })
}

fn entry(event: &Event, shown: &[(TabId, String)], redactor: &mut Redactor) -> Option<Value> {
    let (url, method, status, mime) = match &event.what {
        What::Response(response) => (&response.url, "GET", response.status, response.mime.as_str()),
        What::RequestFailed { url, .. } => (url, "GET", 0, ""),
        What::Answer(answer) => (&answer.url, answer.method.as_str(), answer.status, answer.content_type.as_str()),
        _ => return None,
    };
    let url = redactor.url(url);
    let query = url.split_once('?').map(|(_, query)| query.split('&')).into_iter().flatten();
    let query: Vec<Value> = query
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| json!({ "name": escape::line(name), "value": escape::line(value) }))
        .collect();
    let mut entry = json!({
        "startedDateTime": date(event.at_ms),
        "time": 0,
        "request": {
            "method": escape::line(method), "url": escape::line(&url), "httpVersion": "", "cookies": [], "headers": [],
            "queryString": query, "headersSize": -1, "bodySize": -1,
        },
        "response": {
            "status": status, "statusText": "", "httpVersion": "", "cookies": [], "headers": [],
            "content": { "size": -1, "mimeType": escape::line(mime) },
            "redirectURL": "", "headersSize": -1, "bodySize": -1,
        },
        "cache": {},
        "timings": { "send": 0, "wait": 0, "receive": 0 },
        "_seq": event.seq,
    });
    match &event.what {
        What::Response(response) => {
            entry["_side"] = "browser".into();
            entry["_resourceType"] = escape::line(&response.resource).into();
            entry["_servedBy"] = serde_json::to_value(response.source).unwrap_or_default();
            entry["_fromServiceWorker"] = response.source.is_worker().into();
            if let Some(cache) = &response.cache {
                entry["_cache"] = escape::line(&redactor.text(cache)).into();
            }
            if matches!(response.source, Source::HttpCache | Source::WorkerHttpCache) {
                entry["_fromCache"] = "disk".into();
            }
            by(&mut entry, &response.by, shown);
        }
        What::RequestFailed { by: whose, resource, error, .. } => {
            entry["_side"] = "browser".into();
            entry["_resourceType"] = escape::line(resource).into();
            entry["response"]["_error"] = escape::line(&redactor.text(error)).into();
            by(&mut entry, whose, shown);
        }
        What::Answer(answer) => {
            entry["_side"] = "origin".into();
            if let Some(release) = &answer.release {
                entry["_release"] = escape::line(release).into();
            }
            if let Some(fault) = answer.fault {
                entry["_fault"] = fault.into();
            }
            if !answer.cache_control.is_empty() {
                let value = escape::line(&answer.cache_control);
                entry["response"]["headers"] = json!([{ "name": "cache-control", "value": value }]);
            }
        }
        _ => {}
    }
    Some(entry)
}

fn by(entry: &mut Value, party: &Party, shown: &[(TabId, String)]) {
    entry["_by"] = escape::line(&party.to_string()).into();
    if let Party::Tab(tab) = party
        && let Some((_, page)) = shown.iter().find(|(known, _)| known == tab)
    {
        entry["pageref"] = page.as_str().into();
    }
}

fn date(at_ms: u64) -> String {
    let (seconds, millis) = (at_ms / 1000, at_ms % 1000);
    let (hours, minutes) = (seconds / 3600 % 24, seconds / 60 % 60);
    format!("1970-01-01T{hours:02}:{minutes:02}:{:02}.{millis:03}Z", seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{Story, response};
    use crate::trace::Response;

    #[test]
    fn entries_say_who_served_what_and_carry_no_values() {
        let cached = Response {
            source: Source::WorkerCache,
            cache: Some("pages".to_owned()),
            ..response(1, "Script", "/a.js?user=alice")
        };
        let story = Story::new().visit(1, "/").answer("/?token=s3cret", 502).what(What::Response(cached));
        let log = render(&story.trace());
        let entries = log["log"]["entries"].as_array().unwrap();
        assert_eq!(entries.len(), 2);
        assert_eq!((&entries[0]["_side"], &entries[0]["response"]["status"]), (&"origin".into(), &502.into()));
        let served = (&entries[1]["_servedBy"], &entries[1]["_cache"], &entries[1]["pageref"]);
        assert_eq!(served, (&"worker-cache".into(), &"pages".into(), &"page_1".into()));
        assert_eq!(entries[1]["request"]["queryString"][0]["name"], "user");
        let text = log.to_string();
        assert!(!text.contains("alice") && !text.contains("s3cret"), "{text}");
    }

    #[test]
    fn times_and_names_are_plain() {
        assert_eq!(date(3_723_004), "1970-01-01T01:02:03.004Z");
        assert_eq!(file_name("../a b/ü"), "___a_b__");
    }
}
