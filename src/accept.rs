//! Findings that an app's description accepts for now, each with a reason and an end date.

use globset::Glob;
use serde::{Deserialize, Deserializer};
use time::{Date, Month, OffsetDateTime};

use crate::check;
use crate::finding::{Finding, Verdict};
use crate::run::{Accepted, Cell, Run};
use crate::scenario;
use crate::trace::What;

/// An `[[accept]]` table of `swapcheck.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accept {
    /// Id of the check.
    pub check: String,
    /// Only in this scenario.
    pub scenario: Option<String>,
    /// Only for URLs that match this glob, in which `*` matches anything.
    pub url: Option<String>,
    /// Why it is accepted.
    pub reason: String,
    /// The last day on which it is accepted, such as `2026-12-31`.
    #[serde(deserialize_with = "day")]
    pub until: Date,
}

/// Why an `[[accept]]` entry is invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AcceptError {
    /// There is no such check.
    #[error("`accept` names an unknown check `{0}`; `swapcheck explain` lists all checks")]
    Check(String),
    /// There is no such scenario.
    #[error("`accept` names an unknown scenario `{0}`; `swapcheck check --list` lists all scenarios")]
    Scenario(String),
    /// The URL pattern is not a glob.
    #[error("`accept` has an invalid URL pattern: {0}")]
    Pattern(#[from] globset::Error),
    /// It has no reason.
    #[error("`accept` of `{0}` has no reason; explain in `reason` why it is acceptable for now")]
    Reason(String),
}

impl Accept {
    /// Checks that it names known checks and scenarios, has a valid pattern, and gives a reason.
    ///
    /// # Errors
    /// When it does not; the text says what is wrong.
    pub fn verify(&self) -> Result<(), AcceptError> {
        if check::find(&self.check).is_none() {
            return Err(AcceptError::Check(self.check.clone()));
        }
        if let Some(id) = self.scenario.as_ref().filter(|id| scenario::ALL.iter().all(|known| known.id != *id)) {
            return Err(AcceptError::Scenario(id.clone()));
        }
        if let Some(pattern) = &self.url {
            Glob::new(pattern)?;
        }
        if self.reason.trim().is_empty() {
            return Err(AcceptError::Reason(self.check.clone()));
        }
        Ok(())
    }

    fn covers(&self, scenario: &str, finding: &Finding) -> bool {
        let here = self.scenario.as_ref().is_none_or(|only| only == scenario);
        let url = self.url.as_ref().is_none_or(|pattern| {
            let glob = Glob::new(pattern).map(|glob| glob.compile_matcher());
            glob.is_ok_and(|glob| finding.url.as_ref().is_some_and(|url| glob.is_match(url)))
        });
        self.check == finding.check && here && url
    }
}

/// Today, in UTC.
#[must_use]
pub fn today() -> Date {
    OffsetDateTime::now_utc().date()
}

/// The run in which findings that are accepted `today` do not count. An expired acceptance no longer applies, and its
/// cell says so.
#[must_use]
pub fn apply(run: Run, accepts: &[Accept], today: Date) -> Run {
    Run { cells: run.cells.into_iter().map(|cell| apply_to(cell, accepts, today)).collect(), ..run }
}

/// The acceptances that match nothing in a run to which they were applied, and can be removed.
#[must_use]
pub fn unused<'a>(run: &Run, accepts: &'a [Accept]) -> Vec<&'a Accept> {
    let used = |accept: &Accept| {
        run.cells.iter().any(|cell| cell.accepted.iter().any(|known| accept.covers(&cell.scenario, &known.finding)))
    };
    accepts.iter().filter(|accept| !used(accept)).collect()
}

fn apply_to(mut cell: Cell, accepts: &[Accept], today: Date) -> Cell {
    let mut counting = Vec::new();
    for finding in std::mem::take(&mut cell.findings) {
        // If several match, the one that lasts longest applies.
        let covering = accepts.iter().filter(|accept| accept.covers(&cell.scenario, &finding));
        let Some(accept) = covering.max_by_key(|accept| accept.until) else {
            counting.push(finding);
            continue;
        };
        let lapsed = accept.until < today;
        if lapsed {
            counting.push(finding.clone());
        }
        let (reason, until) = (accept.reason.clone(), accept.until.to_string());
        cell.accepted.push(Accepted { finding, reason, until, lapsed });
    }
    cell.findings = counting;
    if cell.verdict == Verdict::Fail && !cell.findings.iter().any(Finding::counts) {
        let events = cell.trace.iter().flat_map(|trace| &trace.events);
        let no_meaning = events.into_iter().find_map(|event| match &event.what {
            What::Inapplicable { why } => Some(why.clone()),
            _ => None,
        });
        cell.verdict = if no_meaning.is_some() { Verdict::Inapplicable } else { Verdict::Pass };
        cell.reason = no_meaning.unwrap_or_default();
    }
    cell
}

/// A TOML local date.
fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    use serde::de::Error as _;
    let text = toml::value::Datetime::deserialize(deserializer)?;
    let date = text.date.filter(|_| text.time.is_none());
    let date = date.ok_or_else(|| D::Error::custom("`until` must be a date, for example 2026-12-31"))?;
    let month = Month::try_from(date.month).map_err(D::Error::custom)?;
    Date::from_calendar_date(i32::from(date.year), month, date.day).map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::finding;
    use crate::run::Expected;

    #[derive(Deserialize)]
    struct File {
        accept: Vec<Accept>,
    }

    fn read(text: &str) -> Vec<Accept> {
        toml::from_str::<File>(text).unwrap().accept
    }

    fn accepts(more: &str) -> Vec<Accept> {
        read(&format!("[[accept]]\ncheck = 'cached-error'\nreason = 'mended in May'\nuntil = 2026-05-31\n{more}"))
    }

    fn date(month: Month, day: u8) -> Date {
        Date::from_calendar_date(2026, month, day).unwrap()
    }

    fn found(check: &str, url: Option<&str>) -> Finding {
        Finding { url: url.map(str::to_owned), ..finding(check) }
    }

    fn run(findings: Vec<Finding>) -> Run {
        let (verdict, expected) = (Verdict::Fail, Expected::Pass);
        let cell = Cell { verdict, expected, findings, ..Cell::broken("app", "open-tab", String::new()) };
        Run { cells: vec![cell], ..Run::default() }
    }

    fn applied(accepts: &[Accept], findings: Vec<Finding>, today: Date) -> Cell {
        apply(run(findings), accepts, today).cells.remove(0)
    }

    #[test]
    fn what_is_accepted_does_not_count_and_is_told() {
        let cell = applied(&accepts(""), vec![found("cached-error", None)], date(Month::May, 31));
        assert_eq!((cell.verdict, cell.findings.len(), cell.as_expected()), (Verdict::Pass, 0, true));
        let Accepted { reason, until, lapsed, .. } = &cell.accepted[0];
        assert_eq!((reason.as_str(), until.as_str(), *lapsed), ("mended in May", "2026-05-31", false));
    }

    #[test]
    fn what_was_accepted_until_yesterday_counts_and_is_told_too() {
        let cell = applied(&accepts(""), vec![found("cached-error", None)], date(Month::June, 1));
        assert_eq!((cell.verdict, cell.findings.len()), (Verdict::Fail, 1));
        assert!(cell.accepted[0].lapsed);
    }

    #[test]
    fn other_findings_still_count() {
        let findings = vec![found("cached-error", None), found("stale-page", None)];
        let cell = applied(&accepts(""), findings, date(Month::May, 1));
        assert_eq!((cell.verdict, cell.found()), (Verdict::Fail, vec!["stale-page"]));
    }

    #[test]
    fn scenario_and_url_narrow_it_down() {
        let (today, at) = (date(Month::May, 1), "https://app.test/img/a.png");
        for (more, url, accepted) in [
            ("scenario = 'open-tab'", None, 1),
            ("scenario = 'offline'", None, 0),
            ("url = '*/img/*'", Some(at), 1),
            ("url = '*/js/*'", Some(at), 0),
            ("url = '*'", None, 0),
        ] {
            let cell = applied(&accepts(more), vec![found("cached-error", url)], today);
            assert_eq!(cell.accepted.len(), accepted, "{more}");
        }
    }

    #[test]
    fn the_one_that_lasts_longest_counts_and_what_covers_nothing_is_told() {
        let two = [accepts(""), read("[[accept]]\ncheck = 'cached-error'\nreason = 'x'\nuntil = 2026-07-01")].concat();
        let run = apply(run(vec![found("cached-error", None)]), &two, date(Month::June, 1));
        assert_eq!((run.cells[0].verdict, run.exit_code()), (Verdict::Pass, 0));
        assert!(unused(&run, &two).is_empty());
        let other = accepts("scenario = 'offline'");
        assert_eq!(unused(&run, &other).len(), 1);
    }

    #[test]
    fn an_acceptance_names_what_there_is_and_a_reason_and_a_day() {
        let one = |text: &str| read(&accepts_text(text)).remove(0).verify();
        assert_eq!(one("check = 'cached-error'\nreason = 'x'\nuntil = 2026-01-01"), Ok(()));
        let named = |text: &str| one(text).unwrap_err().to_string();
        assert!(named("check = 'x'\nreason = 'x'\nuntil = 2026-01-01").contains("`x`"));
        assert!(named("check = 'cached-error'\nreason = ' '\nuntil = 2026-01-01").contains("reason"));
        let scenario = "check = 'cached-error'\nscenario = 'no'\nreason = 'x'\nuntil = 2026-01-01";
        assert!(named(scenario).contains("`no`"));
        for until in ["2026-01-01T00:00:00Z", "2026-02-30", "'soon'"] {
            let text = accepts_text(&format!("check = 'cached-error'\nreason = 'x'\nuntil = {until}"));
            assert!(toml::from_str::<File>(&text).is_err(), "{until}");
        }
        assert!(toml::from_str::<File>(&accepts_text("check = 'cached-error'\nreason = 'x'")).is_err());
    }

    fn accepts_text(text: &str) -> String {
        format!("[[accept]]\n{text}\n")
    }
}
