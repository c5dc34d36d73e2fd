//! What a key does is said in one table: no window reads keys of its own, and no sentence spells one out.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod sources;

use std::fs;
use std::path::{Path, PathBuf};

const SCREENS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/tui");
/// Here keys have their names.
const NAMED_IN: [&str; 2] = ["action.rs", "keymap.rs"];
/// Where something is typed: letters, and the keys that move in a text.
const TYPED_IN: [&str; 7] = [
    "widgets/field.rs",
    "overlays/form/mod.rs",
    "overlays/form/input.rs",
    "overlays/form/lookup.rs",
    "overlays/review.rs",
    "app/keys.rs",
    "decoder.rs",
];

/// The sources of the screens, by their place under the folder, without their tests.
fn sources() -> Vec<(String, String)> {
    let mut folders = vec![PathBuf::from(SCREENS)];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().is_some_and(|it| it != "tests.rs") {
                let text = fs::read_to_string(&path).unwrap();
                let name = path.strip_prefix(Path::new(SCREENS)).unwrap().to_str().unwrap().to_owned();
                found.push((name, sources::without_tests(&text)));
            }
        }
    }
    found.sort();
    found
}

/// Whether a line is one of the table's own: an action, its name, its keys.
fn is_of_table(line: &str) -> bool {
    let (name, rest) = line.split_once(' ').unwrap_or_default();
    line.ends_with(';') && rest.starts_with('"') && name.chars().all(|c| c.is_ascii_uppercase() || c == '_')
}

/// The string literals of a source; remarks and the table left out.
fn literals(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in source.lines().map(str::trim_start).filter(|it| !it.starts_with("//") && !it.starts_with("#[") && !is_of_table(it)) {
        let mut open: Option<String> = None;
        let mut chars = line.replace("'\"'", "").chars().collect::<Vec<_>>().into_iter();
        while let Some(c) = chars.next() {
            match (&mut open, c) {
                (Some(_), '"') => found.extend(open.take()),
                (Some(text), '\\') => text.extend(chars.next().filter(|it| *it == '"')),
                (Some(text), c) => text.push(c),
                (None, '"') => open = Some(String::new()),
                (None, _) => {}
            }
        }
        // It goes on in the next line.
        found.extend(open);
    }
    found
}

/// Whether a word is what one reads on a key.
fn is_key(word: &str) -> bool {
    let one = word.len() == 1 && word.chars().all(|c| c.is_ascii_alphabetic() || "?/:-<>".contains(c));
    one || is_named_key(word)
}

fn is_named_key(word: &str) -> bool {
    let named = ["Enter", "Esc", "Tab", "Shift-Tab", "Space", "Backspace", "PgUp", "PgDn", "F1"];
    named.contains(&word) || word.starts_with("Ctrl-") || word.starts_with("ctrl-")
}

/// The key that a sentence spells out: a key's name, a key that does something, or one to be pressed.
fn spelled(sentence: &str) -> Option<String> {
    let words: Vec<&str> = sentence.split_whitespace().map(|it| it.trim_matches(|c: char| "()[].,;".contains(c))).collect();
    let acts = |verb: &str| verb.len() > 2 && verb.ends_with('s') && verb.chars().all(|c| c.is_ascii_lowercase());
    let at = (0..words.len()).find(|at| {
        let before = at.checked_sub(1).map_or("", |it| words[it]);
        let after = words.get(at + 1).copied().unwrap_or_default();
        let pressed = before == "press" || ["by", "with"].contains(&before) && words[*at] != "a";
        let in_brackets = sentence.contains(&format!("({})", words[*at]));
        let alone = words.len() == 1 && sentence.starts_with("  ");
        is_named_key(words[*at]) || is_key(words[*at]) && (acts(after) || pressed || in_brackets || alone || after == "help")
    });
    at.map(|at| words[at].to_owned())
}

#[test]
fn no_sentence_spells_a_key_out() {
    for (name, source) in sources().into_iter().filter(|(name, _)| !NAMED_IN.contains(&name.as_str())) {
        for sentence in literals(&source) {
            assert_eq!(spelled(&sentence), None, "{name} says `{sentence}`: ask for the key of an action");
        }
    }
}

#[test]
fn keys_are_found_where_they_are_spelled_out() {
    for (sentence, key) in [
        ("entry {}; u takes it back", Some("u")),
        ("press c to copy it", Some("c")),
        ("written by s and y", Some("s")),
        ("with its token (t)", Some("t")),
        ("Esc leaves", Some("Esc")),
        ("choose a role: Space on one", Some("Space")),
        ("? help ", Some("?")),
        ("   y", Some("y")),
        ("Ctrl-s done", Some("Ctrl-s")),
        ("a adds one", Some("a")),
        ("a role in a place", None),
        ("{} takes it back", None),
        ("what a switch brings along", None),
        ("said by a client with a token", None),
        (" - ", None),
    ] {
        assert_eq!(spelled(sentence).as_deref(), key, "{sentence}");
    }
    assert!(is_of_table("SAVE \"save\" [\"s\", \"ctrl-s\"] \"save\" \"Save it\";") && !is_of_table("A = \"Esc leaves\";"));
    assert_eq!(literals("say(\"one\", 2); // \"three\"\n// \"no\"\nlet it = \"a \\\"b\\\"\";").len(), 3);
}

#[test]
fn keys_are_read_where_something_is_typed_and_nowhere_else() {
    for (name, source) in sources() {
        let reads = source.contains("KeyCode::") || source.contains("KeyModifiers::");
        let may = NAMED_IN.contains(&name.as_str()) || TYPED_IN.contains(&name.as_str());
        assert!(may || !reads, "{name} reads keys past the table of actions");
    }
}
