//! The directory that stores a visit between two runs: the browser's profile, the record of the visit, and a lock.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use super::record::Record;
use crate::app::App;
use crate::error::Error;
use crate::file::ReportFile;
use crate::{check, scenario};

/// The record of the visit.
const RECORD: &str = "visit.json";

/// The description of the app, if one was given.
const APP: &str = "swapcheck.toml";

/// The browser's profile.
const BROWSER: &str = "browser";

/// Locked while a run uses the directory.
const LOCK: &str = "lock";

/// Links with which a browser marks a profile as in use. We hold the lock, so they are stale; without removing them,
/// the browser would wait for one on another host, such as an earlier container.
const MARKS: &[&str] = &["SingletonLock", "SingletonSocket", "SingletonCookie"];

/// A directory locked for exclusive use.
#[derive(Debug)]
pub struct Place {
    dir: PathBuf,
    _lock: File,
}

impl Place {
    /// A directory for a new visit.
    ///
    /// # Errors
    /// When the directory already holds a visit or something else, or is in use.
    pub fn new(dir: &Path) -> Result<Self, Error> {
        let unusable = |error| Error::Usage(format!("cannot store a profile in {}: {error}", dir.display()));
        fs::create_dir_all(dir).map_err(unusable)?;
        let ours = [RECORD, APP, BROWSER, LOCK];
        let mut names = fs::read_dir(dir).map_err(unusable)?.flatten().map(|entry| entry.file_name());
        if let Some(other) = names.find(|name| !ours.iter().any(|known| *name == **known)) {
            let other = other.to_string_lossy();
            return Err(Error::Usage(format!(
                "cannot store a profile in {}: it contains `{other}`, which swapcheck has not created. Use a new \
                 directory",
                dir.display()
            )));
        }
        let place = Self::locked(dir)?;
        if dir.join(RECORD).exists() {
            return Err(Error::Usage(format!(
                "{} already holds a visit: run `swapcheck revisit --profile`, or remove the directory",
                dir.display()
            )));
        }
        // Remove the profile of an interrupted visit.
        if place.browser().exists() {
            fs::remove_dir_all(place.browser()).map_err(unusable)?;
        }
        Ok(place)
    }

    /// The directory of a visit, and its record.
    ///
    /// # Errors
    /// When there is no visit, or it is in use.
    pub fn of_visitor(dir: &Path) -> Result<(Self, Record), Error> {
        let file = dir.join(RECORD);
        let text = fs::read(&file).map_err(|error| {
            Error::Usage(format!(
                "{} holds no visit ({error}): run `swapcheck visit URL --profile` first",
                dir.display()
            ))
        })?;
        let place = Self::locked(dir)?;
        let record =
            Record::read(&text).map_err(|error| Error::Usage(format!("cannot use {}: {error}", file.display())))?;
        for mark in MARKS {
            let _ = fs::remove_file(place.browser().join(mark));
        }
        Ok((place, record))
    }

    fn locked(dir: &Path) -> Result<Self, Error> {
        let unusable = |error| Error::Usage(format!("cannot use {}: {error}", dir.display()));
        let lock = File::create(dir.join(LOCK)).map_err(unusable)?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive).map_err(|_| {
            Error::Usage(format!("{} is in use by another swapcheck process: wait until it has ended", dir.display()))
        })?;
        // The path must be valid in any working directory.
        let dir = fs::canonicalize(dir).map_err(unusable)?;
        Ok(Self { dir, _lock: lock })
    }

    /// The browser's profile.
    #[must_use]
    pub fn browser(&self) -> PathBuf {
        self.dir.join(BROWSER)
    }

    /// Stores the record of the visit.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep(&self, record: &Record) -> Result<(), Error> {
        ReportFile::at(&self.dir.join(RECORD))?.write(&record.written()?)
    }

    /// The description of the app that is given now, or else the one that was given at the visit.
    ///
    /// # Errors
    /// When the description cannot be used.
    pub fn app(&self, given: Option<&Path>) -> Result<App, Error> {
        let kept = self.dir.join(APP);
        if let Some(given) = given {
            // A copy onto itself would leave an empty file.
            let text = fs::read(given).and_then(|text| fs::write(&kept, text));
            text.map_err(|error| Error::Usage(format!("cannot use {}: {error}", given.display())))?;
        } else if !kept.exists() {
            return Ok(App::default());
        }
        App::read(&kept)
            .and_then(|app| app.verify_names(&check::ids(), &scenario::ids()).map(|()| app))
            .map_err(|error| Error::Usage(format!("cannot use {}: {error}", given.unwrap_or(&kept).display())))
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    fn refused(outcome: Result<impl std::fmt::Debug, Error>) -> String {
        let error = outcome.unwrap_err();
        assert_eq!(error.exit_code(), 2);
        error.to_string()
    }

    #[test]
    fn a_directory_of_somebody_else_is_left_alone() {
        let dir = TempDir::new().unwrap();
        fs::write(dir.path().join("notes"), "").unwrap();
        assert!(refused(Place::new(dir.path())).contains("contains `notes`"));
    }

    #[test]
    fn what_a_broken_off_visit_left_goes() {
        let dir = TempDir::new().unwrap();
        let place = Place::new(dir.path()).unwrap();
        fs::create_dir(place.browser()).unwrap();
        drop(place);
        assert!(!Place::new(dir.path()).unwrap().browser().exists());
    }

    #[test]
    fn a_visitor_is_not_replaced_and_used_by_one_at_a_time() {
        let dir = TempDir::new().unwrap();
        assert!(refused(Place::of_visitor(dir.path())).contains("holds no visit"));
        let place = Place::new(dir.path()).unwrap();
        assert!(refused(Place::new(dir.path())).contains("in use"));
        place.keep(&Record::default()).unwrap();
        drop(place);
        assert!(refused(Place::new(dir.path())).contains("already holds a visit"));
        let (_place, record) = Place::of_visitor(dir.path()).unwrap();
        assert_eq!(record, Record::default());
        assert!(refused(Place::of_visitor(dir.path())).contains("in use"));
    }

    #[test]
    fn the_kept_description_can_be_given_again() {
        let dir = TempDir::new().unwrap();
        let place = Place::new(dir.path()).unwrap();
        let kept = dir.path().join(APP);
        fs::write(&kept, "start = '/home'\n").unwrap();
        assert_eq!(place.app(Some(&kept)).unwrap().start, "/home");
        assert_eq!(place.app(None).unwrap().start, "/home");
    }
}
