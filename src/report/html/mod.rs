//! The HTML report: one self-contained file that works offline and without scripts.

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
