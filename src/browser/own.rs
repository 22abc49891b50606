//! A visitor's own browser, with a profile that outlives it: it can be killed and restarted.

use std::sync::Arc;

use tokio::sync::watch;

use super::launch::{Browser, LaunchError, Options};

/// A browser on a profile, and its successors on the same profile.
#[derive(Debug)]
pub struct OwnBrowser {
    current: watch::Sender<Arc<Browser>>,
}

impl OwnBrowser {
    /// Starts the first browser.
    ///
    /// # Errors
    /// As [`Browser::launch`].
    pub async fn launch(options: &Options) -> Result<Self, LaunchError> {
        Ok(Self { current: watch::Sender::new(Arc::new(Browser::launch(options).await?)) })
    }

    /// The running browser, or the last one.
    #[must_use]
    pub fn current(&self) -> Arc<Browser> {
        Arc::clone(&self.current.borrow())
    }

    /// Kills it as a crash would: what it has not yet written is lost.
    pub async fn kill(&self) {
        self.current().kill().await;
    }

    /// Closes it gracefully, so that its profile is complete.
    pub async fn close(&self) {
        self.current().close().await;
    }

    /// Starts the next browser on the same profile.
    ///
    /// # Errors
    /// As [`Browser::launch`].
    pub async fn start_again(&self) -> Result<Arc<Browser>, LaunchError> {
        let next = Arc::new(self.current().again().await?);
        self.current.send_replace(Arc::clone(&next));
        Ok(next)
    }

    /// Waits until a browser ends unexpectedly.
    pub async fn gone(&self) {
        let mut next = self.current.subscribe();
        loop {
            let browser = Arc::clone(&next.borrow_and_update());
            browser.gone().await;
            if !browser.was_ended() || next.changed().await.is_err() {
                return;
            }
        }
    }

    /// Ends it for good, and removes a temporary profile.
    pub async fn end(&self) {
        self.current().end().await;
    }
}
