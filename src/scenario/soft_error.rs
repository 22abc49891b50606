//! During the deploy, requests for scripts return an HTML page with status 200.

use futures::FutureExt;

use super::gateway_outage::visit_meanwhile;
use super::returning_visit::come_back;
use super::{Broken, Group, Scenario, Stage};
use crate::origin::{Effect, Fault, Match};
use crate::trace::Gravity;

pub(super) static SCENARIO: Scenario = Scenario {
    id: "soft-error",
    summary: "scripts return 200 with an HTML error page during the deploy, also while B's worker installs",
    healthy: "no HTML is cached or served as a script, and everything comes from B afterwards",
    own_browser: false,
    group: Group::Outages,
    play: |stage| play(stage).boxed(),
};

async fn play(stage: &mut Stage) -> Result<(), Broken> {
    stage.begin().await?;
    stage.step("the deploy starts: scripts return 200 with an HTML page");
    stage.swap(&stage.cast.new);
    // HTML in place of the worker's imports only makes its installation fail, which is harmless.
    let imports = stage.worker_imports().into_iter().map(Match::Prefix).collect();
    let scripts = Match::Script.and(Match::OneOf(imports).not());
    let mut fault = Fault::new(scripts, Effect::soft_error(), Gravity::Breaks);
    fault.text = "scripts: 200 with an HTML error page".to_owned();
    let outage = stage.inject(fault);
    visit_meanwhile(stage).await?;
    stage.step("scripts are served correctly again");
    stage.heal(outage);
    come_back(stage).await
}
