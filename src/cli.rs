//! The commands and their options.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::shard::Shard;

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
    /// not caught is as red as a remedy that fails.
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
    /// Reads traces that `swapcheck sample --keep` has saved, runs every check on them, and prints what they find with
    /// its evidence. No browser is needed. What a variant was expected to give is not known here: a finding is a
    /// failure.
    ///
    /// Example: swapcheck judge traces/proven.open-tab.jsonl
    Judge(JudgeArgs),
    /// Put the JSON reports of several parts of a table together
    ///
    /// Reads the reports that `swapcheck sample --shard --json` has written, prints the whole table, and ends as one
    /// run of all would have ended. Parts that were made with different versions, or hold a cell twice, do not go
    /// together.
    ///
    /// Example: swapcheck merge part-1.json part-2.json --markdown table.md
    Merge(MergeArgs),
    /// Explain a check, or list all checks
    ///
    /// Says what a check looks at, why that hurts a visitor, and what to do about it.
    ///
    /// Example: swapcheck explain chunk-load-failure
    Explain(ExplainArgs),
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
    /// Saved traces; `-` reads one from standard input
    #[arg(value_name = "TRACE", required = true)]
    pub traces: Vec<PathBuf>,
    /// What to write.
    #[command(flatten)]
    pub reports: ReportArgs,
}

/// Options of `swapcheck explain`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct ExplainArgs {
    /// Id of a check; without it all checks are listed
    #[arg(value_name = "CHECK")]
    pub check: Option<String>,
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
