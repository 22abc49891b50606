//! The files that go into a build: a directory with others on top, hashed and copied as one.

use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

use walkdir::WalkDir;

/// What a build of the sample app leaves out: installed dependencies, output of earlier builds, and files that describe
/// the app but are not part of it.
const LEFT_OUT: &[&str] = &[
    "node_modules",
    ".next",
    ".git",
    "variants",
    "next-env.d.ts",
    "tsconfig.tsbuildinfo",
    "swapcheck.toml",
    "TABLE.md",
];

/// A hash over everything that determines a build. Each field is hashed with its length, so different lists of fields
/// never produce the same bytes.
#[derive(Clone, Debug)]
pub struct Key(blake3::Hasher);

impl Key {
    /// A key for one kind of entry.
    #[must_use]
    pub fn new(kind: &str) -> Self {
        Self(blake3::Hasher::new()).with(kind.as_bytes())
    }

    /// The key with one more field.
    #[must_use]
    pub fn with(mut self, field: impl AsRef<[u8]>) -> Self {
        let field = field.as_ref();
        self.0.update(&(field.len() as u64).to_le_bytes());
        self.0.update(field);
        self
    }

    /// The name of entries with this key in the cache.
    #[must_use]
    pub fn name(&self) -> String {
        self.0.finalize().to_hex()[..20].to_owned()
    }
}

/// Files by their destination path.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    files: BTreeMap<PathBuf, PathBuf>,
}

impl Tree {
    /// The sample app itself.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub fn base(dir: &Path) -> io::Result<Self> {
        let mut tree = Self::default();
        tree.add(dir, LEFT_OUT)?;
        Ok(tree)
    }

    /// Everything in a directory.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub fn whole(dir: &Path) -> io::Result<Self> {
        let mut tree = Self::default();
        tree.add(dir, &[])?;
        Ok(tree)
    }

    /// Adds a directory on top, replacing files of the same path. A directory that does not exist changes nothing.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub fn lay_over(&mut self, dir: &Path) -> io::Result<()> {
        if dir.try_exists()? { self.add(dir, &[]) } else { Ok(()) }
    }

    fn add(&mut self, dir: &Path, left_out: &[&str]) -> io::Result<()> {
        let walk = WalkDir::new(dir).follow_links(true).into_iter();
        let kept =
            walk.filter_entry(|entry| entry.depth() != 1 || !left_out.iter().any(|name| entry.file_name() == *name));
        for entry in kept {
            let entry = entry?;
            if entry.file_type().is_file() {
                let path = entry.path().strip_prefix(dir).map_err(io::Error::other)?;
                self.files.insert(path.to_owned(), entry.path().to_owned());
            }
        }
        Ok(())
    }

    /// Whether it is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The source of the file with this destination path.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Path> {
        self.files.get(Path::new(path)).map(PathBuf::as_path)
    }

    /// The part below a directory.
    #[must_use]
    pub fn below(&self, dir: &str) -> Self {
        let files = self.files.iter();
        let inside = files.filter_map(|(to, from)| Some((to.strip_prefix(dir).ok()?.to_owned(), from.clone())));
        Self { files: inside.collect() }
    }

    /// The part that consists of these files.
    #[must_use]
    pub fn only(&self, paths: &[&str]) -> Self {
        let found = paths.iter().filter_map(|path| self.files.get_key_value(Path::new(path)));
        Self { files: found.map(|(to, from)| (to.clone(), from.clone())).collect() }
    }

    /// Adds the paths and contents of all files to a key.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn hash(&self, mut key: Key) -> io::Result<Key> {
        for (to, from) in &self.files {
            key = key.with(to.as_os_str().as_encoded_bytes()).with(read(from)?);
        }
        Ok(key)
    }

    /// Copies all files into a directory, overwriting existing files.
    ///
    /// # Errors
    /// When a file cannot be read or written.
    pub fn copy(&self, dir: &Path) -> io::Result<()> {
        self.copy_as(dir, |bytes| bytes)
    }

    /// As [`Tree::copy`], with each file's contents passed through `change`.
    ///
    /// # Errors
    /// When a file cannot be read or written.
    pub fn copy_as(&self, dir: &Path, change: impl Fn(Vec<u8>) -> Vec<u8>) -> io::Result<()> {
        for (to, from) in &self.files {
            let to = dir.join(to);
            if let Some(parent) = to.parent() {
                std::fs::create_dir_all(parent)?;
            }
            std::fs::write(to, change(read(from)?))?;
        }
        Ok(())
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
}

/// Copies a directory as it is, links as links, without the parts in `left_out` (relative paths). Existing files are
/// replaced.
///
/// # Errors
/// When a file or directory cannot be read or written.
pub fn copy_dir(from: &Path, to: &Path, left_out: &[&str]) -> io::Result<()> {
    let walk = WalkDir::new(from).into_iter().filter_entry(|entry| {
        let path = entry.path().strip_prefix(from).unwrap_or(entry.path());
        !left_out.iter().any(|out| path == Path::new(out))
    });
    for entry in walk {
        let entry = entry?;
        let path = entry.path().strip_prefix(from).map_err(io::Error::other)?;
        let target = if path.components().all(|part| part == Component::CurDir) { to.into() } else { to.join(path) };
        if entry.file_type().is_dir() {
            std::fs::create_dir_all(target)?;
        } else if entry.file_type().is_symlink() {
            std::os::unix::fs::symlink(std::fs::read_link(entry.path())?, target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Sets the modification time of every file below `dir`.
///
/// # Errors
/// When a file cannot be accessed.
pub fn stamp(dir: &Path, time: SystemTime) -> io::Result<()> {
    for entry in WalkDir::new(dir) {
        let entry = entry?;
        if entry.file_type().is_file() {
            std::fs::File::options().write(true).open(entry.path())?.set_modified(time)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dir(files: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::TempDir::new().unwrap();
        for (path, text) in files {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        dir
    }

    fn name(dir: &Path) -> String {
        Tree::base(dir).unwrap().hash(Key::new("test")).unwrap().name()
    }

    #[test]
    fn the_key_follows_paths_and_contents_and_not_times() {
        let one = dir(&[("app/page.tsx", "one"), ("public/a", "")]);
        let before = name(one.path());
        let file = std::fs::File::options().write(true).open(one.path().join("public/a")).unwrap();
        file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
        assert_eq!(name(one.path()), before);
        assert_eq!(name(dir(&[("app/page.tsx", "one"), ("public/a", "")]).path()), before);
        assert_ne!(name(dir(&[("app/page.tsx", "two"), ("public/a", "")]).path()), before);
        assert_ne!(name(dir(&[("app/page.ts", "one"), ("public/a", "")]).path()), before);
        assert_ne!(name(dir(&[("app/page.tsx", "one")]).path()), before);
    }

    #[test]
    fn fields_do_not_run_into_each_other() {
        assert_ne!(Key::new("k").with("ab").with("c").name(), Key::new("k").with("a").with("bc").name());
    }

    #[test]
    fn what_earlier_builds_left_does_not_count() {
        let clean = dir(&[("app/page.tsx", "")]);
        let used =
            dir(&[("app/page.tsx", ""), ("node_modules/x/y", ""), (".next/BUILD_ID", ""), ("next-env.d.ts", "")]);
        assert_eq!(name(clean.path()), name(used.path()));
    }

    #[test]
    fn an_overlay_replaces_and_adds() {
        let (base, over) = (dir(&[("a", "base"), ("b", "base")]), dir(&[("b", "over"), ("c/d", "over")]));
        let mut tree = Tree::base(base.path()).unwrap();
        tree.lay_over(over.path()).unwrap();
        tree.lay_over(Path::new("/no/such/directory")).unwrap();
        let to = dir(&[]);
        tree.copy(to.path()).unwrap();
        let text = |path| std::fs::read_to_string(to.path().join(path)).unwrap();
        assert_eq!([text("a"), text("b"), text("c/d")], ["base", "over", "over"]);
    }

    #[test]
    fn a_copy_keeps_links_and_leaves_out_what_it_is_told() {
        let from = dir(&[(".next/cache/big", ""), (".next/server/cache/kept", ""), (".next/BUILD_ID", "A")]);
        std::os::unix::fs::symlink("../gone", from.path().join(".next/link")).unwrap();
        let to = dir(&[]);
        copy_dir(&from.path().join(".next"), &to.path().join("x"), &["cache"]).unwrap();
        assert!(!to.path().join("x/cache").exists() && to.path().join("x/server/cache/kept").exists());
        assert_eq!(std::fs::read_link(to.path().join("x/link")).unwrap(), Path::new("../gone"));
    }
}
