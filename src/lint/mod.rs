//! What can be seen of a project without a browser: options where they have no effect, patterns that leave out nothing,
//! workers that store errors, headers that keep an old worker alive.
//!
//! Reading and judging are apart, as in a run: [`project`] reads every file of matter once, into lists of what it says
//! and does, and each [`rule`] is a function from a project to findings that never touches a file.
//!
//! ```text
//! directory ──▶ walk ──▶ script (oxc) ──▶ project ──▶ rules ──▶ findings ──▶ report
//! ```

mod built;
mod finding;
mod header;
mod look;
mod name;
mod nginx;
mod options;
mod pages;
mod pattern;
mod project;
mod route;
pub mod rule;
mod script;
mod setup;
#[cfg(test)]
pub(crate) mod testing;
mod walk;
mod witness;

pub use finding::{LintFinding, Linted, Unread};
pub use look::lint;
