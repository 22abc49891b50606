//! A webpack plugin in a Turbopack build.

use super::{Flaw, Rule};
use crate::lint::project::{Document, Project, is_next_config};
use crate::lint::setup::{Setup, Tool, setups};
use crate::outcome::Severity;

pub(super) static RULE: Rule = Rule {
    check: "install-failed",
    id: "turbopack",
    summary: "a webpack plugin generates the worker, but Turbopack runs the build",
    explanation: "Turbopack does not run webpack plugins, and `next build` uses Turbopack by default since Next.js 16. \
        With a `turbopack` key the build succeeds without a warning but generates no new worker: registering it gets a \
        404, or visitors keep an old one forever.",
    fix: "Build with `next build --webpack`, or use a tool that supports Turbopack, such as @serwist/turbopack.",
    severity: Severity::Error,
    judge,
};

fn judge(project: &Project) -> Vec<Flaw> {
    let plugins = setups(project)
        .into_iter()
        .filter(|setup| matches!(setup.tool, Tool::NextPwa | Tool::OldNextPwa | Tool::SerwistNext));
    plugins.filter_map(|setup| flaw(project, &setup)).collect()
}

fn flaw(project: &Project, setup: &Setup<'_>) -> Option<Flaw> {
    let package = project.package(&setup.script.path)?;
    let (at, command) = build(package)?;
    let is_asked = command.split_whitespace().any(|word| matches!(word, "--turbopack" | "--turbo"));
    if is_asked {
        let message = format!("`{command}` does not run the plugin that generates the worker");
        return Some(Flaw::in_document(package, at, message));
    }
    let webpack = command.split_whitespace().any(|word| word == "--webpack");
    if webpack || project.major(&setup.script.path, "next").is_none_or(|major| major < 16) {
        return None;
    }
    let home = project.home(&setup.script.path);
    let configs = project.scripts.iter().map(|(_, script)| script);
    let own = configs.filter(|script| is_next_config(&script.path) && project.home(&script.path) == home);
    let key =
        own.into_iter().find_map(|script| Some((script, script.keys.iter().find(|(key, _)| key == "turbopack")?.1)));
    Some(match key {
        Some((script, at)) => {
            let message = format!("with this key, `{command}` silently leaves out the worker");
            Flaw::new(script, at, message)
        }
        None => {
            let message = format!("`{command}` uses Turbopack, which rejects the plugin that generates the worker");
            Flaw::in_document(package, at, message).noted()
        }
    })
}

/// The build script and its position.
fn build(package: &Document) -> Option<(usize, &str)> {
    let scripts = package.value.get("scripts")?;
    let builds = |command: &str| command.contains("next build");
    let all = scripts.entries().iter().filter_map(|entry| Some((entry, entry.value.text()?)));
    let mut building =
        all.filter(|(_, command)| builds(command)).map(|(entry, command)| (entry.key == "build", entry.at, command));
    let first = building.next()?;
    let (_, at, command) = if first.0 { first } else { building.find(|one| one.0).unwrap_or(first) };
    Some((at, command))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::Files;

    fn app(next: &str, build: &str, config: &str) -> Files {
        let package = format!(
            "{{\n \"scripts\": {{\n  \"build\": \"{build}\" }},\n \"dependencies\": {{ \"next\": \"{next}\" }} }}"
        );
        let config =
            format!("import init from '@ducanh2912/next-pwa';\nexport default init({{ dest: 'public' }})({config});");
        Files::of(&[("package.json", &package), ("next.config.mjs", &config)])
    }

    #[test]
    fn a_key_that_silences_the_build_is_found() {
        let found = app("16.4.5", "next build", "{\n turbopack: {} }").one(&RULE);
        assert_eq!((found.path.to_str(), found.line, found.severity), (Some("next.config.mjs"), 3, Severity::Error));
    }

    #[test]
    fn a_build_that_asks_for_turbopack_is_found() {
        let found = app("^15.3.0", "next build --turbopack", "{}").one(&RULE);
        assert_eq!((found.path.to_str(), found.line), (Some("package.json"), 3));
    }

    #[test]
    fn a_build_that_refuses_is_noted() {
        assert_eq!(app("^16.0.0", "next build", "{}").one(&RULE).severity, Severity::Note);
    }

    #[test]
    fn webpack_runs_webpack_plugins() {
        app("16.4.5", "next build --webpack", "{ turbopack: {} }").none(&RULE);
        app("^15.3.0", "next build", "{ turbopack: {} }").none(&RULE);
        app("16.4.5", "node build.mjs", "{}").none(&RULE);
        let package = r#"{"scripts":{"build":"next build"},"dependencies":{"next":"16.4.5"}}"#;
        let config = "import { withSerwist } from '@serwist/turbopack'; export default withSerwist({ turbopack: {} });";
        Files::of(&[("package.json", package), ("next.config.mjs", config)]).none(&RULE);
    }
}
