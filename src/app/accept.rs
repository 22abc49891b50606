//! Findings that an app's description accepts for now, each with a reason and a last day.

use globset::Glob;
use serde::{Deserialize, Deserializer};
use time::{Date, Month};

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
    /// The last day on which it is, such as `2026-12-31`.
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
    /// Makes sure that it can match anything, and says why: the checks and scenarios are those that there are.
    ///
    /// # Errors
    /// When it does not; the text says what is wrong.
    pub fn verify(&self, checks: &[&str], scenarios: &[&str]) -> Result<(), AcceptError> {
        if !checks.contains(&self.check.as_str()) {
            return Err(AcceptError::Check(self.check.clone()));
        }
        if let Some(id) = self.scenario.as_ref().filter(|id| !scenarios.contains(&id.as_str())) {
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

    /// Whether it covers a finding of `check` in `scenario`, about `url`.
    #[must_use]
    pub fn covers(&self, scenario: &str, check: &str, url: Option<&str>) -> bool {
        let here = self.scenario.as_ref().is_none_or(|only| only == scenario);
        let url = self.url.as_ref().is_none_or(|pattern| {
            let glob = Glob::new(pattern).map(|glob| glob.compile_matcher());
            glob.is_ok_and(|glob| url.is_some_and(|url| glob.is_match(url)))
        });
        self.check == check && here && url
    }
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

    #[derive(Deserialize)]
    struct File {
        accept: Vec<Accept>,
    }

    fn read(text: &str) -> Vec<Accept> {
        toml::from_str::<File>(text).unwrap().accept
    }

    #[test]
    fn an_acceptance_names_what_there_is_and_a_reason_and_a_day() {
        let one = |text: &str| read(&accepts_text(text)).remove(0).verify(&["cached-error"], &["open-tab"]);
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
