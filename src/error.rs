//! Errors that end a run without a verdict, in two classes with different exit codes.

/// An error that ends the run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request is invalid: a wrong name, option or configuration.
    #[error("{0}")]
    Usage(String),
    /// The run could not be completed.
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
