//! Tests that start a browser.

mod check;
mod doctor;
mod driver;
mod elsewhere;
mod html_report;
mod leftovers;
mod origin;
mod probe;
mod visit;
