//! Screenshots of tabs. They are stored next to a trace, never in it.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The largest screenshot that is read from a file, in bytes.
const LARGEST: u64 = 1 << 20;

/// A screenshot of the tab that an event is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// The event's `seq`.
    pub seq: u32,
    /// The JPEG data.
    pub jpeg: Vec<u8>,
}

impl Picture {
    /// The path of this screenshot next to its trace: `app.open-tab.12.jpg` next to `app.open-tab.jsonl`.
    #[must_use]
    pub fn beside(&self, trace: &Path) -> PathBuf {
        trace.with_extension(format!("{}.jpg", self.seq))
    }

    /// The screenshots next to a trace file, ordered by `seq`. Other files are ignored.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub fn all_beside(trace: &Path) -> io::Result<Vec<Self>> {
        let dir = trace.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let Some(stem) = trace.file_stem().and_then(|name| name.to_str()) else { return Ok(Vec::new()) };
        let mut pictures = Vec::new();
        for entry in fs::read_dir(dir)? {
            let entry = entry?;
            let name = entry.file_name();
            let seq = name.to_str().and_then(|name| seq(name, stem));
            if let Some((seq, jpeg)) = seq.and_then(|seq| Some((seq, jpeg(&entry.path())?))) {
                pictures.push(Self { seq, jpeg });
            }
        }
        pictures.sort_by_key(|picture| picture.seq);
        Ok(pictures)
    }
}

fn seq(name: &str, stem: &str) -> Option<u32> {
    name.strip_prefix(stem)?.strip_prefix('.')?.strip_suffix(".jpg")?.parse().ok()
}

fn jpeg(path: &Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path).ok()?.take(LARGEST).read_to_end(&mut bytes).ok()?;
    bytes.starts_with(&[0xff, 0xd8]).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_found_beside_their_trace_by_its_name() {
        let dir = tempfile::TempDir::new().unwrap();
        let trace = dir.path().join("app.open-tab.jsonl");
        for seq in [12, 3] {
            let picture = Picture { seq, jpeg: vec![0xff, 0xd8, 7] };
            fs::write(picture.beside(&trace), &picture.jpeg).unwrap();
        }
        fs::write(dir.path().join("app.open-tab.4.jpg"), "no picture").unwrap();
        fs::write(dir.path().join("app.open-tabs.5.jpg"), [0xff, 0xd8]).unwrap();
        fs::write(dir.path().join("app.open-tab.x.jpg"), [0xff, 0xd8]).unwrap();
        let found: Vec<u32> = Picture::all_beside(&trace).unwrap().iter().map(|picture| picture.seq).collect();
        assert_eq!(found, [3, 12]);
        assert!(dir.path().join("app.open-tab.12.jpg").exists());
    }
}
