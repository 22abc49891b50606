//! A browser and a listener, in which stories are played: one visitor and one origin for each, side by side.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::app::App;
use crate::browser::{self, Browser, LaunchError, OwnBrowser, Visitor};
use crate::check;
use crate::error::Error;
use crate::finding::{Finding, Verdict};
use crate::origin::{BLANK, OriginHost, Scheme, Site};
use crate::release::Release;
use crate::scenario::{BetweenPages, Broken, Cast, Scenario, Stage};
use crate::trace::redact::Redactor;
use crate::trace::{Claims, Event, FORMAT, Header, Log, Picture, Trace, What};

/// The longest that one story may take. Every wait in it has a shorter deadline.
const STORY: Duration = Duration::from_secs(900);

/// How many stories may have a browser of their own at once, each as heavy as the one that all others share.
const OWN_BROWSERS: usize = 2;

/// Why a story cannot be played in a browser that runs elsewhere.
pub(crate) const ELSEWHERE: &str = "the browser has to be ended and started again, and it runs elsewhere";

/// A browser and a listener.
pub struct Theatre {
    host: OriginHost,
    browser: Browser,
    options: browser::Options,
    own_browsers: Semaphore,
    pictures: bool,
}

/// What is played.
struct Bill<'a> {
    subject: &'a str,
    name: &'a str,
    /// The longest that it may take.
    within: Duration,
    /// Whether the visitor needs a browser of his own.
    own_browser: bool,
}

/// A story that was played and judged.
#[derive(Clone, Debug)]
pub struct Played {
    /// What was observed, as far as the story went.
    pub trace: Trace,
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// The verdict over it.
    pub verdict: Verdict,
    /// Why the verdict is inapplicable or broken; empty otherwise.
    pub reason: String,
    /// What tabs looked like at moments of the trace, where pictures were wanted.
    pub pictures: Vec<Picture>,
}

impl Played {
    /// Judges what was observed.
    #[must_use]
    pub fn judge(trace: Trace) -> Self {
        let findings = check::judge(&trace);
        let verdict = Verdict::of(&findings, &trace.events);
        let why = trace.events.iter().find_map(|event| match &event.what {
            What::Inapplicable { why } => Some(why.clone()),
            _ => None,
        });
        let reason = match verdict {
            Verdict::Pass | Verdict::Fail => String::new(),
            Verdict::Inapplicable => why.unwrap_or_default(),
            Verdict::Broken => "the trace demands nothing of the app, so nothing was checked".to_owned(),
        };
        Self { trace, findings, verdict, reason, pictures: Vec::new() }
    }

    /// The same without people's data in the trace, judged anew.
    #[must_use]
    pub fn redacted(self) -> Self {
        let mut redactor = Redactor::default();
        let (trace, reason) = (redactor.trace(self.trace), redactor.text(&self.reason));
        match self.verdict {
            Verdict::Broken => Self { trace, reason, ..self },
            Verdict::Pass | Verdict::Fail | Verdict::Inapplicable => {
                Self { pictures: self.pictures, ..Self::judge(trace) }
            }
        }
    }
}

impl Theatre {
    /// Listens, and launches the browser.
    ///
    /// # Errors
    /// When there is no browser, or nothing to listen on.
    pub async fn open(scheme: Scheme, options: &browser::Options) -> Result<Self, Error> {
        let host = match options.elsewhere.as_ref().and_then(|elsewhere| elsewhere.listen) {
            Some(at) => OriginHost::bind_at(scheme, at).await,
            None => OriginHost::bind(scheme).await,
        };
        Self::around(host, options).await
    }

    /// As [`Theatre::open`], under the names of a real site: one story at a time can be played there.
    ///
    /// # Errors
    /// As [`Theatre::open`].
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

    /// Has pictures taken of what is due, for a report that shows them.
    #[must_use]
    pub fn with_pictures(self, pictures: bool) -> Self {
        Self { pictures, ..self }
    }

    /// The browser.
    #[must_use]
    pub fn browser(&self) -> &Browser {
        &self.browser
    }

    /// Plays a story with a new visitor, who comes to `old` and lives through the deploy of `new`, and judges it.
    pub async fn play(&self, subject: &str, [old, new]: [Release; 2], app: &App, scenario: &Scenario) -> Played {
        let bill = Bill { subject, name: scenario.id, within: STORY, own_browser: scenario.own_browser };
        self.perform(bill, vec![old, new], app, async |stage| scenario.play(stage).await).await
    }

    /// Has a new visitor live through what `story` does, and judges it. The first of the releases is the one that he
    /// comes to, the last one is deployed.
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
        // A semaphore that is never closed always gives its permit.
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
                        Err(_) => Err(format!("the story did not end within {} s", within.as_secs())),
                    },
                    // What a story waits for are events, and nothing but silence comes from a dead browser.
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
            Err(reason) => {
                let (findings, pictures) = (Vec::new(), log.pictures());
                Played { trace, findings, verdict: Verdict::Broken, reason, pictures }
            }
        }
    }

    fn header(&self, subject: &str, name: &str) -> Header {
        let (subject, scenario) = (subject.to_owned(), name.to_owned());
        Header { swapcheck_trace: FORMAT, subject, scenario, browser: self.browser.version().to_owned() }
    }

    /// The browser that a visitor has for himself, if the story needs that.
    async fn own_browser(&self, needed: bool) -> Result<Option<Arc<OwnBrowser>>, LaunchError> {
        if !needed {
            return Ok(None);
        }
        Ok(Some(Arc::new(OwnBrowser::launch(&self.options).await?)))
    }

    /// Waits until the browser of a story is gone that should not be.
    async fn gone(&self, own: Option<&OwnBrowser>) {
        match own {
            Some(own) => own.gone().await,
            None => self.browser.gone().await,
        }
    }

    /// A stage with a visitor, who has a browser of their own or is new in the one that all share, and an origin whose name
    /// is made of `label`.
    ///
    /// # Errors
    /// When the browser does not do as told.
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

    /// Ends the browser. Stories that are still being played break off.
    pub async fn close(&self) {
        self.browser.end().await;
    }
}

/// Tells a story to its end. What was observed is in `events`, also when the tool failed on the way.
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

/// The events of a story that is over.
pub(crate) fn whole(mut events: Vec<Event>) -> Vec<Event> {
    let seq = u32::try_from(events.len()).unwrap_or(u32::MAX);
    let at_ms = events.last().map_or(0, |event| event.at_ms);
    events.push(Event { seq, at_ms, what: What::End });
    events
}
