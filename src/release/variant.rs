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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// Its name, which is that of its directory.
    pub name: String,
    /// Its directory.
    pub dir: PathBuf,
    /// What it is, in a line.
    pub summary: String,
    /// What it is there for.
    pub kind: Kind,
    /// Arguments of `next build`.
    pub build_args: Vec<String>,
    /// What it lays over the sample app before Next builds it, in this order.
    pub app: Vec<PathBuf>,
    /// What it lays over the build, in this order.
    pub worker: Vec<PathBuf>,
    /// What it has to show, by scenario. A scenario that is not named has to pass.
    pub expect: BTreeMap<String, Expected>,
    /// The scenarios that have no meaning for it, and why.
    pub inapplicable: BTreeMap<String, String>,
}

/// What a scenario has to show of a variant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Ids of the checks that have to find something.
    pub checks: Vec<String>,
    /// Why they do.
    pub why: String,
}

/// A variant's description, as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    summary: String,
    kind: Kind,
    /// Another variant, of which this one is a change: what it lays over comes after the other's.
    extends: Option<String>,
    build_args: Option<Vec<String>>,
    #[serde(default)]
    expect: Vec<Shows>,
    #[serde(default)]
    inapplicable: Vec<Meaningless>,
}

/// What several scenarios have to show for one reason.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shows {
    scenarios: Vec<String>,
    checks: Vec<String>,
    why: String,
}

/// Why several scenarios have no meaning.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Meaningless {
    scenarios: Vec<String>,
    why: String,
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
    pub fn next_build(&self) -> (Vec<String>, Vec<PathBuf>) {
        (self.build_args.clone(), self.app.clone())
    }

    fn load(dir: PathBuf) -> Result<Self, VariantError> {
        let described = Description::read(&dir)?;
        let mut variant = Self {
            name: dir.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            dir,
            summary: described.summary,
            kind: described.kind,
            build_args: described.build_args.unwrap_or_default(),
            app: Vec::new(),
            worker: Vec::new(),
            expect: BTreeMap::new(),
            inapplicable: BTreeMap::new(),
        };
        let (mut app, mut worker) = (Vec::new(), Vec::new());
        if let Some(base) = described.extends {
            let dir = variant.dir.with_file_name(&base);
            let of_base = Description::read(&dir)?;
            if of_base.extends.is_some() {
                return Err(variant.wrong(format!("it extends `{base}`, which extends another variant itself")));
            }
            if variant.build_args.is_empty() {
                variant.build_args = of_base.build_args.unwrap_or_default();
            }
            app.push(dir.join("app"));
            worker.push(dir.join("worker"));
        }
        app.push(variant.dir.join("app"));
        worker.push(variant.dir.join("worker"));
        variant.app = app.into_iter().filter(|dir| dir.is_dir()).collect();
        variant.worker = worker.into_iter().filter(|dir| dir.is_dir()).collect();

        for Shows { scenarios, checks, why } in described.expect {
            if checks.is_empty() {
                let text = format!("`checks` is empty for {}; leave out what has to pass", scenarios.join(", "));
                return Err(variant.wrong(text));
            }
            for scenario in scenarios {
                variant.say_once(&scenario)?;
                variant.expect.insert(scenario, Expected { checks: checks.clone(), why: why.clone() });
            }
        }
        for Meaningless { scenarios, why } in described.inapplicable {
            for scenario in scenarios {
                variant.say_once(&scenario)?;
                variant.inapplicable.insert(scenario, why.clone());
            }
        }
        Ok(variant)
    }

    fn say_once(&self, scenario: &str) -> Result<(), VariantError> {
        if self.expect.contains_key(scenario) || self.inapplicable.contains_key(scenario) {
            return Err(self.wrong(format!("it says twice what has to come of `{scenario}`")));
        }
        Ok(())
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

impl Description {
    fn read(dir: &Path) -> Result<Self, VariantError> {
        let path = dir.join(FILE);
        let text =
            std::fs::read_to_string(&path).map_err(|source| VariantError::Read { path: path.clone(), source })?;
        toml::from_str(&text).map_err(|source| VariantError::Parse { path, source: Box::new(source) })
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
        let wrong =
            error("summary = 's'\nkind = 'control'\n[[expect]]\nscenarios = ['offline']\ncheck = ['x']\nwhy = 'w'");
        assert!(wrong.contains("variants/one/variant.toml") && wrong.contains("`check`"), "{wrong}");
        let wrong = error("summary = 's'\nkind = 'cure'");
        assert!(wrong.contains("`cure`") && wrong.contains("`remedy`"), "{wrong}");
    }

    #[test]
    fn an_expectation_names_something() {
        let wrong =
            error("summary = 's'\nkind = 'control'\n[[expect]]\nscenarios = ['offline', 'x']\nchecks = []\nwhy = 'w'");
        assert!(wrong.contains("`checks` is empty for offline, x"), "{wrong}");
    }

    #[test]
    fn a_scenario_is_spoken_of_once() {
        let expect = "[[expect]]\nscenarios = ['offline']\nchecks = ['x']\nwhy = 'w'\n";
        for more in [expect, "[[inapplicable]]\nscenarios = ['offline']\nwhy = 'w'"] {
            let wrong = error(&format!("summary = 's'\nkind = 'control'\n{expect}{more}"));
            assert!(wrong.contains("says twice what has to come of `offline`"), "{wrong}");
        }
    }

    #[test]
    fn a_reason_may_stand_for_several_scenarios() {
        let text = "summary = 's'\nkind = 'control'\n[[expect]]\nscenarios = ['a', 'b']\nchecks = ['x']\nwhy = 'w'";
        let variant = Variant::load_all(sample(&[("one", text)]).path()).unwrap().remove(0);
        let expected = Expected { checks: vec!["x".to_owned()], why: "w".to_owned() };
        assert_eq!(variant.expect, [("a".to_owned(), expected.clone()), ("b".to_owned(), expected)].into());
    }

    #[test]
    fn what_a_variant_extends_is_laid_over_first() {
        let (base, twin) = ("summary = 's'\nkind = 'remedy'\n", "summary = 's'\nkind = 'remedy'\nextends = 'base'");
        let base = format!("{base}build_args = ['--webpack']");
        let dir = sample(&[("base", &base), ("twin", twin), ("third", &twin.replace("base", "twin"))]);
        let wrong = Variant::load_all(dir.path()).unwrap_err().to_string();
        assert!(wrong.contains("extends `twin`, which extends another"), "{wrong}");
        std::fs::remove_dir_all(dir.path().join("variants/third")).unwrap();
        let at = |path: &str| dir.path().join("variants").join(path);
        for path in ["base/app", "twin/app", "twin/worker"] {
            std::fs::create_dir(at(path)).unwrap();
        }
        let variants = Variant::load_all(dir.path()).unwrap();
        let [base, twin] = &variants[..] else { panic!("{variants:?}") };
        assert_eq!((&base.app, &base.worker), (&vec![at("base/app")], &vec![]));
        assert_eq!((&twin.app, &twin.worker), (&vec![at("base/app"), at("twin/app")], &vec![at("twin/worker")]));
        assert_eq!(twin.build_args, ["--webpack"]);
    }

    #[test]
    fn a_name_that_does_not_exist_gets_the_names_that_do() {
        let text = "summary = 's'\nkind = 'control'\n[[expect]]\nscenarios = ['offline']\nchecks = ['lost']\nwhy = 'w'";
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
