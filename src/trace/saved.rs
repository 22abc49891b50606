//! Saved traces: JSON lines, starting with the header and ending with the end mark.

use std::io::{self, BufRead, Write};

use super::{Event, FORMAT, Header, Trace, What};

/// Why a saved trace cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file cannot be read.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// A line is not a valid event.
    #[error("line {line} is not a trace event: {source}")]
    Line {
        /// The line, from 1.
        line: usize,
        /// The parser error.
        source: serde_json::Error,
    },
    /// The first line is not a header.
    #[error("the first line is not the header of a swapcheck trace")]
    NoHeader,
    /// The trace has another version of the format.
    #[error("the trace has format {0}, but this version of swapcheck reads format {FORMAT}")]
    Format(u32),
    /// The last event is missing.
    #[error("the trace is incomplete: it ends after line {0} without the end mark")]
    Truncated(usize),
}

impl Trace {
    /// Writes the trace as JSON lines.
    ///
    /// # Errors
    /// When writing fails.
    pub fn write(&self, mut out: impl Write) -> io::Result<()> {
        serde_json::to_writer(&mut out, &self.header)?;
        writeln!(out)?;
        for event in &self.events {
            serde_json::to_writer(&mut out, event)?;
            writeln!(out)?;
        }
        out.flush()
    }

    /// Reads a trace that [`Trace::write`] wrote.
    ///
    /// # Errors
    /// When it cannot be read, has another format, or is incomplete.
    pub fn read(input: impl BufRead) -> Result<Self, ReadError> {
        let mut lines = input.lines();
        let first = lines.next().ok_or(ReadError::NoHeader)??;
        let header: Header = serde_json::from_str(&first).map_err(|_| ReadError::NoHeader)?;
        if header.swapcheck_trace != FORMAT {
            return Err(ReadError::Format(header.swapcheck_trace));
        }
        let mut events = Vec::new();
        for (at, line) in lines.enumerate() {
            let event: Event =
                serde_json::from_str(&line?).map_err(|source| ReadError::Line { line: at + 2, source })?;
            events.push(event);
        }
        match events.last() {
            Some(Event { what: What::End, .. }) => Ok(Self { header, events }),
            _ => Err(ReadError::Truncated(events.len() + 1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{Story, entry, html};

    fn written(trace: &Trace) -> String {
        let mut bytes = Vec::new();
        trace.write(&mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    fn trace() -> Trace {
        let step = What::Step { text: "a line\nwith a break".to_owned() };
        Story::new().what(step).snapshot([html(entry("pages", "/", 502))]).usable(1).trace()
    }

    #[test]
    fn what_is_written_is_read_again() {
        assert_eq!(Trace::read(written(&trace()).as_bytes()).unwrap(), trace());
    }

    #[test]
    fn a_trace_that_was_cut_short_is_refused() {
        let text = written(&trace());
        let whole_lines = text.trim_end().rsplit_once('\n').unwrap().0;
        assert!(matches!(Trace::read(whole_lines.as_bytes()), Err(ReadError::Truncated(_))));
        let half_a_line = &text[..text.len() - 4];
        assert!(matches!(Trace::read(half_a_line.as_bytes()), Err(ReadError::Line { .. })));
    }

    #[test]
    fn another_file_or_format_is_named_as_such() {
        assert!(matches!(Trace::read(&b""[..]), Err(ReadError::NoHeader)));
        assert!(matches!(Trace::read(&b"{}\n"[..]), Err(ReadError::NoHeader)));
        let newer = written(&trace()).replacen("\"swapcheck_trace\":1", "\"swapcheck_trace\":2", 1);
        assert!(matches!(Trace::read(newer.as_bytes()), Err(ReadError::Format(2))));
    }
}
