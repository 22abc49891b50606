//! A browser that runs elsewhere: in a container, on a grid, in a fleet.

use chromiumoxide::cdp::browser_protocol::page::NavigateParams;
use chromiumoxide::cdp::browser_protocol::target::{
    AttachToTargetParams, CreateBrowserContextParams, CreateTargetParams, DisposeBrowserContextParams,
};

use super::launch::{Browser, LaunchError};

/// A context whose requests all go to the origin at `reach`, and which ends with our connection.
pub(super) fn context(reach: Option<&str>) -> CreateBrowserContextParams {
    let Some(reach) = reach else { return CreateBrowserContextParams::default() };
    CreateBrowserContextParams {
        dispose_on_detach: Some(true),
        proxy_server: Some(format!("http://{reach}")),
        // Loopback addresses too, which a browser otherwise looks for on its own machine.
        proxy_bypass_list: Some("<-loopback>".to_owned()),
        ..CreateBrowserContextParams::default()
    }
}

impl Browser {
    /// Makes sure that the browser reaches `url`, which the origin answers.
    ///
    /// # Errors
    /// When it does not; the text says how to mend that.
    pub(crate) async fn reaches(&self, url: &str) -> Result<(), LaunchError> {
        let browser = self.connection().browser();
        let made = browser.call(context(self.reach())).await?.browser_context_id;
        let tried = async {
            let mut blank = CreateTargetParams::new("about:blank");
            blank.browser_context_id = Some(made.clone());
            let target = browser.call(blank).await?.target_id;
            let mut attach = AttachToTargetParams::new(target);
            attach.flatten = Some(true);
            let session: String = browser.call(attach).await?.session_id.into();
            self.connection().session(session).call(NavigateParams::new(url)).await
        };
        let tried = tried.await;
        browser.call(DisposeBrowserContextParams::new(made)).await?;
        let Some(failed) = tried?.error_text else { return Ok(()) };
        let advice = if failed.contains("ERR_CERT") {
            "start it with --ignore-certificate-errors, or give --http"
        } else {
            "give an address that it can reach by --reach, and by --listen one of this machine that is behind it"
        };
        let reach = self.reach().unwrap_or_default().to_owned();
        Err(LaunchError::Unreached { url: url.to_owned(), reach, failed, advice })
    }
}
