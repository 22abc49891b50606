//! Options at a level where they have no effect.

use super::{Flaw, Rule};
use crate::lint::options::{AS_PLUGINS, GENERATE, NEXT_PWA, OLD_NEXT_PWA, SERWIST, SERWIST_NEXT, SERWIST_PRECACHE};
use crate::lint::project::Project;
use crate::lint::route::routes;
use crate::lint::script::{Entry, Value};
use crate::lint::setup::{Setup, Tool, setups};
use crate::outcome::Severity;

pub(super) static RULE: Rule = Rule {
    check: "config-ignored",
    id: "misplaced-option",
    summary: "an option is at a level where it has no effect",
    explanation: "The tool uses the options that it knows at this level and silently drops the others: the built \
        worker behaves as if the option were missing.",
    fix: "Move the option to the place that the message names, then check the built worker.",
    severity: Severity::Error,
    judge,
};

/// The version of @ducanh2912/next-pwa that introduced `workboxOptions`.
const WORKBOX_OPTIONS_SINCE: u32 = 9;

fn judge(project: &Project) -> Vec<Flaw> {
    let of_setups = setups(project).into_iter().flat_map(|setup| of_setup(project, &setup)).collect::<Vec<_>>();
    of_setups.into_iter().chain(of_routes(project)).collect()
}

fn of_setup(project: &Project, setup: &Setup<'_>) -> Vec<Flaw> {
    let flaw = |entry: &Entry, message: String| Flaw::new(setup.script, entry.at, message);
    let entries = |value: Option<&'_ Value>| value.map(Value::entries).unwrap_or_default().to_vec();
    let own = entries(setup.options).into_iter();
    match setup.tool {
        Tool::NextPwa => {
            let major = project.major(&setup.script.path, "@ducanh2912/next-pwa");
            if major.is_some_and(|major| major < WORKBOX_OPTIONS_SINCE) {
                return Vec::new();
            }
            let top =
                own.filter(|entry| !NEXT_PWA.contains(&entry.key.as_str()) && GENERATE.contains(&entry.key.as_str()));
            let top = top.map(|entry| {
                let key = &entry.key;
                flaw(
                    &entry,
                    format!("@ducanh2912/next-pwa ignores `{key}` at this level; move it into `workboxOptions`"),
                )
            });
            let inner = entries(setup.generated()).into_iter();
            let inner =
                inner.filter(|entry| NEXT_PWA.contains(&entry.key.as_str()) && !GENERATE.contains(&entry.key.as_str()));
            let inner = inner.map(|entry| {
                flaw(&entry, format!("Workbox rejects `{}`; move it out of `workboxOptions`, one level up", entry.key))
                    .noted()
            });
            top.chain(inner).collect()
        }
        Tool::OldNextPwa => {
            let wrong = own.filter(|entry| entry.key == "workboxOptions");
            wrong
                .map(|entry| {
                    flaw(&entry, "`next-pwa` has no `workboxOptions`; put Workbox options next to its own".to_owned())
                        .noted()
                })
                .collect()
        }
        Tool::SerwistNext => {
            let is_workers =
                |key: &str| SERWIST.contains(&key) || GENERATE.contains(&key) || SERWIST_PRECACHE.contains(&key);
            let wrong = own.filter(|entry| !SERWIST_NEXT.contains(&entry.key.as_str()) && is_workers(&entry.key));
            let told = wrong.map(|entry| {
                let key = &entry.key;
                flaw(
                    &entry,
                    format!("`{key}` is not an option of @serwist/next; pass it to `new Serwist()` in the worker"),
                )
                .noted()
            });
            told.collect()
        }
        Tool::Serwist => {
            let wrong = own.filter(|entry| {
                !SERWIST.contains(&entry.key.as_str()) && SERWIST_PRECACHE.contains(&entry.key.as_str())
            });
            wrong
                .map(|entry| {
                    flaw(
                        &entry,
                        format!("Serwist ignores `{}` at this level; move it into `precacheOptions`", entry.key),
                    )
                })
                .collect()
        }
        Tool::VitePwa => {
            let is_workbox = |key: &str| GENERATE.contains(&key) && !VITE_PWA.contains(&key);
            let wrong = own.filter(|entry| is_workbox(&entry.key) && !OLD_NEXT_PWA.contains(&entry.key.as_str()));
            wrong
                .map(|entry| {
                    flaw(
                        &entry,
                        format!("vite-plugin-pwa ignores `{}` at this level; move it into `workbox`", entry.key),
                    )
                })
                .collect()
        }
        Tool::GenerateSw | Tool::InjectManifest => Vec::new(),
    }
}

/// Options of Workbox that vite-plugin-pwa also has itself.
const VITE_PWA: &[&str] = &["mode", "injectManifest", "include", "exclude", "swDest", "swSrc", "disable", "scope"];

/// Strategies constructed directly take plugins, but not the shorthand options that Workbox turns into plugins elsewhere.
fn of_routes(project: &Project) -> Vec<Flaw> {
    let called = routes(project).into_iter().filter(|route| route.called);
    let wrong = called.flat_map(|route| {
        let entries = route.options.map(Value::entries).unwrap_or_default().iter();
        let wrong = entries.filter(|entry| AS_PLUGINS.contains(&entry.key.as_str()));
        wrong.map(move |entry| {
            let strategy = route.strategy.unwrap_or("a strategy");
            let message =
                format!("`new {strategy}()` ignores `{}`; pass the corresponding plugin in `plugins`", entry.key);
            Flaw::new(route.script, entry.at, message)
        })
    });
    wrong.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{Files, file};

    #[test]
    fn next_pwa_reads_workbox_options_in_one_place_only() {
        let config = "import init from '@ducanh2912/next-pwa';\nexport default init({\n  dest: 'public',\n  skipWaiting: false,\n  cacheStartUrl: false,\n})({});";
        let found = file("next.config.mjs", config).one(&RULE);
        assert_eq!((found.line, found.column, found.severity), (4, 3, Severity::Error));
        assert!(found.message.contains("`workboxOptions`"), "{}", found.message);
        for key in ["clientsClaim", "runtimeCaching", "cleanupOutdatedCaches", "exclude"] {
            file("next.config.mjs", &config.replace("skipWaiting", key)).one(&RULE);
        }
        let inner = "export default require('@ducanh2912/next-pwa').default({ workboxOptions: { dest: 'public', skipWaiting: true } })({})";
        assert_eq!(file("next.config.mjs", inner).one(&RULE).severity, Severity::Note);
    }

    #[test]
    fn the_old_next_pwa_takes_all_at_one_level() {
        let config = "const withPWA = require('next-pwa')({ dest: 'public', skipWaiting: true, runtimeCaching: [] }); module.exports = withPWA({})";
        file("next.config.js", config).none(&RULE);
        let wrong = "module.exports = require('next-pwa')({ workboxOptions: { skipWaiting: true } })({})";
        file("next.config.js", wrong).one(&RULE);
        let early = Files::of(&[
            ("package.json", r#"{"dependencies":{"@ducanh2912/next-pwa":"8.7.1"}}"#),
            (
                "next.config.mjs",
                "import init from '@ducanh2912/next-pwa'; export default init({ skipWaiting: false })({});",
            ),
        ]);
        early.none(&RULE);
    }

    #[test]
    fn serwist_has_two_places() {
        let config = "import init from '@serwist/next'; export default init({ swSrc: 'app/sw.ts', swDest: 'public/sw.js', skipWaiting: true })({});";
        assert!(file("next.config.mjs", config).one(&RULE).message.contains("new Serwist()"));
        let worker = |options: &str| {
            format!(
                "import {{ Serwist }} from 'serwist'; new Serwist({{ precacheEntries: self.__SW_MANIFEST, {options} }})"
            )
        };
        file("app/sw.ts", &worker("cleanupOutdatedCaches: true")).one(&RULE);
        file("app/sw.ts", &worker("precacheOptions: { cleanupOutdatedCaches: true }, skipWaiting: true")).none(&RULE);
    }

    #[test]
    fn a_strategy_takes_plugins() {
        let worker = |options: &str| {
            format!(
                "import {{ CacheFirst }} from 'serwist'; export const a = new CacheFirst({{ cacheName: 'a', {options} }});"
            )
        };
        file("app/sw.ts", &worker("cacheableResponse: { statuses: [200] }")).one(&RULE);
        file("app/sw.ts", &worker("plugins: [new CacheableResponsePlugin({ statuses: [200] })]")).none(&RULE);
        let described =
            "export default [{ urlPattern: /a/, handler: 'CacheFirst', options: { expiration: { maxEntries: 1 } } }]";
        file("caching.js", described).none(&RULE);
    }

    #[test]
    fn what_is_wrapped_is_the_configuration_of_next() {
        let config = "import init from '@ducanh2912/next-pwa'; const withPWA = init({ dest: 'public' }); export default withPWA({ mode: 'x', exclude: [] });";
        file("next.config.mjs", config).none(&RULE);
    }
}
