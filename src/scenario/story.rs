//! What a scenario is: a deploy story with its name, what a healthy app does in it, and how it is played.

use futures::future::BoxFuture;

use super::stage::{Broken, Stage};

/// A deploy story.
pub struct Scenario {
    /// Its name in reports and on the command line.
    pub id: &'static str,
    /// What happens, in a line.
    pub summary: &'static str,
    /// What a healthy app does.
    pub healthy: &'static str,
    /// Whether the visitor needs a browser of their own, because it does not live through the story.
    pub own_browser: bool,
    pub(super) play: for<'a> fn(&'a mut Stage) -> BoxFuture<'a, Result<(), Broken>>,
}

impl Scenario {
    /// Plays the story to its end. What was observed is in the stage's log.
    ///
    /// # Errors
    /// When the tool could not do its work.
    pub async fn play(&self, stage: &mut Stage) -> Result<(), Broken> {
        (self.play)(stage).await
    }
}

impl std::fmt::Debug for Scenario {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id)
    }
}
