//! May all that is built into the program be passed on as it is? `deny.toml` says which licences are taken.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use std::process::Command;

/// Whether one of the allowed licences will do, for each part that stands by itself: `(MIT OR Apache-2.0) AND Unicode-3.0`.
fn is_allowed(expression: &str, allowed: &[&str]) -> bool {
    let mut parts = expression.split(" AND ").map(|it| it.trim_matches(['(', ')']));
    parts.all(|part| part.split(" OR ").flat_map(|it| it.split('/')).any(|it| allowed.contains(&it.trim())))
}

#[test]
fn every_licence_of_what_is_built_in_is_allowed() {
    let rules: toml::Table = toml::from_str(include_str!("../deny.toml")).unwrap();
    let allowed: Vec<&str> = rules["licenses"]["allow"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
    let mut tree = Command::new(env!("CARGO"));
    tree.args(["tree", "--offline", "--locked", "--edges", "normal,build", "--prefix", "none", "--format", "{p}|{l}"]);
    let output = tree.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && text.lines().count() > 50, "{}", String::from_utf8_lossy(&output.stderr));
    for line in text.lines().map(|it| it.trim_end_matches(" (*)")) {
        let (package, licence) = line.split_once('|').unwrap();
        assert!(is_allowed(licence, &allowed), "{package}: {licence}");
    }
}

#[test]
fn of_several_licences_one_must_be_allowed_and_of_every_part_one() {
    let allowed = |expression| is_allowed(expression, &["MIT", "Unicode-3.0"]);
    for yes in ["MIT", "GPL-3.0 OR MIT", "Apache-2.0/MIT", "(MIT OR Apache-2.0) AND Unicode-3.0"] {
        assert!(allowed(yes), "{yes}");
    }
    for no in ["", "GPL-3.0", "Apache-2.0 WITH LLVM-exception", "(MIT OR Apache-2.0) AND GPL-3.0", "MIT AND GPL-3.0"] {
        assert!(!allowed(no), "{no}");
    }
}
