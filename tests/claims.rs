//! What files claim of access: what is so, what is not and why, and what no claim would miss.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod home;
mod world;

use std::fs;

use home::Home;
use proptest::prelude::*;
use rolecall::domain::claims;
use rolecall::query::access::Asked;
use rolecall::query::claims::Claims;
use serde_json::Value;

fn home() -> Home {
    let home = Home::empty();
    fs::write(home.path("world.jsonl"), world::BUNDLE).unwrap();
    home.check(&["import", "bundle", "world.jsonl"], "", 0);
    home
}

/// What is said of these claims, one file: the exit code, and the answer.
fn said(home: &Home, text: &str, options: &[&str]) -> (i32, String, String) {
    fs::write(home.path("access.test"), text).unwrap();
    let output = home.run(&[&["test", "access.test"], options].concat());
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// That a claim is so, or is not, with these words among why.
#[track_caller]
fn check(claim: &str, why: Option<&str>) {
    let (code, answer, error) = said(&home(), claim, &[]);
    assert_eq!(code, i32::from(why.is_some()), "{claim}: {answer}{error}");
    assert!(why.is_none_or(|it| answer.contains(it)), "{claim}: {answer}");
}

/// That a line is refused, with these words.
#[track_caller]
fn refused(claim: &str, words: &str) {
    let (code, answer, error) = said(&home(), claim, &[]);
    assert!(code == 2 && answer.is_empty() && error.contains(words), "{claim}: {code} {answer}{error}");
}

#[test]
fn a_claim_is_so_or_says_why_not() {
    check("can ana@acme.example b.sell acme", None);
    check("cannot ana@acme.example b.sell acme", Some("ana@acme.example can b.sell on acme by seller, team level, everywhere"));
    check(
        "can bo@nl.example a.edit bakery",
        Some("bo@nl.example cannot a.edit on bakery: the nearer role mini/reader (folder top) replaces a wider role that has it"),
    );
    check("can cy@corp.example a.delete corp", None);
    check("cannot cy@corp.example a.delete corp", Some("cy@corp.example can a.delete on corp as its owner"));
    check("holds seller a.view", None);
    check("lacks seller a.view", Some("seller holds a.view"));
    check("lacks seller a.edit", None);
}

#[test]
fn a_pattern_means_all_that_fit_and_what_a_platform_lacks_is_passed_over() {
    check("cannot ana@* a.delete *", None);
    check("can *@nl.example a.view ba*", None);
    check("can * a.view acme", Some("cy@corp.example cannot a.view on acme"));
    check("can dana@nl.example b.* acme", Some("b.post on acme: it needs Blog"));
    refused("can zoe* a.view acme", "no person `zoe*`, which is a pattern that fits nothing");
    refused("can ana@acme.example z.* acme", "no permission `z.*`");
    refused("can ana@acme.example a.view nowhere", "nowhere");
    refused("may ana@acme.example a.view acme", "access.test line 1: `may` claims nothing");
}

#[test]
fn only_these_can_and_the_owner_counts() {
    check("only a.delete corp cy@corp.example", None);
    check("only a.delete corp", Some("cy@corp.example can a.delete on corp as its owner"));
    check("only a.delete corp cy@corp.example ana@acme.example", Some("ana@acme.example cannot a.delete on corp"));
}

#[test]
fn every_format_tells_the_same() {
    let (home, text) = (home(), "can ana@acme.example b.sell acme\ncan ana@acme.example b.pay acme # yet\n");
    let (code, json, _) = said(&home, text, &["--format", "json"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((code, &json["passed"], &json["failed"], &json["failures"][0]["line"]), (1, &1.into(), &1.into(), &2.into()));
    let tap = said(&home, text, &["--format", "tap"]).1;
    let expected = "TAP version 13\nok 1 - access.test line 1: can ana@acme.example b.sell acme\nnot ok 2 - access.test line 2";
    assert!(tap.starts_with(expected) && tap.ends_with("1..2\n"), "{tap}");
    let junit = said(&home, text, &["--format", "junit"]).1;
    assert!(junit.contains(r#"<testsuite name="access.test" tests="2" failures="1""#), "{junit}");
    home.refused(&["test", "access.test", "--format", "sarif"], "sarif is a format of `audit`", 2);
}

#[test]
fn a_plan_that_would_break_a_claim_is_refused() {
    let home = home();
    fs::write(home.path("access.test"), "can ana@acme.example b.sell acme\n").unwrap();
    fs::write(
        home.path("plan.jsonl"),
        r#"{"remove":{"assignment":{"person":"ana@acme.example","role":"seller","level":"team","scope":"everywhere"}}}"#,
    )
    .unwrap();
    let entries = home.entries();
    home.refused(&["apply", "plan.jsonl", "--anyway", "--test", "access.test"], "access.test line 1: can ana@acme.example b.sell acme", 3);
    assert_eq!(home.entries(), entries);
    home.check(&["apply", "plan.jsonl", "--anyway"], "", 0);
    home.check(&["test", "access.test"], "1 of 1 claim not hold", 1);
}

/// Whoever sees only their own is told nothing by a claim.
#[test]
fn claims_are_for_who_sees_everything() {
    let home = home();
    fs::write(home.path("access.test"), "can ana@acme.example b.sell acme\n").unwrap();
    home.refused(&["--as", "cy@corp.example", "test", "access.test"], "does not see that", 3);
}

/// A hole each: what no claim is about, or what a claim is about and would not miss.
#[test]
fn every_planted_hole_is_found() {
    let home = home();
    let (_, all, _) = said(&home, "only * * dana@nl.example", &["--mutate", "--coverage", "--format", "json"]);
    let all: Value = serde_json::from_str(&all).unwrap();
    assert_eq!(all["uncovered"], Value::Array(Vec::new()), "a claim about everything is about every fact");
    let exact = "cannot ana@acme.example a.edit bakery\ncan ana@acme.example a.edit acme\n";
    let (_, few, _) = said(&home, exact, &["--mutate", "--coverage"]);
    for hole in [
        "no claim is about: mini/reader for bo@nl.example (folder top)",
        "no claim would miss: seller for ana@acme.example (everywhere)",
        "no claim is about: seller grants b.sell",
        "no claim is about: b.sell requires b.view",
        "no claim is about: the ceiling of mini keeps a.delete from site level",
    ] {
        assert!(few.contains(hole), "no `{hole}` in\n{few}");
    }
    for noticed in ["editor-site for ana@acme.example (site acme)", "editor-site grants a.edit"] {
        assert!(!few.contains(noticed), "`{noticed}` in\n{few}");
    }
    assert!(few.contains(" would be missed: "), "{few}");
}

/// A line is known by its file, too: the first of one file may be wrong and the first of another notice something.
#[test]
fn several_files_notice_what_each_of_them_does() {
    let home = home();
    let claims = ["cannot ana@acme.example b.sell acme", "can ana@acme.example b.sell acme"];
    for (name, claim) in ["wrong", "right"].into_iter().zip(claims) {
        std::fs::write(home.path(name), claim).unwrap();
    }
    let last = |args: &[&str], exit: i32| {
        let said = home.check(&[&["test", "--mutate"], args].concat(), "would be missed", exit);
        said.lines().last().unwrap().to_owned()
    };
    let alone = last(&["right"], 0);
    assert!(!alone.starts_with("0 of"), "{alone}");
    assert_eq!(last(&["wrong", "right"], 1), alone);
}

#[test]
fn the_claims_of_the_sample_hold() {
    let home = Home::demo();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/demo/access.test");
    home.check(&["test", file], "hold", 0);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    /// A claim is so where a single question says so.
    #[test]
    fn a_claim_agrees_with_the_answer(person in 0..4_usize, permission in 0..7_usize, site in 0..3_usize, wanted: bool) {
        let store = world::world();
        let (db, now) = (store.reader(), world::now());
        let policy = db.policy(None).unwrap();
        let person = ["dana@nl.example", "ana@acme.example", "bo@nl.example", "cy@corp.example"][person];
        let permission = ["a.view", "a.edit", "a.delete", "b.view", "b.sell", "b.pay", "b.post"][permission];
        let site = ["acme", "bakery", "corp"][site];
        let lines = claims::read(&format!("{} {person} {permission} {site}", if wanted { "can" } else { "cannot" })).unwrap();
        let is_so = Claims::of(db, &policy, now, &lines).unwrap().broken().is_empty();
        let allowed = Asked::find(db, &policy, person, permission, site).unwrap().verdict(&policy, now).is_allowed();
        prop_assert_eq!(is_so, allowed == wanted);
    }
}
