//! swapcheck: does every returning visitor survive the next deploy?
//!
//! # One run
//! `swapcheck sample` ([`cli`], [`command`]) runs the [`matrix`] of cells: each is a variant of the sample app in a
//! scenario. All cells share a [`session`]: the builder of [`release`]s, and a [`theatre`] with one [`browser`] and one
//! listener. For each cell the theatre creates an [`origin`] that serves release A first and B later, and a visitor with
//! their own browser context; a [`scenario`] drives both. All three write to one log, the [`trace`]. When the scenario
//! has ended, every [`check`] reads the trace and returns [`finding`]s; the resulting verdict is compared with the one
//! that the variant declares. The [`run`] with all its cells goes to the [`report`]s.
//!
//! ```text
//! release ──▶ origin ◀── visitor (driven by a scenario)
//!                └──────┬──────┘
//!                     trace ──▶ checks ──▶ findings ──▶ verdict ──▶ report
//! ```
//!
//! Driving and judging are separate: a scenario states what is expected but never judges it, and a check reads a trace
//! but never uses a browser. So a saved trace can be judged again, and checks are tested without a browser.
//!
//! # Other modules
//! [`app`] describes an app to the scenarios, [`process`] ends child processes reliably, [`select`] selects by globs,
//! [`shard`] splits a table over machines, and [`error`] has the two classes of errors that end a run.

pub mod accept;
pub mod app;
pub mod browser;
pub(crate) mod cells;
pub mod check;
pub mod cli;
pub mod command;
pub mod error;
pub mod finding;
pub mod learn;
pub mod ledger;
pub mod lint;
pub mod matrix;
pub mod origin;
pub mod probe;
pub mod process;
pub mod release;
pub mod report;
pub mod run;
pub mod scenario;
pub mod select;
pub mod session;
pub mod shard;
pub mod storage;
pub mod theatre;
pub mod trace;
pub mod trial;
pub mod visit;
