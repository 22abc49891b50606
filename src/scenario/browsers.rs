//! How a story ends the visitor's browser, and starts it again.

use std::sync::Arc;
use std::time::Duration;

use super::{Broken, Stage};
use crate::browser::OwnBrowser;
use crate::trace::{Event, What};

/// How long a browser may take to tell which registrations its profile keeps.
const REMEMBERING: Duration = Duration::from_secs(10);

impl Stage {
    fn own(&self) -> Result<Arc<OwnBrowser>, Broken> {
        self.own.clone().ok_or(Broken::SharedBrowser)
    }

    /// The browser is killed as by a crash, with all tabs.
    ///
    /// # Errors
    /// When the visitor has no browser of their own.
    pub async fn kill_browser(&self) -> Result<(), Broken> {
        let own = self.own()?;
        self.log().push(What::BrowserEnded { killed: true });
        self.visitor.loses_browser();
        own.kill().await;
        Ok(())
    }

    /// The visitor closes the browser. All that was done so far is in its profile.
    ///
    /// # Errors
    /// When the visitor has no browser of their own.
    pub async fn close_browser(&self) -> Result<(), Broken> {
        let own = self.own()?;
        self.log().push(What::BrowserEnded { killed: false });
        self.visitor.loses_browser();
        own.close().await;
        Ok(())
    }

    /// The browser is started again on the profile that the last one has left, and has told what it keeps.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start_browser(&mut self) -> Result<(), Broken> {
        let browser = self.own()?.start_again().await?;
        let knew_some = self.log().find_last(|event| match event.what {
            What::Registration { deleted, .. } => Some(!deleted),
            _ => None,
        });
        let mark = self.log().mark();
        self.log().push(What::BrowserStarted);
        self.visitor.moves_to(&browser).await?;
        if knew_some == Some(true) {
            let told = |event: &Event| matches!(event.what, What::WorkerVersion { .. }).then_some(());
            if let Err(expiry) = self.log().wait(mark, REMEMBERING, "a worker that the profile keeps", told).await {
                self.expired(expiry);
            }
        }
        Ok(())
    }
}
