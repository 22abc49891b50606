//! The value of an expression, as far as it is known without running it.

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// Its byte offset.
    pub at: usize,
    /// Its kind.
    pub kind: Kind,
}

/// The kind of an expression.
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
        /// The pattern, between the slashes.
        pattern: String,
        /// The flags, after the slashes.
        flags: String,
    },
    /// An object.
    Object(Vec<Entry>),
    /// An array.
    List(Vec<Value>),
    /// A name or member path: `a.b.c`.
    Path(String),
    /// A call, or `new`.
    Call(Box<Called>),
    /// A function, by its index in the script's list.
    Function(usize),
    /// Anything else.
    Other,
}

/// A property of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its name; `...` for a spread.
    pub key: String,
    /// The offset of the name.
    pub at: usize,
    /// Its value.
    pub value: Value,
}

/// A call with its arguments.
#[derive(Clone, Debug, PartialEq)]
pub struct Called {
    /// The path of the callee; calls within it are written as `()`: `caches.open().then`.
    pub callee: String,
    /// The arguments, up to the first spread.
    pub args: Vec<Value>,
}

impl Value {
    /// An unknown value.
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

    /// The value of a boolean.
    #[must_use]
    pub fn truth(&self) -> Option<bool> {
        if let Kind::Truth(truth) = self.kind { Some(truth) } else { None }
    }

    /// The call, if it is one.
    #[must_use]
    pub fn call(&self) -> Option<&Called> {
        if let Kind::Call(called) = &self.kind { Some(called) } else { None }
    }

    /// The properties of an object; empty for anything else.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        if let Kind::Object(entries) = &self.kind { entries } else { &[] }
    }

    /// The elements of an array; empty for anything else.
    #[must_use]
    pub fn items(&self) -> &[Value] {
        if let Kind::List(items) = &self.kind { items } else { &[] }
    }

    /// A property of an object.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().rev().find(|entry| entry.key == key)
    }

    /// The value of a property of an object.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// Whether all properties of an object are known: it has no spread.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        matches!(&self.kind, Kind::Object(entries) if entries.iter().all(|entry| entry.key != "..."))
    }
}
