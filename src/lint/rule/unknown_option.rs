//! Misspelled options.

use super::{Flaw, Rule};
use crate::lint::options::{GENERATE, NEXT_PWA, OLD_NEXT_PWA, SERWIST, SERWIST_NEXT, meant};
use crate::lint::project::Project;
use crate::lint::script::{Entry, Value};
use crate::lint::setup::{Setup, Tool, setups};
use crate::outcome::Severity;

pub(super) static RULE: Rule = Rule {
    check: "config-ignored",
    id: "unknown-option",
    summary: "an option is misspelled",
    explanation: "The tool has no option of this name. Some tools then refuse to build; others silently ignore it, and \
        the worker behaves as if it were missing.",
    fix: "Use the option name from the message.",
    severity: Severity::Error,
    judge,
};

fn judge(project: &Project) -> Vec<Flaw> {
    setups(project).iter().flat_map(of_setup).collect()
}

fn of_setup(setup: &Setup<'_>) -> Vec<Flaw> {
    let both: Vec<&str> = OLD_NEXT_PWA.iter().chain(GENERATE).copied().collect();
    // For each level: the known options, and whether the tool rejects unknown ones.
    let levels: Vec<(Option<&Value>, &[&str], bool)> = match setup.tool {
        Tool::NextPwa => vec![(setup.options, NEXT_PWA, false), (setup.generated(), GENERATE, true)],
        Tool::OldNextPwa => vec![(setup.options, &both, true)],
        Tool::SerwistNext => vec![(setup.options, SERWIST_NEXT, true)],
        Tool::Serwist => vec![(setup.options, SERWIST, false)],
        Tool::GenerateSw | Tool::InjectManifest => vec![(setup.options, GENERATE, true)],
        Tool::VitePwa => vec![(setup.generated(), GENERATE, true)],
    };
    let flaw = |entry: &Entry, known: &[&str], refuses: bool| {
        // An option of another level is misplaced, not misspelled.
        let is_word = [NEXT_PWA, OLD_NEXT_PWA, GENERATE, SERWIST, SERWIST_NEXT]
            .iter()
            .any(|all| all.contains(&entry.key.as_str()));
        let right = meant(&entry.key, known).filter(|_| !is_word)?;
        let flaw =
            Flaw::new(setup.script, entry.at, format!("unknown option `{}`; did you mean `{right}`?", entry.key));
        Some(if refuses { flaw.noted() } else { flaw })
    };
    let all = levels.iter().flat_map(|(level, known, refuses)| {
        let entries = level.map(Value::entries).unwrap_or_default().iter();
        entries.filter_map(move |entry| flaw(entry, known, *refuses))
    });
    all.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::file;

    fn config(options: &str) -> String {
        format!("import init from '@ducanh2912/next-pwa';\nexport default init({{ {options} }})({{}});")
    }

    #[test]
    fn a_misspelt_option_is_found() {
        let found = file("next.config.mjs", &config("cacheStartURL: false")).one(&RULE);
        assert!(found.message.contains("`cacheStartUrl`"), "{}", found.message);
        assert_eq!((found.line, found.severity), (2, Severity::Error));
        let inner = file("next.config.mjs", &config("workboxOptions: { skipWaitng: false }")).one(&RULE);
        assert_eq!(inner.severity, Severity::Note);
    }

    #[test]
    fn known_and_far_words_are_not() {
        file("next.config.mjs", &config("dest: 'public', swcMinify: true, skipWaiting: false, sw: 'sw.js'"))
            .none(&RULE);
        let old = "module.exports = require('next-pwa')({ dest: 'public', buildExcludes: [], skipWaiting: true, mode: 'production' })({})";
        file("next.config.js", old).none(&RULE);
        file("next.config.js", "module.exports = { fallback: {}, registr: true }").none(&RULE);
    }
}
