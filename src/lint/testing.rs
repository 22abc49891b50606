//! Small projects for the tests of rules.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::finding::LintFinding;
use super::project::Project;
use super::rule::Rule;
use super::walk::{self, File};

/// Files of a project.
#[derive(Clone, Debug, Default)]
pub(crate) struct Files(Vec<(String, String)>);

impl Files {
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        Self(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect())
    }

    /// The same files and one more.
    pub(crate) fn with(mut self, path: &str, text: &str) -> Self {
        self.0.push((path.to_owned(), text.to_owned()));
        self
    }

    pub(crate) fn project(&self) -> Project {
        let file = |(path, text): &(String, String)| {
            let path = PathBuf::from(path);
            File { built: walk::is_built(&path), path, text: text.clone() }
        };
        Project::of(self.0.iter().map(file).collect(), BTreeSet::new())
    }

    /// The findings of a rule.
    pub(crate) fn all(&self, rule: &Rule) -> Vec<LintFinding> {
        let project = self.project();
        assert_eq!(project.unread, []);
        rule.run(&project)
    }

    /// The only finding of a rule.
    pub(crate) fn one(&self, rule: &Rule) -> LintFinding {
        let mut found = self.all(rule);
        assert_eq!(found.len(), 1, "{found:#?}");
        found.remove(0)
    }

    /// Asserts that a rule finds nothing.
    pub(crate) fn none(&self, rule: &Rule) {
        let found = self.all(rule);
        assert!(found.is_empty(), "{found:#?}");
    }
}

/// A project of one file.
pub(crate) fn file(path: &str, text: &str) -> Files {
    Files::of(&[(path, text)])
}
