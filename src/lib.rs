//! swapcheck: does every returning visitor survive the next deploy?
//!
//! # One run
//! `swapcheck sample` ([`cli`], [`command`]) asks [`sample`] for cells: a variant of the sample app under a scenario.
//! Each release of a variant is built and served ([`release`]). The [`play`]er has one [`browser`] and one listener;
//! for each cell it makes an [`origin`] with release A in front and B behind, and a visitor with a browser context of
//! their own; a [`scenario`] drives both. All three write into one log, the [`trace`]. When the story is over, every
//! [`check`] reads the trace and returns findings; their verdict stands beside what the variant's description expects.
//! The [`outcome`], a run with all its cells, goes to the [`report`]s.
//!
//! ```text
//! release ──▶ origin ◀── visitor (driven by a scenario)
//!                └──────┬──────┘
//!                     trace ──▶ checks ──▶ findings ──▶ verdict ──▶ report
//! ```
//!
//! Driving and judging are apart: a scenario states what is expected and never whether it came, a check reads a trace
//! and never touches a browser. So a saved trace can be judged again, and checks are tested without a browser.
//!
//! # The other commands
//! [`own`] is `check`, a user's own app; [`probe`] looks at a live site and rehearses its next deploy; [`visit`] goes
//! through a site's real deploy; [`lint`] reads a project's files without a browser.
//!
//! # Beneath
//! [`app`] is the description by which scenarios know an app, [`http`] what origin and release share, [`process`] keeps
//! children from outliving us, [`select`] chooses by globs, [`mod@file`] writes whole files, and [`error`] has the
//! two classes of errors that end a run. Imports lead downwards only: `tests/it/layout.rs` holds the floors.

pub mod app;
pub mod browser;
pub mod check;
pub mod cli;
pub mod command;
pub mod error;
pub mod file;
pub mod http;
pub mod lint;
pub mod origin;
pub mod outcome;
pub mod own;
pub mod play;
pub mod probe;
pub mod process;
pub mod release;
pub mod report;
pub mod sample;
pub mod scenario;
pub mod select;
pub mod trace;
pub mod visit;
