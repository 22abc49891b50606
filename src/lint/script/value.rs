//! What an expression says, as far as it can be read without running it.

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// Where it begins, in bytes.
    pub at: usize,
    /// What it is.
    pub kind: Kind,
}

/// What an expression is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A string, or a template without expressions.
    Text(String),
    /// A number.
    Number(f64),
    /// `true` or `false`.
    Truth(bool),
    /// A regular expression.
    Regex {
        /// What stands between the slashes.
        pattern: String,
        /// What stands behind them.
        flags: String,
    },
    /// An object.
    Object(Vec<Entry>),
    /// An array.
    List(Vec<Value>),
    /// A name, or members of one: `a.b.c`.
    Path(String),
    /// A call, or `new`.
    Call(Box<Called>),
    /// A function, by its place in the script's list.
    Function(usize),
    /// Anything else.
    Other,
}

/// A property of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its name; `...` for what is spread into the object.
    pub key: String,
    /// Where the name begins.
    pub at: usize,
    /// What it is set to.
    pub value: Value,
}

/// What is called, and with what.
#[derive(Clone, Debug, PartialEq)]
pub struct Called {
    /// The path of what is called; calls within it have `()`, as in `caches.open().then`.
    pub callee: String,
    /// The arguments, as far as none is spread.
    pub args: Vec<Value>,
}

impl Value {
    /// What cannot be read.
    #[must_use]
    pub fn other(at: usize) -> Self {
        Self { at, kind: Kind::Other }
    }

    /// The text of a string.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        if let Kind::Text(text) = &self.kind { Some(text) } else { None }
    }

    /// The path of a name.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        if let Kind::Path(path) = &self.kind { Some(path) } else { None }
    }

    /// What a `true` or `false` is.
    #[must_use]
    pub fn truth(&self) -> Option<bool> {
        if let Kind::Truth(truth) = self.kind { Some(truth) } else { None }
    }

    /// The call that it is.
    #[must_use]
    pub fn call(&self) -> Option<&Called> {
        if let Kind::Call(called) = &self.kind { Some(called) } else { None }
    }

    /// The properties of an object; none of anything else.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        if let Kind::Object(entries) = &self.kind { entries } else { &[] }
    }

    /// The elements of an array; none of anything else.
    #[must_use]
    pub fn items(&self) -> &[Value] {
        if let Kind::List(items) = &self.kind { items } else { &[] }
    }

    /// A property of an object.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().rev().find(|entry| entry.key == key)
    }

    /// What a property of an object is set to.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// Whether all properties of an object are in sight: nothing is spread into it.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        matches!(&self.kind, Kind::Object(entries) if entries.iter().all(|entry| entry.key != "..."))
    }
}
