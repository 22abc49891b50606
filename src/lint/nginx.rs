//! The headers that an nginx configuration sends for a URL.

use regress::Regex;

/// Maximum nesting depth of blocks.
const DEEPEST: usize = 20;

/// A header that a block sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Set {
    /// Its byte offset.
    pub at: usize,
    /// Its name in lower case.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Whether it is also sent with error responses.
    pub always: bool,
    /// The requested URLs for which it is sent.
    pub addresses: Vec<String>,
}

#[derive(Debug, Default)]
struct Block {
    words: Vec<String>,
    sets: Vec<Set>,
    locations: Vec<Block>,
}

/// The headers that are set, each with the URLs of `asked` for which it is sent.
#[must_use]
pub fn headers(text: &str, asked: &[String]) -> Vec<Set> {
    let mut servers = servers(text);
    for server in &mut servers {
        for address in asked {
            let own = choose(&server.locations, address);
            // A block that sets headers inherits none from the blocks around it.
            let block = match own {
                Some(at) if !server.locations[at].sets.is_empty() => &mut server.locations[at],
                _ => &mut *server,
            };
            block.sets.iter_mut().for_each(|set| set.addresses.push(address.clone()));
        }
    }
    let all = servers.into_iter().flat_map(|server| {
        server.sets.into_iter().chain(server.locations.into_iter().flat_map(|location| location.sets))
    });
    all.collect()
}

/// The location for a URL: the exact match; else the first matching regular expression, unless the longest prefix has
/// `^~`; else that prefix.
fn choose(locations: &[Block], address: &str) -> Option<usize> {
    let words = |block: &Block| -> (String, String) {
        match block.words.as_slice() {
            [how, what] => (how.clone(), what.clone()),
            [what] => (String::new(), what.clone()),
            _ => (String::new(), String::new()),
        }
    };
    let all: Vec<(String, String)> = locations.iter().map(words).collect();
    if let Some(at) = all.iter().position(|(how, what)| how == "=" && what == address) {
        return Some(at);
    }
    let prefix = all
        .iter()
        .enumerate()
        .filter(|(_, (how, what))| {
            (how.is_empty() || how == "^~") && !what.is_empty() && address.starts_with(what.as_str())
        })
        .max_by_key(|(_, (_, what))| what.len());
    if let Some((at, (how, _))) = prefix
        && how == "^~"
    {
        return Some(at);
    }
    let matches = |(how, what): &(String, String)| {
        let flags = match how.as_str() {
            "~" => "",
            "~*" => "i",
            _ => return false,
        };
        Regex::with_flags(what, flags).is_ok_and(|regex| regex.find(address).is_some())
    };
    all.iter().position(matches).or(prefix.map(|(at, _)| at))
}

/// The servers; directives outside of any server form one of their own.
fn servers(text: &str) -> Vec<Block> {
    let mut done = Vec::new();
    let mut stack = vec![(Block::default(), "main")];
    let mut words: Vec<(String, usize)> = Vec::new();
    for (token, at) in tokens(text) {
        match token.as_str() {
            ";" => {
                if let (Some(set), Some((block, _))) = (directive(&words), stack.last_mut()) {
                    block.sets.push(set);
                }
                words.clear();
            }
            "{" => {
                let kind = match words.first().map(|(word, _)| word.as_str()) {
                    Some("server") => "server",
                    Some("location") => "location",
                    _ => "other",
                };
                if stack.len() == DEEPEST {
                    return done;
                }
                let words = words.drain(..).skip(1).map(|(word, _)| word).collect();
                stack.push((Block { words, ..Block::default() }, kind));
            }
            "}" => {
                words.clear();
                if stack.len() > 1
                    && let Some((block, kind)) = stack.pop()
                {
                    match (kind, stack.last_mut()) {
                        ("server", _) => done.push(block),
                        ("location", Some((around, _))) => around.locations.push(block),
                        // For example `http { … }` or `if (…) { … }`: its content belongs to the block around it.
                        (_, Some((around, _))) => around.locations.extend(block.locations),
                        _ => {}
                    }
                }
            }
            _ => words.push((token, at)),
        }
    }
    // A file that is included into a server has no `server` block itself.
    done.extend(stack.into_iter().next().map(|(main, _)| main));
    done
}

fn directive(words: &[(String, usize)]) -> Option<Set> {
    let text: Vec<&str> = words.iter().map(|(word, _)| word.as_str()).collect();
    let at = words.first()?.1;
    let set = |name: &str, value: String, always| Set {
        at,
        name: name.to_ascii_lowercase(),
        value,
        always,
        addresses: Vec::new(),
    };
    match text.as_slice() {
        ["add_header", name, value] => Some(set(name, (*value).to_owned(), false)),
        ["add_header", name, value, "always"] => Some(set(name, (*value).to_owned(), true)),
        ["expires", when] => expires(when).map(|value| set("cache-control", value, false)),
        _ => None,
    }
}

/// The `Cache-Control` that `expires` sends.
fn expires(when: &str) -> Option<String> {
    match when {
        "max" => Some("max-age=315360000".to_owned()),
        "epoch" => Some("no-cache".to_owned()),
        "off" => None,
        _ if when.starts_with('-') => Some("no-cache".to_owned()),
        _ => {
            let unit = when.chars().next_back()?;
            let seconds = match unit {
                'y' => 31_536_000,
                'M' => 2_592_000,
                'w' => 604_800,
                'd' => 86_400,
                'h' => 3600,
                'm' => 60,
                _ => 1,
            };
            let number: u64 =
                when.trim_start_matches('+').trim_end_matches(|c: char| c.is_alphabetic()).parse().ok()?;
            Some(format!("max-age={}", number.saturating_mul(seconds)))
        }
    }
}

/// Tokens with their offsets: words, quoted words, `;`, `{` and `}`. Comments are skipped.
fn tokens(text: &str) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        match letter {
            _ if letter.is_whitespace() => {}
            '#' => while letters.next_if(|(_, c)| *c != '\n').is_some() {},
            ';' | '{' | '}' => found.push((letter.to_string(), at)),
            '"' | '\'' => {
                let mut word = String::new();
                while let Some((_, c)) = letters.next_if(|(_, c)| *c != letter) {
                    word.push(c);
                }
                letters.next();
                found.push((word, at));
            }
            _ => {
                let mut word = String::from(letter);
                let mut depth = 0_usize;
                // In a regular expression, a brace can be a repetition.
                while let Some((_, c)) = letters.next_if(|(_, c)| {
                    !c.is_whitespace() && *c != ';' && (*c != '{' || word_goes_on(depth)) && (*c != '}' || depth > 0)
                }) {
                    depth += usize::from(c == '(');
                    depth = depth.saturating_sub(usize::from(c == ')'));
                    word.push(c);
                }
                found.push((word, at));
            }
        }
    }
    found
}

fn word_goes_on(depth: usize) -> bool {
    depth > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(text: &str, address: &str) -> Vec<String> {
        let all = headers(text, &[address.to_owned()]);
        all.into_iter().filter(|set| !set.addresses.is_empty()).map(|set| set.value).collect()
    }

    const SITE: &str = "
        # add_header Cache-Control none;
        http { server {
            listen 80;
            add_header Cache-Control 'around';
            location / { try_files $uri /index.html; }
            location ~* \\.(js|css)$ { expires 1y; }
            location = /sw.js { add_header Cache-Control \"no-cache\" always; }
            location ^~ /api/ { add_header Cache-Control no-store; }
        } }";

    #[test]
    fn the_location_is_chosen_as_nginx_does() {
        assert_eq!(sent(SITE, "/sw.js"), ["no-cache"]);
        assert_eq!(sent(SITE, "/main.js"), ["max-age=31536000"]);
        assert_eq!(sent(SITE, "/api/a.js"), ["no-store"]);
        assert_eq!(sent(SITE, "/about"), ["around"]);
    }

    #[test]
    fn an_included_file_has_no_server() {
        assert_eq!(
            sent("location ~ \\.js$ { add_header Cache-Control 'public, immutable'; }", "/sw.js"),
            ["public, immutable"]
        );
    }

    #[test]
    fn broken_files_end_somewhere() {
        for text in ["{{{{{", "}}}}", "location { add_header", "'", &"{".repeat(100_000), "location ~ ( { }"] {
            let _ = headers(text, &["/sw.js".to_owned()]);
        }
    }
}
