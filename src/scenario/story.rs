//! What a scenario is: a deploy story with its name, what a healthy app does in it, and how it is played.

use futures::future::BoxFuture;

use super::group::Group;
use super::stage::{Broken, Stage};

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
    /// Where tables show it.
    pub group: Group,
    pub(super) play: for<'a> fn(&'a mut Stage) -> BoxFuture<'a, Result<(), Broken>>,
}

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
