//! How to identify the release of a page if the description has no release mark: by assets that only one release's
//! documents refer to, or else by words that only one release's documents contain.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// How many words of each release are searched for in a page.
const WORDS: usize = 24;

/// What identifies the releases of pages. The observing script reads it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Signs {
    /// Releases by the values of the described marks.
    pub named: BTreeMap<String, String>,
    /// Releases by scripts and styles that only their documents refer to: paths, or URLs on other hosts.
    pub assets: BTreeMap<String, String>,
    /// Paths of pages that refer to such an asset in both releases: a page there without one is some other page.
    pub pages: Vec<String>,
    /// Releases by words that only their documents contain.
    pub words: BTreeMap<String, String>,
}

/// The response of a release for a page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Answered {
    /// The requested path.
    pub path: String,
    /// The path after redirects.
    pub at: String,
    /// The status; 0 without a response.
    pub status: u16,
    pub html: bool,
    /// The assets that the document refers to.
    pub assets: Vec<String>,
    /// The words in the document.
    pub words: Vec<String>,
    /// Why there is no response.
    #[serde(default)]
    pub error: String,
}

impl Answered {
    /// Whether it is a working page.
    pub fn is_page(&self) -> bool {
        self.html && (200..300).contains(&self.status)
    }
}

impl Signs {
    /// What distinguishes the pages of two releases.
    pub(crate) fn between(old: (&str, &[Answered]), new: (&str, &[Answered])) -> Self {
        let mut signs = Self::default();
        for ((name, own), (_, other)) in [(old, new), (new, old)] {
            let of_other: BTreeSet<&str> = other.iter().flat_map(|page| &page.assets).map(String::as_str).collect();
            let assets = own.iter().flat_map(|page| &page.assets).filter(|asset| !of_other.contains(asset.as_str()));
            signs.assets.extend(assets.map(|asset| (asset.clone(), name.to_owned())));
            let of_other: BTreeSet<&str> = other.iter().flat_map(|page| &page.words).map(String::as_str).collect();
            signs.words.extend(words(own, &of_other).into_iter().map(|word| (word, name.to_owned())));
        }
        let tells = |page: &Answered| page.assets.iter().any(|asset| signs.assets.contains_key(asset));
        let pairs = old.1.iter().filter_map(|page| Some((page, new.1.iter().find(|other| other.path == page.path)?)));
        let telling = pairs.filter(|(one, other)| one.at == other.at && tells(one) && tells(other));
        signs.pages = telling.map(|(page, _)| page.at.clone()).collect();
        signs
    }

    /// Whether this page identifies this release.
    pub(crate) fn tell(&self, release: &str, page: &Answered) -> bool {
        let names = |map: &BTreeMap<String, String>, all: &[String]| {
            all.iter().any(|one| map.get(one).is_some_and(|named| named == release))
        };
        names(&self.assets, &page.assets) || names(&self.words, &page.words)
    }

    /// An example of what identifies a release, for people.
    pub(crate) fn of(&self, release: &str) -> Option<&str> {
        let mut all = self.assets.iter().chain(&self.words);
        all.find(|(_, named)| *named == release).map(|(sign, _)| sign.as_str())
    }
}

/// Words that only these pages contain, those on most pages first.
fn words(own: &[Answered], of_other: &BTreeSet<&str>) -> Vec<String> {
    let mut counted: Vec<(usize, &str)> = Vec::new();
    let mut at: BTreeMap<&str, usize> = BTreeMap::new();
    for word in own.iter().flat_map(|page| &page.words).filter(|word| !of_other.contains(word.as_str())) {
        let place = *at.entry(word).or_insert_with(|| {
            counted.push((0, word));
            counted.len() - 1
        });
        counted[place].0 += 1;
    }
    // The sort is stable: words with equal counts keep the order of the documents.
    counted.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    counted.into_iter().take(WORDS).map(|(_, word)| word.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(path: &str, assets: &[&str], words: &[&str]) -> Answered {
        let owned = |all: &[&str]| all.iter().map(|&one| one.to_owned()).collect();
        let (path, at) = (path.to_owned(), path.to_owned());
        Answered { path, at, status: 200, html: true, assets: owned(assets), words: owned(words), error: String::new() }
    }

    #[test]
    fn what_only_one_release_refers_to_tells_it() {
        let old = [page("/", &["/a.1.js", "/same.css"], &[]), page("/form", &["/same.css"], &[])];
        let new = [page("/", &["/a.2.js", "/same.css"], &[]), page("/form", &["/same.css", "/a.2.js"], &[])];
        let signs = Signs::between(("A", &old), ("B", &new));
        let named: Vec<(&str, &str)> = signs.assets.iter().map(|(one, other)| (one.as_str(), other.as_str())).collect();
        assert_eq!(named, [("/a.1.js", "A"), ("/a.2.js", "B")]);
        assert_eq!(signs.pages, ["/"]);
        assert!(signs.tell("A", &old[0]) && !signs.tell("A", &old[1]) && signs.tell("B", &new[1]));
        assert_eq!((signs.of("A"), signs.of("B")), (Some("/a.1.js"), Some("/a.2.js")));
    }

    #[test]
    fn words_stand_in_where_no_asset_differs() {
        let old = [page("/", &["/a.js"], &["rare-one", "build-of-A", "welcome-"]), page("/b", &[], &["build-of-A"])];
        let new = [page("/", &["/a.js"], &["build-of-B", "welcome-"])];
        let signs = Signs::between(("A", &old), ("B", &new));
        assert!(signs.assets.is_empty() && signs.pages.is_empty());
        let words: Vec<&str> = signs.words.keys().map(String::as_str).collect();
        assert_eq!(words, ["build-of-A", "build-of-B", "rare-one"]);
    }

    #[test]
    fn equal_releases_have_no_signs() {
        let same = [page("/", &["/a.js"], &["welcome-"])];
        assert_eq!(Signs::between(("A", &same), ("B", &same)), Signs::default());
    }

    #[test]
    fn a_page_that_moves_is_not_known_by_its_path() {
        let old = [page("/", &["/1.js"], &[])];
        let new = [Answered { at: "/en".to_owned(), ..page("/", &["/2.js"], &[]) }];
        assert_eq!(Signs::between(("A", &old), ("B", &new)).pages, Vec::<String>::new());
    }
}
