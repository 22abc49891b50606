//! HTTP, as an origin and a release both need it: addresses, bodies, TLS, and forwarding to another server.

mod address;
mod body;
pub(crate) mod proxy;
mod rewrite;
mod tls;
mod upstream;

pub(crate) use address::{Address, Host};
pub use address::{BLANK, Scheme};
pub(crate) use body::{Body, empty, full, html, plain};
pub(crate) use tls::{Tls, fingerprint, trusting};
pub use upstream::Upstream;
