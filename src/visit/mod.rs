//! A returning visitor of a live site, across a real deploy: a visit before it and a revisit after it, on one
//! persistent profile.
//!
//! The site is not under our control: it is read through the visitor's own browser, bypassing the worker, and what
//! cannot be observed without its releases and its log is reported as not tested.

mod place;
mod reach;
mod record;
mod run;

pub use place::Place;
pub use reach::Reach;
pub use record::Record;
pub use run::{Options, Outcome, revisit, visit};
