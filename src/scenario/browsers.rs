//! How a story ends the visitor's browser, and starts it again.

use std::sync::Arc;
use std::time::Duration;

use super::{Broken, Stage};
use crate::browser::OwnBrowser;
use crate::trace::{Event, Mark, What, WorkerState};

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
        self.no_page_is_left();
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
        self.no_page_is_left();
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
            self.remembers(mark).await;
        }
        Ok(())
    }

    /// Waits until the browser has told of a worker that its profile keeps.
    pub async fn remembers(&self, mark: Mark) {
        let told = |event: &Event| matches!(event.what, What::WorkerVersion { .. }).then_some(());
        if let Err(expiry) = self.log().wait(mark, REMEMBERING, "a worker that the profile keeps", told).await {
            self.expired(expiry);
        }
    }

    /// The visitor comes to the start page, accepts an update where one is offered, and leaves; all that breaks off when
    /// a worker comes into this state. False when none does.
    ///
    /// # Errors
    /// When the tool cannot do its work.
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
            reached = self.log().wait(mark, Duration::MAX, "a worker's state", reached) => Ok(reached.is_ok()),
            visited = visit => visited.map(|()| false),
        }
    }
}
