//! What a script does, in lists that rules can go through without knowing a syntax tree.

use std::collections::HashMap;
use std::path::PathBuf;

use super::place::Places;
use super::value::{Kind, Value};

/// How often a name is looked up behind a name.
const HOPS: usize = 5;

/// A script, read.
#[derive(Debug, Default)]
pub struct Script {
    /// Its path, relative to the project.
    pub path: PathBuf,
    /// Where lines begin.
    pub places: Places,
    /// What is imported or required.
    pub imports: Vec<Import>,
    /// Every function; the first is the script itself.
    pub functions: Vec<Function>,
    /// Every call and `new`.
    pub calls: Vec<Call>,
    /// Every name and member that is read.
    pub mentions: Vec<Mention>,
    /// Every test of an `if`, `?:`, `&&`, `||`, `while` and `switch`.
    pub conditions: Vec<Condition>,
    /// Every `==`, `===`, `!=` and `!==`.
    pub comparisons: Vec<Comparison>,
    /// Every assignment.
    pub assignments: Vec<Assignment>,
    /// The names of all properties of objects.
    pub keys: Vec<(String, usize)>,
    /// Every string.
    pub texts: Vec<(String, usize)>,
    /// Objects that describe a route of a worker or a rule for headers, wherever they stand.
    pub objects: Vec<Value>,
    /// What names are declared as.
    pub(super) declared: HashMap<String, Vec<(usize, Option<Value>)>>,
    /// Whether it begins with `"use client"`.
    pub use_client: bool,
}

/// Something that is imported.
#[derive(Clone, Debug)]
pub struct Import {
    /// The module.
    pub module: String,
    /// Its name there; `default`, or `*` for all.
    pub name: String,
    /// Its name here.
    pub local: String,
}

/// A function.
#[derive(Clone, Debug, Default)]
pub struct Function {
    /// The function around it.
    pub parent: Option<usize>,
    /// Its own name, or that of the variable or property that holds it.
    pub name: Option<String>,
    /// The names that its parameters bring.
    pub params: Vec<String>,
    /// To which call it is given, if it is an argument.
    pub given_to: Option<Given>,
    /// What it returns.
    pub returns: Vec<Value>,
    /// Where it begins and ends.
    pub span: (usize, usize),
}

/// The call that a function is given to.
#[derive(Clone, Debug)]
pub struct Given {
    /// What is called.
    pub callee: String,
}

/// A call.
#[derive(Clone, Debug)]
pub struct Call {
    /// The path of what is called, without `window.`, `self.` and `globalThis.`.
    pub callee: String,
    /// The arguments.
    pub args: Vec<Value>,
    /// Where it begins.
    pub at: usize,
    /// The function that it stands in.
    pub within: usize,
    /// The tests that it depends on inside its function, innermost last.
    pub guards: Vec<usize>,
}

/// A name that is read.
#[derive(Clone, Debug)]
pub struct Mention {
    /// Its path, without `window.`, `self.` and `globalThis.`.
    pub path: String,
    /// Where it begins.
    pub at: usize,
    /// The function that it stands in.
    pub within: usize,
}

/// A test.
#[derive(Clone, Debug)]
pub struct Condition {
    /// Where the test begins and ends.
    pub span: (usize, usize),
    /// The function that it stands in.
    pub within: usize,
}

/// A comparison for equality.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The one side.
    pub left: Value,
    /// The other side.
    pub right: Value,
    /// Where it begins.
    pub at: usize,
    /// The function that it stands in.
    pub within: usize,
}

/// An assignment.
#[derive(Clone, Debug)]
pub struct Assignment {
    /// The path that is assigned to, without `window.`, `self.` and `globalThis.`.
    pub target: String,
    /// What is assigned.
    pub value: Value,
    /// The function that it stands in.
    pub within: usize,
}

impl Script {
    /// What a name was declared as, if that is sure; anything else is what it is.
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

    /// What a name that is used in a function was declared as, in it or the nearest around it.
    #[must_use]
    pub fn declared_for(&self, name: &str, function: usize) -> Option<&Value> {
        let all = self.declared.get(name)?;
        let nearest = self.around(function).find_map(|around| all.iter().find(|(within, _)| *within == around))?;
        nearest.1.as_ref()
    }

    /// Whether something mentions such a path between two bytes.
    pub fn mentions_between(&self, span: (usize, usize), is: impl Fn(&str) -> bool) -> bool {
        self.mentions.iter().any(|mention| (span.0..span.1).contains(&mention.at) && is(&mention.path))
    }

    /// A property of an object, resolved.
    #[must_use]
    pub fn get<'a>(&'a self, object: &'a Value, key: &str) -> Option<&'a Value> {
        Some(self.resolve(self.resolve(object).get(key)?))
    }

    /// The module that a path comes from, and its name there.
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

    /// Whether a module of this name, or a part of it, is imported.
    #[must_use]
    pub fn imports_from(&self, module: &str) -> bool {
        let of = |import: &Import| {
            import.module == module || import.module.strip_prefix(module).is_some_and(|rest| rest.starts_with('/'))
        };
        self.imports.iter().any(of)
    }

    /// Whether a function is another, or stands in it.
    #[must_use]
    pub fn is_within(&self, inner: usize, outer: usize) -> bool {
        self.around(inner).any(|function| function == outer)
    }

    /// A function and those around it, up to the script.
    pub fn around(&self, function: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(function), |function| self.functions.get(*function)?.parent)
    }

    /// The nearest function around something that is not given to a call as an argument: what has a name of its own,
    /// or the script.
    #[must_use]
    pub fn unit(&self, function: usize) -> usize {
        let mut units = self.around(function).filter(|function| self.functions[*function].given_to.is_none());
        units.next().unwrap_or(0)
    }

    /// The calls in a function and in those inside it.
    pub fn calls_in(&self, function: usize) -> impl Iterator<Item = &Call> {
        self.calls.iter().filter(move |call| self.is_within(call.within, function))
    }

    /// Whether a function, or one inside it, mentions such a path.
    pub fn mentions_in(&self, function: usize, is: impl Fn(&str) -> bool) -> bool {
        self.mentions.iter().any(|mention| is(&mention.path) && self.is_within(mention.within, function))
    }

    /// Whether anything mentions such a path.
    pub fn mentions(&self, is: impl Fn(&str) -> bool) -> bool {
        self.mentions.iter().any(|mention| is(&mention.path))
    }

    /// The functions that a function calls by name, and those that they call, with itself first.
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

    /// The functions that are called when an event comes: given to `addEventListener`, set as `on…`, or named there.
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

/// What stands for a member of an import, or for what a call of it gives: `default`, `GenerateSW`, `default()`.
fn exported(name: &str, rest: &str) -> String {
    match rest.strip_prefix('.') {
        Some(member) if name == "default" => member.to_owned(),
        _ => format!("{name}{rest}"),
    }
}

/// Whether such a call registers a listener.
#[must_use]
pub fn is_listening(callee: &str) -> bool {
    matches!(callee.rsplit('.').next(), Some("addEventListener" | "on" | "addListener"))
}
