//! A check for worker updates, as the browser makes one after a navigation and once a day.

use std::fmt;

use serde::Deserialize;
use serde_json::Value;

/// Checks every registration for an update, and returns an [`UpdateCheck`]. While another worker is installing, the
/// check does not finish: it gets 25 s.
pub(super) const CHECK_FOR_UPDATES: &str = "navigator.serviceWorker.getRegistrations().then(async (all) => {
  if (!all.length) return { state: 'no-registration' };
  const late = new Promise((done) => setTimeout(done, 25000, 'late'));
  for (const one of all) {
    try {
      if ((await Promise.race([one.update(), late])) === 'late') return { state: 'late' };
    } catch (error) { return { state: 'failed', why: error.message }; }
  }
  if (all.some((one) => one.installing)) return { state: 'installing' };
  return { state: all.some((one) => one.waiting) ? 'waiting' : 'nothing-new' };
}).then(JSON.stringify)";

/// The result of a check for worker updates: the state of the newest worker.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum UpdateCheck {
    /// No worker is registered.
    NoRegistration,
    /// There is no new worker.
    NothingNew,
    /// A new worker is installing.
    Installing,
    /// A new worker is waiting.
    Waiting,
    /// The check failed.
    Failed {
        /// The browser's message.
        why: String,
    },
    /// The check did not finish.
    Late,
    /// The page went away during the check.
    #[serde(skip_deserializing)]
    Left,
}

impl UpdateCheck {
    /// Reads what [`CHECK_FOR_UPDATES`] returned.
    pub(super) fn read(answer: Option<&Value>) -> Self {
        let text = answer.and_then(Value::as_str);
        text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or(Self::Left)
    }
}

impl fmt::Display for UpdateCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRegistration => f.write_str("no registration"),
            Self::NothingNew => f.write_str("nothing new"),
            Self::Installing => f.write_str("installing"),
            Self::Waiting => f.write_str("waiting"),
            Self::Failed { why } => write!(f, "failed: {why}"),
            Self::Late => f.write_str("no result within 25 s"),
            Self::Left => f.write_str("the page was left"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_read_and_printed() {
        for (answer, check, text) in [
            (r#"{"state":"nothing-new"}"#, UpdateCheck::NothingNew, "nothing new"),
            (r#"{"state":"installing"}"#, UpdateCheck::Installing, "installing"),
            (r#"{"state":"failed","why":"x"}"#, UpdateCheck::Failed { why: "x".to_owned() }, "failed: x"),
            ("", UpdateCheck::Left, "the page was left"),
        ] {
            assert_eq!(UpdateCheck::read(Some(&Value::from(answer))), check);
            assert_eq!(check.to_string(), text);
        }
        assert_eq!(UpdateCheck::read(None), UpdateCheck::Left);
    }
}
