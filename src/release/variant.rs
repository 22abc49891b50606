//! The variants of the sample app: what each changes, and what it has to show.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// Name of the file that describes a variant.
const FILE: &str = "variant.toml";

/// What a variant is there for. The order is that of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Known to be broken; has to be caught.
    Control,
    /// A remedy that somebody recommends.
    Remedy,
    /// Our own configuration, which passes everything.
    Proven,
}

/// One configuration of the sample app.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// Its name, which is that of its directory.
    #[serde(skip)]
    pub name: String,
    /// Its directory, with what it changes in `app/` and `worker/`.
    #[serde(skip)]
    pub dir: PathBuf,
    /// What it is, in a line.
    pub summary: String,
    /// What it is there for.
    pub kind: Kind,
    /// Arguments of `next build`.
    #[serde(default)]
    pub build_args: Vec<String>,
    /// What it has to show, by scenario. A scenario that is not named has to pass.
    #[serde(default)]
    pub expect: BTreeMap<String, Expected>,
    /// The scenarios that have no meaning for it.
    #[serde(default)]
    pub inapplicable: BTreeMap<String, Inapplicable>,
}

/// What a scenario has to show of a variant.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// Ids of the checks that have to find something.
    pub checks: Vec<String>,
    /// Why they do.
    pub why: String,
}

/// Why a scenario has no meaning for a variant.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inapplicable {
    /// The reason.
    pub why: String,
}

/// Why the variants cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum VariantError {
    /// A file or directory cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A description is not TOML, or not of this form.
    #[error("{path}: {source}")]
    Parse {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        source: Box<toml::de::Error>,
    },
    /// A description contradicts itself or names what does not exist.
    #[error("{path}: {reason}")]
    Meaning {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// There is no variant at all.
    #[error("{0} holds no variant: a variant is a directory with a `{FILE}`")]
    None(PathBuf),
}

impl From<VariantError> for Error {
    fn from(error: VariantError) -> Self {
        Self::Usage(error.to_string())
    }
}

impl Variant {
    /// Every variant of the sample app: controls, then remedies, then what is proven, each by name.
    ///
    /// # Errors
    /// When a description is missing or wrong; the text names the file and the field.
    pub fn load_all(sample: &Path) -> Result<Vec<Self>, VariantError> {
        let dir = sample.join("variants");
        let read = |source| VariantError::Read { path: dir.clone(), source };
        let mut variants = Vec::new();
        for entry in std::fs::read_dir(&dir).map_err(read)? {
            let path = entry.map_err(read)?.path();
            if path.is_dir() {
                variants.push(Self::load(path)?);
            }
        }
        if variants.is_empty() {
            return Err(VariantError::None(dir));
        }
        variants.sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
        Ok(variants)
    }

    /// What tells its Next build from others: variants of which this is equal share one.
    #[must_use]
    pub fn next_build(&self) -> (Vec<String>, Option<PathBuf>) {
        let overlay = self.dir.join("app");
        (self.build_args.clone(), overlay.is_dir().then_some(overlay))
    }

    fn load(dir: PathBuf) -> Result<Self, VariantError> {
        let path = dir.join(FILE);
        let text =
            std::fs::read_to_string(&path).map_err(|source| VariantError::Read { path: path.clone(), source })?;
        let mut variant: Self = toml::from_str(&text)
            .map_err(|source| VariantError::Parse { path: path.clone(), source: Box::new(source) })?;
        variant.name = dir.file_name().unwrap_or_default().to_string_lossy().into_owned();
        variant.dir = dir;
        if let Some((scenario, _)) = variant.expect.iter().find(|(_, expected)| expected.checks.is_empty()) {
            return Err(
                variant.wrong(format!("`expect.{scenario}.checks` is empty; leave it out where it has to pass"))
            );
        }
        if let Some(scenario) = variant.expect.keys().find(|&name| variant.inapplicable.contains_key(name)) {
            return Err(variant.wrong(format!("`{scenario}` is both expected and inapplicable")));
        }
        Ok(variant)
    }

    /// Makes sure that the scenarios and checks that it names exist.
    ///
    /// # Errors
    /// Names the first that does not.
    pub fn verify_names(&self, scenarios: &[&str], checks: &[&str]) -> Result<(), VariantError> {
        let named = self.expect.keys().chain(self.inapplicable.keys());
        if let Some(name) = named.map(String::as_str).find(|name| !scenarios.contains(name)) {
            return Err(self.wrong(format!("there is no scenario `{name}`; there are: {}", scenarios.join(", "))));
        }
        let named = self.expect.values().flat_map(|expected| &expected.checks);
        if let Some(id) = named.map(String::as_str).find(|id| !checks.contains(id)) {
            return Err(self.wrong(format!("there is no check `{id}`; there are: {}", checks.join(", "))));
        }
        Ok(())
    }

    fn wrong(&self, reason: String) -> VariantError {
        VariantError::Meaning { path: self.dir.join(FILE), reason }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(variants: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::TempDir::new().unwrap();
        for (name, text) in variants {
            let variant = dir.path().join("variants").join(name);
            std::fs::create_dir_all(&variant).unwrap();
            std::fs::write(variant.join(FILE), text).unwrap();
        }
        dir
    }

    fn error(text: &str) -> String {
        Variant::load_all(sample(&[("one", text)]).path()).unwrap_err().to_string()
    }

    #[test]
    fn controls_come_first_and_what_is_proven_last() {
        let of = |kind| format!("summary = 's'\nkind = '{kind}'");
        let (control, remedy, proven) = (of("control"), of("remedy"), of("proven"));
        let dir = sample(&[("a", &proven), ("b", &remedy), ("d", &control), ("c", &control)]);
        let names: Vec<String> = Variant::load_all(dir.path()).unwrap().into_iter().map(|v| v.name).collect();
        assert_eq!(names, ["c", "d", "b", "a"]);
    }

    #[test]
    fn an_error_names_the_file_and_the_field() {
        let wrong = error("summary = 's'\nkind = 'control'\n[expect.offline]\ncheck = ['x']\nwhy = 'w'");
        assert!(wrong.contains("variants/one/variant.toml") && wrong.contains("`check`"), "{wrong}");
        let wrong = error("summary = 's'\nkind = 'cure'");
        assert!(wrong.contains("`cure`") && wrong.contains("`remedy`"), "{wrong}");
    }

    #[test]
    fn an_expectation_names_something() {
        let wrong = error("summary = 's'\nkind = 'control'\n[expect.offline]\nchecks = []\nwhy = 'w'");
        assert!(wrong.contains("`expect.offline.checks` is empty"), "{wrong}");
    }

    #[test]
    fn no_scenario_is_both_expected_and_inapplicable() {
        let wrong = error(
            "summary = 's'\nkind = 'control'\n[expect.offline]\nchecks = ['x']\nwhy = 'w'\n[inapplicable.offline]\nwhy = 'w'",
        );
        assert!(wrong.contains("`offline` is both"), "{wrong}");
    }

    #[test]
    fn a_name_that_does_not_exist_gets_the_names_that_do() {
        let text = "summary = 's'\nkind = 'control'\n[expect.offline]\nchecks = ['lost']\nwhy = 'w'";
        let dir = sample(&[("one", text)]);
        let variant = Variant::load_all(dir.path()).unwrap().remove(0);
        assert!(variant.verify_names(&["offline"], &["lost"]).is_ok());
        let wrong = variant.verify_names(&["open-tab"], &["lost"]).unwrap_err().to_string();
        assert!(wrong.ends_with("there is no scenario `offline`; there are: open-tab"), "{wrong}");
        let wrong = variant.verify_names(&["offline"], &["found"]).unwrap_err().to_string();
        assert!(wrong.ends_with("there is no check `lost`; there are: found"), "{wrong}");
    }

    #[test]
    fn a_directory_without_variants_is_named() {
        let dir = tempfile::TempDir::new().unwrap();
        let wrong = Variant::load_all(dir.path()).unwrap_err().to_string();
        assert!(wrong.contains(&dir.path().join("variants").display().to_string()), "{wrong}");
    }
}
