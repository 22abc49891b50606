//! The returning visitor of a real site, across its real deploy: a visit before it, and a return after it, on one kept
//! profile.
//!
//! Nothing of the site is ours here: it is asked through the visitor's own browser, past the worker, and what cannot be
//! known without its releases and its log is named as not tested.

mod place;
mod reach;
mod record;
mod run;

pub use place::Place;
pub use reach::Reach;
pub use record::Record;
pub use run::{Options, Outcome, revisit, visit};
