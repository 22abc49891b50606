//! The headers that a project's servers are configured to send: in next.config, vercel.json, Netlify and nginx files.

use std::path::{Path, PathBuf};

use regress::Regex;

use super::nginx;
use super::project::{Project, Role, is_next_config};
use super::script::{Places, Script, Value};

/// A header that is sent for some URLs.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The file that configures it.
    pub path: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// The header's name in lower case.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Whether it is also sent with error responses.
    pub with_errors: bool,
    addresses: Addresses,
}

#[derive(Clone, Debug)]
enum Addresses {
    Matching(Regex),
    /// URLs for which the server's location rules were already evaluated.
    Listed(Vec<String>),
}

impl Sent {
    /// Whether it is sent for a URL.
    #[must_use]
    pub fn is_for(&self, address: &str) -> bool {
        match &self.addresses {
            Addresses::Matching(regex) => regex.find(address).is_some(),
            Addresses::Listed(all) => all.iter().any(|one| one == address),
        }
    }
}

/// All headers that are set by a rule. For nginx, only those sent for the `asked` URLs, or with error responses.
#[must_use]
pub fn sent(project: &Project, asked: &[String]) -> Vec<Sent> {
    let mut all = Vec::new();
    for script in project.scripts_that_are(&[Role::Build]).filter(|script| is_next_config(&script.path)) {
        script.objects.iter().for_each(|object| described(&mut all, &script.path, &script.places, script, object));
    }
    for document in project.documents.iter().filter(|document| document.path.ends_with("vercel.json")) {
        let script = Script::default();
        for object in document.value.get("headers").map(Value::items).unwrap_or_default() {
            described(&mut all, &document.path, &document.places, &script, object);
        }
    }
    for file in &project.texts {
        match file.path.file_name().and_then(|name| name.to_str()) {
            Some("_headers") => listed(&mut all, &file.path, file.places.text()),
            Some("netlify.toml") => netlify(&mut all, &file.path, &file.places),
            _ => of_nginx(&mut all, &file.path, &file.places, asked),
        }
    }
    all
}

/// Rules in the format of next.config and vercel.json: `{ source, headers: [{ key, value }] }`.
fn described(all: &mut Vec<Sent>, path: &Path, places: &Places, script: &Script, object: &Value) {
    let only_some = ["has", "missing"].iter().any(|key| object.entry(key).is_some());
    let source = script.get(object, "source").and_then(Value::text);
    let Some(regex) = source.filter(|_| !only_some).and_then(source_regex) else { return };
    for header in script.get(object, "headers").map(Value::items).unwrap_or_default() {
        let header = script.resolve(header);
        let text = |key| script.get(header, key).and_then(Value::text);
        if let (Some(name), Some(value)) = (text("key"), text("value")) {
            let (line, column) = places.line_column(header.at);
            let (name, value) = (name.to_ascii_lowercase(), value.to_owned());
            let addresses = Addresses::Matching(regex.clone());
            all.push(Sent { path: path.to_owned(), line, column, name, value, with_errors: false, addresses });
        }
    }
}

/// The regular expression for a `source`, as path-to-regexp interprets it.
fn source_regex(source: &str) -> Option<Regex> {
    let mut regex = String::from("^");
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let (slash, named) = match rest.strip_prefix("/:") {
            Some(named) => ("/", Some(named)),
            None => ("", rest.strip_prefix(':')),
        };
        if let Some(named) = named {
            let after = named.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_');
            let (group, after) = match after.starts_with('(') {
                true => group(after)?,
                false => ("[^/]+", after),
            };
            let (how, after) = match after.chars().next() {
                Some(how @ ('*' | '+' | '?')) => (Some(how), &after[1..]),
                _ => (None, after),
            };
            match how {
                Some('*') => regex.push_str(&format!("(?:{slash}.*)?")),
                Some('+') => regex.push_str(&format!("{slash}.+")),
                Some(_) => regex.push_str(&format!("(?:{slash}(?:{group}))?")),
                None => regex.push_str(&format!("{slash}(?:{group})")),
            }
            rest = after;
        } else if first == '(' {
            let (inner, after) = group(rest)?;
            regex.push_str(&format!("(?:{inner})"));
            rest = after;
        } else {
            let escaped = rest.strip_prefix('\\').and_then(|after| after.chars().next());
            let letter = escaped.unwrap_or(first);
            if !letter.is_alphanumeric() {
                regex.push('\\');
            }
            regex.push(letter);
            rest = &rest[letter.len_utf8() + usize::from(escaped.is_some())..];
        }
    }
    regex.push('$');
    regex.parse().ok()
}

/// The content of the parentheses at the start of a text, and the text after them.
fn group(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' if depth == 1 => return Some((&text[1..at], &text[at + 1..])),
            ')' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Lines of `_headers`: a URL pattern, with the headers indented below it.
fn listed(all: &mut Vec<Sent>, path: &Path, text: &str) {
    let mut regex = None;
    for (at, line) in text.lines().enumerate() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        if !line.starts_with([' ', '\t']) {
            regex = wildcards(trimmed);
        } else if let (Some(regex), Some((name, value))) = (&regex, trimmed.split_once(':')) {
            let column = line.len() - line.trim_start().len() + 1;
            let (name, value) = (name.trim().to_ascii_lowercase(), value.trim().to_owned());
            let addresses = Addresses::Matching(Regex::clone(regex));
            all.push(Sent { path: path.to_owned(), line: at + 1, column, name, value, with_errors: false, addresses });
        }
    }
}

#[derive(serde::Deserialize)]
struct Netlify {
    #[serde(default)]
    headers: Vec<NetlifyRule>,
}

#[derive(serde::Deserialize)]
struct NetlifyRule {
    r#for: String,
    #[serde(default)]
    values: std::collections::BTreeMap<String, toml::Spanned<toml::Value>>,
}

fn netlify(all: &mut Vec<Sent>, path: &Path, places: &Places) {
    let Ok(Netlify { headers }) = toml::from_str(places.text()) else { return };
    for NetlifyRule { r#for, values } in headers {
        let Some(regex) = wildcards(&r#for) else { continue };
        for (name, value) in values {
            let (line, column) = places.line_column(value.span().start);
            let Some(value) = value.as_ref().as_str().map(str::to_owned) else { continue };
            let (name, addresses) = (name.to_ascii_lowercase(), Addresses::Matching(regex.clone()));
            all.push(Sent { path: path.to_owned(), line, column, name, value, with_errors: false, addresses });
        }
    }
}

/// The regular expression for a URL pattern with `*` and `:name`.
fn wildcards(address: &str) -> Option<Regex> {
    let address = address.split_once("://").map_or(address, |(_, rest)| &rest[rest.find('/').unwrap_or(rest.len())..]);
    let mut regex = String::from("^");
    let mut letters = address.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '*' => regex.push_str(".*"),
            ':' => {
                while letters.next_if(|c| c.is_alphanumeric() || *c == '_').is_some() {}
                regex.push_str("[^\\/]+");
            }
            _ if letter.is_alphanumeric() => regex.push(letter),
            _ => regex.extend(['\\', letter]),
        }
    }
    regex.push('$');
    regex.parse().ok()
}

fn of_nginx(all: &mut Vec<Sent>, path: &Path, places: &Places, asked: &[String]) {
    let text = places.text();
    if !text.contains("location") && !text.contains("server") {
        return;
    }
    for set in nginx::headers(text, asked) {
        let (line, column) = places.line_column(set.at);
        let addresses = Addresses::Listed(set.addresses);
        let (name, value, with_errors) = (set.name, set.value, set.always);
        all.push(Sent { path: path.to_owned(), line, column, name, value, with_errors, addresses });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn takes(source: &str, address: &str) -> bool {
        source_regex(source).unwrap().find(address).is_some()
    }

    #[test]
    fn sources_are_read_as_path_to_regexp_reads_them() {
        for (source, address) in [
            ("/:path*", "/sw.js"),
            ("/:path*", "/"),
            ("/(.*)", "/a/b.js"),
            ("/:file.js", "/sw.js"),
            ("/:all*(svg|js)", "/sw.js"),
            ("/(.*).js", "/a/sw.js"),
            ("/:name(sw|worker)\\.js", "/sw.js"),
            ("/sw.js", "/sw.js"),
            ("/a/:b?", "/a"),
        ] {
            assert!(takes(source, address), "{source} {address}");
        }
        for (source, address) in
            [("/_next/static/:path*", "/sw.js"), ("/sw.js", "/swxjs"), ("/:file.css", "/sw.js"), ("/a/:b", "/a")]
        {
            assert!(!takes(source, address), "{source} {address}");
        }
    }

    #[test]
    fn wildcards_take_any_text() {
        let takes = |pattern: &str, address: &str| wildcards(pattern).unwrap().find(address).is_some();
        assert!(takes("/*", "/sw.js") && takes("/*.js", "/sw.js") && takes("https://a.example/sw.js", "/sw.js"));
        assert!(takes("/:file", "/sw.js") && !takes("/assets/*", "/sw.js") && !takes("/sw.js", "/swxjs"));
    }
}
