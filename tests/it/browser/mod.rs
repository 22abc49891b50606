//! Tests that start a browser.

mod check;
mod driver;
mod elsewhere;
mod html_report;
mod leftovers;
mod origin;
mod probe;
mod visit;
