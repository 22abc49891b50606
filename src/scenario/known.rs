//! What the trace so far shows about the app: the scripts of its workers, and what they fetch.

use super::{Broken, Stage};
use crate::trace::{Mark, Party, Response, Source, What, WorkerState};

impl Stage {
    /// Paths of the scripts that workers imported.
    #[must_use]
    pub fn worker_imports(&self) -> Vec<String> {
        let base = self.origin.url("");
        let mut paths: Vec<String> = Vec::new();
        self.visitor.log().find_after(Mark::START, |event| {
            // A navigation preload is neither a fetch nor a script.
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

    /// Paths of the worker scripts.
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

    /// Paths of the worker scripts that fetched something while they installed.
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

    /// Deletes from the caches the first `Script` or `Document` (the `kind`) that the worker served for the newest
    /// page; later ones may only be prefetches. Returns its URL, or none if the worker served no such resource.
    ///
    /// # Errors
    /// When the tool cannot complete the step.
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
