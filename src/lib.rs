//! swapcheck: does every returning visitor survive the next deploy?
//!
//! # The story of one run
//! `swapcheck sample` ([`cli`], [`command`]) asks the [`matrix`] for cells: a variant of the sample app under a
//! scenario. What all cells need stands in a [`session`]: the builder of [`release`]s, and a [`theatre`] with one
//! [`browser`] and one listener. For each cell the theatre makes an [`origin`] with release A in front and B behind,
//! and a visitor, who has a browser context of his own; a [`scenario`] drives both. All three write into one log, the
//! [`trace`]. When the story is over, every [`check`] looks at the trace and gives [`finding`]s; the verdict over them
//! is set beside what the variant's description expects. The [`run`] with all its cells goes to the [`report`]s.
//!
//! ```text
//! release ──▶ origin ◀── visitor (driven by a scenario)
//!                └──────┬──────┘
//!                     trace ──▶ checks ──▶ findings ──▶ verdict ──▶ report
//! ```
//!
//! Driving and judging are apart: a scenario says what is due and never whether it came, a check reads a trace and
//! never touches a browser. So a saved trace can be judged again, and checks are tested without a browser.
//!
//! # Beside the story
//! [`app`] is the description by which scenarios know an app, [`process`] keeps children from outliving us, [`select`]
//! chooses by globs, [`shard`] splits a table over machines, and [`error`] has the two classes of errors that end a run.

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
