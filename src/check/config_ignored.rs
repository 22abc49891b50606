//! The built worker does not do what the configuration says.

use super::flaw::last_of_each;
use super::{Check, Flaw, Version, View};
use crate::outcome::Severity;
use crate::trace::{Action, Claims, Due, TabId, What, WorkerState};

pub(super) static CHECK: Check = Check {
    id: "config-ignored",
    summary: "a setting of the configuration has no effect in the built worker",
    explanation: "Compares what the configuration says with what the browser shows: whether a worker of that name \
        installs, whether a new worker waits for open pages, and whether it takes control of pages that were loaded \
        without a worker. A setting without effect is worse than none, because everything built on it is wrong. \
        Typical causes: an option is at a level where the plugin silently ignores it, a webpack plugin is used in a \
        Turbopack build, or the page asks the worker to do what the configuration rules out.",
    fix: "Put worker options where the plugin reads them: with @ducanh2912/next-pwa, `skipWaiting` and `clientsClaim` \
        belong in `workboxOptions`, not next to it. Build with `next build --webpack` if the plugin is a webpack \
        plugin. Then check the built worker for `skipWaiting` and `clientsClaim`, in the pipeline too.",
    severity: Severity::Error,
    judge,
};

fn judge(view: &View<'_>) -> Vec<Flaw> {
    let claims = view.events().find_map(|(seq, what)| match what {
        What::Claims(claims) => Some((seq, claims)),
        _ => None,
    });
    let Some((said, claims)) = claims else { return Vec::new() };
    let mut flaws: Vec<Flaw> = no_worker(view, said, claims).into_iter().collect();
    // A tombstone is not built from the configuration.
    if view.dues().any(|(_, due, _)| *due == Due::NoWorker) {
        return flaws;
    }
    flaws.extend(match claims.skip_waiting {
        Some(false) => does_not_wait(view, said),
        Some(true) => waits(view, said),
        None => Vec::new(),
    });
    flaws.extend(claims.clients_claim.into_iter().flat_map(|claim| taken_over(view, said, claim)));
    flaws
}

/// The configured worker never appeared, although a page loaded that could have registered it.
fn no_worker(view: &View<'_>, said: u32, claims: &Claims) -> Option<Flaw> {
    let script = claims.script.as_deref()?;
    let is_it = |version: &&Version<'_>| {
        let installs =
            version.states.iter().any(|(_, state)| (WorkerState::Installing..WorkerState::Redundant).contains(state));
        installs && path(version.script) == script
    };
    let page = view.documents().iter().find(|document| !document.error_page)?;
    // A page in a reload loop may never get to register its worker.
    let looping = view.documents().iter().any(|document| view.loops(document.tab));
    if looping || view.versions().iter().any(|version| is_it(&version)) {
        return None;
    }
    let message = format!("the visitor gets no worker: the configuration sets {script}, but no page installs it");
    Some(Flaw::new(message, None, [said, page.committed]))
}

/// Path of a URL, without its query.
fn path(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.find('/').map_or("", |at| &rest[at..]);
    path.split(['?', '#']).next().unwrap_or(path)
}

/// New versions that replaced an old one while it controlled an open page, without an accepted update.
fn does_not_wait(view: &View<'_>, said: u32) -> Vec<Flaw> {
    last_of_each(view.versions().iter().filter_map(|version| {
        let installed = seen_as(version, WorkerState::Installed)?;
        let activating = seen_as(version, WorkerState::Activating).or(seen_as(version, WorkerState::Activated))?;
        let (old, _) = older(view, version, activating)?;
        let accepted = view
            .actions()
            .any(|(seq, _, action)| (installed..activating).contains(&seq) && *action == Action::AcceptUpdate);
        let (tab, shown) = controlled(view, old, activating)?;
        let message = format!(
            "a new worker replaces the old one under an open page: the configuration sets skipWaiting to false, but \
             worker {} activated while {tab} was open",
            version.id
        );
        // The page may have requested it without the visitor.
        (!accepted).then(|| (version.script, Flaw::new(message, None, [said, shown, installed, activating]).likely()))
    }))
}

/// Workers that wait where the visitor should be on a release.
fn waits(view: &View<'_>, said: u32) -> Vec<Flaw> {
    last_of_each(view.dues().flat_map(|(due, what, look)| {
        let look = look.filter(|_| matches!(what, Due::Current { .. }));
        look.into_iter().flat_map(move |(seen, snapshot)| {
            snapshot.registrations.iter().filter_map(move |registration| {
                let waiting = registration.waiting.as_deref()?;
                let message =
                    format!("the update is delayed: the configuration sets skipWaiting, but worker {waiting} waits");
                Some(((), Flaw::new(message, Some(&registration.scope), [said, seen, due])))
            })
        })
    }))
}

/// Pages that loaded before the first worker was active, and of which it took control although the configuration says
/// otherwise, or did not take control although it should.
fn taken_over(view: &View<'_>, said: u32, claim: bool) -> Vec<Flaw> {
    last_of_each(view.versions().iter().filter_map(|version| {
        let activated = seen_as(version, WorkerState::Activated)?;
        // A worker takes control of pages while it activates, before the browser reports that it is active.
        let begins = seen_as(version, WorkerState::Activating).unwrap_or(activated);
        if older(view, version, activated).is_some() {
            return None;
        }
        let document = view
            .documents()
            .iter()
            .find(|document| !document.error_page && document.committed < begins && document.left > activated)?;
        let looks = view.events().filter_map(|(seq, what)| match what {
            What::Page(page) if page.tab == document.tab && seq > document.committed && seq < document.left => {
                Some((seq, page.controlled))
            }
            _ => None,
        });
        let looks: Vec<(u32, bool)> = looks.collect();
        let (before, controlled) = *looks.iter().rfind(|(seq, _)| *seq < begins)?;
        let (after, now_controlled) =
            *looks.last().filter(|(seq, now)| *seq > if *now { begins } else { activated })?;
        if controlled || now_controlled == claim {
            return None;
        }
        let (suffered, seen) = if claim {
            ("the first page stays without a worker: the configuration sets clientsClaim", "did not take")
        } else {
            ("the worker takes control of an open page: the configuration sets clientsClaim to false", "took")
        };
        let message = format!("{suffered}, but worker {} {seen} control of {}", version.id, document.tab);
        Some((version.script, Flaw::new(message, Some(document.url), [said, before, activated, after])))
    }))
}

/// `seq` of the first event that shows the version in this state.
fn seen_as(version: &Version<'_>, wanted: WorkerState) -> Option<u32> {
    version.states.iter().find(|(_, state)| *state == wanted).map(|(seq, _)| *seq)
}

/// `seq` at which another version of the same registration became active before, and its id.
fn older<'v>(view: &'v View<'_>, version: &Version<'_>, before: u32) -> Option<(u32, &'v str)> {
    let others =
        view.versions().iter().filter(|other| other.registration == version.registration && other.id != version.id);
    others
        .filter_map(|other| Some((seen_as(other, WorkerState::Activated).filter(|seq| *seq < before)?, other.id)))
        .max()
}

/// A tab that shows a controlled page at `seq`, and that was seen to do so after `old`.
fn controlled(view: &View<'_>, old: u32, seq: u32) -> Option<(TabId, u32)> {
    let open = |tab: TabId| {
        let mut before = view.events().rev().skip_while(|(at, _)| *at >= seq);
        !before.any(|(_, what)| matches!(what, What::TabClosed { tab: closed } if *closed == tab))
    };
    let tabs = view.documents().iter().filter(|document| {
        document.committed < seq && document.left > seq && !document.error_page && open(document.tab)
    });
    tabs.filter_map(|document| {
        let (shown, page) = view.page(document.tab, seq).filter(|(shown, _)| *shown > document.committed.max(old))?;
        page.controlled.then_some((document.tab, shown))
    })
    .next_back()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{Story, page, registered, url};
    use crate::trace::{Initiator, PageState, RegistrationState, Snapshot};
    use WorkerState::{Activated, Activating, Installed, Installing, New, Redundant};

    fn claims(claims: Claims) -> Story {
        Story::new().what(What::Claims(claims)).called("claims")
    }

    fn script(name: &str) -> Story {
        claims(Claims { script: Some(name.to_owned()), ..Claims::default() })
    }

    fn skips(flag: bool) -> Story {
        claims(Claims { skip_waiting: Some(flag), ..Claims::default() })
    }

    fn takes(flag: bool) -> Story {
        claims(Claims { clients_claim: Some(flag), ..Claims::default() })
    }

    fn shows(story: Story, controlled: bool) -> Story {
        story.page(PageState { controlled, ..page(1) })
    }

    #[test]
    fn a_worker_that_never_came_is_found() {
        let story = script("/sw.js").visit(1, "/").called("page").usable(1);
        let finding = story.one(&CHECK);
        assert_eq!(
            finding.message,
            "the visitor gets no worker: the configuration sets /sw.js, but no page installs it"
        );
        assert_eq!(story.proof(&finding), ["claims", "page"]);
        script("/sw.js").visit(1, "/").version("1", New).version("1", Redundant).one(&CHECK);
        script("/other.js").visit(1, "/").version("1", Activated).one(&CHECK);
        script("/sw").visit(1, "/").version("1", Activated).one(&CHECK);
    }

    #[test]
    fn a_worker_that_came_is_healthy_and_so_is_what_claims_nothing() {
        script("/sw.js").visit(1, "/").version("1", Installing).none(&CHECK);
        script("/sw.js").visit(1, "/").version("1", Activated).none(&CHECK);
        script("/sw.js").error_page(1, "/").usable(1).none(&CHECK);
        let looping = (0..9).fold(script("/sw.js").visit(1, "/"), |story, _| story.reload_by_app(1, "/"));
        looping.usable(1).none(&CHECK);
        claims(Claims::default()).visit(1, "/").none(&CHECK);
        Story::new().visit(1, "/").none(&CHECK);
    }

    #[test]
    fn a_path_is_what_stands_between_host_and_query() {
        assert_eq!(path("https://app.test/a/sw.js?v=1"), "/a/sw.js");
        assert_eq!(path("https://app.test/sw.js#x"), "/sw.js");
        assert_eq!(path("https://app.test"), "");
    }

    /// A page controlled by worker 1, and worker 2 installed.
    fn update(story: Story) -> Story {
        let story = shows(story.version("1", Activated).visit(1, "/"), true).called("page");
        story.version("2", Installing).version("2", Installed).called("installed")
    }

    #[test]
    fn a_worker_that_does_not_wait_is_found() {
        let story = update(skips(false)).version("2", Activating).called("activating").version("2", Activated);
        let finding = story.one(&CHECK);
        assert_eq!(
            finding.message,
            "a new worker replaces the old one under an open page: the configuration sets skipWaiting to false, but \
             worker 2 activated while tab 1 was open"
        );
        assert_eq!(story.proof(&finding), ["claims", "page", "installed", "activating"]);
        update(skips(false)).version("2", Activated).one(&CHECK);
        let again = shows(story.clone(), true).version("3", Installed).version("3", Activating);
        assert!(again.one(&CHECK).message.contains("worker 3"));
        story.what(What::TabClosed { tab: TabId(1) }).one(&CHECK);
    }

    #[test]
    fn a_worker_that_may_take_over_is_healthy() {
        let close = |story: Story| story.what(What::TabClosed { tab: TabId(1) });
        update(skips(false)).none(&CHECK);
        update(skips(false)).accept(1).version("2", Activating).none(&CHECK);
        close(update(skips(false))).version("2", Activating).none(&CHECK);
        update(skips(true)).version("2", Activating).none(&CHECK);
        update(takes(true)).version("2", Activating).none(&CHECK);
        update(skips(false)).version("2", Activating).no_worker().none(&CHECK);
        shows(skips(false).visit(1, "/"), true).version("2", Installed).version("2", Activating).none(&CHECK);
        let other = shows(skips(false).version_of("other", "1", Activated).visit(1, "/"), true);
        other.version("2", Installed).version("2", Activating).none(&CHECK);
    }

    #[test]
    fn only_a_page_that_has_the_old_worker_keeps_the_new_one_waiting() {
        let under = |controlled| {
            let story = shows(skips(false).version("1", Activated).visit(1, "/"), controlled);
            story.version("2", Installed).version("2", Activating)
        };
        under(true).one(&CHECK);
        under(false).none(&CHECK);
        let leaving = update(skips(false)).starts(1, "/b", Initiator::Visitor);
        leaving.version("2", Activating).none(&CHECK);
        let error = shows(skips(false).version("1", Activated).error_page(1, "/"), true);
        error.version("2", Installed).version("2", Activating).none(&CHECK);
        let unseen = skips(false).version("1", Activated).visit(1, "/");
        unseen.version("2", Installed).version("2", Activating).none(&CHECK);
        // An earlier acceptance was for another update.
        let earlier = skips(false).accept(1).version("1", Activated);
        shows(earlier.visit(1, "/"), true).version("2", Installed).version("2", Activating).one(&CHECK);
        let early = shows(skips(false).visit(1, "/"), true).version("1", Activated);
        early.version("2", Installed).version("2", Activating).none(&CHECK);
    }

    fn waiting() -> What {
        let (waiting, active) = (Some("2".to_owned()), Some("1".to_owned()));
        let registration = RegistrationState { scope: url("/"), installing: None, waiting, active };
        What::Snapshot(Snapshot { registrations: vec![registration], ..Snapshot::default() })
    }

    #[test]
    fn a_worker_that_waits_against_the_claim_is_found() {
        let story = skips(true).what(waiting()).called("seen").current(1, "B").called("due");
        let finding = story.one(&CHECK);
        assert_eq!(finding.message, "the update is delayed: the configuration sets skipWaiting, but worker 2 waits");
        assert_eq!(finding.url, Some(url("/")));
        assert_eq!(story.proof(&finding), ["claims", "seen", "due"]);
        story.current(1, "B").one(&CHECK);
        skips(false).what(waiting()).current(1, "B").none(&CHECK);
        skips(true).what(waiting()).usable(1).none(&CHECK);
        skips(true).what(registered("/", "1")).current(1, "B").none(&CHECK);
    }

    /// A page that was loaded without a worker; the first worker activates, and then controls it or not.
    fn first(story: Story, controlled: bool) -> Story {
        let story = shows(story.visit(1, "/"), false).called("before").version("1", Activated).called("active");
        shows(story, controlled).called("after")
    }

    #[test]
    fn pages_that_are_taken_over_against_the_claim_are_found() {
        let story = first(takes(false), true);
        let finding = story.one(&CHECK);
        assert_eq!(
            finding.message,
            "the worker takes control of an open page: the configuration sets clientsClaim to false, but worker 1 took \
             control of tab 1"
        );
        assert_eq!(finding.url, Some(url("/")));
        assert_eq!(story.proof(&finding), ["claims", "before", "active", "after"]);
        let finding = first(takes(true), false).one(&CHECK);
        assert_eq!(
            finding.message,
            "the first page stays without a worker: the configuration sets clientsClaim, but worker 1 did not take \
             control of tab 1"
        );
    }

    #[test]
    fn a_page_is_taken_over_while_the_worker_activates() {
        let activating = |controlled: bool| {
            let story = shows(takes(!controlled).visit(1, "/"), false).version("1", Activating);
            shows(story, controlled)
        };
        activating(true).version("1", Activated).one(&CHECK);
        activating(false).version("1", Activated).none(&CHECK);
        shows(activating(false).version("1", Activated), false).one(&CHECK);
        shows(takes(false).version("1", Activating).visit(1, "/"), true).version("1", Activated).none(&CHECK);
    }

    #[test]
    fn pages_that_are_treated_as_claimed_are_healthy() {
        first(takes(true), true).none(&CHECK);
        first(takes(false), false).none(&CHECK);
        first(takes(false), false).page(PageState { controlled: true, ..page(2) }).none(&CHECK);
        first(skips(true), true).none(&CHECK);
        first(claims(Claims::default()), true).none(&CHECK);
    }

    #[test]
    fn only_a_page_that_had_no_worker_and_stays_tells_of_a_claim() {
        let controlled = shows(takes(false).visit(1, "/"), true).version("1", Activated);
        shows(controlled, true).none(&CHECK);
        let left = shows(takes(false).visit(1, "/"), false).version("1", Activated);
        shows(left.visit(1, "/b"), true).none(&CHECK);
        let later = shows(takes(false).version("1", Activated).visit(1, "/"), false);
        shows(later, true).none(&CHECK);
        let second = shows(takes(false).version("0", Activated).visit(1, "/"), false).version("1", Activated);
        shows(second, true).none(&CHECK);
        shows(takes(true).visit(1, "/"), false).version("1", Activated).none(&CHECK);
        let error = shows(takes(false).error_page(1, "/"), false).version("1", Activated);
        shows(error, true).none(&CHECK);
        let before = shows(takes(false).visit(1, "/"), false).visit(1, "/b");
        shows(shows(before, false).version("1", Activated), true).one(&CHECK);
    }
}
