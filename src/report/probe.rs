//! The reports of a probe: what was seen, then what the rehearsal found.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::{Value, json};

use super::escape;
use super::evidence;
use super::human::Look;
use super::style::{BAD, BOLD, DIM, GOOD};
use super::words::{duration, outcome};
use crate::error::Error;
use crate::finding::Verdict;
use crate::probe::{Facts, Probed, Registered};

/// How many of the remarkable things of one kind are told.
const SHOWN: usize = 12;

/// The report for programs.
///
/// # Errors
/// When something cannot be told in JSON.
pub fn json(probed: &Probed) -> Result<Vec<u8>, Error> {
    let cannot = |error: serde_json::Error| Error::Tool(format!("cannot make JSON: {error}"));
    let mut report: Value = serde_json::from_slice(&super::json::render(&probed.run)?).map_err(cannot)?;
    report["facts"] = serde_json::to_value(&probed.facts).map_err(cannot)?;
    report["renamed"] = json!(probed.renamed);
    let not = probed.not_tested.iter().map(|one| json!({ "scenario": one.scenario, "why": one.why }));
    report["not_tested"] = not.collect();
    let mut json = serde_json::to_vec_pretty(&report).map_err(cannot)?;
    json.push(b'\n');
    Ok(json)
}

/// The report for people.
///
/// # Errors
/// Those of the writer.
pub fn human(out: &mut impl Write, probed: &Probed, look: Look) -> io::Result<()> {
    facts(out, &probed.facts, look.verbose)?;
    writeln!(out, "\n{BOLD}Verdicts{BOLD:#}")?;
    for cell in &probed.run.cells {
        let style = if cell.as_expected() { GOOD } else { BAD };
        writeln!(out, "  {style}{:<20}{style:#} {}", escape::line(&cell.scenario), outcome(cell))?;
    }
    if let Some(renamed) = probed.renamed {
        let how = match renamed {
            0 => "no hash was found in the names of its assets, so they keep their names".to_owned(),
            many => format!("{many} hashes in names of assets are others"),
        };
        writeln!(out, "  {DIM}the rehearsed release: {how}{DIM:#}")?;
    }
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for not in &probed.not_tested {
        reasons.entry(&not.why).or_default().push(&not.scenario);
    }
    for (why, scenarios) in reasons {
        writeln!(out, "  {DIM}not tested: {}: {}{DIM:#}", scenarios.join(", "), escape::line(why))?;
    }
    let told = probed.run.cells.iter().filter(|cell| !cell.as_expected() || look.verbose && !cell.findings.is_empty());
    for cell in told {
        writeln!(out)?;
        evidence::cell(out, cell, look.width)?;
    }
    let failed = probed.run.cells.iter().filter(|cell| cell.verdict == Verdict::Fail).count();
    let style = if probed.exit_code() == 0 { GOOD } else { BAD };
    writeln!(
        out,
        "\n{style}{} of {} verdicts are failures, {} scenarios were not tested{style:#}; took {}, {} requests to the site",
        failed,
        probed.run.cells.len(),
        probed.not_tested.len(),
        duration(probed.run.took),
        probed.facts.traffic.requests
    )
}

fn facts(out: &mut impl Write, facts: &Facts, verbose: bool) -> io::Result<()> {
    writeln!(out, "{BOLD}{}{BOLD:#}", escape::line(&facts.url))?;
    let mut tell = |name: &str, said: &str| writeln!(out, "  {name:<15} {}", escape::line(said));
    if facts.registrations.is_empty() {
        tell("registration", "none: no service worker controls the page")?;
    }
    for one in facts.registrations.iter().take(SHOWN) {
        tell("registration", &registration(one))?;
    }
    more(&mut tell, facts.registrations.len())?;
    for script in &facts.scripts {
        let sent = |what: &str, value: &str| if value.is_empty() { format!("no {what}") } else { value.to_owned() };
        let mut said = format!(
            "{}: {}, {}, {}, {} bytes",
            script.url,
            script.status,
            sent("content-type", &script.content_type),
            sent("cache-control", &script.cache_control),
            script.bytes
        );
        if !script.allowed.is_empty() {
            said += &format!(", service-worker-allowed: {}", script.allowed);
        }
        if let Some(to) = &script.redirect {
            said += &format!(", redirected to {to}: browsers refuse that");
        }
        tell("worker script", &said)?;
    }
    for import in facts.imports.iter().take(SHOWN) {
        let status = import.status.map_or("no answer".to_owned(), |status| status.to_string());
        tell("imports", &format!("{}: {status}, {}", import.url, import.cache_control))?;
    }
    more(&mut tell, facts.imports.len())?;
    let missing: Vec<_> = facts.precache.iter().filter(|one| !one.is_there()).collect();
    if !facts.precache.is_empty() {
        tell("precache", &format!("{} entries, {} of them are not there", facts.precache.len(), missing.len()))?;
    }
    for one in missing.iter().take(SHOWN) {
        let status = one.status.map_or("no answer".to_owned(), |status| status.to_string());
        tell("", &format!("{}: {status}", one.url))?;
    }
    more(&mut tell, missing.len())?;
    let mut caches: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in &facts.caches {
        *caches.entry(&entry.cache).or_default() += 1;
    }
    for (cache, entries) in caches.iter().take(SHOWN) {
        tell("cache", &format!("{cache}: {entries} entries"))?;
    }
    more(&mut tell, caches.len())?;
    let remarkable: Vec<_> = facts.caches.iter().filter(|entry| verbose || !entry.remarks.is_empty()).collect();
    for entry in remarkable.iter().take(SHOWN) {
        tell("", &format!("{} ({}): {}", entry.url, entry.status, entry.remarks.join(", ")))?;
    }
    more(&mut tell, remarkable.len())?;
    let mut served: BTreeMap<String, usize> = BTreeMap::new();
    for one in &facts.served {
        let from = one.cache.as_ref().map_or_else(|| one.by.clone(), |cache| format!("{} ({cache})", one.by));
        *served.entry(from).or_default() += 1;
    }
    let served: Vec<String> = served.into_iter().take(SHOWN).map(|(by, many)| format!("{many} by {by}")).collect();
    tell("second visit", &if served.is_empty() { "nothing was answered".to_owned() } else { served.join(", ") })?;
    if verbose {
        for one in &facts.served {
            tell("", &format!("{} {} {} by {}", one.resource, one.url, one.status, one.by))?;
        }
    }
    if facts.offline.tried {
        let shown = if facts.offline.shown {
            format!(
                "a page is shown, with the title “{}”; {} of its requests fail",
                facts.offline.title,
                facts.offline.failed.len()
            )
        } else {
            "the browser's own error page".to_owned()
        };
        tell("offline", &shown)?;
    }
    for error in facts.errors.iter().take(SHOWN) {
        tell("error", error)?;
    }
    more(&mut tell, facts.errors.len())?;
    for (url, what) in facts.clear_site_data.iter().take(SHOWN) {
        tell("clear-site-data", &format!("{url}: {what}"))?;
    }
    for host in &facts.asset_hosts {
        tell("other host", host)?;
    }
    for (what, many) in facts.traffic.unsent.iter().take(SHOWN) {
        tell("not sent", &format!("{what}, {many} times: the site is only read from"))?;
    }
    if facts.traffic.refused > 0 {
        tell("limit", &format!("{} requests were too many and not made", facts.traffic.refused))?;
    }
    Ok(())
}

fn more(tell: &mut impl FnMut(&str, &str) -> io::Result<()>, all: usize) -> io::Result<()> {
    if all > SHOWN { tell("", &format!("… and {} more", all - SHOWN)) } else { Ok(()) }
}

fn registration(one: &Registered) -> String {
    let mut said = format!("scope {}, updateViaCache {}", one.scope, one.update_via_cache);
    if one.navigation_preload == Some(true) {
        said += ", navigations are preloaded";
    }
    for (state, script) in [("active", &one.active), ("waiting", &one.waiting), ("installing", &one.installing)] {
        if let Some(script) = script {
            said += &format!(", {state}: {script}");
        }
    }
    said
}
