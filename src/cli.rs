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
    0  healthy: every result is as expected
    1  findings: at least one result is not as expected
    2  invalid usage or configuration
    3  swapcheck could not complete the run, or nothing was checked
  130  interrupted";

/// Proves in a real browser what returning visitors of a PWA see after a deploy
///
/// swapcheck serves release A of an app, lets a real Chromium install its service worker, swaps the origin to release
/// B with the faults that real deploys have, and judges what the visitor sees and what the browser stores.
#[derive(Debug, Parser)]
#[command(name = "swapcheck", version, max_term_width = 100, after_help = EXIT_CODES)]
pub struct Cli {
    /// When to color the output: auto, always or never
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", hide_possible_values = true)]
    pub color: Color,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// When output is colored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On terminals, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Also when writing to files and pipes.
    Always,
    /// Never.
    Never,
}

/// A command.
#[derive(Debug, Subcommand)]
#[expect(rustdoc::bare_urls, reason = "clap prints these texts as they are")]
pub enum Command {
    /// Run the variants of the sample app in every scenario
    ///
    /// Builds the sample Next.js app twice for each variant, runs every scenario in a browser, and prints a table of
    /// variants and scenarios. The run succeeds when every cell matches the result its variant declares: a control
    /// (a variant known to be broken) that is not caught fails the run, just like a remedy that does not work. If
    /// interrupted, it reports the cells that have finished.
    ///
    /// Example: swapcheck sample --variant 'next-pwa-*' --scenario open-tab --keep traces
    Sample(SampleArgs),
    /// Check that the required tools are installed
    ///
    /// Starts the browser once to read its version, looks for Node.js, npm and the sample app, checks that the build
    /// cache is writable, and says how to install what is missing. The exit code is 0 if nothing is missing, 3
    /// otherwise.
    ///
    /// Example: swapcheck doctor --browser /usr/bin/chromium
    Doctor(DoctorArgs),
    /// Run the checks again on saved traces
    ///
    /// Reads traces saved with `--keep`, runs every check on them, and prints the findings with their evidence. Needs
    /// no browser. Ignores the expected results of variants: every finding counts as a failure.
    ///
    /// Example: swapcheck judge traces/proven.open-tab.jsonl
    Judge(JudgeArgs),
    /// Merge shard reports
    ///
    /// Reads the JSON reports written by `swapcheck sample --shard K/N --json FILE`, prints the whole table, and exits
    /// with the code that a single run would have returned. Reports made with different versions, or containing the
    /// same cell twice, cannot be merged. If a shard is missing, the others are still reported and the exit code is 3.
    ///
    /// Example: swapcheck merge part-1.json part-2.json --markdown table.md
    Merge(MergeArgs),
    /// Explain a check, a lint rule or a scenario
    ///
    /// Says what it looks at, how the problem affects visitors, and how to fix it. Without an id, lists all checks
    /// and lint rules.
    ///
    /// Example: swapcheck explain chunk-load-failure
    Explain(ExplainArgs),
    /// Visit a live site before a deploy and save the browser profile for `revisit`
    ///
    /// Opens the site as a new visitor, lets it install its service worker, and opens some pages in two tabs. Saves the
    /// browser profile in a directory, with a record of what was seen: names, statuses and hashes, but no bodies,
    /// cookies or query values.
    ///
    /// Example: swapcheck visit https://shop.example/ --profile visitor
    Visit(VisitArgs),
    /// Return to a live site after its deploy with the profile saved by `visit`
    ///
    /// Opens the site in two tabs with the saved profile, navigates, closes the browser, and visits once more. Reports
    /// what changed and what is wrong. Can be repeated after each further deploy. If no deploy is detected, nothing
    /// was tested and the exit code is 3.
    ///
    /// Example: swapcheck revisit --profile visitor --kill
    Revisit(RevisitArgs),
    /// Test your app: what returning visitors see when NEW replaces OLD
    ///
    /// Serves both releases at one address, discovers what it needs in a first visit (the service worker, the pages
    /// that the start page links to, how the releases differ), runs every scenario in a browser, and prints the
    /// findings with their evidence. What cannot be discovered, such as a form with a draft, is described in
    /// swapcheck.toml; a scenario that needs a missing description is not tested, and the report says so. If
    /// interrupted, it reports the scenarios that have finished.
    ///
    /// Example: swapcheck check --from dist-old --to dist
    Check(Box<CheckArgs>),
    /// Find mistakes in a project's files, without a browser
    ///
    /// Reads next-pwa, Serwist and Workbox configuration, service workers (hand-written and built), page code, and
    /// header rules in next.config, vercel.json, Netlify and nginx files. Prints each mistake with its file, line and
    /// column, its effect on visitors, and the fix. `swapcheck sample` demonstrates these effects in a browser. Does
    /// not read installed packages or built page bundles.
    ///
    /// Example: swapcheck lint path/to/app
    Lint(LintArgs),
    /// Print the JSON Schema of the JSON report
    ///
    /// Example: swapcheck schema > swapcheck.schema.json
    Schema,
    /// Print a shell completion script
    ///
    /// Example: swapcheck completions bash > ~/.local/share/bash-completion/completions/swapcheck
    Completions(CompletionsArgs),
    /// Print the manual page, or write one page per command
    ///
    /// Example: swapcheck man --out ~/.local/share/man/man1
    Man(ManArgs),
    /// Inspect a live deployment and rehearse its next deploy
    ///
    /// Visits the site with an ordinary browser and reports on its service worker: how it is registered, what it
    /// caches, and what it serves online and offline. Then runs the scenarios against a local copy of the site's files,
    /// served under the site's own host name. The rehearsed release differs from the live one in the worker script and
    /// in the hashes in file names. The site itself receives only read requests, one per URL.
    ///
    /// Example: swapcheck probe https://shop.example/ --no-rehearsal
    Probe(ProbeArgs),
}

/// Options of `swapcheck probe`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct ProbeArgs {
    /// The page to open first
    #[arg(value_name = "URL")]
    pub url: String,
    /// Inspect only; do not rehearse a deploy
    #[arg(long)]
    pub no_rehearsal: bool,
    /// Run only scenarios whose name matches; can be repeated
    #[arg(long = "scenario", value_name = "GLOB", conflicts_with = "no_rehearsal")]
    pub scenarios: Vec<String>,
    /// Description of the app, in the format of the sample app's swapcheck.toml
    #[arg(long, alias = "app", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Send at most this many requests to the site
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub max_requests: u32,
    /// Stop the inspection after this many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 180)]
    pub timeout: u64,
    /// Send this header with every request to the site; can be repeated
    #[arg(long = "header", value_name = "NAME: VALUE")]
    pub headers: Vec<String>,
    /// Overrides for name resolution and trusted certificates.
    #[command(flatten)]
    pub reach: ReachArgs,
    /// Number of scenarios to run in parallel, each in its own browser
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZeroUsize>,
    /// Also print everything that was observed, and notes
    #[arg(long, short)]
    pub verbose: bool,
    /// Reports to write; the JSON report has everything that was observed.
    #[command(flatten)]
    pub reports: ReportArgs,
    /// Save the traces of the inspection and of every scenario in this directory
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
    /// The browser and its options.
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
    /// Run only variants whose name matches; can be repeated
    #[arg(long = "variant", value_name = "GLOB")]
    pub variants: Vec<String>,
    /// Run only scenarios whose name matches; can be repeated
    #[arg(long = "scenario", value_name = "GLOB")]
    pub scenarios: Vec<String>,
    /// List the cells that would run, without running them
    #[arg(long)]
    pub list: bool,
    /// Number of cells to run in parallel
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZeroUsize>,
    /// Also show the findings of cells that are as expected, with the reason
    #[arg(long, short)]
    pub verbose: bool,
    /// Run only shard K of N, for example 2/5; combine the shards' JSON reports with `swapcheck merge`
    #[arg(long, value_name = "K/N")]
    pub shard: Option<Shard>,
    /// Reports to write.
    #[command(flatten)]
    pub reports: ReportArgs,
    /// Save the trace of every cell in this directory
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
    /// The browser and its options.
    #[command(flatten)]
    pub browser: BrowserArgs,
    /// Show the browser's window
    #[arg(long)]
    pub headed: bool,
    /// Serve plain HTTP on a loopback address instead of HTTPS under a host name
    #[arg(long)]
    pub http: bool,
    /// A remote browser.
    #[command(flatten)]
    pub elsewhere: ElsewhereArgs,
    /// Directories.
    #[command(flatten)]
    pub places: PlaceArgs,
}

/// Reports in addition to the one on standard output.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// Write a JSON report
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Write a JUnit report
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Write the table as Markdown, with an explanation of each cell
    #[arg(long, value_name = "FILE")]
    pub markdown: Option<PathBuf>,
    /// Write a self-contained HTML report, with a timeline and screenshots of each cell
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Write a SARIF report, for code scanning and editors
    #[arg(long, value_name = "FILE")]
    pub sarif: Option<PathBuf>,
    /// Write the network traffic of each cell as a HAR file into this directory
    #[arg(long, value_name = "DIR")]
    pub har: Option<PathBuf>,
    /// Annotate a GitHub Actions run: workflow commands on standard output, and a job summary
    #[arg(long)]
    pub github: bool,
    /// Print only the summary and unexpected results, without the table
    #[arg(long, short)]
    pub quiet: bool,
}

/// Options of `swapcheck merge`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct MergeArgs {
    /// JSON reports of the shards
    #[arg(value_name = "REPORT", required = true)]
    pub parts: Vec<PathBuf>,
    /// Also show the findings of cells that are as expected, with the reason
    #[arg(long, short)]
    pub verbose: bool,
    /// Reports to write.
    #[command(flatten)]
    pub reports: ReportArgs,
}

/// Options of `swapcheck doctor`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct DoctorArgs {
    /// The browser and its options.
    #[command(flatten)]
    pub browser: BrowserArgs,
    /// Directories.
    #[command(flatten)]
    pub places: PlaceArgs,
}

/// How to reach a site that the system's resolver and certificates do not cover.
#[derive(Debug, Args)]
pub struct ReachArgs {
    /// Connect to this address for HOST:PORT, like curl's --resolve; the address can include a port. Can be repeated
    #[arg(long, value_name = "HOST:PORT:ADDR")]
    pub resolve: Vec<Resolve>,
    /// Trust these certificates (PEM) in addition to the system's: a server certificate or a certificate authority
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
}

/// The browser and its options.
#[derive(Debug, Args)]
pub struct BrowserArgs {
    /// Browser executable [default: Chromium, Chrome or Edge in the usual places]
    #[arg(long, value_name = "PATH", env = "SWAPCHECK_BROWSER", hide_env_values = true)]
    pub browser: Option<PathBuf>,
    /// Run the browser without its sandbox; always off when running as root
    #[arg(long, env = "SWAPCHECK_NO_SANDBOX", hide_env_values = true, value_parser = FalseyValueParser::new())]
    pub no_sandbox: bool,
}

/// A remote browser, used instead of launching one.
#[derive(Debug, Args)]
pub struct ElsewhereArgs {
    /// Use a running browser, for example in a container, through its DevTools websocket (ws://…)
    #[arg(long, value_name = "URL", conflicts_with_all = ["browser", "no_sandbox", "headed"])]
    pub connect: Option<String>,
    /// Address on which the origin listens [default: a free port on a loopback address]
    #[arg(long, value_name = "ADDR:PORT", requires = "connect")]
    pub listen: Option<SocketAddr>,
    /// Address at which the remote browser reaches the origin [default: the --listen address]
    #[arg(long, value_name = "HOST:PORT", requires = "connect")]
    pub reach: Option<String>,
}

impl ElsewhereArgs {
    /// The remote browser, if one is given.
    #[must_use]
    pub fn browser(&self) -> Option<Elsewhere> {
        let url = self.connect.clone()?;
        Some(Elsewhere { url, listen: self.listen, reach: self.reach.clone() })
    }
}

/// Directories.
#[derive(Debug, Args)]
pub struct PlaceArgs {
    /// Sample app [default: `sample-app` in this directory or the nearest parent that has one]
    #[arg(long, value_name = "DIR", env = "SWAPCHECK_SAMPLE_APP", hide_env_values = true)]
    pub sample_app: Option<PathBuf>,
    /// Build cache [default: `swapcheck` in the user's cache directory]
    #[arg(long, value_name = "DIR", env = "SWAPCHECK_CACHE", hide_env_values = true)]
    pub cache: Option<PathBuf>,
}

/// Options of `swapcheck judge`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct JudgeArgs {
    /// Saved traces, or directories of traces; `-` reads one trace from standard input
    #[arg(value_name = "TRACE", required = true)]
    pub traces: Vec<PathBuf>,
    /// Reports to write.
    #[command(flatten)]
    pub reports: ReportArgs,
}

/// Options of `swapcheck check`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct CheckArgs {
    /// The old release: a directory with a static site or a built Next.js app, or a URL; with --from-cmd, the
    /// directory in which the command runs
    #[arg(long, value_name = "OLD")]
    pub from: Option<String>,
    /// The new release, likewise
    #[arg(long, value_name = "NEW")]
    pub to: Option<String>,
    /// Command that serves the old release on the port given as `{port}` or in the variable PORT
    #[arg(long, value_name = "COMMAND")]
    pub from_cmd: Option<String>,
    /// Command that serves the new release, likewise
    #[arg(long, value_name = "COMMAND")]
    pub to_cmd: Option<String>,
    /// Build both releases of the Next.js project in this directory, in copies, from its current files or from git
    /// revisions. Each build sets NEXT_PUBLIC_RELEASE to A or B
    #[arg(long, value_name = "DIR", conflicts_with_all = ["from", "to", "from_cmd", "to_cmd"])]
    pub app: Option<PathBuf>,
    /// Git revision of the old release [default: the current files]
    #[arg(long, value_name = "REV", requires = "app")]
    pub from_rev: Option<String>,
    /// Git revision of the new release [default: the current files]
    #[arg(long, value_name = "REV", requires = "app")]
    pub to_rev: Option<String>,
    /// Serve a directory's `index.html` for every page path without a file, as hosts of single-page apps do; a missing
    /// file with an extension is still a 404
    #[arg(long)]
    pub spa: bool,
    /// Description of the app [default: `swapcheck.toml` in this directory or in that of --app, if present]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Path of the page that visitors open first
    #[arg(long, value_name = "PATH")]
    pub start: Option<String>,
    /// Path of another page to visit; can be repeated [default: pages that the start page links to]
    #[arg(long = "route", value_name = "PATH")]
    pub routes: Vec<String>,
    /// Send this header with every request to either release; can be repeated
    #[arg(long = "header", value_name = "NAME: VALUE")]
    pub headers: Vec<String>,
    /// Cookies and localStorage that visitors start with, as saved by Playwright's storageState
    #[arg(long, value_name = "FILE")]
    pub storage: Option<PathBuf>,
    /// Overrides for name resolution and trusted certificates.
    #[command(flatten)]
    pub reach: ReachArgs,
    /// Name of the app in reports and traces
    #[arg(long, value_name = "NAME", default_value = "app")]
    pub name: String,
    /// Run only scenarios whose name matches; can be repeated
    #[arg(long = "scenario", value_name = "GLOB")]
    pub scenarios: Vec<String>,
    /// List the scenarios that would run, without running them
    #[arg(long)]
    pub list: bool,
    /// Number of scenarios to run in parallel
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZeroUsize>,
    /// Also show notes, which do not affect the verdict
    #[arg(long, short)]
    pub verbose: bool,
    /// Reports to write.
    #[command(flatten)]
    pub reports: ReportArgs,
    /// Save the trace of every scenario in this directory
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
    /// The browser and its options.
    #[command(flatten)]
    pub browser: BrowserArgs,
    /// Show the browser's window
    #[arg(long)]
    pub headed: bool,
    /// Serve plain HTTP on a loopback address instead of HTTPS under a host name
    #[arg(long)]
    pub http: bool,
    /// A remote browser.
    #[command(flatten)]
    pub elsewhere: ElsewhereArgs,
    /// Build cache for --app [default: `swapcheck` in the user's cache directory]
    #[arg(long, value_name = "DIR", env = "SWAPCHECK_CACHE", hide_env_values = true)]
    pub cache: Option<PathBuf>,
}

/// Options of `swapcheck explain`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct ExplainArgs {
    /// Id of a check, a lint rule or a scenario [default: list all checks and lint rules]
    #[arg(value_name = "CHECK")]
    pub check: Option<String>,
}

/// Options of `swapcheck visit`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct VisitArgs {
    /// The page to open first
    #[arg(value_name = "URL")]
    pub url: String,
    /// Options common to `visit` and `revisit`.
    #[command(flatten)]
    pub visitor: VisitorArgs,
}

/// Options of `swapcheck revisit`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct RevisitArgs {
    /// Kill the browser during the update, as soon as the new worker installs
    #[arg(long)]
    pub kill: bool,
    /// Options common to `visit` and `revisit`.
    #[command(flatten)]
    pub visitor: VisitorArgs,
}

/// Options common to `visit` and `revisit`.
#[derive(Debug, Args)]
pub struct VisitorArgs {
    /// Directory of the saved browser profile
    #[arg(long, value_name = "DIR")]
    pub profile: PathBuf,
    /// Description of the app, in the format of the sample app's swapcheck.toml; saved for `revisit`
    #[arg(long, alias = "app", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Path of a page to visit; can be repeated [default: pages that the first page links to]
    #[arg(long = "route", value_name = "PATH")]
    pub routes: Vec<String>,
    /// Request at most this many URLs beyond those that the pages load
    #[arg(long, value_name = "N", default_value_t = 500)]
    pub max_requests: usize,
    /// Stop after this many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    pub timeout: u64,
    /// Overrides for name resolution and trusted certificates.
    #[command(flatten)]
    pub reach: ReachArgs,
    /// Also show notes, which do not affect the verdict
    #[arg(long, short)]
    pub verbose: bool,
    /// Reports to write.
    #[command(flatten)]
    pub reports: ReportArgs,
    /// Save the trace in this directory
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
    /// The browser and its options.
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
    /// Project directory
    #[arg(value_name = "DIR", default_value = ".")]
    pub dir: PathBuf,
    /// Write a JSON report
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Write a SARIF report, for code scanning and editors
    #[arg(long, value_name = "FILE")]
    pub sarif: Option<PathBuf>,
    /// Annotate the files on GitHub, using workflow commands on standard output
    #[arg(long)]
    pub github: bool,
}

/// Options of `swapcheck completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// Shell to generate the script for
    #[arg(value_name = "SHELL")]
    pub shell: clap_complete::Shell,
}

/// Options of `swapcheck man`.
#[derive(Debug, Args)]
pub struct ManArgs {
    /// Write one page per command into this directory
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
