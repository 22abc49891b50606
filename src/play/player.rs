//! A browser and a listener in which scenarios run in parallel, each with its own visitor and origin.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use super::played::Played;
use crate::app::App;
use crate::browser::{self, Browser, LaunchError, OwnBrowser, Visitor};
use crate::error::Error;
use crate::http::{BLANK, Scheme};
use crate::origin::{OriginHost, Site};
use crate::release::Release;
use crate::scenario::{BetweenPages, Broken, Cast, Scenario, Stage};
use crate::trace::{Claims, Event, FORMAT, Header, Log, Trace, What};

/// Time limit of a scenario. Every wait in it has a shorter deadline.
const STORY: Duration = Duration::from_secs(900);

/// How many scenarios with their own browser may run in parallel; each browser costs as much as the shared one.
const OWN_BROWSERS: usize = 2;

/// Why a scenario cannot run in a remote browser.
pub(crate) const ELSEWHERE: &str = "the scenario restarts the browser, which is not possible with --connect";

/// A browser and a listener.
pub struct Player {
    host: OriginHost,
    browser: Browser,
    options: browser::Options,
    own_browsers: Semaphore,
    pictures: bool,
}

/// What to run.
struct Bill<'a> {
    subject: &'a str,
    name: &'a str,
    /// Its time limit.
    within: Duration,
    /// Whether the visitor needs their own browser.
    own_browser: bool,
}

impl Player {
    /// Listens, and launches the browser.
    ///
    /// # Errors
    /// When there is no browser, or listening fails.
    pub async fn open(scheme: Scheme, options: &browser::Options) -> Result<Self, Error> {
        let host = match options.elsewhere.as_ref().and_then(|elsewhere| elsewhere.listen) {
            Some(at) => OriginHost::bind_at(scheme, at).await,
            None => OriginHost::bind(scheme).await,
        };
        Self::around(host, options).await
    }

    /// Like [`Player::open`], under the host names of a live site; only one scenario can run at a time.
    ///
    /// # Errors
    /// Like [`Player::open`].
    pub async fn stand_in(site: &Site, options: &browser::Options) -> Result<Self, Error> {
        Self::around(OriginHost::stand_in(site).await, options).await
    }

    async fn around(host: io::Result<OriginHost>, options: &browser::Options) -> Result<Self, Error> {
        let host = host.map_err(|error| Error::Tool(format!("cannot listen: {error}")))?;
        let mut options = options.clone();
        options.args.extend(host.browser_args());
        if let Some(elsewhere) = &mut options.elsewhere {
            elsewhere.reach.get_or_insert_with(|| host.addr().to_string());
        }
        let browser = Browser::launch(&options).await.map_err(|error| Error::Tool(error.to_string()))?;
        if browser.is_elsewhere() {
            browser.reaches(&host.nowhere()).await.map_err(|error| Error::Tool(error.to_string()))?;
        }
        Ok(Self { host, browser, options, own_browsers: Semaphore::new(OWN_BROWSERS), pictures: false })
    }

    /// Enables screenshots, for a report that shows them.
    #[must_use]
    pub fn with_pictures(self, pictures: bool) -> Self {
        Self { pictures, ..self }
    }

    /// The browser.
    #[must_use]
    pub fn browser(&self) -> &Browser {
        &self.browser
    }

    /// Runs a scenario with a new visitor, who opens `old` and experiences the deploy of `new`, and judges it.
    pub async fn play(&self, subject: &str, [old, new]: [Release; 2], app: &App, scenario: &Scenario) -> Played {
        let bill = Bill { subject, name: scenario.id, within: STORY, own_browser: scenario.own_browser };
        self.perform(bill, vec![old, new], app, async |stage| scenario.play(stage).await).await
    }

    /// Runs `story` with a new visitor and judges it. The visitor opens the first release; the last one is deployed
    /// during the story.
    pub(crate) async fn tell(
        &self,
        subject: &str,
        name: &str,
        releases: Vec<Release>,
        app: &App,
        within: Duration,
        story: impl AsyncFnOnce(&mut Stage) -> Result<(), Broken>,
    ) -> Played {
        self.perform(Bill { subject, name, within, own_browser: false }, releases, app, story).await
    }

    async fn perform(
        &self,
        bill: Bill<'_>,
        releases: Vec<Release>,
        app: &App,
        story: impl AsyncFnOnce(&mut Stage) -> Result<(), Broken>,
    ) -> Played {
        let Bill { subject, name, within, own_browser } = bill;
        if own_browser && self.browser.is_elsewhere() {
            let log = Log::default();
            log.push(What::Inapplicable { why: ELSEWHERE.to_owned() });
            return Played::judge(Trace { header: self.header(subject, name), events: whole(log.snapshot()) });
        }
        // The semaphore is never closed, so this always returns a permit.
        let _one_of_few = if own_browser { self.own_browsers.acquire().await.ok() } else { None };
        let log = if self.pictures { Log::with_pictures() } else { Log::default() };
        let mut events = Vec::new();
        let outcome = match self.own_browser(own_browser).await {
            Ok(own) => {
                let label = format!("{subject}-{name}");
                let observed = async {
                    let stage = self.set(&label, releases, app, own.as_ref(), &log).await?;
                    observe(stage, story, &mut events).await
                };
                let outcome = tokio::select! {
                    played = tokio::time::timeout(within, observed) => match played {
                        Ok(played) => played.map_err(|error| error.to_string()),
                        Err(_) => Err(format!("the scenario did not finish within {} s", within.as_secs())),
                    },
                    // A scenario waits for events, and a dead browser sends none.
                    () = self.gone(own.as_deref()) => {
                        Err("the browser exited: it crashed or was killed".to_owned())
                    }
                };
                if let Some(own) = own {
                    own.end().await;
                }
                outcome
            }
            Err(error) => Err(error.to_string()),
        };
        if events.is_empty() {
            events = whole(log.snapshot());
        }
        let trace = Trace { header: self.header(subject, name), events };
        match outcome {
            Ok(()) => Played { pictures: log.pictures(), ..Played::judge(trace) },
            Err(reason) => Played::broken(trace, reason, log.pictures()),
        }
    }

    fn header(&self, subject: &str, name: &str) -> Header {
        let (subject, scenario) = (subject.to_owned(), name.to_owned());
        Header { swapcheck_trace: FORMAT, subject, scenario, browser: self.browser.version().to_owned() }
    }

    /// Launches the visitor's own browser, if the scenario needs one.
    async fn own_browser(&self, needed: bool) -> Result<Option<Arc<OwnBrowser>>, LaunchError> {
        if !needed {
            return Ok(None);
        }
        Ok(Some(Arc::new(OwnBrowser::launch(&self.options).await?)))
    }

    /// Waits until the browser of a scenario exits unexpectedly.
    async fn gone(&self, own: Option<&OwnBrowser>) {
        match own {
            Some(own) => own.gone().await,
            None => self.browser.gone().await,
        }
    }

    /// A stage with a visitor, in their own browser or in a new context of the shared one, and an origin whose host name is
    /// derived from `label`.
    ///
    /// # Errors
    /// When a browser command fails.
    pub async fn set(
        &self,
        label: &str,
        releases: impl Into<Vec<Release>>,
        app: &App,
        own: Option<&Arc<OwnBrowser>>,
        log: &Log,
    ) -> Result<Stage, Broken> {
        let releases = releases.into();
        let name = |release: Option<&Release>| release.map(|release| release.name.clone()).unwrap_or_default();
        let cast = Cast { old: name(releases.first()), new: name(releases.last()) };
        if app.worker != Claims::default() {
            log.push(What::Claims(app.worker.clone()));
        }
        let origin = self.host.origin(label, releases, log.clone());
        if let Some(reset) = &app.reset {
            origin.resets_at(reset);
        }
        let (base, blank) = (origin.url(""), origin.url(BLANK));
        let visitor = match own {
            Some(own) => Visitor::at_home(&own.current(), &base, &blank, app, log.clone()).await?,
            None => Visitor::new(&self.browser, &base, &blank, app, log.clone()).await?,
        };
        visitor.bring(&app.storage).await?;
        let (own, app, between_pages) = (own.cloned(), app.clone(), BetweenPages::default());
        Ok(Stage { origin, visitor, own, site: None, app, cast, between_pages })
    }

    /// Closes the browser. Scenarios that are still running fail.
    pub async fn close(&self) {
        self.browser.end().await;
    }
}

/// Runs a story to its end. `events` then holds what was observed, even if the tool failed on the way.
async fn observe(
    mut stage: Stage,
    story: impl AsyncFnOnce(&mut Stage) -> Result<(), Broken>,
    events: &mut Vec<Event>,
) -> Result<(), Broken> {
    let played = story(&mut stage).await;
    *events = whole(stage.visitor.events());
    let left = stage.visitor.leave().await;
    played?;
    Ok(left?)
}

/// The events of a scenario that has ended.
pub(crate) fn whole(mut events: Vec<Event>) -> Vec<Event> {
    let seq = u32::try_from(events.len()).unwrap_or(u32::MAX);
    let at_ms = events.last().map_or(0, |event| event.at_ms);
    events.push(Event { seq, at_ms, what: What::End });
    events
}
