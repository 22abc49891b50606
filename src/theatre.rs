//! A browser and a listener, in which stories are played: one visitor and one origin for each, side by side.

use std::time::Duration;

use crate::app::App;
use crate::browser::{self, Browser, Visitor};
use crate::check;
use crate::error::Error;
use crate::finding::{Finding, Verdict};
use crate::origin::{BLANK, OriginHost, Scheme};
use crate::release::Release;
use crate::scenario::{Broken, Cast, Scenario, Stage};
use crate::trace::{Event, FORMAT, Header, Log, Picture, Trace, What};

/// The longest that one story may take. Every wait in it has a shorter deadline.
const STORY: Duration = Duration::from_secs(300);

/// A browser and a listener.
pub struct Theatre {
    host: OriginHost,
    browser: Browser,
    pictures: bool,
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
}

impl Theatre {
    /// Listens, and launches the browser.
    ///
    /// # Errors
    /// When there is no browser, or nothing to listen on.
    pub async fn open(scheme: Scheme, options: &browser::Options) -> Result<Self, Error> {
        let host = OriginHost::bind(scheme)
            .await
            .map_err(|error| Error::Tool(format!("cannot serve on a loopback address: {error}")))?;
        let mut options = options.clone();
        options.args.extend(host.browser_args());
        let browser = Browser::launch(&options).await.map_err(|error| Error::Tool(error.to_string()))?;
        Ok(Self { host, browser, pictures: false })
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
        let log = if self.pictures { Log::with_pictures() } else { Log::default() };
        let mut events = Vec::new();
        let observed = self.observe(subject, [old, new], app, scenario, &log, &mut events);
        let outcome = tokio::select! {
            played = tokio::time::timeout(STORY, observed) => match played {
                Ok(played) => played.map_err(|error| error.to_string()),
                Err(_) => Err(format!("the story did not end within {} s", STORY.as_secs())),
            },
            // What a story waits for are events, and nothing but silence comes from a dead browser.
            () = self.browser.gone() => Err("the browser is gone: it has crashed, or was killed".to_owned()),
        };
        if events.is_empty() {
            events = whole(log.snapshot());
        }
        let header = Header {
            swapcheck_trace: FORMAT,
            subject: subject.to_owned(),
            scenario: scenario.id.to_owned(),
            browser: self.browser.version().to_owned(),
        };
        let trace = Trace { header, events };
        match outcome {
            Ok(()) => Played { pictures: log.pictures(), ..Played::judge(trace) },
            Err(reason) => {
                let (findings, pictures) = (Vec::new(), log.pictures());
                Played { trace, findings, verdict: Verdict::Broken, reason, pictures }
            }
        }
    }

    /// What was observed is in `events`, also when the tool failed on the way.
    async fn observe(
        &self,
        subject: &str,
        [old, new]: [Release; 2],
        app: &App,
        scenario: &Scenario,
        log: &Log,
        events: &mut Vec<Event>,
    ) -> Result<(), Broken> {
        let cast = Cast { old: old.name.clone(), new: new.name.clone() };
        let origin = self.host.origin(&format!("{subject}-{}", scenario.id), vec![old, new], log.clone());
        let visitor = Visitor::new(&self.browser, &origin.url(""), &origin.url(BLANK), app, log.clone()).await?;
        let mut stage = Stage { origin, visitor, app: app.clone(), cast };
        let played = scenario.play(&mut stage).await;
        *events = whole(stage.visitor.events());
        let left = stage.visitor.leave().await;
        played?;
        Ok(left?)
    }

    /// Ends the browser. Stories that are still being played break off.
    pub async fn close(&self) {
        self.browser.end().await;
    }
}

/// The events of a story that is over.
fn whole(mut events: Vec<Event>) -> Vec<Event> {
    let seq = u32::try_from(events.len()).unwrap_or(u32::MAX);
    let at_ms = events.last().map_or(0, |event| event.at_ms);
    events.push(Event { seq, at_ms, what: What::End });
    events
}
