//! What a check has found, before it becomes a finding of that check.

use crate::outcome::Confidence;

/// Something that is wrong, with its evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Flaw {
    pub(super) message: String,
    pub(super) url: Option<String>,
    pub(super) confidence: Confidence,
    /// By `seq`, in order.
    pub(super) events: Vec<u32>,
}

impl Flaw {
    /// A flaw that these events prove; their order does not matter.
    pub(super) fn new(message: String, url: Option<&str>, proof: impl IntoIterator<Item = u32>) -> Self {
        let mut events: Vec<u32> = proof.into_iter().collect();
        events.sort_unstable();
        events.dedup();
        Self { message, url: url.map(str::to_owned), confidence: Confidence::Certain, events }
    }

    /// The same, for a trace that leaves room for another explanation.
    pub(super) fn likely(self) -> Self {
        Self { confidence: Confidence::Likely, ..self }
    }
}

/// One flaw per fact: of several with the same key, keeps the last, in the position of the first.
pub(super) fn last_of_each<K: PartialEq>(flaws: impl IntoIterator<Item = (K, Flaw)>) -> Vec<Flaw> {
    let mut kept: Vec<(K, Flaw)> = Vec::new();
    for (key, flaw) in flaws {
        match kept.iter_mut().find(|(known, _)| *known == key) {
            Some((_, known)) => *known = flaw,
            None => kept.push((key, flaw)),
        }
    }
    kept.into_iter().map(|(_, flaw)| flaw).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proof_is_in_order_and_names_an_event_once() {
        assert_eq!(Flaw::new(String::new(), None, [3, 1, 3]).events, [1, 3]);
    }

    #[test]
    fn the_last_flaw_of_a_fact_stays() {
        let flaw = |seq| Flaw::new(String::new(), None, [seq]);
        let flaws = last_of_each([("a", flaw(1)), ("b", flaw(2)), ("a", flaw(3))]);
        assert_eq!(flaws, [flaw(3), flaw(2)]);
    }
}
