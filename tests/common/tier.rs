//! Which part of the tests is run.

use std::env;

/// The variable that names the part.
const VARIABLE: &str = "SWAPCHECK_TIER";

/// A part of the tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// All of them.
    Whole,
    /// Those that show in kind what all of them show.
    Core,
}

impl Tier {
    /// The part that `SWAPCHECK_TIER` names.
    ///
    /// # Panics
    /// When it names none.
    pub fn named() -> Self {
        match env::var(VARIABLE).as_deref() {
            Err(_) | Ok("" | "whole") => Self::Whole,
            Ok("core") => Self::Core,
            Ok(other) => panic!("{VARIABLE} is `{other}`; use `core` or `whole`"),
        }
    }
}
