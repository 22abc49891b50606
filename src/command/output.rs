//! Standard output.

use std::io::{self, Write};

use crate::error::Error;

/// Writes to standard output; colors are stripped where they are not wanted. A closed pipe is not an error.
pub(super) fn print(write: impl FnOnce(&mut Box<dyn Write>) -> io::Result<()>) -> Result<(), Error> {
    let mut out: Box<dyn Write> = Box::new(io::BufWriter::new(anstream::stdout().lock()));
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::Tool(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}
