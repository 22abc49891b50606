//! Checking for worker updates in a scenario, and waiting until workers have settled.

use std::collections::HashSet;
use std::time::Duration;

use super::waits::{INSTALL, NO_WORKER, goes_on, state_of};
use super::{Broken, Stage};
use crate::browser::{NOTHING_NEW, Tab};
use crate::trace::{Event, PageState, RegistrationState, What, WorkerState};

/// The longest wait for an installation or an activation that makes progress.
const INSTALLING: Duration = Duration::from_secs(180);

/// How many update checks are triggered until one reaches the server. If a registration takes the worker script from
/// the HTTP cache, none does.
const LOOKS: usize = 3;

/// How long an installed worker may take to activate by itself, before it counts as waiting.
const WAITING: Duration = Duration::from_secs(3);

/// How long a worker may take to stop.
const STOPPING: Duration = Duration::from_secs(10);

impl Stage {
    /// The browser checks for a worker update, as it does after a navigation and once a day. Returns when the worker
    /// and the page have settled.
    ///
    /// # Errors
    /// When the tool cannot complete the step.
    pub async fn update(&self, tab: &Tab) -> Result<(), Broken> {
        let mark = self.log().mark();
        let mut outcome = self.visitor.update_workers(Some(tab)).await?;
        // A check that the browser had started by itself also ends this one, and may have seen the old release.
        for _ in 1..LOOKS {
            // A response of another release was already on its way at the swap, and does not count.
            let current = self.origin.current();
            let asked = |event: &Event| match &event.what {
                What::Answer(answer) if answer.worker_script => {
                    answer.release.as_ref().is_none_or(|release| *release == current).then_some(())
                }
                _ => None,
            };
            if outcome != NOTHING_NEW || self.log().find_after(mark, asked).is_some() {
                break;
            }
            outcome = self.visitor.update_workers(Some(tab)).await?;
        }
        self.step(format!("the browser checks for a worker update: {outcome}"));
        if outcome == "installing" {
            let any = |event: &Event| matches!(event.what, What::WorkerVersion { .. }).then_some(());
            let _ = self.log().wait(mark, NO_WORKER, "the new worker", any).await;
        }
        self.workers_rest().await?;
        // A reload that started during the check may still be loading.
        self.reloads_since(tab, mark).await
    }

    /// Stops the workers that are neither installing nor activating, as browsers stop idle workers.
    ///
    /// # Errors
    /// When the tool cannot complete the step.
    pub async fn stop_workers(&self) -> Result<(), Broken> {
        for idle in self.visitor.idle_workers() {
            self.stop_worker(&idle, "as browsers stop idle workers").await?;
        }
        Ok(())
    }

    async fn stop_worker(&self, idle: &str, why: &str) -> Result<(), Broken> {
        self.step(format!("the browser stops worker {idle}, {why}"));
        let mark = self.log().mark();
        self.visitor.stop_worker(idle).await?;
        let stopped = |event: &Event| match &event.what {
            What::WorkerVersion { version, running: false, .. } if version == idle => Some(()),
            _ => None,
        };
        if let Err(expiry) = self.log().wait(mark, STOPPING, "a worker to stop", stopped).await {
            self.expired(expiry);
        }
        Ok(())
    }

    /// Waits until all workers have settled: each is active, or is still waiting after it had time to activate.
    ///
    /// # Errors
    /// When the tool cannot complete the step.
    pub async fn workers_rest(&self) -> Result<(), Broken> {
        let mut helped = HashSet::new();
        loop {
            let mark = self.log().mark();
            let registrations = self.visitor.registrations();
            let find = |pick: fn(&RegistrationState) -> Option<&String>| registrations.iter().find_map(pick).cloned();
            let installing = find(|registration| registration.installing.as_ref());
            let ends = installing.map(|version| (version, WorkerState::Installed, "the worker to finish installing"));
            let ends = ends.or_else(|| {
                self.activating().map(|version| (version, WorkerState::Activated, "the worker to finish activating"))
            });
            if let Some((version, goal, awaited)) = ends {
                // A worker that never finishes is waited for only once.
                if self.is_given_up(&version, awaited) {
                    return Ok(());
                }
                let done = |event: &Event| state_of(event, &version).filter(|state| *state >= goal);
                if let Err(expiry) = self.log().wait_while(mark, (INSTALL, INSTALLING), awaited, done, goes_on).await {
                    self.expired(expiry);
                    return Ok(());
                }
            } else if let Some(version) = find(|registration| registration.waiting.as_ref()) {
                // The page offers the update, so the worker waits for the visitor.
                if self.is_update_offered() {
                    return Ok(());
                }
                let moved = |event: &Event| {
                    let takes_over = state_of(event, &version).is_some_and(|state| state > WorkerState::Installed);
                    (takes_over || offers_update(event)).then_some(takes_over)
                };
                match self.log().wait(mark, WAITING, "the waiting worker to activate", moved).await {
                    Ok(true) => {}
                    Ok(false) => return Ok(()),
                    Err(_) => match self.woken_before(&version).filter(|_| helped.insert(version)) {
                        Some(old) => {
                            self.stop_worker(&old, "again, so that the waiting worker can replace it").await?;
                        }
                        None => return Ok(()),
                    },
                }
            } else {
                return Ok(());
            }
        }
    }

    /// The active version that the browser had stopped so that `waiting` could replace it, and that a request started
    /// again first. The browser retries when the old version is idle, after 30 s, or when the visitor navigates; with
    /// DevTools attached that navigation never ends.
    fn woken_before(&self, waiting: &str) -> Option<String> {
        let idle = self.visitor.idle_workers();
        let registrations = self.visitor.registrations();
        let mut of_waiting = registrations.into_iter().filter(|r| r.waiting.as_deref() == Some(waiting));
        let old = of_waiting.find_map(|registration| registration.active).filter(|old| idle.contains(old))?;
        let mut runs = false;
        let woken = self.log().find_last(|event| match &event.what {
            What::WorkerVersion { version, state: WorkerState::Installed, .. } if version == waiting => Some(false),
            What::WorkerVersion { version, running, .. } if *version == old => {
                let woken = (runs && !running).then_some(true);
                runs = *running;
                woken
            }
            _ => None,
        });
        woken.filter(|woken| *woken).map(|_| old)
    }

    /// Whether a wait for this has expired since this version appeared.
    fn is_given_up(&self, wanted: &str, what: &str) -> bool {
        let newest = |event: &Event| match &event.what {
            What::WorkerVersion { version, state: WorkerState::New, .. } if version == wanted => Some(false),
            What::Expired { awaited, .. } if awaited == what => Some(true),
            _ => None,
        };
        self.log().find_last(newest) == Some(true)
    }

    /// The version that is activating.
    fn activating(&self) -> Option<String> {
        self.visitor
            .registrations()
            .into_iter()
            .filter_map(|registration| registration.active)
            .find(|version| self.log().find_last(|event| state_of(event, version)) == Some(WorkerState::Activating))
    }

    /// Whether the newest recorded page offers an update.
    fn is_update_offered(&self) -> bool {
        let newest = |event: &Event| match &event.what {
            What::Page(page) => Some(page.update_offered == Some(true)),
            What::NavigationStarted { .. } => Some(false),
            _ => None,
        };
        self.log().find_last(newest) == Some(true)
    }
}

fn offers_update(event: &Event) -> bool {
    matches!(&event.what, What::Page(PageState { update_offered: Some(true), .. }))
}
