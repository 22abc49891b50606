//! What an origin serves at the moment, and how it handles a request.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::sync::watch;

use super::fault::{Effect, Fault};
use super::matching::Seen;
use crate::trace::Gravity;

/// Number of a fault within its origin, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FaultId(pub u32);

impl fmt::Display for FaultId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "fault {}", self.0)
    }
}

/// The current release and the active faults.
#[derive(Debug)]
pub(super) struct State {
    /// Name of the current release.
    pub current: String,
    faults: Vec<Active>,
    injected: u32,
    /// Bodies of faults, active or ended, by hash.
    bodies: Vec<(String, u32)>,
}

#[derive(Debug)]
struct Active {
    id: u32,
    fault: Fault,
    /// The first URL that it matched.
    first_url: Option<String>,
    /// Requests so far, by URL and `Sec-Fetch-Dest`, for [`Effect::Alternate`].
    turns: HashMap<(String, String), usize>,
    /// Dropped with the fault, which ends the waits for it.
    healed: watch::Sender<()>,
    /// Whether a request has waited for the fault.
    met: watch::Sender<bool>,
}

/// How to handle a request.
#[derive(Debug)]
pub(super) enum Plan {
    /// Wait, then plan again.
    Wait {
        fault: u32,
        /// Forever if absent.
        limit: Option<Duration>,
        /// Closes when the fault ends.
        healed: watch::Receiver<()>,
    },
    /// A fault responds.
    Fault { fault: u32, effect: Effect },
    /// A release responds.
    Release {
        release: String,
        /// The release that responds if that one responds with 404.
        kept: Option<String>,
        changes: Changes,
        /// The gravest of the faults that took part, the newest among equals.
        fault: Option<u32>,
    },
}

/// Changes to the headers of a release's response, in order.
#[derive(Debug, Default)]
pub(super) struct Changes(Vec<(HeaderName, Option<HeaderValue>)>);

impl Changes {
    pub fn apply(self, headers: &mut HeaderMap) {
        for (name, value) in self.0 {
            match value {
                Some(value) => drop(headers.insert(name, value)),
                None => drop(headers.remove(name)),
            }
        }
    }
}

impl Active {
    fn concerns(&mut self, seen: &Seen) -> bool {
        if !self.fault.matching.matches(seen) {
            return false;
        }
        let first = self.first_url.get_or_insert_with(|| seen.path_and_query.clone());
        !self.fault.first_url_only || *first == seen.path_and_query
    }
}

impl State {
    /// Without faults.
    pub fn new(current: String) -> Self {
        Self { current, faults: Vec::new(), injected: 0, bodies: Vec::new() }
    }

    pub fn inject(&mut self, fault: Fault) -> u32 {
        self.injected += 1;
        let id = self.injected;
        if let Some(body) = fault.effect.body().filter(|body| !body.is_empty()) {
            self.bodies.push((body_hash(&blake3::hash(body.as_bytes())), id));
        }
        self.faults.push(Active {
            id,
            fault,
            first_url: None,
            turns: HashMap::new(),
            healed: watch::Sender::new(()),
            met: watch::Sender::new(false),
        });
        id
    }

    /// True if the fault was active.
    pub fn heal(&mut self, id: u32) -> bool {
        let before = self.faults.len();
        self.faults.retain(|active| active.id != id);
        self.faults.len() < before
    }

    /// Whether a request has waited for the fault; closes with it.
    pub fn met(&self, id: u32) -> Option<watch::Receiver<bool>> {
        self.faults.iter().find(|active| active.id == id).map(|active| active.met.subscribe())
    }

    pub fn heal_all(&mut self) {
        self.faults.clear();
    }

    /// The newest fault that responds, or has responded, with a body of this hash.
    pub fn fault_with_body(&self, hash: &str) -> Option<u32> {
        self.bodies.iter().rfind(|(known, _)| known == hash).map(|(_, id)| *id)
    }

    /// How to handle a request that has already waited for the faults in `waited`.
    pub fn plan(&mut self, seen: &Seen, waited: &[u32]) -> Plan {
        let mut here: Vec<&mut Active> =
            self.faults.iter_mut().filter_map(|active| active.concerns(seen).then_some(active)).collect();
        // Faults after one that responds are never reached.
        if let Some(at) = here.iter().position(|active| active.fault.effect.answers()) {
            here.truncate(at + 1);
        }
        // Waits come before turns are counted, so that a request takes only one turn.
        for active in here.iter().filter(|active| !waited.contains(&active.id)) {
            let limit = match active.fault.effect {
                Effect::Delay(time) => Some(time),
                Effect::Hold => None,
                _ => continue,
            };
            active.met.send_replace(true);
            return Plan::Wait { fault: active.id, limit, healed: active.healed.subscribe() };
        }
        let (mut chosen, mut kept) = (None, None);
        let mut changes = Changes::default();
        let mut gravest: Option<(Gravity, u32)> = None;
        for active in here {
            let Active { id, fault, turns, .. } = active;
            match &fault.effect {
                effect if effect.answers() => return Plan::Fault { fault: *id, effect: effect.clone() },
                Effect::Alternate { releases } => {
                    let turn = turns.entry((seen.path_and_query.clone(), seen.destination.clone())).or_default();
                    let release = releases[*turn % releases.len()].clone();
                    *turn += 1;
                    chosen.get_or_insert(release);
                }
                Effect::Pin { release } => drop(chosen.get_or_insert(release.clone())),
                Effect::Keep { release } => drop(kept.get_or_insert(release.clone())),
                Effect::Headers { set, remove } => {
                    changes.0.extend(remove.iter().map(|name| (name.clone(), None)));
                    changes.0.extend(set.iter().map(|(name, value)| (name.clone(), Some(value.clone()))));
                }
                _ => {}
            }
            gravest = gravest.max(Some((fault.gravity, *id)));
        }
        Plan::Release {
            release: chosen.unwrap_or_else(|| self.current.clone()),
            kept,
            changes,
            fault: gravest.map(|(_, fault)| fault),
        }
    }
}

/// The first 32 hexadecimal digits of a body's BLAKE3 hash.
pub(super) fn body_hash(hash: &blake3::Hash) -> String {
    hash.to_hex().as_str()[..32].to_owned()
}

#[cfg(test)]
mod tests {
    use hyper::StatusCode;
    use hyper::header::{CACHE_CONTROL, ETAG};

    use super::*;
    use crate::origin::matching::Match;

    fn state(faults: Vec<(Match, Effect, Gravity)>) -> State {
        let mut state = State::new("B".into());
        for (matching, effect, gravity) in faults {
            state.inject(Fault::new(matching, effect, gravity));
        }
        state
    }

    fn get(path: &str) -> Seen {
        Seen { path: path.into(), path_and_query: path.into(), ..Seen::default() }
    }

    fn turns() -> Effect {
        Effect::Alternate { releases: vec!["A".into(), "B".into()] }
    }

    fn pin(release: &str) -> Effect {
        Effect::Pin { release: release.into() }
    }

    fn release(plan: Plan) -> (String, Option<u32>) {
        match plan {
            Plan::Release { release, fault, .. } => (release, fault),
            other => panic!("not a release: {other:?}"),
        }
    }

    #[test]
    fn turns_are_taken_by_each_url_for_itself() {
        let mut state = state(vec![(Match::Any, turns(), Gravity::Breaks)]);
        let order: Vec<String> =
            ["/", "/a", "/", "/a?x", "/", "/a"].iter().map(|path| release(state.plan(&get(path), &[])).0).collect();
        assert_eq!(order, ["A", "A", "B", "A", "A", "B"]);
    }

    #[test]
    fn the_first_that_answers_wins() {
        let status = Effect::status(StatusCode::BAD_GATEWAY);
        let mut state = state(vec![
            (Match::Prefix("/x".into()), Effect::Drop, Gravity::Breaks),
            (Match::Any, status, Gravity::Breaks),
            (Match::Any, Effect::Hold, Gravity::Breaks),
        ]);
        assert!(matches!(state.plan(&get("/x"), &[]), Plan::Fault { fault: 1, effect: Effect::Drop }));
        assert!(matches!(state.plan(&get("/"), &[]), Plan::Fault { fault: 2, .. }));
        assert!(state.heal(2) && !state.heal(2));
        assert!(matches!(state.plan(&get("/"), &[]), Plan::Wait { fault: 3, limit: None, .. }));
        assert_eq!(release(state.plan(&get("/"), &[3])), ("B".into(), Some(3)));
    }

    #[test]
    fn the_first_that_chooses_a_release_wins_and_the_gravest_is_named() {
        let mut state = state(vec![
            (Match::Any, pin("C"), Gravity::Breaks),
            (Match::Any, pin("A"), Gravity::Disturbs),
            (Match::Any, Effect::no_store(), Gravity::Neutral),
        ]);
        assert_eq!(release(state.plan(&get("/"), &[])), ("C".into(), Some(1)));
        state.heal(1);
        assert_eq!(release(state.plan(&get("/"), &[])), ("A".into(), Some(2)));
        state.heal(2);
        assert_eq!(release(state.plan(&get("/"), &[])), ("B".into(), Some(3)));
        state.heal_all();
        assert_eq!(release(state.plan(&get("/"), &[])), ("B".into(), None));
    }

    #[test]
    fn a_fault_may_concern_one_url_only() {
        let status = Effect::status(StatusCode::BAD_GATEWAY);
        let mut state = State::new("B".into());
        let assets = Match::Prefix("/a".into());
        state.inject(Fault { first_url_only: true, ..Fault::new(assets, status, Gravity::Disturbs) });
        let faulty: Vec<bool> = ["/", "/a?1", "/a?2", "/a?1", "/"]
            .iter()
            .map(|path| matches!(state.plan(&get(path), &[]), Plan::Fault { .. }))
            .collect();
        assert_eq!(faulty, [false, true, false, true, false]);
    }

    #[test]
    fn a_body_is_led_back_to_the_newest_fault_that_gives_it() {
        let hash = |text: &str| body_hash(&blake3::hash(text.as_bytes()));
        let soft = |body: &str| Effect::SoftError { body: body.to_owned() };
        let empty = Effect::Status { code: StatusCode::NOT_FOUND, body: String::new(), headers: Vec::new() };
        let breaks = |effect| (Match::Any, effect, Gravity::Breaks);
        let mut state = state(vec![breaks(soft("one")), breaks(soft("one")), breaks(soft("two")), breaks(empty)]);
        state.heal(2);
        let faults = ["one", "two", "", "three"].map(|text| state.fault_with_body(&hash(text)));
        assert_eq!(faults, [Some(2), Some(3), None, None]);
    }

    #[test]
    fn a_wait_takes_no_turn() {
        let late = Effect::Delay(Duration::from_secs(1));
        let mut state = state(vec![(Match::Any, turns(), Gravity::Breaks), (Match::Any, late, Gravity::Disturbs)]);
        assert!(matches!(state.plan(&get("/"), &[]), Plan::Wait { fault: 2, limit: Some(_), .. }));
        assert_eq!(release(state.plan(&get("/"), &[2])), ("A".into(), Some(1)));
    }

    #[test]
    fn a_healed_fault_ends_waits_on_it() {
        let mut state = state(vec![(Match::Any, Effect::Hold, Gravity::Disturbs)]);
        let Plan::Wait { healed, .. } = state.plan(&get("/"), &[]) else { panic!("no wait") };
        assert!(healed.has_changed().is_ok());
        state.heal(1);
        assert!(healed.has_changed().is_err());
    }

    #[test]
    fn changes_of_headers_add_up_in_order() {
        let max_age = (CACHE_CONTROL, HeaderValue::from_static("max-age=9"));
        let mut state = state(vec![
            (Match::Any, Effect::no_store(), Gravity::Neutral),
            (Match::Any, Effect::Headers { set: vec![max_age], remove: vec![ETAG] }, Gravity::Neutral),
        ]);
        let Plan::Release { changes, .. } = state.plan(&get("/"), &[]) else { panic!("no release") };
        let mut headers = HeaderMap::new();
        headers.insert(ETAG, HeaderValue::from_static("1"));
        changes.apply(&mut headers);
        assert_eq!(headers.len(), 1);
        assert_eq!(headers[CACHE_CONTROL], "max-age=9");
    }
}
