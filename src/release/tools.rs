//! The installed Node.js and npm.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use super::step;
use crate::error::Error;
use crate::process::Spec;

/// The programs that build and serve the sample app.
#[derive(Clone, Debug)]
pub struct Tools {
    /// The `node` executable itself, not a wrapper around it.
    pub node: PathBuf,
    /// Its version, as in `v20.20.2`.
    pub node_version: String,
}

/// Why Node.js or npm cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot use `{program}`: {source}; install Node.js 20.9 or newer with npm, and put both on the PATH")]
pub struct ToolError {
    program: &'static str,
    source: io::Error,
}

impl From<ToolError> for Error {
    fn from(error: ToolError) -> Self {
        Self::Tool(error.to_string())
    }
}

impl Tools {
    /// Looks for Node.js on the PATH.
    ///
    /// # Errors
    /// When it is missing or does not work.
    pub async fn find() -> Result<Self, ToolError> {
        let failed = |source| ToolError { program: "node", source };
        let mut spec = Spec::new("node");
        spec.command().args(["-p", "process.execPath + '\\n' + process.version"]).env_remove("NODE_OPTIONS");
        let answer = step::ask(spec).await.map_err(failed)?;
        match answer.trim().split_once('\n') {
            Some((node, version)) => Ok(Self { node: node.into(), node_version: version.to_owned() }),
            None => Err(failed(io::Error::other(format!("it printed `{}` instead of its version", answer.trim())))),
        }
    }

    /// Checks that npm works, and returns its version.
    ///
    /// # Errors
    /// When it is missing or does not work.
    pub async fn npm_version() -> Result<String, ToolError> {
        let mut spec = Spec::new("npm");
        spec.command().arg("--version");
        let answer = step::ask(spec).await.map_err(|source| ToolError { program: "npm", source })?;
        Ok(answer.trim().to_owned())
    }

    /// A command that runs a Node script with only the environment variables that it needs, so that builds do not depend
    /// on the others.
    #[must_use]
    pub fn script(&self, script: &Path) -> Spec {
        let mut spec = Spec::new(&self.node);
        let command = spec.command();
        command.arg(script).env_clear();
        for name in ["HOME", "TMPDIR", "LANG"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command.env("PATH", self.path()).env("NEXT_TELEMETRY_DISABLED", "1").env("NO_COLOR", "1");
        spec
    }

    /// PATH with the directory of this Node first.
    fn path(&self) -> OsString {
        let inherited = std::env::var_os("PATH").unwrap_or_default();
        let dirs = self.node.parent().map(Path::to_owned).into_iter().chain(std::env::split_paths(&inherited));
        std::env::join_paths(dirs).unwrap_or(inherited)
    }
}
