//! Finds a browser on this machine.

use std::path::{Path, PathBuf};

/// What a browser program is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The headless shell, which starts fastest and has no window.
    HeadlessShell,
    /// A whole browser.
    Full,
}

/// A browser program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The real program, not a script that starts it.
    pub path: PathBuf,
    /// What it is.
    pub kind: Kind,
}

/// Why there is no browser.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// The one that was named is not there.
    #[error("there is no program at {0}, which --browser or SWAPCHECK_BROWSER names")]
    NotThere(PathBuf),
    /// None is there.
    #[error(
        "found no Chromium, Chrome or Edge. Install one (Debian, Ubuntu: `apt-get install chromium`; \
         macOS: `brew install --cask chromium`), or name one with --browser or SWAPCHECK_BROWSER"
    )]
    None,
    /// There is one, but it cannot show a window.
    #[error("--headed needs a whole browser, and only a headless shell was found; name one with --browser")]
    OnlyHeadless,
}

/// Real programs behind launchers that do not `exec`, so that a signal to the launcher would miss the browser.
const BEHIND_LAUNCHERS: &[&str] = &[
    "/usr/lib/chromium/chromium-headless-shell",
    "/usr/lib/chromium/chromium",
    "/usr/lib64/chromium-browser/headless_shell",
    "/usr/lib64/chromium-browser/chromium-browser",
];

/// Names on the search path, headless shells first.
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

/// Places of applications on macOS.
const APPLICATIONS: &[&str] = &[
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
];

/// Finds the browser that was named, or else the one that suits best.
///
/// # Errors
/// When the one that was named is not there, or none is.
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
