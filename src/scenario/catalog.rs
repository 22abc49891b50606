//! Every scenario. To add one, write its file and name it here.

use super::story::Scenario;

/// Every scenario, in the order of the table.
pub static ALL: &[&Scenario] = &[
    &super::first_visit::SCENARIO,
    &super::returning_visit::SCENARIO,
    &super::skipped_release::SCENARIO,
    &super::open_tab::SCENARIO,
    &super::open_tab::HTTP_CACHE,
    &super::two_tabs::SCENARIO,
    &super::gateway_outage::SCENARIO,
    &super::chunk_outage::SCENARIO,
    &super::cdn_outage::SCENARIO,
    &super::install_outage::SCENARIO,
    &super::soft_error::SCENARIO,
    &super::immutable_error::SCENARIO,
    &super::stale_edge::SCENARIO,
    &super::kept_import::SCENARIO,
    &super::slow_origin::SCENARIO,
    &super::dropped_connection::SCENARIO,
    &super::rolling_deploy::SCENARIO,
    &super::rollback::SCENARIO,
    &super::login_redirect::SCENARIO,
    &super::offline::SCENARIO,
    &super::offline::VARYING,
    &super::evicted_entry::SCENARIO,
    &super::worker_restart::SCENARIO,
    &super::browser_restart::SCENARIO,
    &super::quota::SCENARIO,
    &super::kill_switch::TOMBSTONE,
    &super::kill_switch::REMOVED,
    &super::emergency_reset::SCENARIO,
    &super::private_data::SCENARIO,
    &super::server_action::SCENARIO,
    &super::media::SCENARIO,
];

/// The ids of all scenarios, in the order of the table.
#[must_use]
pub fn ids() -> Vec<&'static str> {
    ALL.iter().map(|scenario| scenario.id).collect()
}
