//! The commands and their options.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::browser::Elsewhere;
use crate::outcome::shard::Shard;
use crate::release::remote::Resolve;

const EXIT_CODES: &str = "\
Exit codes:
    0  healthy: everything is as it must be
    1  findings: something is not as it must be
    2  wrong usage or configuration
    3  swapcheck could not do its work, or nothing was checked
  130  interrupted";

/// Proves in a real browser what returning visitors of a PWA see after a deploy
///
/// swapcheck serves release A of an app, lets a real Chromium install its service worker, swaps the origin to release
/// B with the faults that real deploys have, and judges what the visitor saw and what the browser kept.
#[derive(Debug, Parser)]
#[command(name = "swapcheck", version, max_term_width = 100, after_help = EXIT_CODES)]
pub struct Cli {
    /// When to colour the output: auto, always or never
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", hide_possible_values = true)]
    pub color: Color,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// When output is coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On terminals, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Also into files and pipes.
    Always,
    /// Nowhere.
    Never,
}

/// A command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the variants of the sample app under every scenario
    ///
    /// Builds the sample Next.js app twice for each variant, plays every scenario in a browser, and prints a table of
    /// variants and scenarios. The run is green when every cell is what its variant has to give: a control that is
    /// not caught is as red as a remedy that fails. Interrupted, it reports the cells that had ended.
    ///
    /// Example: swapcheck sample --variant 'next-pwa-*' --scenario open-tab --keep traces
    Sample(SampleArgs),
    /// Tell what is there, what is missing, and how to get it
    ///
    /// Starts the browser once to ask for its version, and looks for Node.js, npm, the sample app and a place for the
    /// build cache. The exit code is 0 when all is there, and 3 otherwise.
    ///
    /// Example: swapcheck doctor --browser /usr/bin/chromium
    Doctor(DoctorArgs),
    /// Judge saved traces again
    ///
    /// Reads traces that `--keep` has saved, runs every check on them, and prints what they find with its evidence. No
    /// browser is needed. What a variant was expected to give is not known here: a finding is a failure.
    ///
    /// Example: swapcheck judge traces/proven.open-tab.jsonl
    Judge(JudgeArgs),
    /// Put the JSON reports of several parts of a table together
    ///
    /// Reads the reports that `swapcheck sample --shard --json` has written, prints the whole table, and ends as one
    /// run of all would have ended. Parts that were made with different versions, or hold a cell twice, do not go
    /// together. Where a shard is missing, what is there is told all the same, and the exit code is 3.
    ///
    /// Example: swapcheck merge part-1.json part-2.json --markdown table.md
    Merge(MergeArgs),
    /// Explain a check or a rule of `lint`, or list all of them
    ///
    /// Says what a check looks at, why that hurts a visitor, and what to do about it.
    ///
    /// Example: swapcheck explain chunk-load-failure
    Explain(ExplainArgs),
    /// Visit a real site before its deploy, on a profile that is kept for `revisit`
    ///
    /// A new visitor comes, gets the service worker, and looks at some pages in two tabs. The browser's profile stays in a
    /// directory, with a record of what was seen: names, statuses and hashes, no bodies, cookies or query values.
    ///
    /// Example: swapcheck visit https://shop.example/ --profile visitor
    Visit(VisitArgs),
    /// Come back to a site that `visit` has visited, after its deploy
    ///
    /// The visitor of the kept profile comes back in two tabs, looks around, closes the browser, and comes back once more.
    /// Says what has changed and what is wrong. May be repeated after each further deploy. Without a deploy nothing was
    /// tested, and the exit code is 3.
    ///
    /// Example: swapcheck revisit --profile visitor --kill
    Revisit(RevisitArgs),
    /// Try your own app: what returning visitors meet when NEW is deployed over OLD
    ///
    /// Serves both releases behind one address, learns what it needs from a first visit (the worker, the pages that
    /// the start page links to, what tells the releases apart), plays every scenario in a browser, and prints what is
    /// wrong with its evidence. What an app keeps to itself, such as a form with a draft, is described in
    /// swapcheck.toml; a scenario that lacks it is not tested, and the report says so. Interrupted, it reports the
    /// scenarios that had ended.
    ///
    /// Example: swapcheck check --from dist-old --to dist
    Check(Box<CheckArgs>),
    /// Find mistakes in the files of a project, without a browser
    ///
    /// Reads configurations of next-pwa, Serwist and Workbox, workers written by hand and built, code of pages, and
    /// the rules for headers of next.config, vercel.json, Netlify and nginx. Prints each mistake with its file, line
    /// and column, why it hurts and how to fix it. What it finds, `swapcheck sample` shows in a browser. Installed
    /// packages and built bundles are not read.
    ///
    /// Example: swapcheck lint path/to/app
    Lint(LintArgs),
    /// Print the JSON Schema of the JSON report
    ///
    /// Example: swapcheck schema > swapcheck.schema.json
    Schema,
    /// Print a script that completes commands and options in a shell
    ///
    /// Example: swapcheck completions bash > ~/.local/share/bash-completion/completions/swapcheck
    Completions(CompletionsArgs),
    /// Print the manual page, or write one for each command
    ///
    /// Example: swapcheck man --out ~/.local/share/man/man1
    Man(ManArgs),
    /// Look at a live deployment, and rehearse its next deploy
    ///
    /// Visits the site as a polite browser: what its service worker is, keeps and serves, with and without a network.
    /// Then plays the scenarios with the site's real files behind an origin of its own, under the site's own name: the
    /// next deploy differs by the worker's script and the hashes in names. Nothing is sent to the site but ordinary
    /// reads, each once.
    ///
    /// Example: swapcheck probe https://shop.example/ --no-rehearsal
    Probe(ProbeArgs),
}

/// Options of `swapcheck probe`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct ProbeArgs {
    /// Where a visit begins
    #[arg(value_name = "URL")]
    pub url: String,
    /// Only look; rehearse no deploy
    #[arg(long)]
    pub no_rehearsal: bool,
    /// Only the scenarios whose name matches; may be given several times
    #[arg(long = "scenario", value_name = "GLOB", conflicts_with = "no_rehearsal")]
    pub scenarios: Vec<String>,
    /// What is known of the app, in the form of the sample app's swapcheck.toml
    #[arg(long, alias = "app", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The most requests that the site may get
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub max_requests: u32,
    /// How long the look may take
    #[arg(long, value_name = "SECONDS", default_value_t = 180)]
    pub timeout: u64,
    /// Send this header with every request to the site; may be given several times
    #[arg(long = "header", value_name = "NAME: VALUE")]
    pub headers: Vec<String>,
    /// How a site is reached.
    #[command(flatten)]
    pub reach: ReachArgs,
    /// How many scenarios to play at once, each in a browser of its own
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZeroUsize>,
    /// Tell all that was seen, and the findings of scenarios that are as expected
    #[arg(long, short)]
    pub verbose: bool,
    /// What to write; the JSON report says all that was seen.
    #[command(flatten)]
    pub reports: ReportArgs,
    /// Keep the trace of the look and of every scenario in this directory
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
    /// Which browser, and how.
    #[command(flatten)]
    pub browser: BrowserArgs,
    /// Show the browser's window
    #[arg(long)]
    pub headed: bool,
}

/// Options of `swapcheck sample`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct SampleArgs {
    /// Only the variants whose name matches; may be given several times
    #[arg(long = "variant", value_name = "GLOB")]
    pub variants: Vec<String>,
    /// Only the scenarios whose name matches; may be given several times
    #[arg(long = "scenario", value_name = "GLOB")]
    pub scenarios: Vec<String>,
    /// Print the cells that would be run, and run nothing
    #[arg(long)]
    pub list: bool,
    /// How many cells to run at once
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZeroUsize>,
    /// Show the findings of cells that are as expected too, with the reason
    #[arg(long, short)]
    pub verbose: bool,
    /// Run only a part of the table, such as 2/5: the second of five. Merge the JSON reports of the parts
    #[arg(long, value_name = "K/N")]
    pub shard: Option<Shard>,
    /// What to write.
    #[command(flatten)]
    pub reports: ReportArgs,
    /// Keep the trace of every cell in this directory
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
    /// Which browser, and how.
    #[command(flatten)]
    pub browser: BrowserArgs,
    /// Show the browser's window
    #[arg(long)]
    pub headed: bool,
    /// Serve plain HTTP on a loopback address instead of HTTPS under a host name
    #[arg(long)]
    pub http: bool,
    /// A browser that runs elsewhere.
    #[command(flatten)]
    pub elsewhere: ElsewhereArgs,
    /// Where things are.
    #[command(flatten)]
    pub places: PlaceArgs,
}

/// Reports beside the one on standard output.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// Write a JSON report
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Write a JUnit report
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Write the table as a Markdown document, with what each cell means
    #[arg(long, value_name = "FILE")]
    pub markdown: Option<PathBuf>,
    /// Write the report to look at: one HTML file with each cell as a picture in time, and screenshots
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Write a SARIF report, for code scanning and editors
    #[arg(long, value_name = "FILE")]
    pub sarif: Option<PathBuf>,
    /// Write what the browser got in each cell as HAR files into this directory
    #[arg(long, value_name = "DIR")]
    pub har: Option<PathBuf>,
    /// Annotate the run on GitHub: workflow commands on standard output, and a summary of the job
    #[arg(long)]
    pub github: bool,
    /// Print the summary and what is not as expected, and no table
    #[arg(long, short)]
    pub quiet: bool,
}

/// Options of `swapcheck merge`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct MergeArgs {
    /// JSON reports of parts of one table
    #[arg(value_name = "REPORT", required = true)]
    pub parts: Vec<PathBuf>,
    /// Show the findings of cells that are as expected too, with the reason
    #[arg(long, short)]
    pub verbose: bool,
    /// What to write.
    #[command(flatten)]
    pub reports: ReportArgs,
}

/// Options of `swapcheck doctor`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct DoctorArgs {
    /// Which browser, and how.
    #[command(flatten)]
    pub browser: BrowserArgs,
    /// Where things are.
    #[command(flatten)]
    pub places: PlaceArgs,
}

/// How a site is reached that the system does not know as it is.
#[derive(Debug, Args)]
pub struct ReachArgs {
    /// Where a host is, whatever the resolver says, as curl takes it; the address may have a port of its own. May be
    /// given several times
    #[arg(long, value_name = "HOST:PORT:ADDR")]
    pub resolve: Vec<Resolve>,
    /// Certificates (PEM) to trust beside those of the system: a server's own, or that of an authority
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
}

/// Which browser is used, and how.
#[derive(Debug, Args)]
pub struct BrowserArgs {
    /// The browser; otherwise Chromium, Chrome or Edge is looked for in the usual places
    #[arg(long, value_name = "PATH", env = "SWAPCHECK_BROWSER", hide_env_values = true)]
    pub browser: Option<PathBuf>,
    /// Run the browser without its sandbox; as root it is always off
    #[arg(long, env = "SWAPCHECK_NO_SANDBOX", hide_env_values = true, value_parser = FalseyValueParser::new())]
    pub no_sandbox: bool,
}

/// A browser that runs elsewhere, in place of one that is started here.
#[derive(Debug, Args)]
pub struct ElsewhereArgs {
    /// Use a browser that runs elsewhere, such as in a container, by the websocket of its DevTools: ws://…
    #[arg(long, value_name = "URL", conflicts_with_all = ["browser", "no_sandbox", "headed"])]
    pub connect: Option<String>,
    /// Where the origin listens for it; otherwise on a loopback address and a free port
    #[arg(long, value_name = "ADDR:PORT", requires = "connect")]
    pub listen: Option<SocketAddr>,
    /// Where that browser finds the origin; otherwise where it listens
    #[arg(long, value_name = "HOST:PORT", requires = "connect")]
    pub reach: Option<String>,
}

impl ElsewhereArgs {
    /// The browser that is meant, if any.
    #[must_use]
    pub fn browser(&self) -> Option<Elsewhere> {
        let url = self.connect.clone()?;
        Some(Elsewhere { url, listen: self.listen, reach: self.reach.clone() })
    }
}

/// Where things are.
#[derive(Debug, Args)]
pub struct PlaceArgs {
    /// The sample app; otherwise `sample-app` here or in a directory above
    #[arg(long, value_name = "DIR", env = "SWAPCHECK_SAMPLE_APP", hide_env_values = true)]
    pub sample_app: Option<PathBuf>,
    /// The build cache; otherwise `swapcheck` in the user's cache directory
    #[arg(long, value_name = "DIR", env = "SWAPCHECK_CACHE", hide_env_values = true)]
    pub cache: Option<PathBuf>,
}

/// Options of `swapcheck judge`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct JudgeArgs {
    /// Saved traces, or directories of them; `-` reads one from standard input
    #[arg(value_name = "TRACE", required = true)]
    pub traces: Vec<PathBuf>,
    /// What to write.
    #[command(flatten)]
    pub reports: ReportArgs,
}

/// Options of `swapcheck check`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct CheckArgs {
    /// The old release: a directory with a static site or a built Next.js app, or a URL; with --from-cmd where that
    /// runs
    #[arg(long, value_name = "OLD")]
    pub from: Option<String>,
    /// The new release, in the same way
    #[arg(long, value_name = "NEW")]
    pub to: Option<String>,
    /// A command that serves the old release on the port that it is told by `{port}` or PORT
    #[arg(long, value_name = "COMMAND")]
    pub from_cmd: Option<String>,
    /// A command that serves the new release, in the same way
    #[arg(long, value_name = "COMMAND")]
    pub to_cmd: Option<String>,
    /// Build both releases of the Next.js project in this directory, in copies: from its files as they are now, or from
    /// revisions. The builds get NEXT_PUBLIC_RELEASE, which is A or B
    #[arg(long, value_name = "DIR", conflicts_with_all = ["from", "to", "from_cmd", "to_cmd"])]
    pub app: Option<PathBuf>,
    /// The git revision that the old release is built from
    #[arg(long, value_name = "REV", requires = "app")]
    pub from_rev: Option<String>,
    /// The git revision that the new release is built from
    #[arg(long, value_name = "REV", requires = "app")]
    pub to_rev: Option<String>,
    /// Have `index.html` of a directory answer for every page that is no file, as hosts of single-page apps do; a path
    /// with an extension that is no file still gives 404
    #[arg(long)]
    pub spa: bool,
    /// What is to be known of the app; otherwise `swapcheck.toml` here, if there is one
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Path of the page that visitors come to first
    #[arg(long, value_name = "PATH")]
    pub start: Option<String>,
    /// Path of a further page; may be given several times. Otherwise pages that the start page links to
    #[arg(long = "route", value_name = "PATH")]
    pub routes: Vec<String>,
    /// A header to send with every request to either release; may be given several times
    #[arg(long = "header", value_name = "NAME: VALUE")]
    pub headers: Vec<String>,
    /// Cookies and localStorage that visitors bring along, as Playwright's storageState saves them
    #[arg(long, value_name = "FILE")]
    pub storage: Option<PathBuf>,
    /// How a site is reached.
    #[command(flatten)]
    pub reach: ReachArgs,
    /// A name for the app, in reports and traces
    #[arg(long, value_name = "NAME", default_value = "app")]
    pub name: String,
    /// Only the scenarios whose name matches; may be given several times
    #[arg(long = "scenario", value_name = "GLOB")]
    pub scenarios: Vec<String>,
    /// Print the scenarios that would be played, and play nothing
    #[arg(long)]
    pub list: bool,
    /// How many scenarios to play at once
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZeroUsize>,
    /// Show what is only worth knowing too
    #[arg(long, short)]
    pub verbose: bool,
    /// What to write.
    #[command(flatten)]
    pub reports: ReportArgs,
    /// Keep the trace of every scenario in this directory
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
    /// Which browser, and how.
    #[command(flatten)]
    pub browser: BrowserArgs,
    /// Show the browser's window
    #[arg(long)]
    pub headed: bool,
    /// Serve plain HTTP on a loopback address instead of HTTPS under a host name
    #[arg(long)]
    pub http: bool,
    /// A browser that runs elsewhere.
    #[command(flatten)]
    pub elsewhere: ElsewhereArgs,
    /// The build cache of --app; otherwise `swapcheck` in the user's cache directory
    #[arg(long, value_name = "DIR", env = "SWAPCHECK_CACHE", hide_env_values = true)]
    pub cache: Option<PathBuf>,
}

/// Options of `swapcheck explain`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct ExplainArgs {
    /// Id of a check, of a rule of `swapcheck lint`, or of a scenario; without it all checks and rules are listed
    #[arg(value_name = "CHECK")]
    pub check: Option<String>,
}

/// Options of `swapcheck visit`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct VisitArgs {
    /// Where the visit begins
    #[arg(value_name = "URL")]
    pub url: String,
    /// How the visit is made.
    #[command(flatten)]
    pub visitor: VisitorArgs,
}

/// Options of `swapcheck revisit`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct RevisitArgs {
    /// Kill the browser when the visitor has come back, as soon as a new worker installs
    #[arg(long)]
    pub kill: bool,
    /// How the visit is made.
    #[command(flatten)]
    pub visitor: VisitorArgs,
}

/// What a visit and a return have in common.
#[derive(Debug, Args)]
pub struct VisitorArgs {
    /// The directory that keeps the visitor
    #[arg(long, value_name = "DIR")]
    pub profile: PathBuf,
    /// What is known of the app, in the form of the sample app's swapcheck.toml; kept for the return
    #[arg(long, alias = "app", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Path of a page to look at; may be given several times. Otherwise pages that the first one links to
    #[arg(long = "route", value_name = "PATH")]
    pub routes: Vec<String>,
    /// The most URLs that the site is asked for beside what its pages need
    #[arg(long, value_name = "N", default_value_t = 500)]
    pub max_requests: usize,
    /// How long it may take
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    pub timeout: u64,
    /// How a site is reached.
    #[command(flatten)]
    pub reach: ReachArgs,
    /// Show what is only worth knowing too
    #[arg(long, short)]
    pub verbose: bool,
    /// What to write.
    #[command(flatten)]
    pub reports: ReportArgs,
    /// Keep the trace in this directory
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
    /// Which browser, and how.
    #[command(flatten)]
    pub browser: BrowserArgs,
    /// Show the browser's window
    #[arg(long)]
    pub headed: bool,
}

/// Options of `swapcheck lint`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct LintArgs {
    /// The directory of the project
    #[arg(value_name = "DIR", default_value = ".")]
    pub dir: PathBuf,
    /// Write a JSON report
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Write a SARIF report, for code scanning and editors
    #[arg(long, value_name = "FILE")]
    pub sarif: Option<PathBuf>,
    /// Annotate the files on GitHub, with workflow commands on standard output
    #[arg(long)]
    pub github: bool,
}

/// Options of `swapcheck completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub shell: clap_complete::Shell,
}

/// Options of `swapcheck man`.
#[derive(Debug, Args)]
pub struct ManArgs {
    /// Write a page for each command into this directory
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }
}
