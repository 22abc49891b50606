//! Where in a picture a moment stands. Long waits are drawn shorter than they were, so that what happens in bursts can
//! be told apart: the width of a gap grows with the root of its length.

use std::collections::BTreeSet;

use crate::trace::{Event, Trace, What};

/// Free space at both ends.
const MARGIN: f64 = 14.0;

/// The narrowest picture, which fits a desktop window beside the names of the lanes.
const NARROWEST: f64 = 960.0;

/// The widest picture. A reload loop has hundreds of moments.
const WIDEST: f64 = 2600.0;

/// Width for each moment, where there are many.
const EACH: f64 = 9.0;

/// What a moment adds to the width of the gap before it, in roots of milliseconds.
const LEAST: f64 = 1.5;

/// Space between the times on the axis.
const TICK: f64 = 76.0;

/// Places of the events of a trace.
pub(super) struct Scale {
    /// By `seq`.
    places: Vec<f64>,
    times: Vec<u64>,
    width: f64,
}

impl Scale {
    /// Lays out a trace. `named` are the events that have to have a place of their own beside those that always do.
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

    /// Where the last moment stands.
    pub fn end(&self) -> f64 {
        self.width - MARGIN
    }

    /// Where an event stands. One that is not in the trace stands at its end.
    pub fn x(&self, seq: u32) -> f64 {
        let at = usize::try_from(seq).ok().and_then(|at| self.places.get(at));
        at.copied().unwrap_or_else(|| self.end())
    }

    /// Places of the axis with their times.
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

/// Whether a picture shows the event.
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
        assert!(places[1] < places[2], "moments of the same time stand side by side: {places:?}");
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
