//! `swapcheck explain`: describes a check, a rule of `swapcheck lint`, or a scenario.

use std::io::Write;

use super::output::print;
use crate::check::{self, Check};
use crate::cli::ExplainArgs;
use crate::error::Error;
use crate::lint::rule::{self, Rule};
use crate::outcome::Severity;
use crate::report::human::Look;
use crate::report::style::{BOLD, DIM};
use crate::report::words::wrap;
use crate::scenario::{self, Scenario};
use crate::select::{meant, nearest};

/// Runs the command.
pub(super) fn run(args: &ExplainArgs) -> Result<u8, Error> {
    let width = Look::of_stdout(false).width;
    let Some(id) = &args.check else {
        print(|out| list(out, width))?;
        return Ok(0);
    };
    let rules: Vec<&Rule> = rule::of_check(id).collect();
    match (check::find(id), rule::find(id)) {
        (Some(check), _) => print(|out| explain(out, check, &rules, width))?,
        (None, Some(rule)) => print(|out| explain_rule(out, rule, width))?,
        // Some ids belong to lint rules only: no check reports them.
        (None, None) if !rules.is_empty() => print(|out| list_rules(out, &rules, width))?,
        (None, None) => {
            let scenario = scenario::ALL.iter().find(|scenario| scenario.id == id).ok_or_else(|| unknown(id))?;
            print(|out| explain_scenario(out, scenario, width))?;
        }
    }
    Ok(0)
}

fn list(out: &mut impl Write, width: usize) -> std::io::Result<()> {
    let checks = check::ALL.iter().map(|check| (check.id.to_owned(), check.summary));
    let rules = rule::ALL.iter().map(|rule| (name(rule), rule.summary));
    let all: Vec<(String, &str)> = checks.chain(rules).collect();
    let column = check::ALL.iter().map(|check| check.id.len()).max().unwrap_or(0) + 2;
    for (at, (id, summary)) in all.iter().enumerate() {
        if at == check::ALL.len() {
            writeln!(out, "\n{DIM}Rules of `swapcheck lint`, each with the check that detects its effect:{DIM:#}")?;
        }
        if at < check::ALL.len() {
            let summary = wrap(summary, width, column);
            writeln!(out, "{BOLD}{id}{BOLD:#}{:gap$}{summary}", "", gap = column - id.len())?;
        } else {
            writeln!(out, "{BOLD}{id}{BOLD:#}\n    {}", wrap(summary, width, 4))?;
        }
    }
    Ok(())
}

fn explain(out: &mut impl Write, check: &Check, rules: &[&Rule], width: usize) -> std::io::Result<()> {
    writeln!(out, "{BOLD}{}{BOLD:#}: {}", check.id, check.summary)?;
    writeln!(out, "\n{}", wrap(check.explanation, width, 0))?;
    advice(out, check.severity, check.fix, width)?;
    if rules.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{DIM}Causes that `swapcheck lint` detects:{DIM:#}")?;
    list_rules(out, rules, width)
}

fn explain_rule(out: &mut impl Write, rule: &Rule, width: usize) -> std::io::Result<()> {
    writeln!(out, "{BOLD}{}{BOLD:#}: {}", name(rule), rule.summary)?;
    writeln!(out, "\n{}", wrap(rule.explanation, width, 0))?;
    advice(out, rule.severity, rule.fix, width)
}

fn list_rules(out: &mut impl Write, rules: &[&Rule], width: usize) -> std::io::Result<()> {
    for rule in rules {
        writeln!(out, "{BOLD}{}{BOLD:#}\n    {}", name(rule), wrap(rule.summary, width, 4))?;
    }
    Ok(())
}

fn advice(out: &mut impl Write, severity: Severity, fix: &str, width: usize) -> std::io::Result<()> {
    let severity = match severity {
        Severity::Note => "note: worth knowing; does not affect the verdict",
        Severity::Error => "error: the app is broken for the visitor for a while, or in part",
        Severity::Fatal => {
            "fatal: the app stays broken until the visitor clears the browser's data, or the visitor loses data"
        }
    };
    writeln!(out, "\n{BOLD}Severity{BOLD:#}  {}", wrap(severity, width, 10))?;
    writeln!(out, "{BOLD}Fix{BOLD:#}       {}", wrap(fix, width, 10))
}

fn name(rule: &Rule) -> String {
    format!("{}/{}", rule.check, rule.id)
}

fn unknown(id: &str) -> Error {
    let checks = check::ALL.iter().map(|check| check.id);
    let rules = rule::ALL.iter().map(|rule| rule.id);
    let known = checks.chain(rules).chain(scenario::ALL.iter().map(|scenario| scenario.id));
    let meant = meant(nearest(id, known));
    Error::Usage(format!(
        "unknown check, rule or scenario `{id}`{meant}; `swapcheck explain` lists checks and rules, `swapcheck check \
         --list` lists scenarios"
    ))
}

fn explain_scenario(out: &mut impl Write, scenario: &Scenario, width: usize) -> std::io::Result<()> {
    writeln!(out, "{BOLD}{}{BOLD:#}: {}", scenario.id, wrap(scenario.summary, width, 0))?;
    writeln!(out, "\n{}", wrap(&format!("A healthy app: {}.", scenario.healthy), width, 0))
}
