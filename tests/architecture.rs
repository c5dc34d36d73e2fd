//! Who may name whom: the layer table, read from the sources.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod sources;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Sources by their path under the crate.
type Sources = BTreeMap<String, String>;

/// Each room and the rooms that it may name besides itself.
const ROOMS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("store", &["domain"]),
    ("facts", &["domain", "store"]),
    ("command", &["domain", "store", "facts"]),
    ("query", &["domain", "store", "facts"]),
    ("exchange", &["domain", "store", "facts", "command", "query"]),
    ("session", &["domain", "store", "facts", "command", "query", "exchange"]),
    ("cli", &["domain", "store", "facts", "command", "query", "exchange", "session"]),
    ("tui", &["domain", "store", "facts", "command", "query", "exchange", "session"]),
];

/// Words that stand only in these rooms.
const KEPT: &[(&str, &[&str])] = &[
    ("rusqlite", &["store"]),
    ("ratatui", &["tui"]),
    ("crossterm", &["tui"]),
    ("tui_textarea", &["tui"]),
    (".rehearse(", &["store", "facts", "command"]),
    ("store.write(", &["store", "facts", "command"]),
    (".take_over(", &["store", "facts", "command"]),
    ("Writer<'", &["store", "facts", "command"]),
    // Only a test is believed without a look at who runs the program.
    ("Hand::Caller", &["command"]),
];

/// Words that stand nowhere outside tests.
const BANNED: &[&str] = &["todo!(", "dbg!(", ".unwrap()"];

/// Everything that is against the rules, one line each.
fn faults(sources: &Sources) -> Vec<String> {
    let mut faults = Vec::new();
    for (path, text) in sources {
        let first = text.lines().find(|line| !(path == "src/lib.rs" && line.starts_with("#![")));
        if !first.is_some_and(|line| line.starts_with("//! ")) {
            faults.push(format!("{path} does not begin with a `//!` line"));
        }
        let code = code(text);
        let room = path.trim_start_matches("src/").split(['/', '.']).next().unwrap_or_default();
        if let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == room) {
            let named = rooms_named(path, &code);
            let wrong = named.iter().filter(|it| *it != room && !allowed.contains(&it.as_str()));
            faults.extend(wrong.map(|it| format!("{path} names {it}")));
        }
        let kept = KEPT.iter().filter(|(word, rooms)| !rooms.contains(&room) && code.contains(word));
        faults.extend(kept.map(|(word, _)| format!("{path} has {word}")));
        faults.extend(BANNED.iter().filter(|word| code.contains(**word)).map(|word| format!("{path} has {word}")));
    }
    faults
}

/// The text without comments and without its tests.
fn code(text: &str) -> String {
    let own = sources::without_tests(text);
    own.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The rooms behind `crate::` (grouped imports too) and behind `super::` that leaves the room.
fn rooms_named(path: &str, code: &str) -> BTreeSet<String> {
    let up = "super::".repeat(path.matches('/').count() - usize::from(path.ends_with("/mod.rs")));
    let mut found = BTreeSet::new();
    for root in ["crate::", "rolecall::", up.as_str()].into_iter().filter(|it| !it.is_empty()) {
        for (at, _) in code.match_indices(root) {
            let rest = &code[at + root.len()..];
            let group = rest.strip_prefix('{').and_then(|it| it.split_once(';')).map(|(group, _)| group);
            let names = group.map_or_else(|| vec![rest], |group| group.split(',').map(str::trim).collect());
            let word = |it: &str| it.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
            found.extend(names.into_iter().map(word).filter(|it| ROOMS.iter().any(|(room, _)| room == it)));
        }
    }
    found
}

fn read(folder: &Path, into: &mut Sources) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            read(&path, into);
        } else if path.ends_with("tests.rs") {
            // As below a `#[cfg(test)]`: tests know every room. That it is nothing else is in its folder's own file.
            let above = fs::read_to_string(folder.join("mod.rs")).unwrap();
            assert!(above.contains("#[cfg(test)]\nmod tests;"), "{} is not for tests alone", path.display());
        } else if path.extension().is_some_and(|it| it == "rs") {
            let name = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap().to_str().unwrap().to_owned();
            into.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn every_source_keeps_to_its_layer() {
    let mut sources = Sources::new();
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut sources);
    assert_eq!(faults(&sources), Vec::<String>::new());
}

fn check(path: &str, text: &str, expected: &[&str]) {
    let text = format!("//! A room.\n{text}\n");
    assert_eq!(faults(&Sources::from([(path.to_owned(), text)])), expected, "{path}");
}

#[test]
fn a_planted_violation_is_found() {
    check("src/domain/a.rs", "use crate::domain::ids::PersonId;", &[]);
    check("src/domain/a.rs", "use crate::facts::Store;", &["src/domain/a.rs names facts"]);
    check("src/domain/mod.rs", "use super::store::Store;", &["src/domain/mod.rs names store"]);
    check("src/domain/a.rs", "use super::super::query::access;", &["src/domain/a.rs names query"]);
    check("src/query/a.rs", "use crate::{\n    domain::ids,\n    command::{Plan, run},\n};", &["src/query/a.rs names command"]);
    check("src/command/a.rs", "fn f() { crate::query::access::who() }", &["src/command/a.rs names query"]);
    check("src/exchange/a.rs", "use crate::command::import::Line;\nuse crate::query::records;", &[]);
    check("src/exchange/a.rs", "use crate::session::Session;", &["src/exchange/a.rs names session"]);
    check("src/session/a.rs", "use crate::cli::args;", &["src/session/a.rs names cli"]);
    check("src/tui/a/b.rs", "use crate::cli::out;", &["src/tui/a/b.rs names cli"]);
    check("src/cli/a.rs", "use crate::tui;\nuse ratatui::Frame;", &["src/cli/a.rs names tui", "src/cli/a.rs has ratatui"]);
    check("src/query/a.rs", "use rusqlite::Row;", &["src/query/a.rs has rusqlite"]);
    check("src/cli/a.rs", "fn f() { store.write(|w: &Writer<'_>| ()) }", &["src/cli/a.rs has store.write(", "src/cli/a.rs has Writer<'"]);
    check("src/cli/a.rs", "fn f() -> Hand { Hand::Caller }", &["src/cli/a.rs has Hand::Caller"]);
    check("src/store/a.rs", "// rusqlite, dbg!(x)\nfn f() { x.unwrap() }", &["src/store/a.rs has .unwrap()"]);
    check("src/store/a.rs", "#[cfg(test)]\nmod tests { fn f() { x.unwrap() } }", &[]);
    check("src/store/a.rs", "#[cfg(test)]\nmod tests;\nfn f() { x.unwrap() }", &["src/store/a.rs has .unwrap()"]);
    let within =
        "impl A {\n    #[cfg(test)]\n    #[inline]\n    fn f() {\n        x.unwrap()\n    }\n\n    fn g() {\n        dbg!(x)\n    }\n}";
    check("src/store/a.rs", within, &["src/store/a.rs has dbg!("]);
    let bare = Sources::from([("src/main.rs".to_owned(), "fn main() {}".to_owned())]);
    assert_eq!(faults(&bare), ["src/main.rs does not begin with a `//!` line"]);
}

#[test]
fn what_the_map_names_is_there() {
    let (root, mut sources) = (Path::new(env!("CARGO_MANIFEST_DIR")), Sources::new());
    read(&root.join("src"), &mut sources);
    let map = sources["src/lib.rs"].split("# To add something").nth(1).unwrap();
    for word in map.split('`').skip(1).step_by(2).filter(|it| !it.contains("NAME")) {
        let is_there = match word.strip_suffix('!') {
            Some(list) => sources.values().any(|it| it.contains(&format!("macro_rules! {list} "))),
            None if word.contains('/') => [format!("src/{word}"), word.to_owned()].iter().any(|it| root.join(it).exists()),
            None if word.chars().all(|c| c.is_ascii_alphabetic()) && word.starts_with(|c: char| c.is_ascii_uppercase()) => {
                let declared = ["trait", "struct", "const"].map(|it| format!("{it} {word}"));
                sources.values().any(|text| declared.iter().any(|it| text.contains(it)))
            }
            None => true,
        };
        assert!(is_there, "src/lib.rs names `{word}`");
    }
}

/// Sources that list the kinds of rows that records bring, besides the one list of them.
fn lists_of_kinds(sources: &Sources) -> Vec<&str> {
    let listed = sources["src/domain/kinds.rs"].lines().filter_map(|it| it.split_once(") as ")?.0.split_once('('));
    let kinds: Vec<&str> = listed.map(|it| it.0.trim()).collect();
    let lists = |text: &String| {
        let code = code(text);
        kinds.len() > 2 && ["Change", "Key"].iter().any(|all| kinds.iter().all(|kind| code.contains(&format!("{all}::{kind}("))))
    };
    sources.iter().filter(|it| lists(it.1)).map(|it| it.0.as_str()).collect()
}

#[test]
fn one_list_alone_names_all_kinds_of_rows() {
    let (root, mut sources) = (Path::new(env!("CARGO_MANIFEST_DIR")), Sources::new());
    read(&root.join("src"), &mut sources);
    assert_eq!(lists_of_kinds(&sources), [""; 0]);
    let planted = "match change { Change::Folder(_) | Change::Site(_) | Change::Role(_) | Change::Assignment(_) => 1, \
                   Change::Person(_) | Change::Contact(_) | Change::Accepted(_) | Change::Review(_) | \
                   Change::ReviewItem(_) => 2 }";
    sources.insert("src/command/a.rs".to_owned(), planted.to_owned());
    assert_eq!(lists_of_kinds(&sources), ["src/command/a.rs"]);
}

#[test]
fn the_folder_of_catalogs_and_the_list_of_built_in_ones_agree() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/catalogs");
    let files = fs::read_dir(folder).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap());
    let listed = rolecall::domain::builtin::platforms().map(|it| format!("{it}.toml"));
    assert_eq!(files.collect::<BTreeSet<_>>(), listed.collect());
    for platform in rolecall::domain::builtin::platforms() {
        assert_eq!(rolecall::domain::builtin::catalog(platform).unwrap().platform, platform);
    }
}
