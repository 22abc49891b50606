//! Keeps the traces of a run, one file a cell, with the pictures beside them.

use std::fs;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use super::file::probe;
use crate::error::Error;
use crate::run::Run;

/// What the names of kept traces end in.
pub(crate) const EXTENSION: &str = "jsonl";

/// A directory for traces.
#[derive(Clone, Debug)]
pub struct Traces {
    dir: PathBuf,
}

impl Traces {
    /// Keeps traces in this directory, which is made where it is missing.
    ///
    /// # Errors
    /// When nothing can be written there.
    pub fn in_dir(dir: &Path) -> Result<Self, Error> {
        let unusable = |error| Error::Usage(format!("cannot keep traces in {}: {error}", dir.display()));
        fs::create_dir_all(dir).and_then(|()| probe(dir)).map_err(unusable)?;
        Ok(Self { dir: dir.to_path_buf() })
    }

    /// Writes every trace of a run, and notes in each cell where it is.
    ///
    /// # Errors
    /// When one cannot be written.
    pub fn save(&self, run: &mut Run) -> Result<(), Error> {
        for cell in &mut run.cells {
            let Some(trace) = &cell.trace else { continue };
            let path = self.dir.join(format!("{}.{}.{EXTENSION}", cell.variant, cell.scenario));
            fs::File::create(&path)
                .and_then(|file| trace.write(BufWriter::new(file)))
                .map_err(|error| Error::Tool(format!("cannot write {}: {error}", path.display())))?;
            for picture in &cell.pictures {
                let path = picture.beside(&path);
                fs::write(&path, &picture.jpeg)
                    .map_err(|error| Error::Tool(format!("cannot write {}: {error}", path.display())))?;
            }
            cell.kept = Some(path);
        }
        Ok(())
    }
}
