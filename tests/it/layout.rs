//! The direction of the data in the source: which part of `src/` may import which, and no circle of files.
//!
//! ARCHITECTURE.md draws the same. Code behind `#[cfg(test)]` is left out: unit tests may build their traces with
//! whatever suits them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use syn::visit::{self, Visit};
use syn::{Attribute, File, ItemMod, UseTree};
use walkdir::WalkDir;

/// The parts of `src/`, from the top down. A part imports from lower floors only, never from its own.
const FLOORS: &[&[&str]] = &[
    &["main"],
    &["command"],
    &["cli"],
    &["report"],
    &["sample", "own", "probe", "visit", "lint"],
    &["play"],
    &["scenario"],
    &["browser", "origin", "check"],
    &["release"],
    &["outcome", "http"],
    &["app"],
    &["trace", "process", "select", "file"],
    &["error"],
];

/// A module by its path below the crate, such as `["origin", "host"]`.
type Module = Vec<String>;

/// What one file defines and imports.
#[derive(Default)]
struct Source {
    /// Paths that its code names, as far as they are of this crate.
    paths: Vec<Vec<String>>,
    /// Names that it hands on, with the path behind each.
    exports: BTreeMap<String, Vec<String>>,
}

struct Reader {
    module: Module,
    source: Source,
}

impl Reader {
    /// The path from the crate's root; none where it leads out of the crate.
    fn absolute(&self, path: &[String]) -> Option<Vec<String>> {
        let mut base = self.module.clone();
        let mut rest = path;
        match path.first()?.as_str() {
            "crate" => return Some(path[1..].to_vec()),
            "self" => rest = &path[1..],
            "super" => {
                while rest.first().is_some_and(|part| part == "super") {
                    base.pop();
                    rest = &rest[1..];
                }
            }
            _ => return None,
        }
        base.extend_from_slice(rest);
        Some(base)
    }

    fn name(&mut self, path: &[String]) {
        if let Some(path) = self.absolute(path) {
            self.source.paths.push(path);
        }
    }

    fn tree(&mut self, tree: &UseTree, before: &[String], is_handed_on: bool) {
        let mut path = before.to_vec();
        match tree {
            UseTree::Path(inner) => {
                path.push(inner.ident.to_string());
                self.tree(&inner.tree, &path, is_handed_on);
            }
            UseTree::Group(group) => group.items.iter().for_each(|item| self.tree(item, before, is_handed_on)),
            UseTree::Glob(_) => self.hand(path, None, is_handed_on),
            UseTree::Name(name) => {
                if name.ident != "self" {
                    path.push(name.ident.to_string());
                }
                let name = path.last().cloned();
                self.hand(path, name, is_handed_on);
            }
            UseTree::Rename(rename) => {
                path.push(rename.ident.to_string());
                self.hand(path, Some(rename.rename.to_string()), is_handed_on);
            }
        }
    }

    fn hand(&mut self, path: Vec<String>, name: Option<String>, is_handed_on: bool) {
        if let (true, Some(name)) = (is_handed_on, name) {
            // `pub use child::Name`, or a path from the root.
            let target = self.absolute(&path).unwrap_or_else(|| [self.module.clone(), path.clone()].concat());
            self.source.exports.insert(name, target);
        } else {
            self.name(&path);
        }
    }
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg") && attribute.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test"))
    })
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if !is_test(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if !is_test(&item.attrs) {
            self.tree(&item.tree, &[], !matches!(item.vis, syn::Visibility::Inherited));
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let parts: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.name(&parts);
        visit::visit_path(self, path);
    }
}

/// Every file of `src/`, by its module.
fn sources() -> BTreeMap<Module, Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = BTreeMap::new();
    for entry in WalkDir::new(&root).sort_by_file_name() {
        let path = entry.unwrap().into_path();
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let within = path.strip_prefix(&root).unwrap().with_extension("");
        let mut module: Module = within.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
        match module.last().map(String::as_str) {
            Some("lib") => continue,
            Some("mod") => drop(module.pop()),
            Some("testing") => continue,
            _ => {}
        }
        let file: File = syn::parse_file(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let mut reader = Reader { module: module.clone(), source: Source::default() };
        reader.visit_file(&file);
        sources.insert(module, reader.source);
    }
    sources
}

/// The file that defines what a path names: modules that only hand a name on are looked through.
fn definer(sources: &BTreeMap<Module, Source>, path: &[String]) -> Option<Module> {
    let mut path = path.to_vec();
    for _ in 0..8 {
        let at = (0..=path.len()).rev().find(|&length| sources.contains_key(&path[..length]))?;
        let exported = path.get(at).and_then(|name| sources[&path[..at]].exports.get(name));
        match exported {
            Some(target) => path = [target.as_slice(), &path[at + 1..]].concat(),
            None => return Some(path[..at].to_vec()),
        }
    }
    None
}

/// What each file imports from which other.
fn imports(sources: &BTreeMap<Module, Source>) -> BTreeMap<Module, BTreeSet<Module>> {
    let of = |(module, source): (&Module, &Source)| {
        let targets = source.paths.iter().filter_map(|path| definer(sources, path));
        (module.clone(), targets.filter(|target| target != module && !target.is_empty()).collect())
    };
    sources.iter().map(of).collect()
}

fn floor(module: &Module) -> usize {
    let part = module.first().unwrap();
    FLOORS
        .iter()
        .position(|floor| floor.contains(&part.as_str()))
        .unwrap_or_else(|| panic!("src/{part} has no floor yet: add it to FLOORS, and to ARCHITECTURE.md"))
}

#[test]
fn every_part_imports_from_lower_floors_only() {
    let mut wrong = Vec::new();
    for (module, targets) in imports(&sources()) {
        for target in targets {
            if module.first() != target.first() && floor(&module) >= floor(&target) {
                wrong.push(format!("{} imports {}", module.join("::"), target.join("::")));
            }
        }
    }
    assert!(wrong.is_empty(), "against the direction:\n{}", wrong.join("\n"));
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let imports = imports(&sources());
    // A child may name what its parent defines, and a parent gathers its children.
    let is_family = |one: &Module, other: &Module| one.starts_with(other) || other.starts_with(one);
    let next = |module: &Module| imports[module].iter().filter(|target| !is_family(module, target)).cloned().collect();
    let mut done: BTreeSet<Module> = BTreeSet::new();
    for start in imports.keys() {
        let mut stack: Vec<(Module, Vec<Module>)> = vec![(start.clone(), next(start))];
        while let Some((module, left)) = stack.last_mut() {
            let Some(target) = left.pop() else {
                done.insert(module.clone());
                stack.pop();
                continue;
            };
            if let Some(at) = stack.iter().position(|(module, _)| *module == target) {
                let circle: Vec<String> = stack[at..].iter().map(|(module, _)| module.join("::")).collect();
                panic!("a circle: {} → {}", circle.join(" → "), circle[0]);
            }
            if !done.contains(&target) {
                let targets = next(&target);
                stack.push((target, targets));
            }
        }
    }
}
