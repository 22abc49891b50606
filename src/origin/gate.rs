//! A gate that holds requests back while it is closed.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::watch;

/// A gate that requests pass.
#[derive(Debug, Default)]
pub(super) struct Gate {
    holds: watch::Sender<usize>,
    waiting: AtomicUsize,
}

/// Holds requests back, see [`super::Origin::hold_worker_scripts`].
#[derive(Debug)]
#[must_use = "dropping it releases the requests"]
pub struct Hold(watch::Sender<usize>);

/// Counts a waiting request until it is dropped: a request whose connection is closed no longer waits.
struct Waiting<'a>(&'a AtomicUsize);

impl Gate {
    /// Closes the gate until the returned value is dropped.
    pub fn hold(&self) -> Hold {
        self.holds.send_modify(|holds| *holds += 1);
        Hold(self.holds.clone())
    }

    /// Waits until the gate is open.
    pub async fn pass(&self) {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let _waiting = Waiting(&self.waiting);
        // The sender lives as long as `self`.
        let _ = self.holds.subscribe().wait_for(|holds| *holds == 0).await;
    }

    /// How many requests are waiting.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::SeqCst)
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.send_modify(|holds| *holds -= 1);
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
