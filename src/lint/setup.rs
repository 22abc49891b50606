//! Where a project sets up a service worker, with which tool and options.

use super::project::{Project, Role};
use super::script::{Script, Value};

/// A tool that generates a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// `@ducanh2912/next-pwa`.
    NextPwa,
    /// `next-pwa`, which has all options at one level.
    OldNextPwa,
    /// `@serwist/next`.
    SerwistNext,
    /// `new Serwist()` in a worker.
    Serwist,
    /// `generateSW` of workbox-build, or `GenerateSW` of workbox-webpack-plugin.
    GenerateSw,
    /// `injectManifest` of either.
    InjectManifest,
    /// `vite-plugin-pwa`.
    VitePwa,
}

/// A place where a worker is set up.
#[derive(Clone, Copy, Debug)]
pub struct Setup<'a> {
    /// The script.
    pub script: &'a Script,
    /// The tool.
    pub tool: Tool,
    /// The call.
    pub at: usize,
    /// Its options; `None` if there are none, or they are unknown.
    pub options: Option<&'a Value>,
    /// Whether the call has an unknown argument.
    pub hidden: bool,
}

impl<'a> Setup<'a> {
    /// The options from which Workbox generates the worker. `None` if it does not, or they are unknown.
    #[must_use]
    pub fn generated(&self) -> Option<&'a Value> {
        match self.tool {
            Tool::NextPwa => self.get("workboxOptions"),
            Tool::VitePwa => self.get("workbox"),
            Tool::OldNextPwa | Tool::GenerateSw | Tool::Serwist => self.options,
            Tool::SerwistNext | Tool::InjectManifest => None,
        }
    }

    /// An option.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&'a Value> {
        self.script.get(self.options?, key)
    }

    /// An option of the generated worker.
    #[must_use]
    pub fn generated_option(&self, key: &str) -> Option<&'a Value> {
        self.script.get(self.generated()?, key)
    }

    /// Whether an option is certainly not set, at the level of [`Setup::generated`].
    #[must_use]
    pub fn leaves_out(&self, key: &str) -> bool {
        if self.hidden {
            return false;
        }
        let level = match (self.tool, self.generated()) {
            (Tool::NextPwa, None) => {
                return self.options.is_none_or(|all| all.is_whole() && all.entry("workboxOptions").is_none());
            }
            (_, level) => level,
        };
        level.is_none_or(|level| level.is_whole() && level.entry(key).is_none())
    }

    /// Whether one of the tool's own options is `true`, explicitly or by default.
    #[must_use]
    pub fn is_on(&self, key: &str) -> bool {
        match self.options {
            None => !self.hidden,
            Some(options) => match options.entry(key) {
                None => options.is_whole(),
                Some(_) => self.get(key).and_then(Value::truth) == Some(true),
            },
        }
    }

    /// Whether it is unconditionally disabled.
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.get("disable").and_then(Value::truth) == Some(true)
    }

    /// Whether the resulting worker precaches files of the build.
    #[must_use]
    pub fn precaches(&self) -> bool {
        match self.tool {
            Tool::NextPwa | Tool::OldNextPwa | Tool::VitePwa => true,
            Tool::SerwistNext | Tool::InjectManifest => false,
            Tool::Serwist => self
                .get("precacheEntries")
                .is_some_and(|entries| entries.path().is_some_and(|path| path.contains("__SW_MANIFEST"))),
            Tool::GenerateSw => {
                let webpack = self.script.imports_from("workbox-webpack-plugin");
                webpack || ["globPatterns", "globDirectory"].iter().any(|key| self.get(key).is_some())
            }
        }
    }

    /// Whether the worker is hand-written, with an injected precache list.
    #[must_use]
    pub fn injects(&self) -> bool {
        match self.tool {
            Tool::SerwistNext | Tool::InjectManifest => true,
            Tool::NextPwa => self.generated_option("swSrc").is_some(),
            Tool::OldNextPwa => self.get("swSrc").is_some(),
            Tool::VitePwa => self.get("strategies").and_then(Value::text) == Some("injectManifest"),
            Tool::GenerateSw | Tool::Serwist => false,
        }
    }
}

/// All places where a worker is set up.
#[must_use]
pub fn setups(project: &Project) -> Vec<Setup<'_>> {
    let scripts = project.scripts_that_are(&[Role::Build, Role::App, Role::Worker]);
    scripts.flat_map(of_script).collect()
}

/// The places in one script.
pub fn of_script(script: &Script) -> impl Iterator<Item = Setup<'_>> {
    script.calls.iter().filter_map(move |call| {
        let (module, name) = script.origin(&call.callee)?;
        let tool = match (module.as_str(), name.as_str()) {
            ("@ducanh2912/next-pwa", "default") => Tool::NextPwa,
            ("next-pwa", "default") => Tool::OldNextPwa,
            ("@serwist/next", "default") => Tool::SerwistNext,
            ("serwist", "Serwist") => Tool::Serwist,
            ("workbox-build", "generateSW") | ("workbox-webpack-plugin", "GenerateSW") => Tool::GenerateSw,
            ("workbox-build", "injectManifest") | ("workbox-webpack-plugin", "InjectManifest") => Tool::InjectManifest,
            ("vite-plugin-pwa", "VitePWA") => Tool::VitePwa,
            _ => return None,
        };
        let argument = call.args.first().map(|argument| script.resolve(argument));
        let mut options = argument.filter(|options| !options.entries().is_empty());
        if tool == Tool::OldNextPwa
            && let Some(inner) = options.and_then(|options| script.get(options, "pwa"))
        {
            // Up to version 5.5, the options are in the Next configuration.
            options = Some(inner);
        }
        let is_empty = argument.is_none_or(|argument| argument.is_whole() && argument.entries().is_empty());
        Some(Setup { script, tool, at: call.at, options, hidden: options.is_none() && !is_empty })
    })
}
