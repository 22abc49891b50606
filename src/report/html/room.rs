//! Limits the detail of each cell, so that a report with hundreds of cells still opens quickly.

use super::text::count;

/// Bytes of cells that are shown in full: with events, responses and cache contents.
const FULL: usize = 5_000_000;

/// Bytes of cells up to which timelines are drawn.
const DRAWN: usize = 9_000_000;

/// Bytes of all screenshots.
const PICTURES: usize = 6_000_000;

/// Maximum number of responses per cell.
pub(super) const RESPONSES: usize = 200;

/// Maximum number of cache entries per snapshot.
pub(super) const ENTRIES: usize = 150;

/// Maximum number of cache snapshots per cell.
pub(super) const LOOKS: usize = 3;

/// Maximum number of events listed per cell.
pub(super) const LINES: usize = 200;

/// Maximum number of events per finding.
pub(super) const EVIDENCE: usize = 20;

/// Maximum number of findings per cell.
pub(super) const FINDINGS: usize = 50;

/// The level of detail of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Detail {
    /// Findings only.
    Plain,
    /// Also the timeline.
    Drawn,
    /// Also all events, responses and cache entries.
    Full,
}

/// The remaining space.
#[derive(Debug, Default)]
pub(super) struct Room {
    cells: usize,
    pictures: usize,
    /// Cells that were not shown in full.
    pub shortened: usize,
    /// Screenshots that were left out.
    pub missing: usize,
}

impl Room {
    /// The level of detail of the next cell.
    pub fn next(&self) -> Detail {
        match self.cells {
            ..FULL => Detail::Full,
            FULL..DRAWN => Detail::Drawn,
            _ => Detail::Plain,
        }
    }

    /// Reserves space for a cell.
    pub fn take(&mut self, bytes: usize, detail: Detail) {
        self.cells += bytes;
        self.shortened += usize::from(detail < Detail::Full);
    }

    /// Reserves space for a screenshot. False if there is none left.
    pub fn take_picture(&mut self, bytes: usize) -> bool {
        let fits = self.pictures + bytes <= PICTURES;
        if fits {
            self.pictures += bytes;
        } else {
            self.missing += 1;
        }
        fits
    }

    /// Sentences on what was left out.
    pub fn told(&self) -> Vec<String> {
        let mut told = Vec::new();
        if self.shortened > 0 {
            told.push(format!(
                "To keep this file small, {} abridged, starting with expected results. To see a cell in full, run it \
                 alone or save its trace with --keep.",
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
        assert!(room.told()[0].contains("2 cells are abridged"));
        assert!(room.take_picture(PICTURES) && !room.take_picture(1));
        assert_eq!(room.told()[1], "To keep this file small, 1 screenshot left out.");
    }
}
