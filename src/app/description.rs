//! The description of an app: what scenarios need to know to drive it and to read its pages.
//!
//! The sample app has one, `swapcheck.toml`, and a user's own app can have one of the same form.

use std::path::Path;

use serde::Deserialize;

use super::Signs;
use super::storage::Storage;
use super::{Accept, AcceptError};
use crate::trace::Claims;

/// An app, as described in `swapcheck.toml`. What is left out is not driven or not judged.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct App {
    /// Path of the page that visitors open first.
    pub start: String,
    /// Paths of other pages, each with its own document.
    pub routes: Vec<String>,
    /// Selector that matches once the page is hydrated.
    pub hydrated: Option<String>,
    /// The element in which a document names its release.
    pub page_release: Option<Marker>,
    /// The element in which the running client code names its release.
    pub code_release: Option<Marker>,
    /// A lazily loaded part.
    pub lazy: Option<Lazy>,
    /// How the page offers an update.
    pub update: Option<Update>,
    /// A form with a draft.
    pub draft: Option<Draft>,
    /// What the app promises offline.
    pub offline: Option<Offline>,
    /// Private data that only a logged-in visitor may see.
    pub private: Option<Private>,
    /// Path of the endpoint that resets stale visitors with `Clear-Site-Data`. Pages request it by themselves.
    pub reset: Option<String>,
    /// What the configuration says about the worker.
    pub worker: Claims,
    /// What identifies the release of its pages, discovered from both releases. Not part of the file.
    #[serde(skip)]
    pub signs: Signs,
    /// Selector of a link on the start page to another page, discovered. Not part of the file.
    #[serde(skip)]
    pub link: Option<String>,
    /// Cookies and localStorage of an earlier login. Not part of the file.
    #[serde(skip)]
    pub storage: Storage,
    /// Accepted findings.
    pub accept: Vec<Accept>,
}

/// An element that names a release.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Marker {
    /// Selector of the element.
    pub selector: String,
    /// The attribute that contains the name; by default the element's text.
    pub attribute: Option<String>,
}

/// A part of a page that is loaded when the visitor opens it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lazy {
    /// Path of the page.
    pub page: String,
    /// Selector of the element to click.
    pub click: String,
    /// Selector of the element that then appears.
    pub appears: String,
}

/// How a page offers an update.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Update {
    /// Selector of the element that accepts it; matches only while an update is offered.
    pub accept: String,
}

/// A form that a visitor may have typed into.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// Path of the page.
    pub page: String,
    /// Selector of the field.
    pub field: String,
    /// Selector of the element that submits it.
    pub submit: Option<String>,
    /// Selector of the element that appears once it is saved.
    pub saved: Option<String>,
}

/// Private data that only a logged-in visitor may see. Each request is a path, with its method before it unless that is
/// `GET`: `POST /api/login`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Private {
    /// Logs the visitor in.
    pub login: Option<String>,
    /// Returns data that belongs to one visitor.
    pub secret: String,
    /// Logs the visitor out.
    pub logout: Option<String>,
}

/// Method and path of a request in a description.
#[must_use]
pub fn request(text: &str) -> (&str, &str) {
    text.split_once(' ').map_or(("GET", text), |(method, path)| (method, path.trim_start()))
}

/// What the app promises offline.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Offline {
    /// Paths that must work. If left out, what works on the old release must work on the new one.
    pub pages: Option<Vec<String>>,
    /// Path of the offline fallback page.
    pub fallback: Option<String>,
}

impl Default for App {
    fn default() -> Self {
        Self {
            start: "/".to_owned(),
            routes: Vec::new(),
            hydrated: None,
            page_release: None,
            code_release: None,
            lazy: None,
            update: None,
            draft: None,
            offline: None,
            private: None,
            reset: None,
            worker: Claims::default(),
            signs: Signs::default(),
            link: None,
            storage: Storage::default(),
            accept: Vec::new(),
        }
    }
}

/// Why a description cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DescriptionError {
    /// The file cannot be read.
    #[error("{0}")]
    Read(#[from] std::io::Error),
    /// It is not valid TOML, or has unknown or missing fields.
    #[error("{0}")]
    Parse(#[from] toml::de::Error),
    /// A page is not a path.
    #[error("`{0}` is not a path that starts with `/`")]
    NotAPath(String),
    /// An accepted finding is invalid.
    #[error(transparent)]
    Accept(#[from] AcceptError),
}

impl App {
    /// Reads a description.
    ///
    /// # Errors
    /// When the file cannot be read or is invalid; the message names the field.
    pub fn read(file: &Path) -> Result<Self, DescriptionError> {
        let app: Self = toml::from_str(&std::fs::read_to_string(file)?)?;
        if let Some(path) = app.paths().find(|path| !path.starts_with('/')) {
            return Err(DescriptionError::NotAPath(path.to_owned()));
        }
        Ok(app)
    }

    /// Makes sure that what it accepts can match anything: the checks and scenarios are those that there are.
    ///
    /// # Errors
    /// When an acceptance cannot be used; the text says which, and why.
    pub fn verify_names(&self, checks: &[&str], scenarios: &[&str]) -> Result<(), DescriptionError> {
        Ok(self.accept.iter().try_for_each(|accept| accept.verify(checks, scenarios))?)
    }

    /// The routes that a visitor has visited before the deploy: all but the last one, which stays unknown to the
    /// worker.
    #[must_use]
    pub fn known_routes(&self) -> Vec<String> {
        self.routes.split_last().map(|(_, known)| known.to_vec()).unwrap_or_default()
    }

    /// Every path in the description.
    fn paths(&self) -> impl Iterator<Item = &str> {
        let offline = self.offline.iter();
        let pages = offline.flat_map(|o| o.pages.iter().flatten().chain(&o.fallback));
        let private = self.private.iter().flat_map(|p| p.login.iter().chain([&p.secret]).chain(&p.logout));
        std::iter::once(&self.start)
            .chain(&self.routes)
            .chain(self.lazy.iter().map(|lazy| &lazy.page))
            .chain(self.draft.iter().map(|draft| &draft.page))
            .chain(pages)
            .chain(&self.reset)
            .chain(&self.worker.script)
            .map(String::as_str)
            .chain(private.map(|text| request(text).1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<App, DescriptionError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        App::read(file.path())
    }

    #[test]
    fn an_empty_description_is_a_site_with_a_start_page() {
        assert_eq!(read("").unwrap(), App::default());
    }

    #[test]
    fn a_misspelt_field_is_named() {
        let error = read("hydrate = 'html'").unwrap_err().to_string();
        assert!(error.contains("hydrate"), "{error}");
    }

    #[test]
    fn a_page_is_a_path() {
        let error = read("[lazy]\npage = 'lazy'\nclick = 'a'\nappears = 'b'").unwrap_err().to_string();
        assert!(error.contains("`lazy`"), "{error}");
        let error = read("[private]\nsecret = 'POST secret'").unwrap_err().to_string();
        assert!(error.contains("`secret`"), "{error}");
        let error = read("[worker]\nscript = 'sw.js'").unwrap_err().to_string();
        assert!(error.contains("`sw.js`"), "{error}");
        let error = read("reset = 'clear'").unwrap_err().to_string();
        assert!(error.contains("`clear`"), "{error}");
    }

    #[test]
    fn a_request_is_a_get_unless_it_says_otherwise() {
        assert_eq!(request("/api/secret"), ("GET", "/api/secret"));
        assert_eq!(request("DELETE /api/login"), ("DELETE", "/api/login"));
    }
}
