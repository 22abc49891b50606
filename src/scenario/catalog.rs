//! Every scenario. To add one, write its file and name it here.

use super::story::Scenario;
use super::{
    browser_restart, cdn_outage, chunk_outage, dropped_connection, emergency_reset, evicted_entry, first_visit,
    gateway_outage, immutable_error, install_outage, kept_import, kill_switch, login_redirect, media, offline,
    open_tab, private_data, quota, returning_visit, rollback, rolling_deploy, server_action, skipped_release,
    slow_origin, soft_error, stale_edge, two_tabs, worker_restart,
};

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

/// The ids of all scenarios, in the order of the table.
#[must_use]
pub fn ids() -> Vec<&'static str> {
    ALL.iter().map(|scenario| scenario.id).collect()
}
