//! A live deployment: what a polite visitor observes, and the rehearsal of its next deploy.

mod facts;
mod look;
mod run;
mod words;

pub use facts::{Entry, Facts, Import, Offline, Precached, Registered, Script, Served, Traffic};
pub use run::{Options, Probed, probe};
pub use words::{in_words, rehearsed_in_words};
