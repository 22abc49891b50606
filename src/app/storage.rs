//! The state that a visitor starts with, for example from a login: cookies and localStorage, in the format of
//! Playwright's `storageState`. It is only read; no value of it appears in a trace or a report.

use std::fmt;
use std::path::Path;

use serde::Deserialize;
use url::Url;

/// The state that a visitor starts with.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Storage {
    /// Cookies; they are set for the origin's host, regardless of the host they were saved for.
    pub cookies: Vec<Cookie>,
    /// Names and values of localStorage.
    pub local: Vec<(String, String)>,
}

/// A cookie.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cookie {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// The host it was saved for.
    #[serde(default)]
    domain: String,
    /// The path under which it is sent.
    #[serde(default = "root")]
    pub path: String,
    /// Whether scripts cannot read it.
    #[serde(default)]
    pub http_only: bool,
    /// Whether it is sent over HTTPS only.
    #[serde(default)]
    pub secure: bool,
    /// `Strict`, `Lax` or `None`.
    #[serde(default)]
    pub same_site: Option<String>,
}

#[derive(Deserialize)]
struct State {
    #[serde(default)]
    cookies: Vec<Cookie>,
    #[serde(default)]
    origins: Vec<OriginState>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OriginState {
    origin: String,
    #[serde(default)]
    local_storage: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    name: String,
    value: String,
}

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// It cannot be read.
    #[error("{0}")]
    Read(#[from] std::io::Error),
    /// It has the wrong format. The error text contains no value.
    #[error("not a file written by Playwright's `storageState` (line {}, column {})", .0.line(), .0.column())]
    Parse(serde_json::Error),
    /// It contains the state of several sites.
    #[error("contains the state of several sites ({}); keep only that of the app", .0.join(", "))]
    Several(Vec<String>),
}

impl Storage {
    /// Reads a file. Uses the state saved for `host` or for a parent domain; without a host, that of the only site in
    /// the file.
    ///
    /// # Errors
    /// When the file cannot be read, has the wrong format, or contains several sites and no host is given.
    pub fn read(file: &Path, host: Option<&str>) -> Result<Self, StorageError> {
        let State { mut cookies, mut origins } =
            serde_json::from_slice(&std::fs::read(file)?).map_err(StorageError::Parse)?;
        if let Some(host) = host {
            cookies.retain(|cookie| belongs(host, &cookie.domain));
            origins.retain(|state| Url::parse(&state.origin).is_ok_and(|origin| origin.host_str() == Some(host)));
        } else if origins.len() > 1 {
            return Err(StorageError::Several(origins.into_iter().map(|state| state.origin).collect()));
        }
        let items = origins.into_iter().flat_map(|state| state.local_storage);
        Ok(Self { cookies, local: items.map(|Item { name, value }| (name, value)).collect() })
    }

    /// Whether it is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cookies.is_empty() && self.local.is_empty()
    }
}

impl fmt::Debug for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} cookies, {} items", self.cookies.len(), self.local.len())
    }
}

fn root() -> String {
    "/".to_owned()
}

/// Whether a host gets the cookies of a domain. Source: RFC 6265, section 5.1.3.
fn belongs(host: &str, domain: &str) -> bool {
    let domain = domain.trim_start_matches('.');
    host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATE: &str = r#"{
        "cookies": [
            { "name": "id", "value": "s3cret", "domain": ".shop.example", "path": "/", "expires": -1,
              "httpOnly": true, "secure": true, "sameSite": "Lax" },
            { "name": "other", "value": "1", "domain": "ads.example", "path": "/", "expires": 1999999999,
              "httpOnly": false, "secure": false, "sameSite": "None" }
        ],
        "origins": [
            { "origin": "https://www.shop.example", "localStorage": [{ "name": "token", "value": "t0ken" }] },
            { "origin": "https://ads.example", "localStorage": [{ "name": "x", "value": "y" }] }
        ]
    }"#;

    fn read(text: &str, host: Option<&str>) -> Result<Storage, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        Storage::read(file.path(), host).map_err(|error| error.to_string())
    }

    #[test]
    fn what_belongs_to_the_host_is_taken() {
        let storage = read(STATE, Some("www.shop.example")).unwrap();
        assert_eq!(storage.cookies.iter().map(|cookie| cookie.name.as_str()).collect::<Vec<_>>(), ["id"]);
        assert!(storage.cookies[0].http_only && storage.cookies[0].secure);
        assert_eq!(storage.local, [("token".to_owned(), "t0ken".to_owned())]);
        assert!(read(STATE, Some("elsewhere.example")).unwrap().is_empty());
    }

    #[test]
    fn an_origin_is_a_url() {
        for (origin, host, items) in [
            ("https://www.shop.example:8443", "www.shop.example", 1),
            ("https://Shop.Example", "shop.example", 1),
            ("http://[::1]:3000", "[::1]", 1),
            ("https://www.shop.example", "shop.example", 0),
        ] {
            let item = r#"{ "name": "token", "value": "t0ken" }"#;
            let state = format!(r#"{{ "origins": [{{ "origin": "{origin}", "localStorage": [{item}] }}] }}"#);
            assert_eq!(read(&state, Some(host)).unwrap().local.len(), items, "{origin}");
        }
    }

    #[test]
    fn several_sites_are_named() {
        assert!(read(STATE, None).unwrap_err().contains("https://ads.example"));
        let one = r#"{ "origins": [{ "origin": "http://localhost:3000", "localStorage": [] }] }"#;
        assert!(read(one, None).unwrap().is_empty());
    }

    #[test]
    fn no_value_is_shown() {
        let storage = read(STATE, Some("www.shop.example")).unwrap();
        assert_eq!(format!("{storage:?}"), "1 cookies, 1 items");
        let error = read(r#"{ "cookies": "s3cret" }"#, None).unwrap_err();
        assert!(error.contains("storageState") && !error.contains("s3cret"), "{error}");
    }
}
