//! A remote browser: in a container, on a grid, in a fleet.

use chromiumoxide::cdp::browser_protocol::page::NavigateParams;
use chromiumoxide::cdp::browser_protocol::target::{
    AttachToTargetParams, CreateBrowserContextParams, CreateTargetParams, DisposeBrowserContextParams,
};

use super::launch::{Browser, LaunchError};

/// A browser context that sends all requests to the origin at `reach`, and that ends with our connection.
pub(super) fn context(reach: Option<&str>) -> CreateBrowserContextParams {
    let Some(reach) = reach else { return CreateBrowserContextParams::default() };
    CreateBrowserContextParams {
        dispose_on_detach: Some(true),
        proxy_server: Some(format!("http://{reach}")),
        // Includes loopback addresses, which a browser otherwise connects to on its own machine.
        proxy_bypass_list: Some("<-loopback>".to_owned()),
        ..CreateBrowserContextParams::default()
    }
}

impl Browser {
    /// Checks that the browser can open `url`, which the origin serves.
    ///
    /// # Errors
    /// When it cannot; the message says how to fix that.
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
            "start it with --ignore-certificate-errors, or use --http"
        } else {
            "set --reach to an address that the browser can reach, and --listen to the address of this machine behind \
             it"
        };
        let reach = self.reach().unwrap_or_default().to_owned();
        Err(LaunchError::Unreached { url: url.to_owned(), reach, failed, advice })
    }
}
