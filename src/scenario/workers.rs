//! Checking for worker updates in a scenario, and waiting until workers have settled.

use std::collections::HashSet;
use std::time::Duration;

use super::waits::{INSTALL, NO_WORKER, goes_on, state_of};
use super::{Broken, Stage};
use crate::browser::{Tab, UpdateCheck};
use crate::trace::{Event, Log, PageState, RegistrationState, What, WorkerState};

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
            if outcome != UpdateCheck::NothingNew || self.log().find_after(mark, asked).is_some() {
                break;
            }
            outcome = self.visitor.update_workers(Some(tab)).await?;
        }
        self.step(format!("the browser checks for a worker update: {outcome}"));
        if outcome == UpdateCheck::Installing {
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
            match next(self.log(), &self.visitor.registrations()) {
                Next::Rests => return Ok(()),
                Next::Reaches { version, goal, awaited } => {
                    let done = |event: &Event| state_of(event, &version).filter(|state| *state >= goal);
                    let reached = self.log().wait_while(mark, (INSTALL, INSTALLING), awaited, done, goes_on).await;
                    if let Err(expiry) = reached {
                        self.expired(expiry);
                        return Ok(());
                    }
                }
                Next::Waits { version } => {
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
                }
            }
        }
    }

    fn woken_before(&self, waiting: &str) -> Option<String> {
        woken_before(self.log(), &self.visitor.registrations(), &self.visitor.idle_workers(), waiting)
    }
}

/// What to wait for next.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Next {
    /// A version is installing or activating.
    Reaches { version: String, goal: WorkerState, awaited: &'static str },
    /// A version waits, and may activate by itself.
    Waits { version: String },
    /// Nothing: each worker is active, waits for the visitor, or has been given up.
    Rests,
}

fn next(log: &Log, registrations: &[RegistrationState]) -> Next {
    let find = |pick: fn(&RegistrationState) -> Option<&String>| registrations.iter().find_map(pick).cloned();
    let installing = find(|registration| registration.installing.as_ref());
    let ends = installing.map(|version| (version, WorkerState::Installed, "the worker to finish installing"));
    let ends = ends.or_else(|| {
        let activating = activating(log, registrations);
        activating.map(|version| (version, WorkerState::Activated, "the worker to finish activating"))
    });
    if let Some((version, goal, awaited)) = ends {
        // A worker that never finishes is waited for only once.
        return if is_given_up(log, &version, awaited) {
            Next::Rests
        } else {
            Next::Reaches { version, goal, awaited }
        };
    }
    match find(|registration| registration.waiting.as_ref()) {
        // The page offers the update, so the worker waits for the visitor.
        Some(version) if !is_update_offered(log) => Next::Waits { version },
        _ => Next::Rests,
    }
}

/// The active version that the browser had stopped so that `waiting` could replace it, and that a request started
/// again first. The browser retries when the old version is idle, after 30 s, or when the visitor navigates; with
/// DevTools attached that navigation never ends.
fn woken_before(log: &Log, registrations: &[RegistrationState], idle: &[String], waiting: &str) -> Option<String> {
    let mut of_waiting = registrations.iter().filter(|r| r.waiting.as_deref() == Some(waiting));
    let old = of_waiting.find_map(|registration| registration.active.clone()).filter(|old| idle.contains(old))?;
    let mut runs = false;
    let woken = log.find_last(|event| match &event.what {
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
fn is_given_up(log: &Log, wanted: &str, what: &str) -> bool {
    let newest = |event: &Event| match &event.what {
        What::WorkerVersion { version, state: WorkerState::New, .. } if version == wanted => Some(false),
        What::Expired { awaited, .. } if awaited == what => Some(true),
        _ => None,
    };
    log.find_last(newest) == Some(true)
}

/// The version that is activating.
fn activating(log: &Log, registrations: &[RegistrationState]) -> Option<String> {
    let mut active = registrations.iter().filter_map(|registration| registration.active.clone());
    active.find(|version| log.find_last(|event| state_of(event, version)) == Some(WorkerState::Activating))
}

/// Whether the newest recorded page offers an update.
fn is_update_offered(log: &Log) -> bool {
    let newest = |event: &Event| match &event.what {
        What::Page(page) => Some(page.update_offered == Some(true)),
        What::NavigationStarted { .. } => Some(false),
        _ => None,
    };
    log.find_last(newest) == Some(true)
}

fn offers_update(event: &Event) -> bool {
    matches!(&event.what, What::Page(PageState { update_offered: Some(true), .. }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::browser::testing::{ACCEPTED_UPDATE, KILLED_BROWSER, PAGE_WITH_ERRORS, Replay, UNREGISTERED_WORKER};
    use crate::trace::Expiry;

    fn reaches(version: &str, goal: WorkerState) -> Next {
        let awaited = match goal {
            WorkerState::Installed => "the worker to finish installing",
            _ => "the worker to finish activating",
        };
        Next::Reaches { version: version.to_owned(), goal, awaited }
    }

    fn nexts(recording: &str) -> Vec<Next> {
        Replay::of(recording).each(|replay| next(&replay.log, &replay.registrations()))
    }

    fn is_version(what: &What, wanted: &str, wanted_state: WorkerState, runs: bool) -> bool {
        matches!(what, What::WorkerVersion { version, state, running, .. }
            if version == wanted && *state == wanted_state && *running == runs)
    }

    #[test]
    fn a_worker_is_followed_until_it_is_active_or_the_page_offers_it() {
        let waits = |version: &str| Next::Waits { version: version.to_owned() };
        assert_eq!(
            nexts(ACCEPTED_UPDATE),
            [
                Next::Rests,
                reaches("0", WorkerState::Installed),
                // The first one waits for nobody, which the browser has not told yet.
                waits("0"),
                reaches("0", WorkerState::Activated),
                Next::Rests,
                reaches("1", WorkerState::Installed),
                waits("1"),
                // The page offers the update, until the visitor accepts it.
                Next::Rests,
                reaches("1", WorkerState::Activated),
                Next::Rests,
            ]
        );
    }

    #[test]
    fn a_worker_that_fails_or_is_gone_is_not_followed() {
        assert_eq!(nexts(PAGE_WITH_ERRORS), [Next::Rests, reaches("0", WorkerState::Installed), Next::Rests]);
        assert_eq!(nexts(UNREGISTERED_WORKER).last(), Some(&Next::Rests));
        assert_eq!(nexts(KILLED_BROWSER).last(), Some(&Next::Rests));
    }

    #[test]
    fn an_installation_that_never_ends_is_waited_for_once() {
        let installs = |what: &What| is_version(what, "1", WorkerState::Installing, true);
        let replay = Replay::of(ACCEPTED_UPDATE).until(installs);
        let expect = reaches("1", WorkerState::Installed);
        assert_eq!(next(&replay.log, &replay.registrations()), expect);
        let expiry = |awaited: &str| Expiry { awaited: awaited.to_owned(), within: INSTALL, instead: String::new() };
        replay.log.push(expiry("a page at rest").into());
        assert_eq!(next(&replay.log, &replay.registrations()), expect);
        replay.log.push(expiry("the worker to finish installing").into());
        assert_eq!(next(&replay.log, &replay.registrations()), Next::Rests);
    }

    #[test]
    fn an_offer_counts_until_the_page_is_left() {
        let offers = |what: &What| matches!(what, What::Page(PageState { update_offered: Some(true), .. }));
        let replay = Replay::of(ACCEPTED_UPDATE).until(offers);
        assert!(is_update_offered(&replay.log));
        let begun = |event: &Event| matches!(event.what, What::NavigationStarted { .. }).then(|| event.what.clone());
        replay.log.push(replay.log.find_last(begun).unwrap());
        assert!(!is_update_offered(&replay.log));
    }

    #[test]
    fn an_old_worker_that_was_stopped_and_woken_is_in_the_way() {
        let waits = |what: &What| is_version(what, "1", WorkerState::Installed, true);
        let replay = Replay::of(ACCEPTED_UPDATE).until(waits);
        let woken = |replay: &Replay| woken_before(&replay.log, &replay.registrations(), &replay.idle(), "1");
        let old = |replay: &Replay, running| {
            let last = replay.log.find_last(|event| {
                matches!(&event.what, What::WorkerVersion { version, .. } if version == "0").then(|| event.what.clone())
            });
            let Some(What::WorkerVersion { registration, version, script, state, .. }) = last else {
                panic!("no worker")
            };
            replay.log.push(What::WorkerVersion { registration, version, script, state, running });
        };
        assert_eq!(woken(&replay), None);
        old(&replay, false);
        assert_eq!(woken(&replay), None);
        old(&replay, true);
        assert_eq!(woken(&replay), Some("0".to_owned()));
        let gone = |what: &What| is_version(what, "0", WorkerState::Redundant, false);
        assert_eq!(woken(&replay.until(gone)), None);
    }

    #[test]
    fn what_workers_do_is_a_sign_that_they_go_on_and_what_pages_do_is_not() {
        let replay = Replay::of(ACCEPTED_UPDATE).whole();
        let signs = |wanted: fn(&What) -> bool| {
            replay.log.snapshot().iter().filter(|event| wanted(&event.what)).map(goes_on).collect::<HashSet<_>>()
        };
        assert_eq!(signs(|what| matches!(what, What::WorkerVersion { .. } | What::CacheChanged { .. })), [true].into());
        assert_eq!(signs(|what| matches!(what, What::Page(_) | What::Loaded { .. })), [false].into());
        // Responses are those of pages and those of workers.
        assert_eq!(signs(|what| matches!(what, What::Response(_))), [true, false].into());
    }
}
