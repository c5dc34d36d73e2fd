//! Files that name each other in a circle: nobody can read one of them first.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod sources;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Sources by their module's path: `tui::panes::list`.
type Sources = BTreeMap<String, String>;

/// The circles, each as the modules in it. A folder's own file may name its children.
fn circles(sources: &Sources) -> Vec<Vec<String>> {
    let named: BTreeMap<&str, BTreeSet<&str>> =
        sources.iter().map(|(module, text)| (module.as_str(), names(sources, module, text))).collect();
    let reached: BTreeMap<&str, BTreeSet<&str>> = named.keys().map(|it| (*it, reach(&named, it))).collect();
    let together = |a: &str, b: &str| reached[a].contains(b) && reached[b].contains(a);
    let mut found: Vec<Vec<String>> = Vec::new();
    for module in named.keys().filter(|it| together(it, it)) {
        match found.iter_mut().find(|circle| together(&circle[0], module)) {
            Some(circle) => circle.push((*module).to_owned()),
            None => found.push(vec![(*module).to_owned()]),
        }
    }
    found
}

fn reach<'a>(named: &BTreeMap<&'a str, BTreeSet<&'a str>>, from: &str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<&str> = named[from].iter().copied().collect();
    while let Some(module) = next.pop() {
        if reached.insert(module) {
            next.extend(&named[module]);
        }
    }
    reached
}

/// The modules that a file names, from `crate::` or by `super::`.
fn names<'a>(sources: &'a Sources, module: &str, text: &str) -> BTreeSet<&'a str> {
    let own = sources::without_tests(text);
    let code: String = own.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let mut found = BTreeSet::new();
    for root in ["crate", "super"] {
        for (at, _) in code.match_indices(&format!("{root}::")) {
            let before = code[..at].chars().next_back();
            if before.is_none_or(|it| !(it.is_alphanumeric() || it == '_' || it == ':' || it == '$')) {
                paths(&code[at..], &mut Vec::new(), &mut |path| {
                    found.extend(named_by(sources, module, path));
                });
            }
        }
    }
    found.retain(|it| *it != module && !it.starts_with(&format!("{module}::")));
    found
}

/// Every path of a use tree, or the one of an expression.
fn paths<'a>(mut text: &'a str, start: &mut Vec<&'a str>, tell: &mut impl FnMut(&[&str])) -> &'a str {
    let depth = start.len();
    loop {
        let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len());
        start.push(&text[..end]);
        text = &text[end..];
        let Some(rest) = text.strip_prefix("::") else { break };
        text = rest;
        if let Some(group) = text.strip_prefix('{') {
            text = group;
            while !text.trim_start().starts_with('}') && !text.trim_start().is_empty() {
                text = paths(text.trim_start(), start, tell);
                text = text.find([',', '}']).map_or("", |at| &text[at..]);
                text = text.strip_prefix(',').unwrap_or(text);
            }
            text = text.trim_start().strip_prefix('}').unwrap_or_default();
            start.truncate(depth);
            return text;
        }
    }
    tell(start);
    start.truncate(depth);
    text
}

/// The file in which a path ends, as seen from a module.
fn named_by<'a>(sources: &'a Sources, module: &str, path: &[&str]) -> Option<&'a str> {
    let mut full: Vec<&str> = Vec::new();
    for (n, word) in path.iter().enumerate() {
        match *word {
            "crate" | "self" => {}
            "super" if n == 0 => {
                full = module.split("::").collect();
                full.pop();
            }
            "super" => drop(full.pop()),
            word => full.push(word),
        }
    }
    (1..=full.len()).rev().find_map(|n| sources.get_key_value(&full[..n].join("::"))).map(|(name, _)| name.as_str())
}

fn read(folder: &Path, module: &str, into: &mut Sources) {
    for path in fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()) {
        let stem = path.file_stem().unwrap().to_str().unwrap();
        let name = if module.is_empty() { stem.to_owned() } else { format!("{module}::{stem}") };
        if path.is_dir() {
            read(&path, &name, into);
        } else if path.extension().is_some_and(|it| it == "rs") {
            into.insert(if stem == "mod" { module.to_owned() } else { name }, fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn no_files_name_each_other_in_a_circle() {
    let mut sources = Sources::new();
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "", &mut sources);
    assert_eq!(circles(&sources), Vec::<Vec<String>>::new());
}

#[track_caller]
fn check(files: &[(&str, &str)], expected: &[&[&str]]) {
    let sources = files.iter().map(|(module, text)| ((*module).to_owned(), (*text).to_owned())).collect();
    assert_eq!(circles(&sources), expected);
}

#[test]
fn a_planted_circle_is_found() {
    check(&[("a", "use crate::b::B;"), ("b", "fn f() { crate::c::f() }"), ("c", "")], &[]);
    check(
        &[("a", "use crate::b::B;"), ("b", "fn f() { crate::c::f() }"), ("c", "use super::{d, a::{A, B}};"), ("d", "")],
        &[&["a", "b", "c"]],
    );
    check(&[("r", "mod a; use crate::r::a::A;"), ("r::a", "use super::Rule;")], &[]);
    check(&[("r", ""), ("r::a", "use super::b::{self, B};"), ("r::b", "use super::super::r::a;")], &[&["r::a", "r::b"]]);
    check(&[("a", "// crate::b\n#[cfg(test)]\nuse crate::b;"), ("b", "use crate::a;")], &[]);
    check(&[("a", "#[cfg(test)]\nmod tests;\nuse crate::b;"), ("b", "use crate::a;")], &[&["a", "b"]]);
}
