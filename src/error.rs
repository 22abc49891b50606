//! Why a run ends without a verdict, in the two classes that the exit code tells apart.

/// An error that ends the run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What was asked for makes no sense: a wrong name, option or configuration.
    #[error("{0}")]
    Usage(String),
    /// The tool could not do its work.
    #[error("{0}")]
    Tool(String),
}

impl Error {
    /// The exit code of a run that ends with it.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Tool(_) => 3,
        }
    }
}
