//! Inspects both releases: the worker, the pages that the start page links to, and what distinguishes the releases.

use std::fmt;
use std::time::Duration;

use futures::future::try_join;
use serde_json::Value;

use crate::app::{Answered, Signs};
use crate::app::{App, Marker};
use crate::error::Error;
use crate::outcome::Fact;
use crate::play::Player;
use crate::release::Release;
use crate::scenario::{Broken, Link, Stage, links, read};
use crate::trace::{Log, PageState, ReleaseMark};

/// The longest time that discovery may take. Every wait in it has a shorter deadline.
const LEARNING: Duration = Duration::from_secs(180);

/// How many linked pages are visited: one that visitors know before the deploy, and one that is new to them.
const ROUTES: usize = 2;

/// Common paths of worker scripts.
const USUAL: [&str; 4] = ["/sw.js", "/service-worker.js", "/serviceworker.js", "/ngsw-worker.js"];

/// How many scripts and styles are compared before the releases count as identical.
const COMPARED: usize = 100;

/// How many linked pages are requested to find those.
const ASKED: usize = 8;

const ASK: &str = include_str!("ask.js");

/// What was discovered about an app.
#[derive(Clone, Debug)]
pub struct Learned {
    /// The description, completed with what was discovered.
    pub app: App,
    /// What was discovered, for people.
    pub facts: Vec<Fact>,
    /// Why the start page does not identify its release; none if it does.
    pub untold: Option<String>,
}

/// Why discovery failed.
#[derive(Debug, thiserror::Error)]
pub enum LearnError {
    /// The start page of a release does not work.
    #[error("the start page {start} of release {release} does not work: {why}; set another one with --start")]
    NoStart {
        /// The release.
        release: String,
        /// The path.
        start: String,
        /// What the release returns instead.
        why: String,
    },
    /// Both releases are identical.
    #[error(
        "release A and release B are identical: their pages and worker scripts do not differ, so there is no deploy to \
         test"
    )]
    Same,
    /// A command to the browser failed.
    #[error("cannot inspect the app: {0}")]
    Broken(#[from] Broken),
    /// It took too long.
    #[error("could not inspect the app within {} s", LEARNING.as_secs())]
    Late,
    /// The browser has crashed.
    #[error("cannot inspect the app: the browser exited: it crashed or was killed")]
    Gone,
}

impl From<LearnError> for Error {
    fn from(error: LearnError) -> Self {
        match error {
            LearnError::NoStart { .. } | LearnError::Same => Self::Usage(error.to_string()),
            _ => Self::Tool(error.to_string()),
        }
    }
}

/// Visits the old release as a new visitor, requests the pages of both, and fills in what `app` leaves out.
///
/// # Errors
/// When there is nothing to test, or the inspection cannot be completed.
pub async fn learn(player: &Player, releases: &[Release; 2], app: &App) -> Result<Learned, LearnError> {
    let looking = tokio::time::timeout(LEARNING, look(player, releases, app));
    tokio::select! {
        learned = looking => learned.unwrap_or(Err(LearnError::Late)),
        () = player.browser().gone() => Err(LearnError::Gone),
    }
}

/// What the first visit of the old release shows.
struct Visit {
    page: PageState,
    links: Vec<Link>,
    workers: Vec<String>,
    /// Scripts that look like workers but are not registered.
    idle: Vec<String>,
    scopes: Vec<String>,
    answered: [Vec<Answered>; 2],
    /// Nothing that was requested differs between the releases.
    same: bool,
}

async fn look(player: &Player, releases: &[Release; 2], app: &App) -> Result<Learned, LearnError> {
    let [old, new] = releases;
    // A second visitor reads the described marks on the new release.
    let marked = app.page_release.is_some() || app.code_release.is_some();
    let second = async { if marked { on_stage(player, [new, old], app, shows).await.map(Some) } else { Ok(None) } };
    let (visit, marks) = try_join(on_stage(player, [old, new], app, visit), second).await?;
    let names = [old.name.as_str(), new.name.as_str()];
    conclude(app, names, visit, marks)
}

/// Does something on a new stage, and clears the stage.
async fn on_stage<T>(
    player: &Player,
    [old, new]: [&Release; 2],
    app: &App,
    act: impl AsyncFnOnce(&Stage) -> Result<T, Broken>,
) -> Result<T, LearnError> {
    let stage = player.set("learning", [old.clone(), new.clone()], app, None, &Log::default()).await?;
    let done = act(&stage).await;
    let left = stage.visitor.leave().await.map_err(Broken::from);
    let done = done?;
    left?;
    Ok(done)
}

/// The start page as a new visitor sees it.
async fn shows(stage: &Stage) -> Result<PageState, Broken> {
    let tab = stage.first_visit().await?;
    Ok(tab.observe().await?)
}

async fn visit(stage: &Stage) -> Result<Visit, Broken> {
    let tab = stage.first_visit().await?;
    let page = tab.observe().await?;
    let links = links(&tab).await?;
    let workers = stage.worker_scripts();
    let origin = stage.origin.url("");
    let scopes = stage.visitor.registrations().into_iter();
    let scopes = scopes.map(|one| one.scope.strip_prefix(&origin).unwrap_or(&one.scope).to_owned()).collect();
    tab.close().await?;

    let mut paths = vec![stage.app.start.clone()];
    let linked = links.iter().map(|link| &link.path).take(ASKED);
    let known = if stage.app.routes.is_empty() { linked.cloned().collect() } else { stage.app.routes.clone() };
    paths.extend(known);
    let before = ask(stage, &paths).await?;
    stage.swap(&stage.cast.new);
    let new = ask(stage, &paths).await?;
    stage.swap(&stage.cast.old);
    let answered = [steady(before, &ask(stage, &paths).await?), new];
    let same = same(stage, &answered, &workers).await?;
    let idle = if workers.is_empty() { idle(stage).await? } else { Vec::new() };
    Ok(Visit { page, links, workers, idle, scopes, answered, same })
}

/// Common worker scripts that the old release has.
async fn idle(stage: &Stage) -> Result<Vec<String>, Broken> {
    let mut found = Vec::new();
    for path in USUAL {
        let asked = stage.origin.ask(&stage.cast.old, path, &[]).await?;
        if asked.status == 200 && asked.content_type.contains("javascript") {
            found.push(path.to_owned());
        }
    }
    Ok(found)
}

/// Whether the releases are identical: their pages, the assets of those, and the workers.
async fn same(stage: &Stage, [old, new]: &[Vec<Answered>; 2], workers: &[String]) -> Result<bool, Broken> {
    let differs = |(one, other): (&Answered, &Answered)| (&one.assets, &one.words) != (&other.assets, &other.words);
    if old.iter().zip(new).any(differs) {
        return Ok(false);
    }
    let assets = old.iter().flat_map(|page| &page.assets).filter(|asset| asset.starts_with('/'));
    for path in workers.iter().chain(assets.take(COMPARED)) {
        let [one, other] = [&stage.cast.old, &stage.cast.new].map(|release| stage.origin.ask(release, path, &[]));
        let (one, other) = try_join(one, other).await?;
        if one != other {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The responses of the current server for these pages.
async fn ask(stage: &Stage, paths: &[String]) -> Result<Vec<Answered>, Broken> {
    let expression = format!("({ASK})({})", Value::from(paths.to_vec()));
    let answer = stage.visitor.evaluate_on_blank(&expression).await?;
    Ok(read(answer.as_ref()))
}

/// What stays the same between an earlier and a later response of a release.
fn steady(pages: Vec<Answered>, later: &[Answered]) -> Vec<Answered> {
    let pages = pages.into_iter().zip(later);
    pages
        .map(|(mut page, later)| {
            page.assets.retain(|asset| later.assets.contains(asset));
            let words: std::collections::HashSet<&String> = later.words.iter().collect();
            page.words.retain(|word| words.contains(word));
            page
        })
        .collect()
}

/// Draws the conclusions from what was seen.
fn conclude(described: &App, names: [&str; 2], visit: Visit, on_new: Option<PageState>) -> Result<Learned, LearnError> {
    let [old, new] = names;
    let [of_old, of_new] = &visit.answered;
    let mut app = described.clone();
    for (release, pages) in [(old, of_old), (new, of_new)] {
        started(release, &app.start, pages.first())?;
    }
    if visit.same {
        return Err(LearnError::Same);
    }

    let mut facts = vec![registered(old, &app.start, &visit)];
    if app.routes.is_empty() {
        facts.append(&mut choose_routes(&mut app, names, &visit));
    } else {
        facts.push(Fact::new("pages", format!("{}, {}", app.start, app.routes.join(", "))));
    }
    facts.extend(choose_link(&mut app, &visit.links));
    app.signs = Signs::between((old, of_old), (new, of_new));
    let mut marked = false;
    if let Some(on_new) = &on_new {
        marked = keep_marks(&mut app, names, [&visit.page, on_new], &mut facts);
    }
    let untold = untold(&app, [(old, of_old.first()), (new, of_new.first())]);
    if !marked {
        facts.push(identified(&app, names, untold.as_deref()));
    }
    Ok(Learned { app, facts, untold })
}

/// The worker that the old release registers.
fn registered(old: &str, start: &str, Visit { workers, idle, scopes, .. }: &Visit) -> Fact {
    let text = match workers.as_slice() {
        [] if idle.is_empty() => format!("release {old} registers no worker on {start}"),
        [] => {
            let idle = idle.join(", ");
            format!("release {old} has {idle}, but does not register it on {start}: see the errors of the page")
        }
        scripts if scopes.is_empty() => format!("{}, which does not install on the first visit", scripts.join(", ")),
        scripts => format!("{} with scope {}", scripts.join(", "), scopes.join(", ")),
    };
    Fact::new("worker", text)
}

/// A linked page that a release does not have.
struct LeftOut<'a> {
    release: &'a str,
    page: &'a Answered,
}

impl fmt::Display for LeftOut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}: {})", self.page.path, self.release, given(self.page))
    }
}

/// Chooses the pages to visit: linked pages in the worker's scope that both releases have.
fn choose_routes(app: &mut App, [old, new]: [&str; 2], visit: &Visit) -> Vec<Fact> {
    let Visit { links, scopes, answered, .. } = visit;
    let in_scope = |path: &str| scopes.is_empty() || scopes.iter().any(|scope| path.starts_with(scope.as_str()));
    let mut left_out = Vec::new();
    for link in links.iter().filter(|link| in_scope(&link.path)) {
        let answers = answered.each_ref().map(|pages| pages.iter().find(|page| page.path == link.path));
        let [Some(one), Some(other)] = answers else { continue };
        if app.routes.len() == ROUTES {
            break;
        }
        match [(old, one), (new, other)].into_iter().find(|(_, page)| !page.is_page() || page.at != page.path) {
            None => app.routes.push(link.path.clone()),
            Some((release, page)) => left_out.push(LeftOut { release, page }),
        }
    }
    let found = match app.routes.as_slice() {
        [] => format!("only {}: it links to no other page that both releases have", app.start),
        routes => format!("{}, and from its links {}", app.start, routes.join(", ")),
    };
    let mut facts = vec![Fact::new("pages", found)];
    if !left_out.is_empty() {
        let hint = if left_out.iter().any(|left_out| left_out.page.status == 404) {
            "; if these are client-side routes of a single-page app, use --spa"
        } else {
            ""
        };
        let pages: Vec<String> = left_out.iter().map(ToString::to_string).collect();
        facts.push(Fact::new("left out", pages.join(", ") + hint));
    }
    facts
}

/// Chooses the link that the visitor follows in an open tab.
fn choose_link(app: &mut App, links: &[Link]) -> Option<Fact> {
    let followed = links.iter().find(|link| app.routes.contains(&link.path));
    app.link = followed.map(|link| link.selector.clone());
    let Link { path, .. } = followed.filter(|_| app.lazy.is_none())?;
    let why = "no lazily loaded part is described (`lazy`), so a missing chunk may go unnoticed";
    Some(Fact::new("open tab", format!("follows the link to {path}: {why}")))
}

/// Keeps the described marks that distinguish the releases, and drops the others. True if one was kept.
fn keep_marks(app: &mut App, [old, new]: [&str; 2], [on_old, on_new]: [&PageState; 2], facts: &mut Vec<Fact>) -> bool {
    let mut marked = false;
    for (about, mark, [one, other]) in [
        ("page_release", &mut app.page_release, [&on_old.page_release, &on_new.page_release]),
        ("code_release", &mut app.code_release, [&on_old.code_release, &on_new.code_release]),
    ] {
        let Some(marker) = mark.clone() else { continue };
        match (one, other) {
            (ReleaseMark::Names(one), ReleaseMark::Names(other)) if one != other => {
                app.signs.named.extend([(one.clone(), old.to_owned()), (other.clone(), new.to_owned())]);
                facts.push(Fact::new("releases", format!("{about} is “{one}” on {old} and “{other}” on {new}")));
                marked = true;
            }
            _ => {
                facts.push(Fact::new("not used", unusable(about, &marker, [(old, one), (new, other)])));
                *mark = None;
            }
        }
    }
    marked
}

/// Why the start pages do not identify their releases; none if they do.
fn untold(app: &App, starts: [(&str, Option<&Answered>); 2]) -> Option<String> {
    let silent = starts.iter().find(|(release, start)| start.is_none_or(|start| !app.signs.tell(release, start)));
    let (release, _) = silent.filter(|_| app.page_release.is_none() && app.code_release.is_none())?;
    Some(format!(
        "nothing identifies the page at {} as release {release}: it has no script, style or word that the page of the \
         other release does not have; describe `page_release` or `code_release` in swapcheck.toml",
        app.start
    ))
}

/// How the releases are distinguished without a described mark.
fn identified(app: &App, names: [&str; 2], untold: Option<&str>) -> Fact {
    if let Some(why) = untold {
        return Fact::new("releases", format!("cannot be distinguished: {why}"));
    }
    let signs = names.into_iter().filter_map(|release| Some((release, app.signs.of(release)?)));
    let told: Vec<String> = signs.map(|(release, sign)| format!("{release} by {sign}")).collect();
    Fact::new("releases", format!("identified: {}", told.join(", ")))
}

/// Checks that the start page works, because everything else depends on it.
fn started(release: &str, start: &str, page: Option<&Answered>) -> Result<(), LearnError> {
    let why = match page {
        Some(page) if page.is_page() => return Ok(()),
        Some(page) => given(page),
        None => "it was not requested".to_owned(),
    };
    Err(LearnError::NoStart { release: release.to_owned(), start: start.to_owned(), why })
}

/// What a release returns instead of a page.
fn given(page: &Answered) -> String {
    match page.status {
        0 => format!("no response: {}", page.error),
        200..300 if !page.html => "not an HTML page".to_owned(),
        200..300 => format!("a redirect to {}", page.at),
        status => format!("status {status}"),
    }
}

/// Why a described mark cannot be used.
fn unusable(about: &str, marker: &Marker, [old, new]: [(&str, &ReleaseMark); 2]) -> String {
    let says = |(release, mark): (&str, &ReleaseMark)| match mark {
        ReleaseMark::Names(name) => format!("is “{name}” on {release}"),
        _ => format!("is missing on the start page of {release}"),
    };
    format!("{about} (`{}`), because it {} and {}", marker.selector, says(old), says(new))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::page;

    fn answered(path: &str, status: u16, assets: &[&str]) -> Answered {
        let assets = assets.iter().map(|&asset| asset.to_owned()).collect();
        Answered { path: path.to_owned(), at: path.to_owned(), status, html: true, assets, ..Answered::default() }
    }

    fn visit(links: &[&str], of_old: Vec<Answered>, of_new: Vec<Answered>) -> Visit {
        let link = |path: &&str| Link { path: (*path).to_owned(), selector: format!("a[href=\"{path}\"]") };
        Visit {
            page: page(1),
            links: links.iter().map(link).collect(),
            workers: vec!["/sw.js".to_owned()],
            idle: Vec::new(),
            scopes: vec!["/".to_owned()],
            answered: [of_old, of_new],
            same: false,
        }
    }

    fn learned(app: &App, visit: Visit, on_new: Option<PageState>) -> Result<Learned, LearnError> {
        conclude(app, ["A", "B"], visit, on_new)
    }

    fn fact<'a>(learned: &'a Learned, about: &str) -> &'a str {
        learned.facts.iter().find(|fact| fact.about == about).map_or("", |fact| fact.text.as_str())
    }

    #[test]
    fn linked_pages_that_both_releases_have_are_visited() {
        let start = |asset| answered("/", 200, &[asset]);
        let of_old =
            vec![start("/1.js"), answered("/gone", 200, &[]), answered("/a", 200, &[]), answered("/b", 200, &[])];
        let of_new =
            vec![start("/2.js"), answered("/gone", 404, &[]), answered("/a", 200, &[]), answered("/b", 200, &[])];
        let learned = learned(&App::default(), visit(&["/gone", "/a", "/b"], of_old, of_new), None).unwrap();
        assert_eq!(learned.app.routes, ["/a", "/b"]);
        assert_eq!(learned.app.link.as_deref(), Some("a[href=\"/a\"]"));
        assert!(fact(&learned, "open tab").starts_with("follows the link to /a: "));
        assert!(fact(&learned, "left out").starts_with("/gone (B: status 404)"));
        assert_eq!(fact(&learned, "releases"), "identified: A by /1.js, B by /2.js");
        assert_eq!(learned.untold, None);
    }

    #[test]
    fn a_worker_that_is_there_and_not_registered_is_named() {
        let pages = || vec![answered("/", 200, &["/1.js"])];
        let without = |idle: &[&str]| {
            let idle = idle.iter().map(|&path| path.to_owned()).collect();
            let visit =
                Visit { workers: Vec::new(), idle, ..visit(&[], pages(), vec![answered("/", 200, &["/2.js"])]) };
            fact(&learned(&App::default(), visit, None).unwrap(), "worker").to_owned()
        };
        assert_eq!(without(&[]), "release A registers no worker on /");
        assert_eq!(
            without(&["/sw.js"]),
            "release A has /sw.js, but does not register it on /: see the errors of the page"
        );
    }

    #[test]
    fn what_is_out_of_the_workers_scope_is_not_visited() {
        let pages = |asset| vec![answered("/", 200, &[asset]), answered("/a", 200, &[])];
        let visit = Visit { scopes: vec!["/app/".to_owned()], ..visit(&["/a"], pages("/1.js"), pages("/2.js")) };
        assert_eq!(learned(&App::default(), visit, None).unwrap().app.routes, Vec::<String>::new());
    }

    #[test]
    fn a_start_page_that_is_none_ends_it() {
        let visit = visit(&[], vec![answered("/", 200, &[])], vec![answered("/", 503, &[])]);
        let error = learned(&App::default(), visit, None).unwrap_err().to_string();
        assert!(error.starts_with("the start page / of release B does not work: status 503"), "{error}");
        let same =
            Visit { same: true, ..self::visit(&[], vec![answered("/", 200, &[])], vec![answered("/", 200, &[])]) };
        assert!(matches!(learned(&App::default(), same, None), Err(LearnError::Same)));
    }

    #[test]
    fn releases_that_nothing_tells_apart_are_said_to_be_so() {
        let pages = || vec![answered("/", 200, &["/main.js"])];
        let learned = learned(&App::default(), visit(&[], pages(), pages()), None).unwrap();
        assert!(learned.untold.unwrap().contains("`page_release`"));
    }

    #[test]
    fn described_marks_are_led_back_to_the_releases() {
        let marker = Marker { selector: "meta".to_owned(), attribute: Some("content".to_owned()) };
        let app = App { page_release: Some(marker.clone()), code_release: Some(marker), ..App::default() };
        let pages = || vec![answered("/", 200, &["/main.js"])];
        let names = |name: &str| ReleaseMark::Names(name.to_owned());
        let on_old = PageState { page_release: names("1.0"), code_release: names("same"), ..page(1) };
        let on_new = PageState { page_release: names("1.1"), code_release: names("same"), ..page(1) };
        let visit = Visit { page: on_old, ..visit(&[], pages(), pages()) };
        let learned = learned(&app, visit, Some(on_new)).unwrap();
        assert_eq!(learned.untold, None);
        assert!(learned.app.page_release.is_some() && learned.app.code_release.is_none());
        assert_eq!(learned.app.signs.named["1.0"], "A");
        assert_eq!(learned.app.signs.named["1.1"], "B");
        assert!(fact(&learned, "not used").contains("is “same” on A"));
    }
}
