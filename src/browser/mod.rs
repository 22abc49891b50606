//! The browser: finding and starting it, the connection to it, and a visitor's tabs, workers and caches.
//!
//! One websocket carries all sessions, so page and worker events have one order. chromiumoxide provides the connection
//! and the typed commands; its handler is not used, because the way it resumes and detaches workers hangs their
//! installation.

mod caches;
mod connection;
mod elsewhere;
mod find;
mod hub;
mod launch;
mod own;
mod tab;
#[cfg(test)]
pub(crate) mod testing;
mod translate;
mod update_check;
mod visitor;

pub use caches::Kept;
pub use connection::{CallError, Connection, Session};
pub use find::{FindError, Kind, Program, find};
pub use launch::{Browser, Elsewhere, LaunchError, Options};
pub use own::OwnBrowser;
pub use tab::Tab;
pub use update_check::UpdateCheck;
pub use visitor::{Read, Visitor};
