//! How the browser addresses an origin.

use std::fmt;
use std::sync::Arc;

/// Path of an empty page on every origin, independent of releases and faults; it is not logged.
pub const BLANK: &str = "/.swapcheck/blank";

/// How the browser reaches the origins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// `https://<label>.swapcheck.example`, with a certificate that the browser must be told to accept.
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

/// Where the browser reaches one origin.
#[derive(Clone, Debug)]
pub(crate) struct Address {
    pub scheme: Scheme,
    /// As in the `Host` header: with the port, unless it is the scheme's default.
    pub host: String,
}

impl Address {
    /// The part of a URL before the path.
    pub fn base(&self, by: &Host) -> String {
        match by {
            Host::Own => self.to_string(),
            Host::Assets(base) => base.as_ref().to_owned(),
        }
    }
}

/// One of the hosts of an origin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Host {
    /// Its own host.
    #[default]
    Own,
    /// An assets host, with the part of its URLs before the path.
    Assets(Arc<str>),
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.name(), self.host)
    }
}
