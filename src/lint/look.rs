//! Lints a directory.

use std::path::Path;

use super::finding::Linted;
use super::project::Project;
use super::rule;
use super::script;
use super::walk::{self, File, Found};
use crate::error::Error;

/// The findings of all rules in the project in a directory.
///
/// # Errors
/// When the directory cannot be read.
pub fn lint(dir: &Path) -> Result<Linted, Error> {
    let found = walk::walk(dir).map_err(|error| Error::Usage(format!("cannot read {}: {error}", dir.display())))?;
    let longest = found.files.iter().map(|File { text, .. }| text.len()).max().unwrap_or(0);
    // A syntax tree can be as deep as its script is long, and the parser is recursive.
    let thread = std::thread::Builder::new().name("lint".to_owned()).stack_size(script::stack(longest));
    let cannot = |why: &str| Error::Tool(format!("cannot lint {}: {why}", dir.display()));
    let looking = thread.spawn(move || look(found)).map_err(|error| cannot(&error.to_string()))?;
    looking.join().map_err(|_| cannot("a rule panicked; this is a bug in swapcheck"))
}

fn look(found: Found) -> Linted {
    let Found { files, paths, mut unread } = found;
    let mut project = Project::of(files, paths);
    unread.append(&mut project.unread);
    let mut findings: Vec<_> = rule::ALL.iter().flat_map(|rule| rule.run(&project)).collect();
    findings.sort_by(|a, b| (&a.path, a.line, a.column).cmp(&(&b.path, b.line, b.column)));
    unread.sort_by(|a, b| a.path.cmp(&b.path));
    Linted { findings, unread, files: project.files() }
}
