//! Lines and columns.

/// The line starts of a text.
#[derive(Clone, Debug, Default)]
pub struct Places {
    text: String,
    lines: Vec<usize>,
}

impl Places {
    /// The line starts of a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let after = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { text: text.to_owned(), lines: std::iter::once(0).chain(after).collect() }
    }

    /// The line and column of a byte offset, both from 1; columns count characters.
    #[must_use]
    pub fn line_column(&self, at: usize) -> (usize, usize) {
        let at = at.min(self.text.len());
        let line = self.lines.partition_point(|start| *start <= at).max(1);
        let start = self.lines.get(line - 1).copied().unwrap_or(0);
        let before = self.text.as_bytes().get(start..at).unwrap_or_default();
        // UTF-8 continuation bytes are not counted.
        let characters = before.iter().filter(|byte| **byte & 0xC0 != 0x80).count();
        (line, characters + 1)
    }

    /// The text itself.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_from_one_and_by_characters() {
        let places = Places::of("ab\nñ→c\n");
        assert_eq!(places.line_column(0), (1, 1));
        assert_eq!(places.line_column(3), (2, 1));
        assert_eq!(places.line_column("ab\nñ→".len()), (2, 3));
        assert_eq!(places.line_column(1000), (3, 1));
        assert_eq!(Places::default().line_column(5), (1, 1));
    }
}
