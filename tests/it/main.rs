//! The tests that need no harness of their own, in one binary. What starts a browser is in `browser`, and what builds
//! the sample app in `build`: `cargo test --test it -- --skip browser:: --skip build::` takes seconds.
//!
//! Tests share this process with others that run beside them: they change no environment variable and no directory of
//! it, count no children of it, and start programs with an environment of their own.

#![expect(clippy::unwrap_used, reason = "what a test rests on may fail it")]

mod action;
mod browser;
mod build;
mod cli;
#[path = "../common/mod.rs"]
mod common;
mod core;
mod interrupt;
mod layout;
mod lint;
mod origin;
mod proof;
mod readme;
mod reports;
