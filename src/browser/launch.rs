//! Starting and ending a browser.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chromiumoxide::cdp::browser_protocol::browser::{CloseParams, GetVersionParams};
use chromiumoxide::cdp::browser_protocol::target::{
    FilterEntry, SetAutoAttachParams, SetDiscoverTargetsParams, TargetFilter,
};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::sync::Mutex as AsyncMutex;

use super::connection::{CallError, Connection};
use super::find::{FindError, Kind, Program, find};
use super::hub::Hub;
use crate::process::{GRACE, Group, Spec};

/// How long a browser may take to open its DevTools port. A cold start on a busy machine takes seconds.
const START: Duration = Duration::from_secs(60);

/// How to reach a remote browser, and how it reaches the origin.
#[derive(Clone, Debug)]
pub struct Elsewhere {
    /// The DevTools websocket URL of the browser.
    pub url: String,
    /// The address that the origin listens on; by default a free port of a loopback address.
    pub listen: Option<SocketAddr>,
    /// The address at which the browser reaches the origin; by default the one that it listens on.
    pub reach: Option<String>,
}

/// How to start the browser.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The program; by default an installed browser.
    pub program: Option<PathBuf>,
    /// Show a window.
    pub headed: bool,
    /// Disable the browser's sandbox. Always off for root: the browser does not start otherwise.
    pub no_sandbox: bool,
    /// Additional arguments.
    pub args: Vec<String>,
    /// The profile directory; by default a temporary one.
    pub profile: Option<PathBuf>,
    /// A remote browser; the other options then do not apply.
    pub elsewhere: Option<Elsewhere>,
}

/// Why the browser does not run.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// No browser was found.
    #[error(transparent)]
    Find(#[from] FindError),
    /// The program cannot be started.
    #[error("cannot start {path}: {source}")]
    Start {
        /// The program.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The browser ended.
    #[error("{path} ended before DevTools was available ({status}). Its output:\n{said}")]
    Ended {
        /// The program.
        path: PathBuf,
        /// Its exit status.
        status: String,
        /// The end of its output.
        said: String,
    },
    /// The browser did not start in time.
    #[error("{path} did not make DevTools available within {} s. Its output:\n{said}", START.as_secs())]
    Late {
        /// The program.
        path: PathBuf,
        /// The end of its output.
        said: String,
    },
    /// DevTools cannot be reached.
    #[error("cannot connect to the browser at {url}: {message}")]
    Connect {
        /// The address.
        url: String,
        /// What went wrong.
        message: String,
    },
    /// The browser cannot reach the origin.
    #[error("the browser cannot open {url} at {reach}: {failed}; {advice}")]
    Unreached {
        /// The URL to open.
        url: String,
        /// The address at which the browser should reach the origin.
        reach: String,
        /// The browser's error.
        failed: String,
        /// How to fix it.
        advice: &'static str,
    },
    /// The browser is remote.
    #[error("a remote browser cannot be restarted")]
    Elsewhere,
    /// A command to the browser failed.
    #[error(transparent)]
    Call(#[from] CallError),
}

/// Disables background activity of the browser, and throttling of background tabs.
const QUIET_FLAGS: &[&str] = &[
    "--disable-auto-reload",
    "--disable-background-networking",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-breakpad",
    "--disable-component-update",
    "--disable-crash-reporter",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-features=MediaRouter,OptimizationHints,Translate",
    "--disable-gpu",
    "--disable-popup-blocking",
    "--disable-quic",
    "--disable-renderer-backgrounding",
    "--disable-sync",
    // Limits the HTTP cache, which a large site could otherwise fill beyond the disk space.
    "--disk-cache-size=268435456",
    "--metrics-recording-only",
    "--mute-audio",
    "--no-default-browser-check",
    "--no-first-run",
    "--password-store=basic",
    "--use-mock-keychain",
];

/// A running browser. Ending or dropping it removes its processes and its temporary profile.
#[derive(Debug)]
pub struct Browser {
    connection: Connection,
    hub: Arc<Hub>,
    group: AsyncMutex<Option<Group>>,
    /// None for a remote browser.
    program: Option<Program>,
    options: Options,
    version: String,
    sandboxed: Option<bool>,
    ended: AtomicBool,
}

impl Browser {
    /// Starts a browser and connects to it.
    ///
    /// # Errors
    /// When none is found, or it does not start; the message contains the browser's output.
    pub async fn launch(options: &Options) -> Result<Self, LaunchError> {
        if let Some(elsewhere) = &options.elsewhere {
            return Self::connect(&elsewhere.url, None, None, options.clone()).await;
        }
        let program = find(options.program.as_deref(), options.headed)?;
        let temporary = match &options.profile {
            Some(_) => None,
            None => Some(
                TempDir::with_prefix("swapcheck-profile-")
                    .map_err(|source| LaunchError::Start { path: program.path.clone(), source })?,
            ),
        };
        Self::start(program, options.clone(), temporary).await
    }

    /// Starts `program` on the temporary profile, or else on the one in the options.
    async fn start(program: Program, options: Options, temporary: Option<TempDir>) -> Result<Self, LaunchError> {
        let start_error = |source| LaunchError::Start { path: program.path.clone(), source };
        let mut spec = Spec::new(&program.path);
        let profile = temporary.as_ref().map(|dir| dir.path().to_path_buf()).or_else(|| options.profile.clone());
        if let Some(dir) = temporary {
            spec = spec.owning(dir);
        }
        let command = spec.command();
        command.arg(format!("--user-data-dir={}", profile.unwrap_or_default().display()));
        command.arg("--remote-debugging-port=0").args(QUIET_FLAGS).args(&options.args);
        if program.kind == Kind::Full && !options.headed {
            command.arg("--headless=new");
        }
        if without_sandbox(&options) {
            command.arg("--no-sandbox");
        }
        command.arg("about:blank").stdout(Stdio::null()).stderr(Stdio::piped());

        let mut group = spec.spawn().await.map_err(start_error)?;
        let said = Said::default();
        let url = match tokio::time::timeout(START, devtools_url(&mut group, &said)).await {
            Ok(Some(url)) => url,
            Ok(None) => {
                let status = group.wait().await.map_or_else(|error| error.to_string(), |status| status.to_string());
                group.reap(GRACE).await;
                return Err(LaunchError::Ended { path: program.path, status, said: said.tail() });
            }
            Err(_) => {
                group.kill();
                group.reap(GRACE).await;
                return Err(LaunchError::Late { path: program.path, said: said.tail() });
            }
        };
        Self::connect(&url, Some(group), Some(program), options).await
    }

    /// Connects to a browser that was started here, or to a remote one.
    async fn connect(
        url: &str,
        group: Option<Group>,
        program: Option<Program>,
        options: Options,
    ) -> Result<Self, LaunchError> {
        let hub = Arc::new(Hub::default());
        let dispatcher = Arc::clone(&hub);
        let connection = Connection::open(url, move |connection, event| dispatcher.dispatch(connection, &event))
            .await
            .map_err(|error| LaunchError::Connect { url: url.to_owned(), message: error.to_string() })?;
        let browser = connection.browser();
        let mut version = browser.call(GetVersionParams::default()).await?.product;
        if program.is_none() {
            version.push_str(" (remote)");
        }
        browser.call(attach_workers()).await?;
        browser.call(discover_pages()).await?;
        let sandboxed = program.is_some().then(|| !without_sandbox(&options));
        let (group, ended) = (AsyncMutex::new(group), AtomicBool::new(false));
        Ok(Self { connection, hub, group, program, options, version, sandboxed, ended })
    }

    /// The name and version that the browser reports, such as `HeadlessChrome/156.0.8078.79`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Whether the browser's sandbox is on; unknown for a remote browser.
    #[must_use]
    pub fn is_sandboxed(&self) -> Option<bool> {
        self.sandboxed
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(super) fn hub(&self) -> &Arc<Hub> {
        &self.hub
    }

    /// Whether it is a remote browser.
    #[must_use]
    pub fn is_elsewhere(&self) -> bool {
        self.program.is_none()
    }

    /// The address at which a remote browser reaches the origin.
    pub(super) fn reach(&self) -> Option<&str> {
        self.options.elsewhere.as_ref()?.reach.as_deref()
    }

    /// Waits until the browser has ended, for whatever reason.
    pub async fn gone(&self) {
        self.connection.closed().await;
    }

    /// Kills the browser as a crash would.
    pub async fn kill(&self) {
        self.ended.store(true, Ordering::Relaxed);
        if let Some(group) = self.group.lock().await.as_ref() {
            group.kill();
        }
        self.connection.closed().await;
    }

    /// Closes the browser gracefully, so that its profile is complete.
    pub(super) async fn close(&self) {
        self.ended.store(true, Ordering::Relaxed);
        let _ = tokio::time::timeout(GRACE, self.connection.browser().call(CloseParams::default())).await;
        if let Some(group) = self.group.lock().await.as_mut() {
            let _ = tokio::time::timeout(GRACE, group.wait()).await;
            group.kill();
        }
        self.connection.closed().await;
    }

    /// Whether it was ended on purpose.
    pub(super) fn was_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    /// Starts another browser on the profile of this one, which has ended.
    ///
    /// # Errors
    /// As [`Browser::launch`].
    pub(super) async fn again(&self) -> Result<Self, LaunchError> {
        let program = self.program.clone().ok_or(LaunchError::Elsewhere)?;
        let mut group = self.group.lock().await.take();
        let mut temporary = None;
        if let Some(group) = &mut group {
            group.kill();
            // The profile may be locked until the main process has ended.
            let _ = group.wait().await;
            temporary = group.keep_dir();
        }
        let next = Self::start(program, self.options.clone(), temporary).await;
        // The old guard ends only now: if we are killed meanwhile, one guard is left that removes the profile.
        if let Some(group) = &mut group {
            group.reap(GRACE).await;
        }
        next
    }

    /// Ends the browser gracefully, so that a persistent profile is complete, and removes a temporary profile.
    pub async fn end(&self) {
        self.ended.store(true, Ordering::Relaxed);
        if let Some(mut group) = self.group.lock().await.take() {
            let _ = tokio::time::timeout(GRACE, self.connection.browser().call(CloseParams::default())).await;
            group.reap(GRACE).await;
        }
    }
}

fn without_sandbox(options: &Options) -> bool {
    options.no_sandbox || rustix::process::geteuid().is_root()
}

/// New workers of all contexts pause before their first line until the hub has enabled their events.
fn attach_workers() -> SetAutoAttachParams {
    let workers = FilterEntry { exclude: Some(false), r#type: Some("service_worker".to_owned()) };
    SetAutoAttachParams {
        auto_attach: true,
        wait_for_debugger_on_start: true,
        flatten: Some(true),
        filter: Some(TargetFilter::new(vec![workers])),
    }
}

/// Reports every page, so that windows opened by pages can be closed.
fn discover_pages() -> SetDiscoverTargetsParams {
    let pages = FilterEntry { exclude: Some(false), r#type: Some("page".to_owned()) };
    SetDiscoverTargetsParams { discover: true, filter: Some(TargetFilter::new(vec![pages])) }
}

/// Reads the browser's output until it prints the DevTools URL; then keeps reading, so that the pipe never fills up.
async fn devtools_url(group: &mut Group, said: &Said) -> Option<String> {
    let mut lines = BufReader::new(group.child().stderr.take()?).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some(url) = line.strip_prefix("DevTools listening on ") {
            let url = url.trim().to_owned();
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Some(url);
        }
        said.push(line);
    }
    None
}

/// The last lines of a browser's output.
#[derive(Debug, Default)]
struct Said(Mutex<Vec<String>>);

impl Said {
    const KEPT: usize = 12;

    fn push(&self, line: String) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == Self::KEPT {
            lines.remove(0);
        }
        lines.push(line);
    }

    fn tail(&self) -> String {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.is_empty() { "  (nothing)".to_owned() } else { format!("  {}", lines.join("\n  ")) }
    }
}
