//! The report to look at: one file that opens without a network and works without script.

mod caches;
mod cell;
mod draw;
mod findings;
mod lanes;
mod page;
mod pictures;
mod policy;
mod responses;
mod room;
mod scale;
mod story;
mod summary;
mod text;

pub use page::render;
