//! Determines from its files whether a Next.js app has something at a URL.

use std::path::{Path, PathBuf};

use super::project::Project;

const EXTENSIONS: &[&str] = &["tsx", "ts", "jsx", "js", "mjs", "mdx", "md"];

/// Whether an app has a page, a route or a public file at a URL. `None` if unknown: there is no app, or a route that
/// matches any URL, or rules that rewrite URLs.
#[must_use]
pub fn exists(project: &Project, home: &Path, url: &str) -> Option<bool> {
    let url = url.split(['?', '#']).next().unwrap_or(url);
    let path = url.strip_prefix('/')?.trim_end_matches('/');
    let wanted: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let mut sure = true;
    let mut apps = false;
    for file in project.paths.iter() {
        let Ok(file) = file.strip_prefix(home) else { continue };
        let file = file.strip_prefix("src").unwrap_or(file);
        let Some(first) = file.iter().next().and_then(|first| first.to_str()) else { continue };
        if first == "public" {
            let public = file.strip_prefix("public").unwrap_or(file);
            if public == Path::new(path) {
                return Some(true);
            }
            continue;
        }
        let Some(route) = route(first, file) else { continue };
        apps = true;
        match fits(&route, &wanted) {
            Some(true) => return Some(true),
            Some(false) => {}
            None => sure = false,
        }
    }
    (apps && sure && !rewrites(project, home)).then_some(false)
}

/// The URL segments that a file of the app serves.
fn route(first: &str, file: &Path) -> Option<Vec<String>> {
    let stem = file.file_stem()?.to_str()?;
    let extension = file.extension()?.to_str()?;
    // A file like `offline.page.tsx` has a custom page extension.
    let stem = stem.split('.').next().unwrap_or(stem);
    let dirs = || file.parent().into_iter().flat_map(Path::iter).skip(1).filter_map(|part| part.to_str());
    match first {
        "app" if EXTENSIONS.contains(&extension) && matches!(stem, "page" | "route") => {
            // Groups and slots are not part of the URL.
            Some(dirs().filter(|part| !part.starts_with(['(', '@'])).map(str::to_owned).collect())
        }
        "pages" if EXTENSIONS.contains(&extension) => {
            let file = (stem != "index").then(|| stem.to_owned());
            Some(dirs().map(str::to_owned).chain(file).collect())
        }
        _ => None,
    }
}

/// Whether a route matches a URL; `None` if it might.
fn fits(route: &[String], wanted: &[&str]) -> Option<bool> {
    for (at, part) in route.iter().enumerate() {
        if part.starts_with("[...") || part.starts_with("[[...") {
            return None;
        }
        match wanted.get(at) {
            None => return Some(false),
            Some(_) if part.starts_with('[') => {
                return if route.len() == wanted.len() { None } else { Some(false) };
            }
            Some(wanted) if wanted != part => return Some(false),
            Some(_) => {}
        }
    }
    Some(route.len() == wanted.len())
}

/// Whether the Next configuration, or a proxy, might rewrite URLs.
fn rewrites(project: &Project, home: &Path) -> bool {
    let config = |script: &super::script::Script| {
        super::project::is_next_config(&script.path)
            && ["rewrites", "basePath", "pageExtensions", "i18n"]
                .iter()
                .any(|key| script.keys.iter().any(|(k, _)| k == key))
    };
    let proxies = ["middleware.ts", "middleware.js", "proxy.ts", "proxy.js", "src/middleware.ts", "src/proxy.ts"];
    project.scripts.iter().any(|(_, script)| project.home(&script.path) == home && config(script))
        || proxies.iter().any(|proxy| project.paths.contains(&home.join(PathBuf::from(proxy))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::Files;

    fn has(files: &[&str], url: &str) -> Option<bool> {
        let files: Vec<(&str, &str)> = files.iter().map(|path| (*path, "")).collect();
        exists(&Files::of(&files).project(), Path::new(""), url)
    }

    #[test]
    fn pages_of_both_routers_are_found() {
        assert_eq!(has(&["app/offline/page.tsx"], "/offline"), Some(true));
        assert_eq!(has(&["src/app/(shell)/offline/page.jsx"], "/offline"), Some(true));
        assert_eq!(has(&["app/~offline/page.tsx"], "/~offline"), Some(true));
        assert_eq!(has(&["pages/_offline.js"], "/_offline"), Some(true));
        assert_eq!(has(&["pages/offline/index.tsx"], "/offline?x=1"), Some(true));
        assert_eq!(has(&["app/page.tsx", "public/offline.html"], "/offline.html"), Some(true));
        assert_eq!(has(&["app/page.tsx"], "/"), Some(true));
        assert_eq!(has(&["app/page.tsx", "app/api/a/route.ts"], "/api/a"), Some(true));
    }

    #[test]
    fn what_is_not_there_is_missed_only_if_that_is_sure() {
        assert_eq!(has(&["app/page.tsx", "app/about/page.tsx"], "/offline"), Some(false));
        assert_eq!(has(&["app/page.tsx", "public/offline.html"], "/offline"), Some(false));
        assert_eq!(has(&["app/page.tsx", "app/[slug]/page.tsx"], "/offline"), None);
        assert_eq!(has(&["app/page.tsx", "app/[slug]/more/page.tsx"], "/offline"), Some(false));
        assert_eq!(has(&["app/[[...rest]]/page.tsx"], "/offline"), None);
        assert_eq!(has(&["app/page.tsx", "middleware.ts"], "/offline"), None);
        assert_eq!(has(&["index.html"], "/offline"), None);
        assert_eq!(has(&["app/page.tsx"], "https://cdn.example/x"), None);
    }
}
