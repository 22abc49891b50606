//! Ending the visitor's browser in a scenario, and starting it again.

use std::sync::Arc;
use std::time::Duration;

use super::{Broken, Stage};
use crate::browser::OwnBrowser;
use crate::trace::{Event, Mark, What, WorkerState};

/// How long a browser may take to report the registrations in its profile.
const REMEMBERING: Duration = Duration::from_secs(10);

impl Stage {
    fn own(&self) -> Result<Arc<OwnBrowser>, Broken> {
        self.own.clone().ok_or(Broken::SharedBrowser)
    }

    /// Kills the browser with all tabs, as a crash would.
    ///
    /// # Errors
    /// When the visitor has no own browser.
    pub async fn kill_browser(&self) -> Result<(), Broken> {
        let own = self.own()?;
        self.log().push(What::BrowserEnded { killed: true });
        self.visitor.loses_browser();
        self.no_page_is_left();
        own.kill().await;
        Ok(())
    }

    /// Closes the browser. Its profile then contains everything so far.
    ///
    /// # Errors
    /// When the visitor has no own browser.
    pub async fn close_browser(&self) -> Result<(), Broken> {
        let own = self.own()?;
        self.log().push(What::BrowserEnded { killed: false });
        self.visitor.loses_browser();
        self.no_page_is_left();
        own.close().await;
        Ok(())
    }

    /// Starts the browser again on the same profile, and waits until it has reported the registrations in it.
    ///
    /// # Errors
    /// When the browser does not start.
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
            self.remembers(mark).await;
        }
        Ok(())
    }

    /// Waits until the browser has reported a worker in its profile.
    pub async fn remembers(&self, mark: Mark) {
        let told = |event: &Event| matches!(event.what, What::WorkerVersion { .. }).then_some(());
        if let Err(expiry) = self.log().wait(mark, REMEMBERING, "a worker stored in the profile", told).await {
            self.expired(expiry);
        }
    }

    /// The visitor opens the start page, accepts an update if one is offered, and leaves. Returns early when a worker
    /// reaches this state; false if none does.
    ///
    /// # Errors
    /// When the tool cannot complete the step.
    pub async fn visit_until(&self, state: WorkerState) -> Result<bool, Broken> {
        let mark = self.mark();
        let reached = |event: &Event| match &event.what {
            What::WorkerVersion { state: now, .. } if *now == state => Some(()),
            _ => None,
        };
        let visit = async {
            let tab = self.visit(&self.app.start).await?;
            self.close_last(tab).await
        };
        tokio::select! {
            biased;
            reached = self.log().wait(mark, Duration::MAX, "a worker state", reached) => Ok(reached.is_ok()),
            visited = visit => visited.map(|()| false),
        }
    }
}
