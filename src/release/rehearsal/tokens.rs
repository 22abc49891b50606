//! The hashes in the names of a site's assets, which a deploy changes.

use std::collections::{BTreeMap, BTreeSet};

/// Extensions of files whose names carry hashes.
const ASSETS: [&str; 21] = [
    "js", "mjs", "css", "map", "wasm", "woff", "woff2", "ttf", "otf", "png", "jpg", "jpeg", "gif", "svg", "webp",
    "avif", "ico", "webm", "mp4", "json", "txt",
];

/// Query parameters that contain a release or a revision.
const VERSIONS: [&str; 6] = ["v", "ver", "version", "dpl", "hash", "rev"];

/// Length of the shortest and of the longest hash.
const SHORTEST: usize = 8;
const LONGEST: usize = 64;

/// Minimum length of a hash of lower-case letters and digits that is not hexadecimal.
const LONG: usize = 12;

/// Finds hashes in texts.
#[derive(Debug, Default)]
pub(super) struct Finder {
    found: BTreeSet<String>,
    /// File names without extension, by directory.
    stems: BTreeMap<String, BTreeSet<String>>,
}

impl Finder {
    /// Searches everything in `text` that looks like the URL of an asset.
    pub fn read(&mut self, text: &str) {
        for name in text.split(|c: char| !(c.is_ascii_alphanumeric() || "-._~/%@+?=&".contains(c))) {
            let (path, query) = name.split_once('?').unwrap_or((name, ""));
            let is_asset = path.rsplit_once('.').is_some_and(|(stem, extension)| {
                !stem.is_empty() && ASSETS.contains(&extension.to_ascii_lowercase().as_str())
            });
            if is_asset {
                path.split('/').for_each(|segment| self.segment(segment));
                self.stem(path);
                for (name, value) in query.split('&').filter_map(|one| one.split_once('=')) {
                    if VERSIONS.contains(&name) && is_hash(value) {
                        self.found.insert(value.to_owned());
                    }
                }
            }
        }
    }

    /// The hashes. If most names of one length in a directory are hashes, the others count as hashes too.
    pub fn finish(mut self) -> BTreeSet<String> {
        for stems in self.stems.values() {
            let mut lengths: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
            for stem in stems {
                let (hashes, all) = lengths.entry(stem.len()).or_default();
                *hashes += usize::from(self.found.contains(stem));
                *all += 1;
            }
            let mostly =
                |length: usize| lengths.get(&length).is_some_and(|(hashes, all)| *hashes >= 2 && hashes * 2 > *all);
            let alike = stems.iter().filter(|stem| stem.len() >= LONG && mostly(stem.len()));
            let alike = alike.filter(|stem| !stem.split(['-', '_']).any(is_hash));
            let alike: Vec<String> = alike.cloned().collect();
            self.found.extend(alike);
        }
        self.found
    }

    fn segment(&mut self, segment: &str) {
        for part in segment.split(['.', '~', '@', '+', '%']) {
            // `index-C2u8-_aX.js`: eight characters of base64url behind a hyphen, as Rollup makes them.
            let last = part.len().checked_sub(SHORTEST).and_then(|at| part.split_at_checked(at));
            let rollup = last.filter(|(before, hash)| before.ends_with(['-', '_']) && is_short_hash(hash));
            if is_hash(part) {
                self.found.insert(part.to_owned());
            } else if let Some((_, hash)) = rollup {
                self.found.insert(hash.to_owned());
            } else {
                self.found.extend(part.split(['-', '_']).filter(|one| is_hash(one)).map(str::to_owned));
            }
        }
    }

    fn stem(&mut self, path: &str) {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let stem = name.split('.').next().unwrap_or(name);
        let plain = stem.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        if plain && (LONG..=LONGEST).contains(&stem.len()) {
            // A directory is referred to in several ways: from the root, and relative to a script.
            let folder = folder.rsplit('/').next().unwrap_or(folder);
            self.stems.entry(folder.to_owned()).or_default().insert(stem.to_owned());
        }
    }
}

/// Whether this is a hash, regardless of its context.
fn is_hash(text: &str) -> bool {
    let known = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if !(SHORTEST..=LONGEST).contains(&text.len()) || !known {
        return false;
    }
    let count = |is: fn(&u8) -> bool| text.as_bytes().iter().filter(|b| is(b)).count();
    let (digits, upper, lower) =
        (count(u8::is_ascii_digit), count(u8::is_ascii_uppercase), count(u8::is_ascii_lowercase));
    let hex = text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    if hex {
        // A long number may be a version or a timestamp.
        return digits > 0 && (lower > 0 || digits >= 10);
    }
    let parts: Vec<&str> = text.split(['-', '_']).collect();
    let has_word = parts.iter().any(|part| part.len() > 3 && part.bytes().all(|b| b.is_ascii_alphabetic()));
    match parts.len() {
        1 if upper > 1 => digits >= 2 && lower > 0,
        1 => {
            let unspeakable = consonants(text) >= 5;
            text.len() >= LONG && lower > 0 && !number_at_the_end(text) && (digits >= 2 || digits == 1 && unspeakable)
        }
        // Scripts combine two hashes into one name, so each counts by itself.
        _ if parts.iter().any(|part| is_hash(part)) => false,
        _ if upper > 3 => digits >= 2 && lower > 0 && text.len() >= 16,
        _ => text.len() >= LONG && lower > 0 && digits >= 3 && !has_word,
    }
}

/// The longest run of consonants.
fn consonants(text: &str) -> usize {
    let runs = text.split(|c: char| !c.is_ascii_lowercase() || "aeiouy".contains(c));
    runs.map(str::len).max().unwrap_or_default()
}

/// Whether eight characters at the end of a name are a hash and not a word.
fn is_short_hash(text: &str) -> bool {
    let count = |is: fn(&u8) -> bool| text.as_bytes().iter().filter(|b| is(b)).count();
    let (digits, upper, lower) =
        (count(u8::is_ascii_digit), count(u8::is_ascii_uppercase), count(u8::is_ascii_lowercase));
    let all_known = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    let capitalised = text.starts_with(|c: char| c.is_ascii_uppercase()) && upper == 1 && digits == 0;
    all_known
        && lower + upper + digits >= 5
        && !capitalised
        && (upper >= 2 || digits >= 2 || (upper >= 1 && digits >= 1))
        && !number_at_the_end(text)
}

/// The release id in the name of a cache, and its replacement in the next release. Only a part that appears as a string
/// of its own in a worker (`written`), or else the whole name, can be replaced.
pub(super) fn of_cache(name: &str, written: impl Fn(&str) -> bool) -> Option<(String, String)> {
    // Cache names of libraries end with the scope and contain a version of the library.
    if name.contains("://") {
        return None;
    }
    let tails = name.match_indices(['-', '_', ':', '@', '/', ' ']).map(|(at, _)| &name[at + 1..]);
    let tail = tails.clone().find(|tail| tail.len() >= 4 && is_release(tail) && written(tail));
    let whole = || {
        let last = tails.clone().next_back().filter(|tail| is_release(tail) && written(name))?;
        let new = other(last, |_| false);
        Some((name.to_owned(), format!("{}{new}", &name[..name.len() - last.len()])))
    };
    tail.map(|tail| (tail.to_owned(), other(tail, |_| false))).or_else(whole)
}

/// Whether the end of a name looks generated by a build: not a word, and not a small number that people increment.
fn is_release(text: &str) -> bool {
    let word = text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-' || b == b'_');
    let number = text.trim_start_matches(['v', 'V', 'r']);
    let counted = number.len() <= 3 && number.bytes().all(|b| b.is_ascii_digit());
    let words = text.split(['-', '_']).any(|part| part.len() > 3 && part.bytes().all(|b| b.is_ascii_alphabetic()));
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    !text.is_empty() && plain && !word && !counted && !words
}

/// Like `release12`: lower-case letters followed by a number.
fn number_at_the_end(text: &str) -> bool {
    let word = text.trim_end_matches(|c: char| c.is_ascii_digit());
    !word.is_empty() && word.len() < text.len() && word.bytes().all(|b| b.is_ascii_lowercase())
}

/// Another hash of the same length and alphabet, always the same for the same input.
pub(super) fn other(token: &str, taken: impl Fn(&str) -> bool) -> String {
    let hex = token.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    for salt in 0_u32.. {
        let mut random = blake3::Hasher::new().update(&salt.to_le_bytes()).update(token.as_bytes()).finalize_xof();
        let mut bytes = vec![0; token.len()];
        random.fill(&mut bytes);
        let replaced: String = token
            .bytes()
            .zip(bytes)
            .map(|(old, random)| {
                let alphabet: &[u8] = match old {
                    _ if hex => b"0123456789abcdef",
                    b'0'..=b'9' => b"0123456789",
                    b'a'..=b'z' => b"abcdefghijklmnopqrstuvwxyz",
                    b'A'..=b'Z' => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ",
                    _ => return char::from(old),
                };
                char::from(alphabet[usize::from(random) % alphabet.len()])
            })
            .collect();
        if replaced != token && !taken(&replaced) {
            return replaced;
        }
        // A token without letters and digits has no alternative.
        if salt > 1000 {
            break;
        }
    }
    token.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let mut finder = Finder::default();
        finder.read(text);
        finder.finish().into_iter().collect()
    }

    #[test]
    fn hashes_of_the_usual_bundlers() {
        assert_eq!(found("/_next/static/chunks/4bd1b696-18f26a4f2d1c7a55.js"), ["18f26a4f2d1c7a55", "4bd1b696"]);
        assert_eq!(found("<script src=\"/_next/static/chunks/main-app-42372ed130431b0a.js\">"), ["42372ed130431b0a"]);
        assert_eq!(found("import('/assets/index-BqT3xYz_.js')"), ["BqT3xYz_"]);
        assert_eq!(found("/assets/index-C2u8-_aX.js"), ["C2u8-_aX"]);
        assert_eq!(found("/main.4f2a9c1d7b.css"), ["4f2a9c1d7b"]);
        assert_eq!(found("/main.AbCd12Ef34gh.chunk.js"), ["AbCd12Ef34gh"]);
        assert_eq!(found("/workbox-7144475a.js.map"), ["7144475a"]);
        assert_eq!(found("/app.js?v=9f8e7d6c5b4a"), ["9f8e7d6c5b4a"]);
        assert_eq!(found("/_next/static/dK3pX9vQ2mT7wLr5ZbYcA/_buildManifest.js"), ["dK3pX9vQ2mT7wLr5ZbYcA"]);
    }

    #[test]
    fn hashes_of_turbopack() {
        assert_eq!(found("/_next/static/chunks/0igxvnrcrdmzr.js"), ["0igxvnrcrdmzr"]);
        assert_eq!(found("/_next/static/chunks/2xu0_-q1943mu.js"), ["2xu0_-q1943mu"]);
        assert_eq!(found("/_next/static/chunks/3f629_y90olx5.js"), ["3f629_y90olx5"]);
        assert_eq!(found("/_next/static/chunks/turbopack-2u1d16houkiyo.js"), ["2u1d16houkiyo"]);
        let alike = "/chunks/2d34j2mng83xx.js /chunks/23e6jep2anmtk.js static/chunks/bubenasorigin.js";
        assert_eq!(found(alike), ["23e6jep2anmtk", "2d34j2mng83xx", "bubenasorigin"]);
    }

    #[test]
    fn names_are_no_hashes() {
        for name in [
            "/assets/my-component.js",
            "/assets/user-Settings.js",
            "/jquery-3.7.1.min.js",
            "/bootstrap5.min.css",
            "/fonts/inter-latin-400-normal.woff2",
            "/assets/main.A.js",
            "/polyfills-legacy.js",
            "/vendor2023.js",
            "/icon-192x192.png",
            "/a1b2c3d4e5f6a7b8",
            "/manifest.webmanifest",
            "/3dmodelviewer.js",
            "/img/photo-of-summer-2023.jpg",
            "/assets/apple-touch-icon-180x180.png",
        ] {
            assert_eq!(found(name), Vec::<String>::new(), "{name}");
        }
    }

    #[test]
    fn releases_in_names_of_caches() {
        let part = |name: &str, literals: &[&str]| of_cache(name, |text| literals.contains(&text));
        let (old, new) = part("release-7f3a2c", &["7f3a2c"]).unwrap();
        assert_eq!((old.as_str(), new.len()), ("7f3a2c", 6));
        assert_eq!(part("app-2026-11-24", &["2026-11-24"]).unwrap().0, "2026-11-24");
        let (old, new) = part("release-A", &["release-A"]).unwrap();
        assert!(old == "release-A" && new.starts_with("release-") && new != old, "{new}");
        assert_eq!(part("release-A", &["A"]), None, "one letter is written for many things");
        for name in ["app-cache", "pages-v2", "v12", "workbox-precache-v2-https://a.example/", "next-static-js-assets"]
        {
            assert_eq!(of_cache(name, |_| true), None, "{name}");
        }
    }

    #[test]
    fn another_of_the_same_kind() {
        for token in ["18f26a4f2d1c7a55", "BqT3xYz_", "C2u8-_aX"] {
            let new = other(token, |_| false);
            assert_eq!((new.len(), new == token), (token.len(), false));
            assert_eq!(new, other(token, |_| false), "always the same");
            assert_ne!(new, other(token, |taken| taken == new));
        }
        assert!(other("18f26a4f", |_| false).bytes().all(|b| b.is_ascii_hexdigit()));
        assert!(other("C2u8-_aX", |_| false)[4..].starts_with("-_"));
        assert_eq!(other("--------", |_| false), "--------");
    }
}
