//! A small site in two releases, healthy as it is, into which a test puts a defect.

use std::path::{Path, PathBuf};

use swapcheck::app::App;
use tempfile::TempDir;
use walkdir::WalkDir;

/// What stands for a release's name in the files and their names.
const PLACEHOLDER: &str = "__RELEASE__";

/// A defect: in this file, this text stands in place of that.
#[derive(Clone, Copy)]
pub struct Edit {
    pub file: &'static str,
    pub good: &'static str,
    pub bad: &'static str,
}

/// Releases A and B of the site, with the same defects in both.
pub struct Site {
    dir: TempDir,
}

impl Site {
    /// Makes both releases.
    pub fn with(edits: &[Edit]) -> Self {
        let dir = TempDir::new().unwrap();
        for release in ["A", "B"] {
            write(&dir.path().join(release), release, edits);
        }
        Self { dir }
    }

    /// Where a release's files are.
    pub fn files(&self, release: &str) -> PathBuf {
        self.dir.path().join(release)
    }
}

/// What swapcheck has to know of the site.
pub fn app() -> App {
    App::read(&source().join("swapcheck.toml")).unwrap()
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/site")
}

fn write(to: &Path, release: &str, edits: &[Edit]) {
    let source = source();
    let named = |text: &str| text.replace(PLACEHOLDER, release);
    let mut done = 0;
    for entry in WalkDir::new(&source).into_iter().map(Result::unwrap).filter(|entry| entry.file_type().is_file()) {
        let name = entry.path().strip_prefix(&source).unwrap().to_str().unwrap();
        let mut text = std::fs::read_to_string(entry.path()).unwrap();
        for Edit { good, bad, .. } in edits.iter().filter(|edit| edit.file == name) {
            assert_eq!(text.matches(good).count(), 1, "`{good}` has to stand in {name} once");
            text = text.replace(good, bad);
            done += 1;
        }
        let path = to.join(named(name));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, named(&text)).unwrap();
    }
    assert_eq!(done, edits.len(), "an edit names a file that is not there");
}
