//! Releases (a directory, a server or a URL), and the builds of the sample app.

pub mod cache;
pub mod project;
pub mod rehearsal;
#[expect(clippy::module_inception, reason = "the release is the word")]
mod release;
pub mod remote;
pub mod server;
pub mod source;
pub mod step;
pub mod tools;
pub mod tree;

pub use release::{Backend, Release};
pub use remote::Remote;
