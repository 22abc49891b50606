//! The scenarios, one deploy story per file. A scenario drives the app and records what is expected; checks judge.

mod browser_restart;
mod browsers;
mod cdn_outage;
mod chunk_outage;
mod dropped_connection;
mod emergency_reset;
mod evicted_entry;
mod first_visit;
mod gateway_outage;
mod immutable_error;
mod install_outage;
mod kept_import;
mod kill_switch;
mod known;
mod login_redirect;
mod media;
mod offline;
mod open_tab;
mod private_data;
mod quota;
mod returning_visit;
mod rollback;
mod rolling_deploy;
mod server_action;
mod skipped_release;
mod slow_origin;
mod soft_error;
mod stage;
mod stale_edge;
mod two_tabs;
mod worker_restart;
mod workers;

use futures::future::BoxFuture;

pub use stage::{BetweenPages, Broken, Cast, Stage};

/// A deploy story.
pub struct Scenario {
    /// Its name in reports and on the command line.
    pub id: &'static str,
    /// What happens, in one line.
    pub summary: &'static str,
    /// What a healthy app does, in one line.
    pub healthy: &'static str,
    /// Whether the visitor needs an own browser, because the scenario ends it.
    pub own_browser: bool,
    play: for<'a> fn(&'a mut Stage) -> BoxFuture<'a, Result<(), Broken>>,
}

/// Every scenario, in the order of the table.
pub static ALL: &[&Scenario] = &[
    &first_visit::SCENARIO,
    &returning_visit::SCENARIO,
    &skipped_release::SCENARIO,
    &open_tab::SCENARIO,
    &open_tab::HTTP_CACHE,
    &two_tabs::SCENARIO,
    &gateway_outage::SCENARIO,
    &chunk_outage::SCENARIO,
    &cdn_outage::SCENARIO,
    &install_outage::SCENARIO,
    &soft_error::SCENARIO,
    &immutable_error::SCENARIO,
    &stale_edge::SCENARIO,
    &kept_import::SCENARIO,
    &slow_origin::SCENARIO,
    &dropped_connection::SCENARIO,
    &rolling_deploy::SCENARIO,
    &rollback::SCENARIO,
    &login_redirect::SCENARIO,
    &offline::SCENARIO,
    &offline::VARYING,
    &evicted_entry::SCENARIO,
    &worker_restart::SCENARIO,
    &browser_restart::SCENARIO,
    &quota::SCENARIO,
    &kill_switch::TOMBSTONE,
    &kill_switch::REMOVED,
    &emergency_reset::SCENARIO,
    &private_data::SCENARIO,
    &server_action::SCENARIO,
    &media::SCENARIO,
];

impl Scenario {
    /// Plays the scenario to its end. The stage's log then holds the events.
    ///
    /// # Errors
    /// When the tool could not complete the scenario.
    pub async fn play(&self, stage: &mut Stage) -> Result<(), Broken> {
        (self.play)(stage).await
    }
}

impl std::fmt::Debug for Scenario {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id)
    }
}
