//! Facts about a script, as lists that rules can use without a syntax tree.

use std::collections::HashMap;
use std::path::PathBuf;

use super::place::Places;
use super::value::{Kind, Value};

/// Maximum number of steps when resolving a name.
const HOPS: usize = 5;

/// A parsed script.
#[derive(Debug, Default)]
pub struct Script {
    /// Its path, relative to the project.
    pub path: PathBuf,
    /// Its line starts.
    pub places: Places,
    /// Imports and `require` calls.
    pub imports: Vec<Import>,
    /// All functions; the first is the script itself.
    pub functions: Vec<Function>,
    /// All calls and `new` expressions.
    pub calls: Vec<Call>,
    /// All names and members that are read.
    pub mentions: Vec<Mention>,
    /// All conditions of `if`, `?:`, `&&`, `||`, `while` and `switch`.
    pub conditions: Vec<Condition>,
    /// All comparisons with `==`, `===`, `!=` and `!==`.
    pub comparisons: Vec<Comparison>,
    /// All assignments.
    pub assignments: Vec<Assignment>,
    /// The names of all object properties.
    pub keys: Vec<(String, usize)>,
    /// All strings.
    pub texts: Vec<(String, usize)>,
    /// Objects that describe a route of a worker or a header rule, wherever they occur.
    pub objects: Vec<Value>,
    /// Declarations of names.
    pub(super) declared: HashMap<String, Vec<(usize, Option<Value>)>>,
    /// Whether it begins with `"use client"`.
    pub use_client: bool,
}

/// An import.
#[derive(Clone, Debug)]
pub struct Import {
    /// The module.
    pub module: String,
    /// The exported name; `default`, or `*` for all.
    pub name: String,
    /// The local name.
    pub local: String,
}

/// A function.
#[derive(Clone, Debug, Default)]
pub struct Function {
    /// The enclosing function.
    pub parent: Option<usize>,
    /// Its name, or that of the variable or property that it is assigned to.
    pub name: Option<String>,
    /// The names of its parameters.
    pub params: Vec<String>,
    /// The call that it is an argument of, if any.
    pub given_to: Option<Given>,
    /// The values that it returns.
    pub returns: Vec<Value>,
    /// Its start and end.
    pub span: (usize, usize),
}

/// The call that a function is an argument of.
#[derive(Clone, Debug)]
pub struct Given {
    /// The callee.
    pub callee: String,
}

/// A call.
#[derive(Clone, Debug)]
pub struct Call {
    /// The path of the callee, without `window.`, `self.` and `globalThis.`.
    pub callee: String,
    /// The arguments.
    pub args: Vec<Value>,
    /// Its start.
    pub at: usize,
    /// The enclosing function.
    pub within: usize,
    /// The conditions that it depends on inside its function, innermost last.
    pub guards: Vec<usize>,
}

/// A read of a name.
#[derive(Clone, Debug)]
pub struct Mention {
    /// Its path, without `window.`, `self.` and `globalThis.`.
    pub path: String,
    /// Its start.
    pub at: usize,
    /// The enclosing function.
    pub within: usize,
}

/// A condition.
#[derive(Clone, Debug)]
pub struct Condition {
    /// Its start and end.
    pub span: (usize, usize),
    /// The enclosing function.
    pub within: usize,
}

/// A comparison for equality.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The left side.
    pub left: Value,
    /// The right side.
    pub right: Value,
    /// Its start.
    pub at: usize,
    /// The enclosing function.
    pub within: usize,
}

/// An assignment.
#[derive(Clone, Debug)]
pub struct Assignment {
    /// The path that is assigned to, without `window.`, `self.` and `globalThis.`.
    pub target: String,
    /// The assigned value.
    pub value: Value,
    /// The enclosing function.
    pub within: usize,
}

impl Script {
    /// Resolves a name to its declaration, if that is certain; returns other values unchanged.
    #[must_use]
    pub fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        let mut value = value;
        for _ in 0..HOPS {
            let Kind::Path(name) = &value.kind else { break };
            match self.declared.get(name).map(Vec::as_slice) {
                Some([(_, Some(init))]) => value = init,
                _ => break,
            }
        }
        value
    }

    /// The declaration of a name used in a function, in that function or the nearest enclosing one.
    #[must_use]
    pub fn declared_for(&self, name: &str, function: usize) -> Option<&Value> {
        let all = self.declared.get(name)?;
        let nearest = self.around(function).find_map(|around| all.iter().find(|(within, _)| *within == around))?;
        nearest.1.as_ref()
    }

    /// Whether a matching path is mentioned between two offsets.
    pub fn mentions_between(&self, span: (usize, usize), is: impl Fn(&str) -> bool) -> bool {
        self.mentions.iter().any(|mention| (span.0..span.1).contains(&mention.at) && is(&mention.path))
    }

    /// A property of an object, resolved.
    #[must_use]
    pub fn get<'a>(&'a self, object: &'a Value, key: &str) -> Option<&'a Value> {
        Some(self.resolve(self.resolve(object).get(key)?))
    }

    /// The module that a path is imported from, and its exported name.
    #[must_use]
    pub fn origin(&self, path: &str) -> Option<(String, String)> {
        let mut path = path.to_owned();
        for _ in 0..HOPS {
            if let Some(rest) = path.strip_prefix("require(") {
                let (module, rest) = rest.split_once(')')?;
                return Some((module.to_owned(), exported("default", rest)));
            }
            let (head, rest) = path.split_at(path.find(['.', '(']).unwrap_or(path.len()));
            if let Some(import) = self.imports.iter().find(|import| import.local == head) {
                let name = if import.name == "*" { "default" } else { &import.name };
                return Some((import.module.clone(), exported(name, rest)));
            }
            let Some([(_, Some(init))]) = self.declared.get(head).map(Vec::as_slice) else { return None };
            path = match &init.kind {
                Kind::Path(other) => format!("{other}{rest}"),
                Kind::Call(called) => format!("{}(){rest}", called.callee),
                _ => return None,
            };
        }
        None
    }

    /// Whether a module of this name, or a submodule, is imported.
    #[must_use]
    pub fn imports_from(&self, module: &str) -> bool {
        let of = |import: &Import| {
            import.module == module || import.module.strip_prefix(module).is_some_and(|rest| rest.starts_with('/'))
        };
        self.imports.iter().any(of)
    }

    /// Whether a function is the same as another, or nested in it.
    #[must_use]
    pub fn is_within(&self, inner: usize, outer: usize) -> bool {
        self.around(inner).any(|function| function == outer)
    }

    /// A function and its enclosing functions, up to the script.
    pub fn around(&self, function: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(function), |function| self.functions.get(*function)?.parent)
    }

    /// The nearest enclosing function that is not an argument of a call: a named function, or the script.
    #[must_use]
    pub fn unit(&self, function: usize) -> usize {
        let mut units = self.around(function).filter(|function| self.functions[*function].given_to.is_none());
        units.next().unwrap_or(0)
    }

    /// The calls in a function and in nested functions.
    pub fn calls_in(&self, function: usize) -> impl Iterator<Item = &Call> {
        self.calls.iter().filter(move |call| self.is_within(call.within, function))
    }

    /// Whether a function, or a nested one, mentions a matching path.
    pub fn mentions_in(&self, function: usize, is: impl Fn(&str) -> bool) -> bool {
        self.mentions.iter().any(|mention| is(&mention.path) && self.is_within(mention.within, function))
    }

    /// Whether the script mentions a matching path.
    pub fn mentions(&self, is: impl Fn(&str) -> bool) -> bool {
        self.mentions.iter().any(|mention| is(&mention.path))
    }

    /// The function itself, the functions that it calls by name, and those that they call.
    #[must_use]
    pub fn reached_from(&self, function: usize) -> Vec<usize> {
        let mut reached = vec![function];
        let mut at = 0;
        while let Some(&from) = reached.get(at) {
            at += 1;
            for call in self.calls_in(from) {
                let named = |f: &Function| f.name.as_deref() == Some(call.callee.as_str()) && f.given_to.is_none();
                if let Some(found) = self.functions.iter().position(named)
                    && !reached.contains(&found)
                {
                    reached.push(found);
                }
            }
        }
        reached
    }

    /// The listeners of an event: passed to `addEventListener` or assigned to `on…`, inline or by name.
    #[must_use]
    pub fn handlers(&self, event: &str) -> Vec<usize> {
        let mut found = Vec::new();
        let mut add = |value: &Value| match self.resolve(value).kind {
            Kind::Function(function) => found.push(function),
            _ => {
                let named = |f: &Function| value.path().is_some() && f.name.as_deref() == value.path();
                found.extend(self.functions.iter().position(named));
            }
        };
        for call in self.calls.iter().filter(|call| is_listening(&call.callee)) {
            if let [name, handler, ..] = call.args.as_slice()
                && self.resolve(name).text() == Some(event)
            {
                add(handler);
            }
        }
        let set = format!("on{event}");
        let sets = |target: &str| target == set || target.rsplit('.').next() == Some(set.as_str());
        self.assignments.iter().filter(|set| sets(&set.target)).for_each(|set| add(&set.value));
        found
    }
}

/// The name of a member of an import, or of the result of calling it: `default`, `GenerateSW`, `default()`.
fn exported(name: &str, rest: &str) -> String {
    match rest.strip_prefix('.') {
        Some(member) if name == "default" => member.to_owned(),
        _ => format!("{name}{rest}"),
    }
}

/// Whether a call registers a listener.
#[must_use]
pub fn is_listening(callee: &str) -> bool {
    matches!(callee.rsplit('.').next(), Some("addEventListener" | "on" | "addListener"))
}
