//! What the story so far tells of the app: which scripts its workers have, and what they fetch.

use super::{Broken, Stage};
use crate::trace::{Mark, Party, Response, Source, What, WorkerState};

impl Stage {
    /// Paths of the scripts that workers have imported.
    #[must_use]
    pub fn worker_imports(&self) -> Vec<String> {
        let base = self.origin.url("");
        let mut paths: Vec<String> = Vec::new();
        self.visitor.log().find_after(Mark::START, |event| {
            // What a navigation preloads is neither a fetch nor a script.
            if let What::Response(Response { by: Party::Worker(_), url, resource, mime, .. }) = &event.what
                && resource != "Fetch"
                && mime.contains("javascript")
                && let Some(path) = url.strip_prefix(&base)
            {
                paths.push(path.split(['?', '#']).next().unwrap_or(path).to_owned());
            }
            None::<()>
        });
        paths
    }

    /// Paths of the workers' own scripts.
    #[must_use]
    pub fn worker_scripts(&self) -> Vec<String> {
        let base = self.origin.url("");
        let mut paths: Vec<String> = Vec::new();
        self.visitor.log().find_after(Mark::START, |event| {
            if let What::WorkerVersion { script, .. } = &event.what
                && let Some(path) = script.strip_prefix(&base).map(|path| path.split('?').next().unwrap_or(path))
                && !paths.iter().any(|known| known == path)
            {
                paths.push(path.to_owned());
            }
            None::<()>
        });
        paths
    }

    /// Paths of the scripts of workers that fetched something while they installed.
    #[must_use]
    pub fn installing_fetchers(&self) -> Vec<String> {
        let base = self.origin.url("");
        let mut installing: Vec<(String, String)> = Vec::new();
        let mut fetchers: Vec<String> = Vec::new();
        for event in self.visitor.events() {
            match event.what {
                What::WorkerVersion { version, script, state: WorkerState::Installing, .. } => {
                    installing.push((version, script));
                }
                What::WorkerVersion { version, state, .. } if state > WorkerState::Installing => {
                    installing.retain(|(known, _)| *known != version);
                }
                What::Response(Response { by: Party::Worker(version), resource, .. }) if resource == "Fetch" => {
                    let script = installing.iter().find(|(known, _)| *known == version);
                    if let Some(path) = script.and_then(|(_, script)| script.strip_prefix(&base))
                        && !fetchers.iter().any(|known| known == path)
                    {
                        fetchers.push(path.to_owned());
                    }
                }
                _ => {}
            }
        }
        fetchers
    }

    /// Takes something of this kind, `Script` or `Document`, that the worker had for the newest page out of the
    /// caches: the first such thing, as what is fetched later may only be fetched ahead. Gives its URL; none when no
    /// such thing came from a cache.
    ///
    /// # Errors
    /// When the tool cannot do its work.
    pub async fn evict(&self, kind: &str) -> Result<Option<String>, Broken> {
        let mut given = None;
        self.visitor.log().find_after(Mark::START, |event| {
            if let What::Response(Response { by: Party::Tab(_), url, resource, source, .. }) = &event.what {
                if resource == "Document" {
                    given = None;
                }
                let kept = matches!(source, Source::WorkerCache | Source::Worker);
                if resource == kind && kept && given.is_none() {
                    given = Some(url.clone());
                }
            }
            None::<()>
        });
        let Some(url) = given else { return Ok(None) };
        Ok(self.visitor.evict(&url).await?.then_some(url))
    }
}
