//! Positions in a timeline. Long waits are compressed so that events in bursts can be distinguished: the width of a gap
//! grows with the square root of its duration.

use std::collections::BTreeSet;

use crate::trace::{Event, Trace, What};

/// Margin at both ends.
const MARGIN: f64 = 14.0;

/// Minimum width of a timeline: it fits a desktop window next to the names of the lanes.
const NARROWEST: f64 = 960.0;

/// Maximum width of a timeline. A reload loop has hundreds of events.
const WIDEST: f64 = 2600.0;

/// Width per event, if there are many.
const EACH: f64 = 9.0;

/// What an event adds to the width of the gap before it, in square roots of milliseconds.
const LEAST: f64 = 1.5;

/// Distance between the times on the axis.
const TICK: f64 = 76.0;

/// Positions of the events of a trace.
pub(super) struct Scale {
    /// By `seq`.
    places: Vec<f64>,
    times: Vec<u64>,
    width: f64,
}

impl Scale {
    /// Lays out a trace. The `named` events get their own positions, in addition to those that always do.
    pub fn of(trace: &Trace, named: &BTreeSet<u32>) -> Self {
        let mut weights = Vec::with_capacity(trace.events.len());
        let (mut weight, mut moments, mut before) = (0.0, 0_u32, 0);
        for event in &trace.events {
            if is_moment(event) || named.contains(&event.seq) {
                let gap = event.at_ms.saturating_sub(before);
                weight += LEAST + root(gap);
                moments += 1;
                before = event.at_ms.max(before);
            }
            weights.push(weight);
        }
        let width = (f64::from(moments) * EACH).clamp(NARROWEST, WIDEST);
        let unit = if weight > 0.0 { (width - 2.0 * MARGIN) / weight } else { 0.0 };
        let places = weights.into_iter().map(|weight| MARGIN + weight * unit).collect();
        Self { places, times: trace.events.iter().map(|event| event.at_ms).collect(), width }
    }

    pub fn width(&self) -> f64 {
        self.width
    }

    /// The position of the last event.
    pub fn end(&self) -> f64 {
        self.width - MARGIN
    }

    /// The position of an event. One that is not in the trace is at its end.
    pub fn x(&self, seq: u32) -> f64 {
        let at = usize::try_from(seq).ok().and_then(|at| self.places.get(at));
        at.copied().unwrap_or_else(|| self.end())
    }

    /// Positions and times of the ticks on the axis.
    pub fn ticks(&self) -> Vec<(f64, u64)> {
        let mut ticks: Vec<(f64, u64)> = Vec::new();
        for (place, time) in self.places.iter().zip(&self.times) {
            let is_free = ticks.last().is_none_or(|(last, _)| place - last >= TICK);
            if is_free && *place <= self.end() - MARGIN {
                ticks.push((*place, *time));
            }
        }
        ticks
    }
}

fn root(gap: u64) -> f64 {
    f64::from(u32::try_from(gap).unwrap_or(u32::MAX)).sqrt()
}

/// Whether a timeline shows the event.
pub(super) fn is_moment(event: &Event) -> bool {
    match &event.what {
        What::Response(_)
        | What::Answer(_)
        | What::Console { .. }
        | What::CacheChanged { .. }
        | What::Page(_)
        | What::Registration { .. }
        | What::Loaded { .. } => false,
        What::RequestFailed { canceled, .. } => !canceled,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::Story;

    #[test]
    fn places_follow_the_order_of_events_and_stay_in_the_picture() {
        let mut trace = Story::new().swap("A").visit(1, "/").answer("/a", 200).usable(1).trace();
        trace.events[3].at_ms = 60_000;
        for event in &mut trace.events[4..] {
            event.at_ms = 60_001;
        }
        let scale = Scale::of(&trace, &BTreeSet::new());
        let places: Vec<f64> = trace.events.iter().map(|event| scale.x(event.seq)).collect();
        assert!(
            places.is_sorted() && places[0] >= MARGIN && places[places.len() - 1] <= scale.end() + 0.1,
            "{places:?}"
        );
        assert!(places[1] < places[2], "events at the same time are side by side: {places:?}");
        let ticks = scale.ticks();
        assert!(ticks.windows(2).all(|pair| pair[1].0 - pair[0].0 >= TICK), "{ticks:?}");
    }

    #[test]
    fn an_empty_trace_has_a_picture_too() {
        let trace = Trace { events: Vec::new(), ..Story::new().trace() };
        let scale = Scale::of(&trace, &BTreeSet::new());
        assert!(scale.x(7) <= scale.width() && scale.ticks().is_empty());
    }

    #[test]
    fn a_reload_loop_does_not_make_an_endless_picture() {
        let story = (0..5000).fold(Story::new(), |story, _| story.reload_by_app(1, "/"));
        assert!(Scale::of(&story.trace(), &BTreeSet::new()).width() <= WIDEST);
    }
}
