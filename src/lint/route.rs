//! The routes of workers: which requests they match, with which strategy and options.

use super::name::last;
use super::project::{Project, Role};
use super::script::{Kind, Script, Value};

const STRATEGIES: &[&str] = &["CacheFirst", "NetworkFirst", "StaleWhileRevalidate", "NetworkOnly", "CacheOnly"];

/// A route, or a strategy without a route.
#[derive(Clone, Debug)]
pub struct Route<'a> {
    /// The script.
    pub script: &'a Script,
    /// What it matches: a regular expression, a string or a function.
    pub pattern: Option<&'a Value>,
    /// The name of its strategy.
    pub strategy: Option<&'static str>,
    /// Whether the strategy is constructed directly, with its own options and plugins.
    pub called: bool,
    /// The options of its strategy.
    pub options: Option<&'a Value>,
}

impl<'a> Route<'a> {
    /// An option of its strategy, resolved.
    #[must_use]
    pub fn option(&self, key: &str) -> Option<&'a Value> {
        self.script.get(self.options?, key)
    }

    /// The list of statuses that it caches, if it has one.
    #[must_use]
    pub fn statuses(&self) -> Option<&'a Value> {
        if !self.called
            && let Some(listed) = self.option("cacheableResponse").and_then(|rule| self.script.get(rule, "statuses"))
        {
            return Some(listed);
        }
        let plugins = self.option("plugins").map(Value::items).unwrap_or_default();
        plugins.iter().find_map(|plugin| {
            let call = self.script.resolve(plugin).call()?;
            let of = last(&call.callee) == "CacheableResponsePlugin";
            of.then(|| self.script.get(call.args.first()?, "statuses"))?
        })
    }

    /// Its regular expression.
    #[must_use]
    pub fn regex(&self) -> Option<(&'a str, &'a str)> {
        match &self.pattern?.kind {
            Kind::Regex { pattern, flags } => Some((pattern, flags)),
            _ => None,
        }
    }

    /// Whether it is for pages, judging by its function.
    #[must_use]
    pub fn asks_for(&self, wanted: &[&str]) -> bool {
        let Some(Kind::Function(function)) = self.pattern.map(|pattern| &pattern.kind) else { return false };
        let (from, to) = self.script.functions[*function].span;
        self.script.texts.iter().any(|(text, at)| (from..to).contains(at) && wanted.contains(&text.as_str()))
    }
}

/// All hand-written routes.
#[must_use]
pub fn routes(project: &Project) -> Vec<Route<'_>> {
    project.scripts_that_are(&[Role::Build, Role::App, Role::Worker]).flat_map(of_script).collect()
}

/// The routes of one script.
#[must_use]
pub fn of_script(script: &Script) -> Vec<Route<'_>> {
    let mut routes: Vec<Route<'_>> = script.objects.iter().filter_map(|object| described(script, object)).collect();
    for call in &script.calls {
        if matches!(last(&call.callee), "registerRoute" | "registerCapture")
            && let [pattern, handler, ..] = call.args.as_slice()
        {
            routes.push(Route { pattern: Some(script.resolve(pattern)), ..handled(script, handler) });
        }
    }
    let taken: Vec<usize> = routes.iter().filter_map(|route| Some(route.options?.at)).collect();
    for call in &script.calls {
        let Some(strategy) = strategy(&call.callee) else { continue };
        let options = call.args.first().map(|options| script.resolve(options));
        if is_library(script, &call.callee) && options.is_none_or(|options| !taken.contains(&options.at)) {
            routes.push(Route { script, pattern: None, strategy: Some(strategy), called: true, options });
        }
    }
    routes
}

fn described<'a>(script: &'a Script, object: &'a Value) -> Option<Route<'a>> {
    let pattern = script.get(object, "urlPattern").or_else(|| script.get(object, "matcher"))?;
    let mut route = handled(script, object.get("handler")?);
    if !route.called {
        route.options = script.get(object, "options");
    }
    Some(Route { pattern: Some(pattern), ..route })
}

fn handled<'a>(script: &'a Script, handler: &'a Value) -> Route<'a> {
    let handler = script.resolve(handler);
    let (strategy, called, options) = match (handler.text(), handler.call()) {
        (Some(name), _) => (self::strategy(name), false, None),
        (_, Some(call)) => {
            (self::strategy(&call.callee), true, call.args.first().map(|options| script.resolve(options)))
        }
        _ => (None, false, None),
    };
    Route { script, pattern: None, strategy, called, options }
}

fn strategy(callee: &str) -> Option<&'static str> {
    STRATEGIES.iter().copied().find(|name| *name == last(callee))
}

fn is_library(script: &Script, callee: &str) -> bool {
    let of = |module: &str| module.starts_with("workbox-") || module.contains("serwist");
    script.origin(callee).is_some_and(|(module, _)| of(&module)) || callee.starts_with("workbox.strategies.")
}
