//! Records a run while it is in progress, so that its results are not lost if it is interrupted.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::outcome::{Cell, Run};

/// The reason of a cell that had not finished when its run was interrupted.
pub(crate) const UNENDED: &str = "interrupted before it finished";

/// Whether the cell has finished.
pub(crate) fn has_ended(cell: &Cell) -> bool {
    cell.reason != UNENDED
}

/// Called with each cell when it has finished.
type Finish = dyn Fn(&mut Cell) + Send + Sync;

/// A run in progress. Clones share it.
#[derive(Clone)]
pub struct Results {
    began: Instant,
    run: Arc<Mutex<Run>>,
    finish: Arc<Finish>,
}

impl Default for Results {
    fn default() -> Self {
        Self::finishing(|_| ())
    }
}

impl Results {
    /// A results that calls `finish` with each cell before recording it.
    pub(crate) fn finishing(finish: impl Fn(&mut Cell) + Send + Sync + 'static) -> Self {
        Self { began: Instant::now(), run: Arc::default(), finish: Arc::new(finish) }
    }

    /// Records the planned cells, in the order of the table.
    pub(crate) fn due(&self, cells: Vec<Cell>) {
        self.run().cells = cells;
    }

    /// Records other facts about the run.
    pub(crate) fn note(&self, write: impl FnOnce(&mut Run)) {
        write(&mut self.run());
    }

    /// Records the outcome of a planned cell.
    pub(crate) fn ended(&self, mut cell: Cell) {
        (self.finish)(&mut cell);
        let due = |due: &&mut Cell| (&due.variant, &due.scenario) == (&cell.variant, &cell.scenario);
        if let Some(due) = self.run().cells.iter_mut().find(due) {
            *due = cell;
        }
    }

    /// Returns the run as it is now; unfinished cells are broken. The results is empty afterwards.
    pub(crate) fn close(&self) -> Run {
        Run { took: self.began.elapsed(), ..std::mem::take(&mut *self.run()) }
    }

    fn run(&self) -> MutexGuard<'_, Run> {
        self.run.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Verdict;

    #[test]
    fn what_has_ended_stands_where_it_was_due() {
        let results = Results::default();
        let due = |scenario| Cell::broken("mine", scenario, UNENDED.to_owned());
        let passed = |scenario| Cell { verdict: Verdict::Pass, reason: String::new(), ..due(scenario) };
        results.due(vec![due("first"), due("second"), due("third")]);
        results.clone().ended(passed("third"));
        results.ended(passed("first"));
        results.ended(passed("never due"));
        results.note(|run| run.versions.browser = "Chromium".to_owned());

        let run = results.close();
        assert_eq!(run.cells.iter().filter(|cell| has_ended(cell)).count(), 2);
        let told = |cell: &Cell| (cell.scenario.clone(), cell.verdict, cell.reason.clone());
        let told: Vec<_> = run.cells.iter().map(told).collect();
        assert_eq!(told[0], ("first".to_owned(), Verdict::Pass, String::new()));
        assert_eq!(told[1], ("second".to_owned(), Verdict::Broken, UNENDED.to_owned()));
        assert_eq!(told[2], ("third".to_owned(), Verdict::Pass, String::new()));
        assert_eq!((told.len(), run.versions.browser.as_str(), run.exit_code()), (3, "Chromium", 3));
        assert!(results.close().cells.is_empty());
    }
}
