//! How a story looks for updates of workers, and waits until none is on its way.

use std::collections::HashSet;
use std::time::Duration;

use super::waits::{INSTALL, NO_WORKER, goes_on, state_of};
use super::{Broken, Stage};
use crate::browser::{NOTHING_NEW, Tab};
use crate::trace::{Event, PageState, RegistrationState, What, WorkerState};

/// The longest that an installation or an activation is followed which goes on.
const INSTALLING: Duration = Duration::from_secs(180);

/// How often the browser is told to look for an update until the server has been asked. A worker whose registration
/// takes its script from the HTTP cache never asks.
const LOOKS: usize = 3;

/// How long an installed worker is watched for taking over by itself, before it counts as waiting.
const WAITING: Duration = Duration::from_secs(3);

/// How long a worker that is told to stop may take.
const STOPPING: Duration = Duration::from_secs(10);

impl Stage {
    /// The browser looks for an update of the worker, as it does after a navigation and once a day. What it finds
    /// has come to rest then, and the page with it.
    ///
    /// # Errors
    /// When the tool cannot do its work.
    pub async fn update(&self, tab: &Tab) -> Result<(), Broken> {
        let mark = self.log().mark();
        let mut outcome = self.visitor.update_workers(Some(tab)).await?;
        // A look that the browser had begun by itself answers for this one too, and may have seen the old release.
        for _ in 1..LOOKS {
            // An answer that was on its way when another release was deployed is not what was asked for.
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
        self.step(format!("the browser looks for an update of the worker: {outcome}"));
        if outcome == "installing" {
            let any = |event: &Event| matches!(event.what, What::WorkerVersion { .. }).then_some(());
            let _ = self.log().wait(mark, NO_WORKER, "the new worker", any).await;
        }
        self.workers_rest().await?;
        // A reload that began while the browser looked may not have come to its end.
        self.reloads_since(tab, mark).await
    }

    /// The browser stops the workers that are not being installed or activated, as it does with idle ones.
    ///
    /// # Errors
    /// When the tool cannot do its work.
    pub async fn stop_workers(&self) -> Result<(), Broken> {
        for idle in self.visitor.idle_workers() {
            self.stop_worker(&idle, "as it does with idle ones").await?;
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

    /// Waits until no worker is on its way: each is active, or waits although it was given time to take over.
    ///
    /// # Errors
    /// When the tool cannot do its work.
    pub async fn workers_rest(&self) -> Result<(), Broken> {
        let mut helped = HashSet::new();
        loop {
            let mark = self.log().mark();
            let registrations = self.visitor.registrations();
            let find = |pick: fn(&RegistrationState) -> Option<&String>| registrations.iter().find_map(pick).cloned();
            let installing = find(|registration| registration.installing.as_ref());
            let ends = installing.map(|version| (version, WorkerState::Installed, "the worker's installation to end"));
            let ends = ends.or_else(|| {
                self.activating().map(|version| (version, WorkerState::Activated, "the worker's activation to end"))
            });
            if let Some((version, goal, awaited)) = ends {
                // One that never ends is waited for once.
                if self.is_given_up(&version, awaited) {
                    return Ok(());
                }
                let done = |event: &Event| state_of(event, &version).filter(|state| *state >= goal);
                if let Err(expiry) = self.log().wait_while(mark, (INSTALL, INSTALLING), awaited, done, goes_on).await {
                    self.expired(expiry);
                    return Ok(());
                }
            } else if let Some(version) = find(|registration| registration.waiting.as_ref()) {
                // A page that offers the update knows that the worker waits for it.
                if self.is_update_offered() {
                    return Ok(());
                }
                let moved = |event: &Event| {
                    let takes_over = state_of(event, &version).is_some_and(|state| state > WorkerState::Installed);
                    (takes_over || offers_update(event)).then_some(takes_over)
                };
                match self.log().wait(mark, WAITING, "the waiting worker to take over", moved).await {
                    Ok(true) => {}
                    Ok(false) => return Ok(()),
                    Err(_) => match self.woken_before(&version).filter(|_| helped.insert(version)) {
                        Some(old) => {
                            self.stop_worker(&old, "once more, for the new one that wants its place").await?;
                        }
                        None => return Ok(()),
                    },
                }
            } else {
                return Ok(());
            }
        }
    }

    /// The active version that the browser has stopped so that `waiting` could take its place, and that a request has
    /// woken before it could. The browser asks again when the old one is idle, after 30 s, or when the visitor
    /// navigates; with DevTools listening that navigation never ends.
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

    /// Whether this was awaited in vain since this version came up.
    fn is_given_up(&self, wanted: &str, what: &str) -> bool {
        let newest = |event: &Event| match &event.what {
            What::WorkerVersion { version, state: WorkerState::New, .. } if version == wanted => Some(false),
            What::Expired { awaited, .. } if awaited == what => Some(true),
            _ => None,
        };
        self.log().find_last(newest) == Some(true)
    }

    /// The version that is activating now.
    fn activating(&self) -> Option<String> {
        self.visitor
            .registrations()
            .into_iter()
            .filter_map(|registration| registration.active)
            .find(|version| self.log().find_last(|event| state_of(event, version)) == Some(WorkerState::Activating))
    }

    /// Whether the newest look at any open page shows that it offers an update.
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
