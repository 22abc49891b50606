//! The origin without a browser, over real connections.

mod client;
mod remote;
mod serving;
