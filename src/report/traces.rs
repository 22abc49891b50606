//! Saves the traces of a run, one file per cell, with the screenshots next to them.

use std::fs;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::error::Error;
use crate::file::probe;
use crate::outcome::{Cell, Run};

/// The file extension of saved traces.
pub(crate) const EXTENSION: &str = "jsonl";

/// A directory for traces.
#[derive(Debug)]
pub struct Traces {
    dir: PathBuf,
    /// The first error.
    failed: Mutex<Option<Error>>,
}

impl Traces {
    /// Saves traces in this directory, which is created if missing.
    ///
    /// # Errors
    /// When the directory is not writable.
    pub fn in_dir(dir: &Path) -> Result<Self, Error> {
        let unusable = |error| Error::Usage(format!("cannot save traces in {}: {error}", dir.display()));
        fs::create_dir_all(dir).and_then(|()| probe(dir)).map_err(unusable)?;
        Ok(Self { dir: dir.to_path_buf(), failed: Mutex::default() })
    }

    /// Saves the trace of a cell, and records its path in the cell. [`Traces::all_kept`] reports errors.
    pub fn keep(&self, cell: &mut Cell) {
        if let Err(error) = self.write(cell) {
            self.failed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        }
    }

    /// Whether all traces were saved.
    ///
    /// # Errors
    /// When one could not be saved.
    pub fn all_kept(&self) -> Result<(), Error> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).take().map_or(Ok(()), Err)
    }

    /// Saves the traces of a run, and records their paths in the cells.
    ///
    /// # Errors
    /// When one cannot be saved.
    pub fn save(&self, run: &mut Run) -> Result<(), Error> {
        run.cells.iter_mut().try_for_each(|cell| self.write(cell))
    }

    fn write(&self, cell: &mut Cell) -> Result<(), Error> {
        let Some(trace) = &cell.trace else { return Ok(()) };
        let path = self.dir.join(format!("{}.{}.{EXTENSION}", cell.variant, cell.scenario));
        let unwritten =
            |path: &Path, error: io::Error| Error::Tool(format!("cannot write {}: {error}", path.display()));
        fs::File::create(&path)
            .and_then(|file| trace.write(BufWriter::new(file)))
            .map_err(|error| unwritten(&path, error))?;
        for picture in &cell.pictures {
            let path = picture.beside(&path);
            fs::write(&path, &picture.jpeg).map_err(|error| unwritten(&path, error))?;
        }
        cell.kept = Some(path);
        Ok(())
    }
}
