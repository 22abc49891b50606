//! Report files: checked to be writable before a run begins, and written atomically.

use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::Error;

/// The file for a report.
#[derive(Clone, Debug)]
pub struct ReportFile {
    path: PathBuf,
}

impl ReportFile {
    /// Checks that a report can be written to this path.
    ///
    /// # Errors
    /// When it cannot; the text says why.
    pub fn at(path: &Path) -> Result<Self, Error> {
        let unusable = |error| Error::Usage(format!("cannot write the report {}: {error}", path.display()));
        // A symbolic link is kept: its target is replaced.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
        let file = Self { path };
        if file.path.is_dir() {
            return Err(unusable(io::Error::other("is a directory")));
        }
        if file.is_special() {
            fs::OpenOptions::new().write(true).open(&file.path).map_err(unusable)?;
        } else {
            probe(file.dir()).map_err(unusable)?;
        }
        Ok(file)
    }

    /// Writes the report to a temporary file in the same directory, which then replaces the target.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, content: &[u8]) -> Result<(), Error> {
        let written = if self.is_special() {
            fs::OpenOptions::new().write(true).open(&self.path).and_then(|mut file| file.write_all(content))
        } else {
            beside(self.dir()).and_then(|mut file| {
                file.write_all(content)?;
                file.persist(&self.path).map(drop).map_err(|error| error.error)
            })
        };
        written.map_err(|error| Error::Tool(format!("cannot write {}: {error}", self.path.display())))
    }

    /// Whether it is a device or a pipe, which must not be replaced by a file.
    fn is_special(&self) -> bool {
        self.path.metadata().is_ok_and(|meta| !meta.is_file())
    }

    fn dir(&self) -> &Path {
        match self.path.parent() {
            Some(dir) if !dir.as_os_str().is_empty() => dir,
            _ => Path::new("."),
        }
    }
}

/// Checks that a file can be created in a directory.
///
/// # Errors
/// When it cannot be created.
pub fn probe(dir: &Path) -> io::Result<()> {
    beside(dir).map(drop)
}

fn beside(dir: &Path) -> io::Result<NamedTempFile> {
    // The usual permissions of a new file, to which the system applies the user's umask.
    tempfile::Builder::new().prefix(".swapcheck-").permissions(Permissions::from_mode(0o666)).tempfile_in(dir)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_replaces_what_was_there_and_leaves_nothing_beside() {
        let dir = tempfile::TempDir::new().unwrap();
        let path = dir.path().join("report.json");
        fs::write(&path, "an older and longer report").unwrap();
        ReportFile::at(&path).unwrap().write(b"new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_missing_directory_is_found_before_the_run() {
        let dir = tempfile::TempDir::new().unwrap();
        let error = ReportFile::at(&dir.path().join("no/report.json")).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().contains("no/report.json"), "{error}");
        assert_eq!(ReportFile::at(dir.path()).unwrap_err().exit_code(), 2);
    }

    #[test]
    fn a_device_stays_a_device() {
        ReportFile::at(Path::new("/dev/null")).unwrap().write(b"x").unwrap();
        assert!(!Path::new("/dev/null").metadata().unwrap().is_file());
    }

    #[test]
    fn a_link_stays_a_link() {
        let dir = tempfile::TempDir::new().unwrap();
        let (real, link) = (dir.path().join("real"), dir.path().join("link"));
        fs::write(&real, "").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        ReportFile::at(&link).unwrap().write(b"x").unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read_to_string(&real).unwrap(), "x");
    }
}
