//! The build cache: directories that are created once and then shared, read-only, by any number of processes.
//!
//! An entry is created in a temporary directory next to it and renamed when it is complete, so an existing entry is
//! always complete. Its creator holds a lock on its log file. The commands that create it write to that file and so
//! share the lock: it is held until the last process that could still write has exited, even if we are killed first.

use std::fs::{File, FileTimes, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use crate::outcome::{OnProgress, Progress};

/// The environment variable that sets the directory.
pub const VARIABLE: &str = "SWAPCHECK_CACHE";
/// Entries that are not used for this long are removed.
const KEPT: Duration = Duration::from_secs(14 * 24 * 3600);
/// The extension of unfinished entries.
const UNFINISHED: &str = "unfinished";
/// How long to wait for another process: longer than any command may run.
const PATIENCE: Duration = Duration::from_secs(40 * 60);
/// Marks the holder in a log file.
const HOLDER: &str = "# process ";

/// Why the cache cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// No directory is set.
    #[error("no directory for the build cache: neither {VARIABLE} nor HOME is set; set {VARIABLE} to a directory")]
    NoPlace,
    /// It cannot be used.
    #[error("cannot use the build cache {dir}: {source}; fix that, or set {VARIABLE} to another directory")]
    Unusable {
        /// Its directory.
        dir: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// An open build cache. While any process has it open, nothing is removed from it.
#[derive(Debug)]
pub struct Cache {
    root: PathBuf,
    _in_use: File,
}

/// One entry of the cache.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its directory, once it is complete.
    pub dir: PathBuf,
    /// The log of its creation. Entries that share a log are created one after another.
    pub log: PathBuf,
    /// What it is, for progress messages.
    pub what: String,
}

/// The locked log of an entry that is being created.
#[derive(Debug)]
pub struct Log {
    file: File,
    path: PathBuf,
}

impl Cache {
    /// The directory of the cache: `SWAPCHECK_CACHE`, or `swapcheck` in the user's cache directory.
    ///
    /// # Errors
    /// When the environment sets no directory.
    pub fn place() -> Result<PathBuf, CacheError> {
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        place(variable, cfg!(target_os = "macos")).ok_or(CacheError::NoPlace)
    }

    /// Opens a cache and creates it if necessary. Removes entries that have not been used for a long time, unless
    /// another process has the cache open.
    ///
    /// # Errors
    /// When the directory cannot be created or written to.
    pub async fn open(dir: &Path) -> Result<Self, CacheError> {
        let unusable = |source| CacheError::Unusable { dir: dir.to_owned(), source };
        std::fs::create_dir_all(dir.join("logs")).map_err(unusable)?;
        // Next names chunks by path, so the directory must always have the same path.
        let root = dir.canonicalize().map_err(unusable)?;
        let in_use = root.join("in-use");
        if let Some(file) = try_lock(&in_use).map_err(unusable)? {
            // An entry that cannot be removed does no harm.
            let _ = prune(&root);
            drop(file);
        }
        let in_use = locked(&in_use, File::lock_shared).await.map_err(unusable)?;
        let cache = Self { root, _in_use: in_use };
        cache.probe().map_err(unusable)?;
        Ok(cache)
    }

    /// Its directory.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// An error that says that this cache cannot be used.
    pub fn unusable(&self, source: io::Error) -> CacheError {
        CacheError::Unusable { dir: self.root.clone(), source }
    }

    /// Writes a mebibyte and removes it again.
    ///
    /// # Errors
    /// When there is no space left, or writing is not allowed.
    pub fn probe(&self) -> io::Result<()> {
        let mut file = tempfile::tempfile_in(&self.root)?;
        file.write_all(&vec![1; 1 << 20])?;
        file.sync_data()
    }

    /// The path of a log file by its key.
    #[must_use]
    pub fn log(&self, key: &str) -> PathBuf {
        self.root.join("logs").join(format!("{key}.log"))
    }

    /// Looks up an entry. If it is missing, waits until no one else is creating it and returns the right to create it.
    ///
    /// # Errors
    /// When the cache cannot be written to, or another process takes too long.
    pub async fn obtain(&self, entry: Entry, on: &OnProgress) -> Result<Obtained, CacheError> {
        let begun = Instant::now();
        let unusable = |source| self.unusable(source);
        let there = |entry: Entry| {
            on(Progress::Ended { what: entry.what, took: begun.elapsed() });
            Ok(Obtained::There(entry.dir))
        };
        if touch(&entry.dir) {
            return there(entry);
        }
        let log = Log::lock(&entry.log, &entry.what, on).await.map_err(unusable)?;
        if touch(&entry.dir) {
            return there(entry);
        }
        let dir = entry.dir.with_extension(UNFINISHED);
        remove(&dir).and_then(|()| std::fs::create_dir_all(&dir)).map_err(unusable)?;
        let removal = Removal(dir.clone());
        Ok(Obtained::Missing(Making { dir, _removal: removal, log, entry, begun, on: Arc::clone(on) }))
    }
}

/// The result of [`Cache::obtain`].
pub enum Obtained {
    /// The entry exists, in this directory.
    There(PathBuf),
    /// The entry does not exist and can now be created.
    Missing(Making),
}

/// The right to create an entry.
pub struct Making {
    /// The directory to fill.
    pub dir: PathBuf,
    // Dropped before the lock.
    _removal: Removal,
    /// The log, for the output of commands.
    pub log: Log,
    entry: Entry,
    begun: Instant,
    on: OnProgress,
}

impl Making {
    /// Reports that the creation begins.
    pub fn begin(&mut self) {
        self.begun = Instant::now();
        (self.on)(Progress::Began { what: self.entry.what.clone() });
    }

    /// Moves the complete directory to its final path, and returns that.
    ///
    /// # Errors
    /// When it cannot be moved.
    pub fn finish(self) -> io::Result<PathBuf> {
        std::fs::rename(&self.dir, &self.entry.dir)?;
        let Entry { dir, what, .. } = self.entry;
        (self.on)(Progress::Ended { what, took: self.begun.elapsed() });
        Ok(dir)
    }
}

/// Removes an unfinished entry, which could fill the disk. If that fails, the next attempt removes it.
struct Removal(PathBuf);

impl Drop for Removal {
    fn drop(&mut self) {
        let _ = remove(&self.0);
    }
}

/// Whether the entry exists; if so, records its use.
fn touch(dir: &Path) -> bool {
    let now = FileTimes::new().set_modified(SystemTime::now());
    // If the use cannot be recorded, the entry is only removed earlier.
    File::open(dir).map(|file| file.set_times(now)).is_ok()
}

impl Log {
    /// Waits until no one else holds the file, then records that we do.
    async fn lock(path: &Path, what: &str, on: &OnProgress) -> io::Result<Self> {
        let file = match try_lock(path)? {
            Some(file) => file,
            None => {
                on(Progress::Waiting { what: what.to_owned(), holder: holder(path) });
                locked(path, File::lock).await?
            }
        };
        writeln!(&file, "{HOLDER}{}: {what}", std::process::id())?;
        Ok(Self { file, path: path.to_owned() })
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A handle that a command can write to, and that shares the lock.
    ///
    /// # Errors
    /// When the system is out of handles.
    pub fn handle(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    /// Writes a line and returns the offset after it.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn note(&self, line: &str) -> io::Result<u64> {
        writeln!(&self.file, "$ {line}")?;
        Ok(self.file.metadata()?.len())
    }

    /// The last lines after an offset, without empty ones.
    #[must_use]
    pub fn tail(&self, from: u64) -> String {
        File::open(&self.path).map(|mut file| tail(&mut file, from)).unwrap_or_default()
    }
}

/// The last lines of a file after an offset, indented and without empty ones, preceded by the first lines that mention an
/// error: many tools print their usage at the end.
pub(super) fn tail(file: &mut File, from: u64) -> String {
    const LINES: usize = 20;
    const ERRORS: usize = 3;
    let mut bytes = Vec::new();
    let read = file.seek(SeekFrom::Start(from)).and_then(|_| file.read_to_end(&mut bytes));
    if read.is_err() || bytes.is_empty() {
        return "  (no output)".to_owned();
    }
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    let (before, last) = lines.split_at(lines.len().saturating_sub(LINES));
    let says_error = |line: &&&str| ["error", "Error", "ERR!"].iter().any(|word| line.contains(word));
    let errors: Vec<&&str> = before.iter().filter(says_error).take(ERRORS).collect();
    let gap = (!errors.is_empty()).then_some(&"…");
    errors.into_iter().chain(gap).chain(last).map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

fn place(variable: impl Fn(&'static str) -> Option<PathBuf>, mac: bool) -> Option<PathBuf> {
    if let Some(dir) = variable(VARIABLE) {
        return Some(dir);
    }
    // The XDG specification says to ignore relative paths.
    let xdg = variable("XDG_CACHE_HOME").filter(|dir| dir.is_absolute());
    let home = || variable("HOME").map(|home| home.join(if mac { "Library/Caches" } else { ".cache" }));
    Some(xdg.or_else(home)?.join("swapcheck"))
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).append(true).create(true).open(path)
}

fn try_lock(path: &Path) -> io::Result<Option<File>> {
    let file = open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Waits for a lock on a separate thread: a thread of the runtime would delay the exit of the program.
async fn locked(path: &Path, lock: fn(&File) -> io::Result<()>) -> io::Result<File> {
    let file = open(path)?;
    let (send, receive) = tokio::sync::oneshot::channel();
    std::thread::Builder::new().name("lock".to_owned()).spawn(move || {
        let locked = lock(&file).map(|()| file);
        // If this fails, no one is waiting any more, and the lock is released with the file.
        let _ = send.send(locked);
    })?;
    match tokio::time::timeout(PATIENCE, receive).await {
        Ok(answer) => answer.map_err(io::Error::other)?,
        Err(_) => {
            let minutes = PATIENCE.as_secs() / 60;
            let text = format!("waited {minutes} minutes for the lock on {}, held by {}", path.display(), holder(path));
            Err(io::Error::new(io::ErrorKind::TimedOut, text))
        }
    }
}

/// Who holds a log file, according to its last note.
fn holder(path: &Path) -> String {
    let text = std::fs::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let note = text.lines().rev().find_map(|line| line.strip_prefix(HOLDER));
    let id = note.and_then(|note| note.split(':').next()).map(str::to_owned);
    match id {
        Some(id) if id == std::process::id().to_string() => "this run".to_owned(),
        Some(id) => format!("process {id}"),
        None => "another process".to_owned(),
    }
}

pub(super) fn remove(dir: &Path) -> io::Result<()> {
    match std::fs::remove_dir_all(dir) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Removes unfinished and long unused entries. Call it only while no other process has the cache open.
fn prune(root: &Path) -> io::Result<()> {
    let mut dirs: Vec<PathBuf> = vec![root.join("logs")];
    for home in list(root)?.into_iter().filter(|path| path.is_dir() && !path.ends_with("logs")) {
        if stale(&home)? {
            remove(&home)?;
        } else {
            dirs.extend(list(&home)?.into_iter().filter(|path| path.is_dir() && !path.ends_with("node_modules")));
        }
    }
    for dir in dirs {
        for path in list(&dir)? {
            if stale(&path)? {
                if path.is_dir() { remove(&path)? } else { std::fs::remove_file(path)? }
            }
        }
    }
    Ok(())
}

fn stale(path: &Path) -> io::Result<bool> {
    let age = path.symlink_metadata()?.modified()?.elapsed().unwrap_or_default();
    Ok(age > KEPT || path.extension().is_some_and(|extension| extension == UNFINISHED))
}

fn list(dir: &Path) -> io::Result<Vec<PathBuf>> {
    std::fs::read_dir(dir)?.map(|entry| Ok(entry?.path())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    fn listener() -> (OnProgress, Arc<Mutex<Vec<Progress>>>) {
        let events = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&events);
        (Arc::new(move |event| heard.lock().unwrap().push(event)), events)
    }

    fn entry(cache: &Cache, name: &str) -> Entry {
        let dir = cache.root().join("home").join("next");
        std::fs::create_dir_all(&dir).unwrap();
        Entry { dir: dir.join(name), log: cache.log(name), what: format!("build {name}") }
    }

    async fn making(cache: &Cache, name: &str, on: &OnProgress) -> Making {
        match cache.obtain(entry(cache, name), on).await.unwrap() {
            Obtained::Missing(making) => making,
            Obtained::There(dir) => panic!("{} is there", dir.display()),
        }
    }

    fn age(path: &Path) {
        let then = SystemTime::now() - KEPT - Duration::from_secs(60);
        File::open(path).unwrap().set_times(FileTimes::new().set_modified(then)).unwrap();
    }

    #[test]
    fn the_place_is_the_named_one_or_the_systems() {
        let with = |set: &'static [(&str, &str)], mac| {
            let get = |name| set.iter().find(|(key, _)| *key == name).map(|(_, value)| PathBuf::from(value));
            place(get, mac)
        };
        let all = &[("SWAPCHECK_CACHE", "/a"), ("XDG_CACHE_HOME", "/b"), ("HOME", "/c")];
        assert_eq!(with(all, false), Some("/a".into()));
        assert_eq!(with(&all[1..], false), Some("/b/swapcheck".into()));
        assert_eq!(with(&all[2..], false), Some("/c/.cache/swapcheck".into()));
        assert_eq!(with(&all[2..], true), Some("/c/Library/Caches/swapcheck".into()));
        assert_eq!(with(&[], false), None);
    }

    #[tokio::test]
    async fn an_entry_is_there_only_when_it_is_whole() {
        let dir = tempfile::TempDir::new().unwrap();
        let cache = Cache::open(dir.path()).await.unwrap();
        let (on, events) = listener();
        let mut given_up = making(&cache, "one", &on).await;
        given_up.begin();
        let unfinished = given_up.dir.clone();
        drop(given_up);
        assert!(!unfinished.exists());
        std::fs::create_dir_all(unfinished.join("half")).unwrap();
        let made = making(&cache, "one", &on).await;
        assert!(!made.dir.join("half").exists(), "what was left of the first try is in the second");
        std::fs::write(made.dir.join("whole"), "").unwrap();
        let place = made.finish().unwrap();
        assert!(place.join("whole").exists());
        assert!(matches!(cache.obtain(entry(&cache, "one"), &on).await.unwrap(), Obtained::There(dir) if dir == place));
        let events = events.lock().unwrap();
        assert!(
            matches!(&events[..], [Progress::Began { .. }, Progress::Ended { .. }, Progress::Ended { .. },]),
            "{events:?}"
        );
    }

    #[tokio::test]
    async fn the_second_waits_for_the_first_and_takes_its_entry() {
        let dir = tempfile::TempDir::new().unwrap();
        let (one, two) = (Cache::open(dir.path()).await.unwrap(), Cache::open(dir.path()).await.unwrap());
        let (waits, mut waiting) = tokio::sync::mpsc::unbounded_channel();
        let on: OnProgress = Arc::new(move |event| waits.send(event).unwrap());
        let (quiet, _) = listener();
        let first = making(&one, "one", &quiet).await;
        let second = tokio::spawn(async move { two.obtain(entry(&two, "one"), &on).await });
        let waited = waiting.recv().await.unwrap();
        assert!(
            matches!(&waited, Progress::Waiting { what, holder } if what == "build one" && holder == "this run"),
            "{waited:?}"
        );
        let place = first.finish().unwrap();
        assert!(matches!(second.await.unwrap().unwrap(), Obtained::There(dir) if dir == place));
    }

    #[tokio::test]
    async fn what_was_started_keeps_the_lock() {
        let dir = tempfile::TempDir::new().unwrap();
        let cache = Cache::open(dir.path()).await.unwrap();
        let first = making(&cache, "one", &listener().0).await;
        let child = first.log.handle().unwrap();
        let path = first.log.path().to_owned();
        drop(first);
        assert!(try_lock(&path).unwrap().is_none());
        drop(child);
        // Not at once: a program that another test is just starting may share the handle for a moment.
        locked(&path, File::lock).await.unwrap();
    }

    #[tokio::test]
    async fn the_old_and_the_unfinished_go_when_nobody_uses_the_cache() {
        let dir = tempfile::TempDir::new().unwrap();
        let cache = Cache::open(dir.path()).await.unwrap();
        let on = listener().0;
        for name in ["old", "new"] {
            making(&cache, name, &on).await.finish().unwrap();
        }
        let left = making(&cache, "left", &on).await;
        let unfinished = left.dir.clone();
        drop(left);
        std::fs::create_dir(&unfinished).unwrap();
        let (old, new) = (entry(&cache, "old"), entry(&cache, "new"));
        age(&old.dir);
        age(&old.log);
        Cache::open(dir.path()).await.unwrap();
        assert!(old.dir.exists() && unfinished.exists(), "something went from a cache that is in use");
        drop(cache);
        // More than once, maybe: a program that another test is just starting may share the handle for a moment.
        let opened = async {
            while old.dir.exists() {
                Cache::open(dir.path()).await.unwrap();
            }
        };
        tokio::time::timeout(Duration::from_secs(10), opened).await.unwrap();
        assert!(!old.dir.exists() && !old.log.exists() && !unfinished.exists());
        assert!(new.dir.exists() && new.log.exists());
    }

    #[tokio::test]
    async fn a_use_makes_an_entry_young() {
        let dir = tempfile::TempDir::new().unwrap();
        let cache = Cache::open(dir.path()).await.unwrap();
        let place = making(&cache, "one", &listener().0).await.finish().unwrap();
        age(&place);
        assert!(stale(&place).unwrap());
        cache.obtain(entry(&cache, "one"), &listener().0).await.unwrap();
        assert!(!stale(&place).unwrap());
    }

    #[tokio::test]
    async fn a_cache_that_cannot_be_says_how_to_choose_another() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = Cache::open(&file.path().join("cache")).await.unwrap_err().to_string();
        assert!(error.contains(&file.path().display().to_string()) && error.contains(VARIABLE), "{error}");
    }

    #[test]
    fn a_tail_is_the_last_lines() {
        let mut file = tempfile::tempfile().unwrap();
        for line in 0..50 {
            writeln!(file, "line {line}\n").unwrap();
        }
        let text = tail(&mut file, 0);
        assert!(text.starts_with("  line 30\n") && text.ends_with("  line 49"), "{text}");
        assert_eq!(tail(&mut file, 1 << 20), "  (no output)");
    }

    #[test]
    fn before_a_tail_stand_the_first_errors_that_it_leaves_out() {
        let mut file = tempfile::tempfile().unwrap();
        writeln!(file, "begins\nnpm error code EUSAGE\nnpm ERR! two\nTypeError: three\nnpm error four").unwrap();
        for line in 0..20 {
            writeln!(file, "usage {line}").unwrap();
        }
        let text = tail(&mut file, 0);
        let head = "  npm error code EUSAGE\n  npm ERR! two\n  TypeError: three\n  …\n  usage 0\n";
        assert!(text.starts_with(head) && text.ends_with("  usage 19"), "{text}");
    }
}
