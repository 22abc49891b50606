//! The variants of the sample app: what each changes, and which results are expected.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::app::App;
use crate::error::Error;
use crate::outcome::Kind;
use crate::trace::Claims;

/// Name of the file that describes a variant.
const FILE: &str = "variant.toml";

/// One configuration of the sample app.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// Its name: the name of its directory.
    #[serde(skip)]
    pub name: String,
    /// Its directory, with what it changes in `app/` and `worker/`.
    #[serde(skip)]
    pub dir: PathBuf,
    /// One-line summary.
    pub summary: String,
    /// Its purpose.
    pub kind: Kind,
    /// Arguments of `next build`; if empty, those of the variant that it extends.
    #[serde(default)]
    pub build_args: Vec<String>,
    /// The variant that it extends, if any: its files are added on top of those.
    #[serde(default)]
    pub extends: Option<String>,
    /// The directories that it consists of, each on top of the one before; its own is the last.
    #[serde(skip)]
    pub layers: Vec<PathBuf>,
    /// What its configuration claims about the worker; overrides the claims of the app's description.
    #[serde(default)]
    pub claims: Option<Claims>,
    /// Expected findings. A scenario that is not named must pass.
    #[serde(default)]
    pub expect: Vec<Expectation>,
    /// The scenarios that do not apply to it.
    #[serde(default)]
    pub inapplicable: Vec<Inapplicable>,
}

/// Expected findings of a variant in some scenarios, for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// Ids of the scenarios.
    pub scenarios: Vec<String>,
    /// Ids of the checks that must report a finding in each of them.
    pub checks: Vec<String>,
    /// Ids of checks that may also report a finding, because the app itself behaves nondeterministically.
    #[serde(default)]
    pub may: Vec<String>,
    /// The reason.
    pub why: String,
}

/// Scenarios that do not apply to a variant, with the reason.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inapplicable {
    /// Ids of the scenarios.
    pub scenarios: Vec<String>,
    /// The reason.
    pub why: String,
}

/// Why variants cannot be used.
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
    /// A description is not valid TOML, or has unknown or missing fields.
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
    /// The directory has no variants.
    #[error("{0} has no variants: a variant is a directory with a `{FILE}`")]
    None(PathBuf),
}

impl From<VariantError> for Error {
    fn from(error: VariantError) -> Self {
        Self::Usage(error.to_string())
    }
}

impl Variant {
    /// All variants of the sample app: controls, then remedies, then the proven one, sorted by name.
    ///
    /// # Errors
    /// When a description is missing or invalid; the text names the file and the field.
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
        let whole = variants.iter().map(|variant| variant.extended(&variants)).collect::<Result<Vec<_>, _>>();
        let mut variants = whole?;
        variants.sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
        Ok(variants)
    }

    /// Identifies its Next build: variants with an equal value share one.
    #[must_use]
    pub fn next_build(&self) -> (Vec<String>, Vec<PathBuf>) {
        let overlays = self.layers.iter().map(|layer| layer.join("app")).filter(|overlay| overlay.is_dir());
        (self.build_args.clone(), overlays.collect())
    }

    fn load(dir: PathBuf) -> Result<Self, VariantError> {
        let path = dir.join(FILE);
        let text =
            std::fs::read_to_string(&path).map_err(|source| VariantError::Read { path: path.clone(), source })?;
        let mut variant: Self = toml::from_str(&text)
            .map_err(|source| VariantError::Parse { path: path.clone(), source: Box::new(source) })?;
        variant.name = dir.file_name().unwrap_or_default().to_string_lossy().into_owned();
        variant.dir = dir;
        variant.verify_form()?;
        Ok(variant)
    }

    /// Checks that every entry names something, and that no scenario has two entries.
    fn verify_form(&self) -> Result<(), VariantError> {
        if let Some(expected) =
            self.expect.iter().find(|expected| expected.checks.is_empty() && expected.may.is_empty())
        {
            let scenarios = expected.scenarios.join(", ");
            return Err(self.wrong(format!("`checks` of `{scenarios}` is empty; to expect a pass, remove the entry")));
        }
        let expected = self.expect.iter().map(|expected| &expected.scenarios);
        if expected.chain(self.inapplicable.iter().map(|none| &none.scenarios)).any(Vec::is_empty) {
            return Err(self.wrong("`scenarios` is empty; name the scenarios to which the reason applies".to_owned()));
        }
        let mut named = HashSet::new();
        match self.scenarios().find(|name| !named.insert(*name)) {
            Some(twice) => {
                Err(self.wrong(format!("`{twice}` is named twice; a scenario can have only one expectation")))
            }
            None => Ok(()),
        }
    }

    /// The variant, including what it inherits from the variants that it extends.
    fn extended(&self, all: &[Self]) -> Result<Self, VariantError> {
        let mut whole = Self { layers: vec![self.dir.clone()], ..self.clone() };
        let mut top = self;
        while let Some(base) = &top.extends {
            let Some(found) = all.iter().find(|variant| variant.name == *base) else {
                return Err(top.wrong(format!("it extends `{base}`, which does not exist")));
            };
            if whole.layers.contains(&found.dir) {
                return Err(self.wrong(format!("it extends `{base}`, which extends it in turn")));
            }
            whole.layers.insert(0, found.dir.clone());
            if whole.build_args.is_empty() {
                whole.build_args.clone_from(&found.build_args);
            }
            top = found;
        }
        Ok(whole)
    }

    /// The app's description, as changed by this variant.
    #[must_use]
    pub fn described(&self, app: &App) -> App {
        App { worker: self.claims.clone().unwrap_or_else(|| app.worker.clone()), ..app.clone() }
    }

    /// The findings expected in a scenario, unless it must pass.
    #[must_use]
    pub fn expected(&self, scenario: &str) -> Option<&Expectation> {
        self.expect.iter().find(|expected| expected.scenarios.iter().any(|name| name == scenario))
    }

    /// Why a scenario does not apply to it, if it does not.
    #[must_use]
    pub fn inapplicable(&self, scenario: &str) -> Option<&Inapplicable> {
        self.inapplicable.iter().find(|none| none.scenarios.iter().any(|name| name == scenario))
    }

    /// All scenarios that it names.
    fn scenarios(&self) -> impl Iterator<Item = &str> {
        let expected = self.expect.iter().flat_map(|expected| &expected.scenarios);
        expected.chain(self.inapplicable.iter().flat_map(|none| &none.scenarios)).map(String::as_str)
    }

    /// Checks that the scenarios and checks that it names exist.
    ///
    /// # Errors
    /// When one does not exist; the text names it.
    pub fn verify_names(&self, scenarios: &[&str], checks: &[&str]) -> Result<(), VariantError> {
        if let Some(name) = self.scenarios().find(|name| !scenarios.contains(name)) {
            return Err(self.wrong(format!("unknown scenario `{name}`; available: {}", scenarios.join(", "))));
        }
        let named = self.expect.iter().flat_map(|expected| expected.checks.iter().chain(&expected.may));
        if let Some(id) = named.map(String::as_str).find(|id| !checks.contains(id)) {
            return Err(self.wrong(format!("unknown check `{id}`; available: {}", checks.join(", "))));
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
    fn a_claim_stands_in_place_of_the_apps_own() {
        let dir = sample(&[
            ("plain", "summary = 's'\nkind = 'control'"),
            ("waits", "summary = 's'\nkind = 'control'\n[claims]\nskip_waiting = false"),
        ]);
        let app = App { worker: Claims { clients_claim: Some(true), ..Claims::default() }, ..App::default() };
        let claims: Vec<Claims> =
            Variant::load_all(dir.path()).unwrap().iter().map(|variant| variant.described(&app).worker).collect();
        assert_eq!(claims, [app.worker, Claims { skip_waiting: Some(false), ..Claims::default() }]);
    }

    #[test]
    fn controls_come_first_and_what_is_proven_last() {
        let of = |kind| format!("summary = 's'\nkind = '{kind}'");
        let (control, remedy, proven) = (of("control"), of("remedy"), of("proven"));
        let dir = sample(&[("a", &proven), ("b", &remedy), ("d", &control), ("c", &control)]);
        let names: Vec<String> = Variant::load_all(dir.path()).unwrap().into_iter().map(|v| v.name).collect();
        assert_eq!(names, ["c", "d", "b", "a"]);
    }

    /// A description that expects this.
    fn expecting(entries: &str) -> String {
        format!("summary = 's'\nkind = 'control'\n{entries}")
    }

    #[test]
    fn an_error_names_the_file_and_the_field() {
        let wrong = error(&expecting("[[expect]]\nscenarios = ['offline']\ncheck = ['x']\nwhy = 'w'"));
        assert!(wrong.contains("variants/one/variant.toml") && wrong.contains("`check`"), "{wrong}");
        let wrong = error("summary = 's'\nkind = 'cure'");
        assert!(wrong.contains("`cure`") && wrong.contains("`remedy`"), "{wrong}");
    }

    #[test]
    fn one_reason_stands_for_several_scenarios() {
        let text = expecting(
            "[[expect]]\nscenarios = ['a', 'b']\nchecks = ['x']\nwhy = 'first'\n\
             [[expect]]\nscenarios = ['c']\nchecks = ['y']\nwhy = 'second'\n\
             [[inapplicable]]\nscenarios = ['d', 'e']\nwhy = 'third'",
        );
        let variant = Variant::load_all(sample(&[("one", &text)]).path()).unwrap().remove(0);
        let why = |name| variant.expected(name).map(|expected| expected.why.as_str());
        assert_eq!(["a", "b", "c", "d"].map(why), [Some("first"), Some("first"), Some("second"), None]);
        let why = |name| variant.inapplicable(name).map(|none| none.why.as_str());
        assert_eq!(["a", "d", "e"].map(why), [None, Some("third"), Some("third")]);
    }

    #[test]
    fn an_expectation_names_something() {
        let wrong = error(&expecting("[[expect]]\nscenarios = ['offline']\nchecks = []\nwhy = 'w'"));
        assert!(wrong.contains("`checks` of `offline` is empty"), "{wrong}");
        let wrong = error(&expecting("[[expect]]\nscenarios = []\nchecks = ['x']\nwhy = 'w'"));
        assert!(wrong.contains("`scenarios` is empty"), "{wrong}");
        let wrong = error(&expecting("[[inapplicable]]\nscenarios = []\nwhy = 'w'"));
        assert!(wrong.contains("`scenarios` is empty"), "{wrong}");
    }

    #[test]
    fn no_scenario_is_named_twice() {
        let expect = "[[expect]]\nscenarios = ['open-tab', 'offline']\nchecks = ['x']\nwhy = 'w'\n";
        let none = "[[inapplicable]]\nscenarios = ['offline']\nwhy = 'w'\n";
        let again = "[[expect]]\nscenarios = ['offline', 'offline']\nchecks = ['x']\nwhy = 'w'\n";
        for entries in [[expect, expect].concat(), [expect, none].concat(), [none, none].concat(), again.to_owned()] {
            let wrong = error(&expecting(&entries));
            assert!(wrong.contains("is named twice"), "{wrong}");
        }
    }

    #[test]
    fn a_name_that_does_not_exist_gets_the_names_that_do() {
        let of = |entries| Variant::load_all(sample(&[("one", &expecting(entries))]).path()).unwrap().remove(0);
        let variant = of("[[expect]]\nscenarios = ['offline']\nchecks = ['lost']\nwhy = 'w'");
        assert!(variant.verify_names(&["offline"], &["lost"]).is_ok());
        let wrong = variant.verify_names(&["open-tab"], &["lost"]).unwrap_err().to_string();
        assert!(wrong.ends_with("unknown scenario `offline`; available: open-tab"), "{wrong}");
        let wrong = variant.verify_names(&["offline"], &["found"]).unwrap_err().to_string();
        assert!(wrong.ends_with("unknown check `lost`; available: found"), "{wrong}");
        let variant = of("[[inapplicable]]\nscenarios = ['offline']\nwhy = 'w'");
        let wrong = variant.verify_names(&["open-tab"], &[]).unwrap_err().to_string();
        assert!(wrong.ends_with("unknown scenario `offline`; available: open-tab"), "{wrong}");
    }

    #[test]
    fn what_a_variant_extends_lies_under_it() {
        let extending = |base: &str| expecting(&format!("extends = '{base}'"));
        let (middle, bottom) = (extending("c") + "\nbuild_args = ['--b']", expecting("build_args = ['--c']"));
        let dir = sample(&[("a", &extending("b")), ("b", &middle), ("c", &bottom)]);
        let top = Variant::load_all(dir.path()).unwrap().remove(0);
        let names: Vec<_> = top.layers.iter().filter_map(|layer| layer.file_name()?.to_str()).collect();
        assert_eq!(names, ["c", "b", "a"]);
        assert_eq!(top.build_args, ["--b"]);

        let wrong = error(&extending("two"));
        assert!(wrong.contains("it extends `two`, which does not exist"), "{wrong}");
        let dir = sample(&[("a", &extending("b")), ("b", &extending("a"))]);
        let wrong = Variant::load_all(dir.path()).unwrap_err().to_string();
        assert!(wrong.contains("extends it in turn"), "{wrong}");
    }

    #[test]
    fn a_directory_without_variants_is_named() {
        let dir = tempfile::TempDir::new().unwrap();
        let wrong = Variant::load_all(dir.path()).unwrap_err().to_string();
        assert!(wrong.contains(&dir.path().join("variants").display().to_string()), "{wrong}");
    }
}
