//! How much of each cell is told, so that a report of hundreds of cells still opens at once.

use super::text::count;

/// Bytes of cells that are told in full: with their responses, caches and stories.
const FULL: usize = 5_000_000;

/// Bytes of cells until which they have their picture in time.
const DRAWN: usize = 9_000_000;

/// Bytes of all screenshots.
const PICTURES: usize = 6_000_000;

/// Responses that a cell lists.
pub(super) const RESPONSES: usize = 200;

/// Cache entries that one look lists.
pub(super) const ENTRIES: usize = 150;

/// Looks into the caches that a cell lists.
pub(super) const LOOKS: usize = 3;

/// Lines of a story.
pub(super) const LINES: usize = 200;

/// Events that prove one finding.
pub(super) const EVIDENCE: usize = 20;

/// Findings that a cell tells.
pub(super) const FINDINGS: usize = 50;

/// How a cell is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Detail {
    /// Its findings.
    Plain,
    /// And its picture in time.
    Drawn,
    /// And every response, cache entry and step.
    Full,
}

/// The room that is left.
#[derive(Debug, Default)]
pub(super) struct Room {
    cells: usize,
    pictures: usize,
    /// Cells that were not told in full.
    pub shortened: usize,
    /// Screenshots that were left out.
    pub missing: usize,
}

impl Room {
    /// How the next cell is told.
    pub fn next(&self) -> Detail {
        match self.cells {
            ..FULL => Detail::Full,
            FULL..DRAWN => Detail::Drawn,
            _ => Detail::Plain,
        }
    }

    /// Takes room for a cell.
    pub fn take(&mut self, bytes: usize, detail: Detail) {
        self.cells += bytes;
        self.shortened += usize::from(detail < Detail::Full);
    }

    /// Takes room for a screenshot. False when there is none left.
    pub fn take_picture(&mut self, bytes: usize) -> bool {
        let fits = self.pictures + bytes <= PICTURES;
        if fits {
            self.pictures += bytes;
        } else {
            self.missing += 1;
        }
        fits
    }

    /// What was left out, in sentences.
    pub fn told(&self) -> Vec<String> {
        let mut told = Vec::new();
        if self.shortened > 0 {
            told.push(format!(
                "To keep this file small, {} told in short; those that are as expected come last. Run one alone to see \
                 all of it, or keep its trace with --keep.",
                if self.shortened == 1 { "1 cell is".to_owned() } else { format!("{} cells are", self.shortened) }
            ));
        }
        if self.missing > 0 {
            told.push(format!("To keep this file small, {} left out.", count(self.missing, "screenshot")));
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_told_shorter_and_shorter_and_that_is_said() {
        let mut room = Room::default();
        assert_eq!((room.next(), room.told()), (Detail::Full, Vec::new()));
        room.take(FULL, Detail::Full);
        assert_eq!(room.next(), Detail::Drawn);
        room.take(DRAWN, Detail::Drawn);
        room.take(1, Detail::Drawn);
        assert_eq!(room.next(), Detail::Plain);
        assert!(room.told()[0].contains("2 cells are told in short"));
        assert!(room.take_picture(PICTURES) && !room.take_picture(1));
        assert_eq!(room.told()[1], "To keep this file small, 1 screenshot left out.");
    }
}
