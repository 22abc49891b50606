//! Finds the files of a project. Installed packages and builds are not searched for sources; built workers are read, and
//! the paths of builds are listed.

use std::collections::BTreeSet;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::finding::Unread;
use super::name::is_text;

/// Directories without sources and without files that are served.
const LEFT_OUT: &[&str] = &[
    "node_modules",
    ".git",
    ".hg",
    ".svn",
    ".turbo",
    ".vercel",
    ".cache",
    ".yarn",
    ".pnpm-store",
    "coverage",
    "target",
];
/// Build output directories.
const BUILT: &[&str] = &[".next", "out", "dist", "build", ".output", ".svelte-kit", ".netlify"];
/// Usual names of worker scripts.
const WORKERS: &[&str] =
    &["sw", "service-worker", "serviceworker", "serviceWorker", "worker", "service_worker", "firebase-messaging-sw"];
/// Maximum number of paths. A larger project is examined in part.
const MOST_PATHS: usize = 200_000;
const DEEPEST: usize = 40;
/// Maximum size of a source file in bytes; hand-written files are smaller.
const LARGEST_SOURCE: u64 = 1 << 20;
/// Maximum size of a built worker in bytes; it can list thousands of files.
const LARGEST_WORKER: u64 = 4 << 20;
/// Maximum size of all files in bytes.
const LARGEST_ALL: u64 = 128 << 20;

/// A file that was read.
#[derive(Clone, Debug)]
pub struct File {
    /// Its path, relative to the project.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
    /// Whether it is in a build output directory.
    pub built: bool,
}

/// The content of a directory.
#[derive(Debug, Default)]
pub struct Found {
    /// Files that may be relevant.
    pub files: Vec<File>,
    /// The paths of all files.
    pub paths: BTreeSet<PathBuf>,
    /// Files that are too large, or cannot be read.
    pub unread: Vec<Unread>,
}

/// Walks a directory.
///
/// # Errors
/// When the directory itself cannot be read.
pub fn walk(root: &Path) -> io::Result<Found> {
    std::fs::read_dir(root)?;
    let mut found = Found::default();
    let mut bytes = 0;
    let kept = |entry: &DirEntry| entry.depth() == 0 || !entry.file_type().is_dir() || !is_left_out(entry);
    let walk = WalkDir::new(root).max_depth(DEEPEST).sort_by_file_name().into_iter().filter_entry(kept);
    for entry in walk {
        // Directories without access are skipped.
        let Ok(entry) = entry else { continue };
        let Ok(path) = entry.path().strip_prefix(root) else { continue };
        if !entry.file_type().is_file() {
            continue;
        }
        if found.paths.len() == MOST_PATHS {
            found.unread.push(not(path, format!("more than {MOST_PATHS} files; those after this one are skipped")));
            break;
        }
        found.paths.insert(path.to_owned());
        let built = is_built(path);
        let wanted = if built { is_worker(path) && path.components().count() <= 4 } else { is_source(path) };
        if !wanted {
            continue;
        }
        let limit = if is_worker(path) { LARGEST_WORKER } else { LARGEST_SOURCE };
        match read(entry.path(), limit) {
            Ok(Some(text)) => {
                bytes += text.len() as u64;
                if bytes > LARGEST_ALL {
                    found
                        .unread
                        .push(not(path, format!("more than {} MB of files; the rest is skipped", LARGEST_ALL >> 20)));
                    break;
                }
                found.files.push(File { path: path.to_owned(), text, built });
            }
            // Files this large are not hand-written sources.
            Ok(None) if !is_worker(path) => {}
            Ok(None) => found.unread.push(not(path, format!("larger than {} MB", limit >> 20))),
            Err(error) => found.unread.push(not(path, error.to_string())),
        }
    }
    Ok(found)
}

fn not(path: &Path, reason: String) -> Unread {
    Unread { path: path.to_owned(), line: 1, column: 1, reason }
}

/// The text of a file, unless it is too large. Bytes that are not UTF-8 are replaced.
fn read(path: &Path, limit: u64) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(limit + 1).read_to_end(&mut bytes)?;
    let fits = bytes.len() as u64 <= limit;
    Ok(fits.then(|| {
        String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }))
}

fn is_left_out(entry: &DirEntry) -> bool {
    let name = entry.file_name();
    LEFT_OUT.iter().any(|out| name == *out)
        || name == "cache" && entry.path().parent().is_some_and(|dir| dir.ends_with(".next"))
}

/// Whether a path is in a build output directory.
pub(super) fn is_built(path: &Path) -> bool {
    path.parent().is_some_and(|dir| dir.iter().any(|part| BUILT.iter().any(|built| part == *built)))
}

fn is_worker(path: &Path) -> bool {
    let script = path.extension().is_some_and(|extension| extension == "js" || extension == "mjs");
    script && path.file_stem().is_some_and(|stem| WORKERS.iter().any(|name| stem == *name))
}

fn is_source(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    is_text(path)
        || matches!(extension, "js" | "mjs" | "cjs" | "jsx" | "ts" | "mts" | "cts" | "tsx" | "html" | "vue" | "svelte")
            && !name.ends_with(".min.js")
            && !name.starts_with("workbox-")
        || matches!(name, "package.json" | "vercel.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Found {
        let dir = tempfile::TempDir::new().unwrap();
        for (path, text) in files {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        walk(dir.path()).unwrap()
    }

    #[test]
    fn sources_are_read_and_builds_are_known_by_their_paths() {
        let found = found(&[
            ("app/page.tsx", ""),
            ("node_modules/x/index.js", ""),
            (".next/static/chunks/a.js", ""),
            (".next/cache/big.js", ""),
            ("out/sw.js", ""),
            ("out/main.js", ""),
            ("public/sw.js", ""),
            ("public/a.png", ""),
        ]);
        let read: Vec<_> = found.files.iter().map(|file| (file.path.to_str().unwrap(), file.built)).collect();
        assert_eq!(read, [("app/page.tsx", false), ("out/sw.js", true), ("public/sw.js", false)]);
        assert!(found.paths.contains(Path::new(".next/static/chunks/a.js")));
        assert!(found.paths.contains(Path::new("public/a.png")));
        assert!(!found.paths.contains(Path::new(".next/cache/big.js")));
        assert!(!found.paths.iter().any(|path| path.starts_with("node_modules")));
    }

    #[test]
    fn what_is_too_large_is_left_and_a_worker_is_named() {
        let large = "x".repeat(5 << 20);
        let found = found(&[("data.js", &large), ("public/sw.js", &large)]);
        assert!(found.files.is_empty());
        assert_eq!(found.unread.len(), 1);
        assert!(found.unread[0].reason.contains("4 MB"), "{:?}", found.unread);
    }

    #[test]
    fn a_directory_that_is_not_there_is_an_error() {
        assert!(walk(Path::new("/no/such/directory")).is_err());
    }
}
