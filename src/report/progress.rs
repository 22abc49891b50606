//! Shows what is being built and run: as a live status line on a terminal, otherwise as one line per finished step.

use std::collections::HashSet;
use std::fmt;
use std::io::{IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::words::duration;
use crate::outcome::Progress;
use crate::outcome::Verdict;

/// Shows the progress of a run on standard error.
#[derive(Debug)]
pub struct Reporter {
    cells: usize,
    bar: Option<ProgressBar>,
    state: Mutex<State>,
}

/// Something that takes long.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Runs(String),
    Waits { what: String, holder: String },
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Runs(what) => f.write_str(what),
            Self::Waits { what, holder } => write!(f, "waiting for {what}, held by {holder}"),
        }
    }
}

#[derive(Debug, Default)]
struct State {
    ended: usize,
    /// What is in progress, oldest first.
    active: Vec<Step>,
    /// Steps that were already reported as finished.
    told: HashSet<String>,
    /// Whether the cells are scenarios of a user's own app, which is expected to pass.
    own: bool,
}

impl Reporter {
    /// Shows the progress of this many cells.
    #[must_use]
    pub fn new(cells: usize) -> Arc<Self> {
        Self::with(cells, State::default())
    }

    /// Shows the progress of this many scenarios of a user's own app.
    #[must_use]
    pub fn of_own(cells: usize) -> Arc<Self> {
        Self::with(cells, State { own: true, ..State::default() })
    }

    fn with(cells: usize, state: State) -> Arc<Self> {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new_spinner();
            if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed:>3} {wide_msg}") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Arc::new(Self { cells, bar, state: Mutex::new(state) })
    }

    /// Records and shows progress, from any thread.
    pub fn tell(&self, progress: &Progress) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let line = state.note(progress, self.cells);
        match &self.bar {
            Some(bar) => {
                bar.set_message(format!("{}/{} cells  {}", state.ended, self.cells, state.under_way()));
                if let (Some(line), Progress::CellEnded { as_expected: false, .. }) = (line, progress) {
                    bar.println(line);
                }
            }
            None => {
                if let Some(line) = line {
                    // If standard error is closed, there is nowhere to report that.
                    let _ = writeln!(std::io::stderr(), "{line}");
                }
            }
        }
    }

    /// Removes the status line.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl State {
    /// Records progress, and returns a line about what has finished.
    fn note(&mut self, progress: &Progress, cells: usize) -> Option<String> {
        match progress {
            Progress::Began { what } => {
                self.awaited(what);
                self.active.push(Step::Runs(what.clone()));
            }
            Progress::Waiting { what, holder } => {
                // Many rows of a table can wait for the same installation.
                let step = Step::Waits { what: what.clone(), holder: holder.clone() };
                let line = (!self.active.contains(&step)).then(|| step.to_string());
                self.active.push(step);
                return line;
            }
            Progress::Ended { what, took } => {
                // What was cached ends without having begun, and gets no line. Nor do further rows that waited for the
                // same step.
                let is_news = self.awaited(what) | self.remove(what) && !self.told.contains(what);
                if is_news {
                    self.told.insert(what.clone());
                    return Some(format!("{what} ({})", duration(*took)));
                }
            }
            Progress::CellBegan { variant, scenario } => self.active.push(Step::Runs(format!("{variant} {scenario}"))),
            Progress::CellEnded { variant, scenario, verdict, as_expected, took } => {
                let name = format!("{variant} {scenario}");
                self.remove(&name);
                self.ended += 1;
                let width = cells.to_string().len();
                if self.own {
                    let outcome = match verdict {
                        Verdict::Pass => "healthy",
                        Verdict::Fail => "FINDINGS",
                        Verdict::Inapplicable => "not tested",
                        Verdict::Broken => "BROKEN",
                    };
                    return Some(format!(
                        "[{:>width$}/{cells}] {scenario}: {outcome} ({})",
                        self.ended,
                        duration(*took)
                    ));
                }
                let verdict = match verdict {
                    Verdict::Pass => "pass",
                    Verdict::Fail => "fail",
                    Verdict::Inapplicable => "inapplicable",
                    Verdict::Broken => "broken",
                };
                let note = if *as_expected { "as expected" } else { "NOT as expected" };
                return Some(format!(
                    "[{:>width$}/{cells}] {name}: {verdict}, {note} ({})",
                    self.ended,
                    duration(*took)
                ));
            }
        }
        None
    }

    /// What is in progress in one line, each step once.
    fn under_way(&self) -> String {
        let mut once: Vec<String> = Vec::new();
        for active in self.active.iter().map(Step::to_string) {
            if !once.contains(&active) {
                once.push(active);
            }
        }
        once.join(" · ")
    }

    /// Ends a wait for this. True if something was waiting.
    fn awaited(&mut self, what: &str) -> bool {
        self.take(|active| matches!(active, Step::Waits { what: waits, .. } if waits == what))
    }

    fn remove(&mut self, what: &str) -> bool {
        self.take(|active| matches!(active, Step::Runs(runs) if runs == what))
    }

    fn take(&mut self, is: impl Fn(&Step) -> bool) -> bool {
        let at = self.active.iter().position(is);
        at.map(|at| self.active.remove(at)).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_ended_is_told_and_no_longer_under_way() {
        let mut state = State::default();
        let what = "build of proven, release A".to_owned();
        let waiting = Progress::Waiting { what: what.clone(), holder: "process 7".to_owned() };
        assert!(state.note(&waiting, 12).unwrap().ends_with("held by process 7"));
        assert_eq!(state.note(&waiting, 12), None);
        assert!(state.awaited(&what));
        assert_eq!(state.note(&Progress::Began { what: what.clone() }, 12), None);
        assert_eq!(state.under_way(), what);
        let took = Duration::from_secs(3);
        assert_eq!(
            state.note(&Progress::Ended { what: what.clone(), took }, 12).unwrap(),
            "build of proven, release A (3.0 s)"
        );
        assert!(state.active.is_empty());

        state.note(&waiting, 12);
        assert_eq!(state.note(&Progress::Ended { what, took }, 12), None);

        let there = Progress::Ended { what: "installation".to_owned(), took };
        assert_eq!(state.note(&there, 12), None);

        let (variant, scenario) = ("proven".to_owned(), "open-tab".to_owned());
        state.note(&Progress::CellBegan { variant: variant.clone(), scenario: scenario.clone() }, 12);
        assert_eq!(state.under_way(), "proven open-tab");
        let ended = Progress::CellEnded { variant, scenario, verdict: Verdict::Fail, as_expected: false, took };
        assert_eq!(state.note(&ended, 12).unwrap(), "[ 1/12] proven open-tab: fail, NOT as expected (3.0 s)");
        assert!(state.active.is_empty());
    }
}
