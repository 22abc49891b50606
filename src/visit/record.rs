//! The record of a visit, stored next to the browser's profile: names, statuses and hashes, never a body, a cookie or a
//! query value.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::scenario::site::{Served, Stored};

/// Version of the format.
const FORMAT: u32 = 1;

/// The record of a visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Version of the format.
    pub swapcheck_visit: u32,
    /// Scheme, host and port, without a trailing slash.
    pub origin: String,
    /// Path of the page that the visit started at.
    pub start: String,
    /// Paths of the other pages that were visited.
    pub routes: Vec<String>,
    /// Time of the visit, in seconds since 1970.
    pub at: u64,
    /// The name and version that the browser reports.
    pub browser: String,
    /// What the site served.
    pub served: Served,
    /// Scopes of the registrations, and whether each had an active worker.
    pub registrations: BTreeMap<String, bool>,
    /// The cache entries.
    pub entries: Vec<Stored>,
}

/// Why a record cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It is not a record.
    #[error("not the record of a visit ({0}); remove the directory and visit the site again")]
    Form(#[from] serde_json::Error),
    /// It has another version of the format.
    #[error(
        "the record has format {0}, but this version of swapcheck reads format {FORMAT}; remove the directory and \
         visit the site again"
    )]
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
    /// Parses a record.
    ///
    /// # Errors
    /// When it is not a record, or has another format.
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

    /// The serialised record.
    ///
    /// # Errors
    /// When it cannot be serialised.
    pub fn written(&self) -> Result<Vec<u8>, Error> {
        let mut text = serde_json::to_vec_pretty(self)
            .map_err(|error| Error::Tool(format!("cannot write the record of the visit: {error}")))?;
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
