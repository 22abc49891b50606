//! How the browser addresses an origin.

use std::fmt;
use std::sync::Arc;

/// Path of an empty page that every origin has, whatever its releases and faults; it is not logged.
pub const BLANK: &str = "/.swapcheck/blank";

/// How the browser reaches the origins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// `https://<label>.swapcheck.example`, with a certificate that the browser has to be told to take.
    Https,
    /// `http://<label>.localhost:<port>`.
    Http,
}

impl Scheme {
    /// As in a URL.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Https => "https",
            Self::Http => "http",
        }
    }
}

/// Where the browser finds one origin.
#[derive(Clone, Debug)]
pub(crate) struct Address {
    pub scheme: Scheme,
    /// As in the `Host` header: with its port, where that is not the scheme's own.
    pub host: String,
}

impl Address {
    /// What stands before the path in a URL.
    pub fn base(&self, by: &Host) -> String {
        match by {
            Host::Own => self.to_string(),
            Host::Assets(base) => base.as_ref().to_owned(),
        }
    }
}

/// Which host of an origin is meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Host {
    /// Its own.
    #[default]
    Own,
    /// One that has assets only; with what stands before the path in its URLs.
    Assets(Arc<str>),
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.name(), self.host)
    }
}
