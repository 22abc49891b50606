//! The log of a running cell: append, mark, and wait for events after a mark.

use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::bounds::{self, Counts};
use super::{Event, Picture, What};

/// A position in the log. A wait only sees events after its mark, so take the mark before the action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark(usize);

impl Mark {
    /// The beginning of the log.
    pub const START: Self = Self(0);

    /// The position after the event with this `seq`.
    fn after(seq: u32) -> Self {
        Self(usize::try_from(seq).map_or(usize::MAX, |seq| seq + 1))
    }

    /// The number of events before it.
    #[must_use]
    pub fn position(self) -> usize {
        self.0
    }
}

/// A wait that timed out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("timed out after {} ms waiting for {awaited}; instead: {instead}", within.as_millis())]
pub struct Expiry {
    /// What the wait was for.
    pub awaited: String,
    /// For how long.
    pub within: Duration,
    /// The last events that happened instead.
    pub instead: String,
}

impl From<Expiry> for What {
    fn from(Expiry { awaited, within, instead }: Expiry) -> Self {
        Self::Expired { awaited, within_ms: millis(within), instead }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// An append-only log that can be waited on. Clones share it.
#[derive(Clone, Debug)]
pub struct Log {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    began: Instant,
    events: Mutex<Vec<Event>>,
    counts: Mutex<Counts>,
    grown: watch::Sender<usize>,
    /// None if no screenshots are wanted.
    pictures: Option<Mutex<Vec<Picture>>>,
}

/// The most screenshots of one scenario. A scenario has a dozen expectations; more come from repeated timeouts.
const PICTURES: usize = 32;

impl Default for Log {
    fn default() -> Self {
        Self::new(None)
    }
}

impl Log {
    fn new(pictures: Option<Mutex<Vec<Picture>>>) -> Self {
        let (began, grown) = (Instant::now(), watch::Sender::new(0));
        let (events, counts) = (Mutex::default(), Mutex::default());
        Self { inner: Arc::new(Inner { began, events, counts, grown, pictures }) }
    }

    /// A log that also collects screenshots.
    #[must_use]
    pub fn with_pictures() -> Self {
        Self::new(Some(Mutex::default()))
    }

    /// Whether another screenshot is wanted.
    #[must_use]
    pub fn wants_pictures(&self) -> bool {
        let room =
            |pictures: &Mutex<Vec<Picture>>| pictures.lock().unwrap_or_else(PoisonError::into_inner).len() < PICTURES;
        self.inner.pictures.as_ref().is_some_and(room)
    }

    /// Adds a screenshot, if wanted. It is not an event: no wait wakes up for it.
    pub fn keep(&self, picture: Picture) {
        if let Some(pictures) = &self.inner.pictures {
            pictures.lock().unwrap_or_else(PoisonError::into_inner).push(picture);
        }
    }

    /// The screenshots so far.
    #[must_use]
    pub fn pictures(&self) -> Vec<Picture> {
        let copied = |pictures: &Mutex<Vec<Picture>>| pictures.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.inner.pictures.as_ref().map(copied).unwrap_or_default()
    }

    fn events(&self) -> MutexGuard<'_, Vec<Event>> {
        // A panic elsewhere cannot leave a half-pushed event behind.
        self.inner.events.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.inner.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends an event, unless the limit for its kind is reached.
    pub fn push(&self, what: What) {
        let _seq = self.append(what);
    }

    /// As [`Log::push`]. Returns the event's `seq`; beyond the limit, that of the next event.
    pub fn append(&self, mut what: What) -> u32 {
        bounds::cut(&mut what);
        let mut events = self.events();
        let seq = u32::try_from(events.len()).unwrap_or(u32::MAX);
        if !self.counts().admits(&what) {
            return seq;
        }
        let at_ms = millis(self.inner.began.elapsed());
        events.push(Event { seq, at_ms, what });
        self.inner.grown.send_replace(events.len());
        seq
    }

    /// Time since the start of the log, as in [`Event::at_ms`].
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.inner.began.elapsed()
    }

    /// Time since the newest event, or since the start of the log if there is none.
    #[must_use]
    pub fn silence(&self) -> Duration {
        let newest = self.find_last(|event| Some(Duration::from_millis(event.at_ms)));
        self.elapsed().saturating_sub(newest.unwrap_or_default())
    }

    /// The position after the newest event.
    #[must_use]
    pub fn mark(&self) -> Mark {
        Mark(self.events().len())
    }

    /// A copy of all events so far. If events were left out, the last one summarises them.
    #[must_use]
    pub fn snapshot(&self) -> Vec<Event> {
        let mut events = self.events().clone();
        if let Some(text) = self.counts().left_out() {
            let seq = u32::try_from(events.len()).unwrap_or(u32::MAX);
            events.push(Event { seq, at_ms: millis(self.inner.began.elapsed()), what: What::Step { text } });
        }
        events
    }

    /// The first result of `find` for an event after `mark`, without waiting.
    pub fn find_after<T>(&self, mark: Mark, find: impl FnMut(&Event) -> Option<T>) -> Option<T> {
        self.events()[mark.0..].iter().find_map(find)
    }

    /// The newest result of `find` for any event so far.
    pub fn find_last<T>(&self, find: impl FnMut(&Event) -> Option<T>) -> Option<T> {
        self.events().iter().rev().find_map(find)
    }

    /// Waits for the first event after `mark` for which `find` returns a result.
    ///
    /// # Errors
    /// [`Expiry`] when `within` has passed; it says what happened instead.
    pub async fn wait<T>(
        &self,
        mark: Mark,
        within: Duration,
        awaited: &str,
        mut find: impl FnMut(&Event) -> Option<T>,
    ) -> Result<T, Expiry> {
        let mut grown = self.inner.grown.subscribe();
        let mut seen = mark.0;
        let search = async {
            loop {
                grown.borrow_and_update();
                {
                    let events = self.events();
                    if let Some(found) = events[seen..].iter().find_map(&mut find) {
                        return found;
                    }
                    seen = events.len();
                }
                if grown.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
            }
        };
        match tokio::time::timeout(within, search).await {
            Ok(found) => Ok(found),
            Err(_) => Err(self.expiry(mark, within, awaited)),
        }
    }

    /// As [`Log::wait`], for as long as there is progress: gives up when no event that `counts` has happened for
    /// `still`, or after `within` in total. Slow progress is waited for; a standstill is given up soon.
    ///
    /// # Errors
    /// [`Expiry`], with the total time waited.
    pub async fn wait_while<T>(
        &self,
        mark: Mark,
        (still, within): (Duration, Duration),
        awaited: &str,
        mut find: impl FnMut(&Event) -> Option<T>,
        counts: impl Fn(&Event) -> bool,
    ) -> Result<T, Expiry> {
        let began = tokio::time::Instant::now();
        let mut from = mark;
        loop {
            let left = within.saturating_sub(began.elapsed());
            let next = |event: &Event| match find(event) {
                Some(found) => Some(ControlFlow::Break(found)),
                None => counts(event).then_some(ControlFlow::Continue(event.seq)),
            };
            match self.wait(from, still.min(left), awaited, next).await {
                Ok(ControlFlow::Break(found)) => return Ok(found),
                Ok(ControlFlow::Continue(seq)) => from = Mark::after(seq),
                Err(_) => return Err(self.expiry(mark, began.elapsed(), awaited)),
            }
        }
    }

    /// Waits until no event that `counts` has happened for `quiet`, at most for `within` in total. True if it became
    /// quiet.
    pub async fn quiet(&self, quiet: Duration, within: Duration, counts: impl Fn(&Event) -> bool) -> bool {
        let still = self.wait_while(self.mark(), (quiet, within), "quiet", |_| None::<()>, counts).await;
        still.is_err_and(|expiry| expiry.within < within)
    }

    /// Describes a wait since `mark` that timed out.
    #[must_use]
    pub fn expiry(&self, mark: Mark, within: Duration, awaited: &str) -> Expiry {
        Expiry { awaited: awaited.to_owned(), within, instead: self.tail(mark) }
    }

    /// The last few events after `mark`, in one line.
    fn tail(&self, mark: Mark) -> String {
        const SHOWN: usize = 6;
        let events = self.events();
        let since = &events[mark.0..];
        if since.is_empty() {
            return "nothing happened".to_owned();
        }
        let mut text = String::new();
        if since.len() > SHOWN {
            let _ = write!(text, "{} events, the last of them ", since.len());
        }
        for (at, event) in since.iter().rev().take(SHOWN).rev().enumerate() {
            if at > 0 {
                text.push_str("; ");
            }
            let _ = write!(text, "{event}");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(text: &str) -> What {
        What::Step { text: text.to_owned() }
    }

    fn is(text: &'static str) -> impl Fn(&Event) -> Option<u32> {
        move |event| matches!(&event.what, What::Step { text: t } if t == text).then_some(event.seq)
    }

    #[tokio::test]
    async fn a_wait_sees_what_came_between_mark_and_wait() {
        let log = Log::default();
        log.push(step("early"));
        let mark = log.mark();
        log.push(step("late"));
        assert_eq!(log.wait(mark, Duration::from_secs(5), "late", is("late")).await, Ok(1));
        assert!(log.wait(mark, Duration::from_millis(10), "early", is("early")).await.is_err());
    }

    #[tokio::test]
    async fn what_goes_on_is_waited_for_and_what_has_stopped_is_not() {
        let log = Log::default();
        let mark = log.mark();
        ["on", "on", "on", "there"].into_iter().for_each(|text| log.push(step(text)));
        let on = |event: &Event| is("on")(event).is_some();
        let (now, long) = (Duration::ZERO, Duration::from_secs(60));
        assert_eq!(log.wait_while(mark, (now, long), "it", is("there"), on).await, Ok(3));

        let slow = log.clone();
        let (still, mark) = (Duration::from_secs(2), log.mark());
        let (found, ()) = tokio::join!(log.wait_while(mark, (still, long), "it", is("late"), on), async move {
            let began = Instant::now();
            while began.elapsed() < still + still / 2 {
                tokio::time::sleep(still / 20).await;
                slow.push(step("on"));
            }
            slow.push(step("late"));
        });
        assert!(found.is_ok(), "{found:?}");

        let mark = log.mark();
        log.push(step("on"));
        let expiry = log.wait_while(mark, (now, long), "it", is("never"), on).await.unwrap_err();
        assert!(expiry.within < long && expiry.instead.contains("on"), "{expiry}");
        let whole = log.wait_while(mark, (long, now), "it", is("never"), on).await.unwrap_err();
        assert_eq!(whole.awaited, "it");
    }

    #[test]
    fn pictures_are_kept_beside_the_events_where_they_are_wanted() {
        let picture = |seq| Picture { seq, jpeg: vec![0xff, 0xd8] };
        let log = Log::with_pictures();
        let seq = log.append(step("due"));
        assert!(log.wants_pictures());
        log.keep(picture(seq));
        assert_eq!((log.pictures(), log.snapshot().len()), (vec![picture(0)], 1));
        (1..32).for_each(|seq| log.keep(picture(seq)));
        assert!(!log.wants_pictures());

        let log = Log::default();
        assert!(!log.wants_pictures());
        log.keep(picture(0));
        assert_eq!(log.pictures(), []);
    }

    #[tokio::test]
    async fn a_wait_wakes_for_a_later_event() {
        let log = Log::default();
        let mark = log.mark();
        let writer = log.clone();
        let (found, ()) = tokio::join!(log.wait(mark, Duration::from_secs(5), "it", is("it")), async move {
            writer.push(step("it"));
        });
        assert_eq!(found, Ok(0));
    }

    #[tokio::test]
    async fn an_expiry_says_what_came_instead() {
        let log = Log::default();
        let mark = log.mark();
        log.push(step("something else"));
        let error = log.wait(mark, Duration::from_millis(5), "a miracle", is("it")).await.unwrap_err();
        assert!(error.to_string().contains("a miracle") && error.to_string().contains("something else"), "{error}");
    }

    #[tokio::test]
    async fn quiet_ends_although_other_events_go_on() {
        let log = Log::default();
        assert!(log.quiet(Duration::from_millis(5), Duration::from_secs(5), |_| true).await);
    }
}
