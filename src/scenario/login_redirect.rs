//! The visitor's session has expired when the new release is deployed: every page redirects to the login page.

use futures::FutureExt;
use hyper::StatusCode;
use hyper::header::{CACHE_CONTROL, LOCATION};

use super::gateway_outage::visit_meanwhile;
use super::returning_visit::come_back;
use super::{Broken, Group, Scenario, Stage};
use crate::origin::{Effect, Fault, Match};
use crate::trace::Gravity;

pub(super) static SCENARIO: Scenario = Scenario {
    id: "login-redirect",
    summary: "the session has expired: while B's worker installs, every page redirects to a login page",
    healthy: "no redirect or login page is cached in place of a page, and everything comes from B after the login",
    own_browser: false,
    group: Group::Outages,
    play: |stage| play(stage).boxed(),
};

const LOGIN: &str = "/.swapcheck/login";

const FORM: &str = "<form method=\"post\"><input name=\"password\" type=\"password\"><button>Log in</button></form>";

async fn play(stage: &mut Stage) -> Result<(), Broken> {
    stage.begin().await?;
    stage.step(format!("release {} is deployed, and the visitor's session has expired", stage.cast.new));
    stage.swap(&stage.cast.new);
    let page = Effect::page(StatusCode::OK, "Log in", FORM).with(CACHE_CONTROL, "no-store");
    let mut page = Fault::new(Match::Prefix(LOGIN.to_owned()), page, Gravity::Breaks);
    page.text = format!("{LOGIN}: a login page");
    let away = Effect::fixed(StatusCode::FOUND, "").with(LOCATION, LOGIN).with(CACHE_CONTROL, "no-store");
    // A login gate does not protect public files: static assets, the worker script and its imports.
    let open = stage.worker_imports().into_iter().map(Match::Prefix);
    let open = [Match::StaticAsset, Match::WorkerScript].into_iter().chain(open).collect();
    let mut away = Fault::new(Match::OneOf(open).not(), away, Gravity::Breaks);
    away.text = format!("pages and data: redirect to {LOGIN}");
    let over = [page, away].map(|fault| stage.inject(fault));
    visit_meanwhile(stage).await?;
    stage.step("the visitor logs in");
    for fault in over {
        stage.heal(fault);
    }
    come_back(stage).await
}
