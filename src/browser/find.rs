//! Finds an installed browser.

use std::path::{Path, PathBuf};

/// The kind of a browser program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A headless shell, which starts fastest and cannot show a window.
    HeadlessShell,
    /// A full browser.
    Full,
}

/// A browser program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The program itself, not a script that starts it.
    pub path: PathBuf,
    /// Its kind.
    pub kind: Kind,
}

/// Why no browser was found.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// The given program does not exist.
    #[error("no browser at {0}, the path given by --browser or SWAPCHECK_BROWSER")]
    NotThere(PathBuf),
    /// No browser is installed.
    #[error(
        "no Chromium, Chrome or Edge found. Install one (Debian, Ubuntu: `apt-get install chromium`; \
         macOS: `brew install --cask chromium`), or set its path with --browser or SWAPCHECK_BROWSER"
    )]
    None,
    /// Only a browser that cannot show a window was found.
    #[error("--headed needs a full browser, but only a headless shell was found; set another one with --browser")]
    OnlyHeadless,
}

/// Programs behind launchers that do not `exec`, so that a signal to the launcher would not reach the browser.
const BEHIND_LAUNCHERS: &[&str] = &[
    "/usr/lib/chromium/chromium-headless-shell",
    "/usr/lib/chromium/chromium",
    "/usr/lib64/chromium-browser/headless_shell",
    "/usr/lib64/chromium-browser/chromium-browser",
];

/// Names to look for in `PATH`, headless shells first.
const NAMES: &[&str] = &[
    "chromium-headless-shell",
    "chrome-headless-shell",
    "headless_shell",
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
    "chrome",
    "microsoft-edge-stable",
    "microsoft-edge",
];

/// Application paths on macOS.
const APPLICATIONS: &[&str] = &[
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
];

/// Finds the given browser, or else the most suitable one.
///
/// # Errors
/// When the given program does not exist, or no browser is installed.
pub fn find(named: Option<&Path>, headed: bool) -> Result<Program, FindError> {
    if let Some(path) = named {
        let found = if path.components().count() == 1 { on_search_path(path) } else { Some(path.to_path_buf()) };
        let path = found.filter(|path| is_program(path)).ok_or_else(|| FindError::NotThere(path.to_path_buf()))?;
        return Ok(program(path));
    }
    let known = BEHIND_LAUNCHERS.iter().chain(APPLICATIONS).map(PathBuf::from).filter(|path| is_program(path));
    let named = NAMES.iter().filter_map(|name| on_search_path(Path::new(name)));
    let all: Vec<Program> = known.chain(named).map(program).collect();
    if all.is_empty() {
        return Err(FindError::None);
    }
    let wanted = if headed { Kind::Full } else { Kind::HeadlessShell };
    match all.iter().find(|program| program.kind == wanted).or_else(|| all.iter().find(|_| !headed)) {
        Some(program) => Ok(program.clone()),
        None => Err(FindError::OnlyHeadless),
    }
}

fn program(path: PathBuf) -> Program {
    let name = path.file_name().unwrap_or_default().to_string_lossy().replace('_', "-");
    let kind = if name.contains("headless-shell") { Kind::HeadlessShell } else { Kind::Full };
    Program { path, kind }
}

fn on_search_path(name: &Path) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(name)).find(|path| is_program(path))
}

fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_browser_that_is_missing_is_named_in_the_error() {
        let error = find(Some(Path::new("/no/such/browser")), false).unwrap_err().to_string();
        assert!(error.contains("/no/such/browser"), "{error}");
    }

    #[test]
    fn a_headless_shell_is_known_by_its_name() {
        assert_eq!(program("/opt/headless_shell".into()).kind, Kind::HeadlessShell);
        assert_eq!(program("/opt/chromium".into()).kind, Kind::Full);
    }

    #[test]
    fn a_bare_name_is_looked_up_on_the_search_path() {
        assert!(find(Some(Path::new("sh")), false).is_ok());
    }
}
