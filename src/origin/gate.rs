//! Keeps requests back while somebody holds it shut.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::watch;

/// A gate that requests pass.
#[derive(Debug, Default)]
pub(super) struct Gate {
    holds: watch::Sender<usize>,
    waiting: AtomicUsize,
}

/// Keeps requests back, see [`super::Origin::hold_worker_scripts`].
#[derive(Debug)]
#[must_use = "they are let go with it"]
pub struct Hold(watch::Sender<usize>);

/// Counts while it lives: a request whose connection has gone does not wait any more.
struct Waiting<'a>(&'a AtomicUsize);

impl Gate {
    /// Shuts it for as long as what this gives lives.
    pub fn hold(&self) -> Hold {
        self.holds.send_modify(|holds| *holds += 1);
        Hold(self.holds.clone())
    }

    /// Waits until nobody holds it.
    pub async fn pass(&self) {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let _waiting = Waiting(&self.waiting);
        // The sender lives as long as this does.
        let _ = self.holds.subscribe().wait_for(|holds| *holds == 0).await;
    }

    /// How many requests wait.
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
