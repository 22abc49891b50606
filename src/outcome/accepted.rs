//! Findings that an app's description accepts for now, each with a reason and an end date.

use time::{Date, OffsetDateTime};

use super::{Accepted, Cell, Fact, Run};
use super::{Finding, Verdict};
use crate::app::Accept;

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

/// What to change about the acceptances after a run to which they were applied: those that have expired, and those that
/// match nothing although their scenarios were tested.
#[must_use]
pub fn remarks(run: &Run, accepts: &[Accept], today: Date) -> Vec<Fact> {
    let matches = |accept: &Accept| {
        run.cells.iter().any(|cell| cell.accepted.iter().any(|known| covers(accept, &cell.scenario, &known.finding)))
    };
    let remark = |accept: &Accept| {
        if accept.until < today {
            return Some(format!("expired on {}: remove it, or give it a later `until`", accept.until));
        }
        (is_tested(run, accept) && !matches(accept)).then(|| "matches no finding: remove it".to_owned())
    };
    let told = accepts.iter().filter_map(|accept| {
        let scenario = accept.scenario.as_ref().map(|id| format!(" in {id}")).unwrap_or_default();
        let url = accept.url.as_ref().map(|pattern| format!(" for {pattern}")).unwrap_or_default();
        let what = format!("`accept` of `{}`{scenario}{url}", accept.check);
        remark(accept).map(|remark| Fact::new("accepted", format!("{what} {remark}")))
    });
    told.collect()
}

/// Whether the scenarios of an acceptance were tested, so that it could have matched.
fn is_tested(run: &Run, accept: &Accept) -> bool {
    let mut cells = run.cells.iter().filter(|cell| accept.scenario.as_ref().is_none_or(|only| *only == cell.scenario));
    let tested = |cell: &Cell| matches!(cell.verdict, Verdict::Pass | Verdict::Fail);
    if accept.scenario.is_some() { cells.any(tested) } else { cells.all(tested) }
}

fn covers(accept: &Accept, scenario: &str, finding: &Finding) -> bool {
    accept.covers(scenario, &finding.check, finding.url.as_deref())
}

fn apply_to(mut cell: Cell, accepts: &[Accept], today: Date) -> Cell {
    let mut counting = Vec::new();
    for finding in std::mem::take(&mut cell.findings) {
        // If several match, the one that lasts longest applies.
        let covering = accepts.iter().filter(|accept| covers(accept, &cell.scenario, &finding));
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
    if cell.verdict == Verdict::Fail {
        (cell.verdict, cell.reason) = Verdict::of(&cell.findings, &cell.otherwise);
    }
    cell
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use time::Month;

    use super::*;
    use crate::check::testing::finding;
    use crate::outcome::Expected;

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
    fn an_accepted_finding_makes_no_pass_of_a_cell_in_which_a_pass_proves_nothing() {
        let mut run = run(vec![found("cached-error", None)]);
        run.cells[0].otherwise = (Verdict::Inapplicable, "no page showed its release".to_owned());
        let cell = apply(run, &accepts(""), date(Month::May, 1)).cells.remove(0);
        assert_eq!((cell.verdict, cell.reason.as_str()), (Verdict::Inapplicable, "no page showed its release"));
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
        assert!(remarks(&run, &two[1..], date(Month::June, 1)).is_empty());
    }

    #[test]
    fn people_are_told_of_acceptances_that_match_nothing_and_of_expired_ones() {
        let told = |more: &str, found: &[&str], today| {
            let accepts = accepts(more);
            let run = apply(run(found.iter().map(|check| self::found(check, None)).collect()), &accepts, today);
            remarks(&run, &accepts, today).into_iter().map(|fact| fact.text).collect::<Vec<_>>().join("\n")
        };
        let may = date(Month::May, 1);
        assert_eq!(told("", &["cached-error"], may), "");
        assert_eq!(told("", &["stale-page"], may), "`accept` of `cached-error` matches no finding: remove it");
        assert_eq!(
            told("scenario = 'open-tab'\nurl = '*/img/*'", &["cached-error"], may),
            "`accept` of `cached-error` in open-tab for */img/* matches no finding: remove it"
        );
        assert_eq!(told("scenario = 'offline'", &["cached-error"], may), "", "that scenario was not tested");
        let late = told("", &["cached-error"], date(Month::June, 1));
        assert_eq!(late, "`accept` of `cached-error` expired on 2026-05-31: remove it, or give it a later `until`");
    }
}
