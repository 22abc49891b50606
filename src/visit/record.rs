//! What is remembered of a visit beside the browser's profile: names, statuses and hashes, and never a body, a cookie or
//! the value of a query.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::scenario::site::{Served, Stored};

/// The version of the form.
const FORMAT: u32 = 1;

/// What was seen at a visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Version of the form.
    pub swapcheck_visit: u32,
    /// Scheme, host and port, without a slash at the end.
    pub origin: String,
    /// Path of the page that the visit began at.
    pub start: String,
    /// Paths of the further pages that were looked at.
    pub routes: Vec<String>,
    /// When, in seconds since 1970.
    pub at: u64,
    /// The browser, as it names itself.
    pub browser: String,
    /// What the site served.
    pub served: Served,
    /// Scopes of the registrations, and whether each had an active worker.
    pub registrations: BTreeMap<String, bool>,
    /// What the caches kept.
    pub entries: Vec<Stored>,
}

/// Why a record cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It is none.
    #[error("it is not the record of a visit ({0}); remove the directory, and visit the site anew")]
    Form(#[from] serde_json::Error),
    /// Another version wrote it.
    #[error("it has form {0}, this swapcheck reads form {FORMAT}; remove the directory, and visit the site anew")]
    Format(u32),
}

impl Default for Record {
    fn default() -> Self {
        Self {
            swapcheck_visit: FORMAT,
            origin: String::new(),
            start: String::new(),
            routes: Vec::new(),
            at: 0,
            browser: String::new(),
            served: Served::default(),
            registrations: BTreeMap::new(),
            entries: Vec::new(),
        }
    }
}

impl Record {
    /// Reads one.
    ///
    /// # Errors
    /// When it is none, or of another form.
    pub fn read(text: &[u8]) -> Result<Self, ReadError> {
        #[derive(Deserialize)]
        struct Version {
            swapcheck_visit: u32,
        }
        match serde_json::from_slice::<Version>(text)?.swapcheck_visit {
            FORMAT => Ok(serde_json::from_slice(text)?),
            other => Err(ReadError::Format(other)),
        }
    }

    /// As it is written.
    ///
    /// # Errors
    /// When it cannot be.
    pub fn written(&self) -> Result<Vec<u8>, Error> {
        let mut text = serde_json::to_vec_pretty(self)
            .map_err(|error| Error::Tool(format!("cannot write what was seen: {error}")))?;
        text.push(b'\n');
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let stored = Stored { cache: "c".into(), name: "n".into(), status: 200, hash: "h".into() };
        let record = Record { origin: "https://app.test".into(), entries: vec![stored], ..Record::default() };
        assert_eq!(Record::read(&record.written().unwrap()).unwrap(), record);
    }

    #[test]
    fn another_form_is_named() {
        let newer = Record { swapcheck_visit: 2, ..Record::default() }.written().unwrap();
        assert!(matches!(Record::read(&newer), Err(ReadError::Format(2))));
        assert!(matches!(Record::read(b"{}"), Err(ReadError::Form(_))));
    }
}
