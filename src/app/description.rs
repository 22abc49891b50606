//! The description of an app: what a scenario has to know to drive it and to read its pages.
//!
//! The sample app carries one as `swapcheck.toml`, and a user's own app can have one of the same form.

use std::path::Path;

use serde::Deserialize;

use super::Signs;
use super::storage::Storage;
use super::{Accept, AcceptError};
use crate::trace::Claims;

/// An app, as `swapcheck.toml` describes it. Whatever is left out is not driven or not judged.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct App {
    /// Path of the page that visitors come to first.
    pub start: String,
    /// Paths of further pages, each a document of its own.
    pub routes: Vec<String>,
    /// Selector that matches once the client code has taken over.
    pub hydrated: Option<String>,
    /// Where a document tells its release.
    pub page_release: Option<Marker>,
    /// Where the client code, once it runs, tells its release.
    pub code_release: Option<Marker>,
    /// A part that is loaded when it is asked for.
    pub lazy: Option<Lazy>,
    /// How the page offers an update.
    pub update: Option<Update>,
    /// A form with a draft.
    pub draft: Option<Draft>,
    /// What the app promises without a network.
    pub offline: Option<Offline>,
    /// What only a visitor who is logged in may see.
    pub private: Option<Private>,
    /// Path of what frees visitors from stale data by `Clear-Site-Data`. Its pages ask it by themselves.
    pub reset: Option<String>,
    /// What the configuration claims of the worker.
    pub worker: Claims,
    /// By what its pages tell their release, as it was learned by looking at both. No part of a description.
    #[serde(skip)]
    pub signs: Signs,
    /// Selector of a link on the start page that leads to another page, as it was learned. No part of a description.
    #[serde(skip)]
    pub link: Option<String>,
    /// What visitors bring along from an earlier login. No part of a description.
    #[serde(skip)]
    pub storage: Storage,
    /// Findings that are accepted for now.
    pub accept: Vec<Accept>,
}

/// An element that names a release.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Marker {
    /// Selector of the element.
    pub selector: String,
    /// The attribute that holds the name; without it, the element's text does.
    pub attribute: Option<String>,
}

/// A part of a page that is loaded when the visitor asks for it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lazy {
    /// Path of the page.
    pub page: String,
    /// Selector of what is clicked.
    pub click: String,
    /// Selector of what then appears.
    pub appears: String,
}

/// How a page offers an update.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Update {
    /// Selector of what accepts it; matches only while an update is offered.
    pub accept: String,
}

/// A form in which a visitor may have typed something.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// Path of the page.
    pub page: String,
    /// Selector of the field.
    pub field: String,
    /// Selector of what is clicked to send it.
    pub submit: Option<String>,
    /// Selector of what appears once it is saved.
    pub saved: Option<String>,
}

/// What only a visitor who is logged in may see. Pages fetch it by paths, each with a method before it unless that is
/// `GET`: `POST /api/login`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Private {
    /// Logs the visitor in.
    pub login: Option<String>,
    /// Answers something that belongs to the visitor alone.
    pub secret: String,
    /// Logs the visitor out.
    pub logout: Option<String>,
}

/// Method and path of a request that a description names.
#[must_use]
pub fn request(text: &str) -> (&str, &str) {
    text.split_once(' ').map_or(("GET", text), |(method, path)| (method, path.trim_start()))
}

/// What the app promises without a network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Offline {
    /// Paths that are to work. Left out, what works on the old release has to work on the new one.
    pub pages: Option<Vec<String>>,
    /// Path of the page that stands in for the others.
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
    /// It is not TOML, or not of this form.
    #[error("{0}")]
    Parse(#[from] toml::de::Error),
    /// A page is not given as a path.
    #[error("`{0}` has to be a path that begins with `/`")]
    NotAPath(String),
    /// An acceptance cannot be used.
    #[error(transparent)]
    Accept(#[from] AcceptError),
}

impl App {
    /// Reads a description.
    ///
    /// # Errors
    /// When the file cannot be read or does not have the right form; the text names the field.
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

    /// The routes that a visitor has been to before the deploy: all but the last one, which stays new to the worker.
    #[must_use]
    pub fn known_routes(&self) -> Vec<String> {
        self.routes.split_last().map(|(_, known)| known.to_vec()).unwrap_or_default()
    }

    /// Every path that the description names.
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
