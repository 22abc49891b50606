//! While the new worker installs, every page redirects to a login.

use futures::FutureExt;
use hyper::StatusCode;
use hyper::header::{HeaderValue, LOCATION};

use super::gateway_outage::visit_meanwhile;
use super::returning_visit::come_back;
use super::{Broken, Scenario, Stage};
use crate::origin::{Effect, Fault, Match};
use crate::trace::Gravity;

pub(super) static SCENARIO: Scenario = Scenario {
    id: "login-redirect",
    summary: "the session is over: pages redirect to a login page while B's worker installs, until the visitor logs in",
    healthy: "no page is replaced by the login page, and no navigation fails, once the visitor has logged in",
    play: |stage| play(stage).boxed(),
};

const LOGIN: &str = "/swapcheck-login";

async fn play(stage: &mut Stage) -> Result<(), Broken> {
    stage.bypass_http_cache();
    stage.install(&stage.app.known_routes()).await?;
    stage.step(format!("release {} is deployed, and every page redirects to a login", stage.cast.new));
    stage.swap(&stage.cast.new);
    let page = Effect::SoftError {
        body: "<!doctype html><html><head><title>Login</title></head><body><h1>Log in</h1></body></html>\n".to_owned(),
    };
    let login =
        stage.inject(Fault::new(Match::Prefix(LOGIN.to_owned()), page, Gravity::Breaks).called("the login page"));
    let mut redirect = Effect::status(StatusCode::FOUND);
    if let Effect::Status { headers, .. } = &mut redirect {
        headers.push((LOCATION, HeaderValue::from_static(LOGIN)));
    }
    let pages = Match::OneOf(vec![Match::StaticAsset, Match::WorkerScript]).not();
    let session_over = stage.inject(Fault::new(pages, redirect, Gravity::Breaks).called("pages redirect to the login"));
    visit_meanwhile(stage).await?;
    stage.step("the visitor has logged in");
    stage.heal(session_over);
    stage.heal(login);
    come_back(stage).await
}
