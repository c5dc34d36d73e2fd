//! The audit as it is printed: formats that other programs read, and what is kept by its verbs.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::home::Home;

const THEO: &str = "former-with-access:theo@northlight.example";
const SCHEMAS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/schemas");

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// What is found, each by its key.
fn keys(home: &Home, options: &[&str]) -> BTreeSet<String> {
    let output = home.run(&[&["audit", "--format", "json"], options].concat());
    let found = json(&String::from_utf8(output.stdout).unwrap());
    found.as_array().unwrap().iter().map(|it| it["key"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_is_written_as_sarif_is_what_its_schema_says() {
    let home = Home::demo();
    home.check(&["audit", "accept", THEO, "--until", "90d", "--because", "a hand-over"], "accepted", 0);
    let log = json(&home.check(&["audit", "--accepted", "--format", "sarif"], "", 1));
    let schema = json(&fs::read_to_string(format!("{SCHEMAS}/sarif-2.1.0.json")).unwrap());
    let (mut schemas, mut compiler) = (boon::Schemas::new(), boon::Compiler::new());
    compiler.add_resource("sarif.json", schema).unwrap();
    let sarif = compiler.compile("sarif.json", &mut schemas).unwrap();
    schemas.validate(&log, sarif).unwrap_or_else(|error| panic!("{error:#}"));
    assert!(schemas.validate(&json(r#"{"version":"2.1.0","runs":[{"results":[{}]}]}"#), sarif).is_err());
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), keys(&home, &["--accepted"]).len());
    let theo = results.iter().find(|it| it["partialFingerprints"]["finding/v1"] == THEO).unwrap();
    assert_eq!((&theo["level"], &theo["suppressions"][0]["justification"]), (&json(r#""error""#), &json(r#""a hand-over""#)));
    let rule = &log["runs"][0]["tool"]["driver"]["rules"][usize::try_from(theo["ruleIndex"].as_u64().unwrap()).unwrap()];
    assert_eq!(rule["id"], theo["ruleId"]);
    let nothing = json(&home.check(&["audit", "--rule", "look-alike", "--format", "sarif"], "", 0));
    schemas.validate(&nothing, sarif).unwrap_or_else(|error| panic!("{error:#}"));
}

#[test]
fn what_is_written_as_junit_is_what_its_schema_says() {
    let home = Home::demo();
    let xml = home.check(&["audit", "--format", "junit"], "<testsuite name=\"audit\" tests=\"33\"", 1);
    assert!(xml.contains(r#"<testcase classname="audit" name="look-alike"/>"#), "{xml}");
    assert_eq!(xml.matches("<failure ").count(), keys(&home, &[]).len());
    fs::write(home.path("found.xml"), &xml).unwrap();
    match Command::new("xmllint").args(["--noout", "--schema", &format!("{SCHEMAS}/junit-10.xsd"), &home.path("found.xml")]).output() {
        Ok(output) => assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr)),
        Err(error) => eprintln!("not held against its schema: xmllint is not here ({error})"),
    }
}

#[test]
fn formats_of_the_audit_alone_are_refused_elsewhere() {
    let home = Home::demo();
    for line in ["site list --format sarif", "audit rules --format junit", "audit --format sarif --columns key"] {
        home.refused(&line.split(' ').collect::<Vec<_>>(), "", 2);
    }
}

#[test]
fn what_is_accepted_is_left_out_unless_asked_for_and_taken_back() {
    let home = Home::demo();
    let before = keys(&home, &[]);
    let accept = ["audit", "accept", THEO, "--until", "2027-01-31", "--because", "hands over until then"];
    home.check(&[&accept[..], &["--dry-run"]].concat(), "nobody would gain or lose anything", 0);
    home.check(&accept, "hands over until then", 0);
    assert_eq!(&keys(&home, &[]) | &BTreeSet::from([THEO.to_owned()]), before);
    assert_eq!(keys(&home, &["--accepted"]), before);
    let shown = home.check(&["audit", "--accepted", "--person", "theo@northlight.example", "--rule", "former-with-access"], "", 0);
    assert!(shown.contains("accepted until 2027-01-31 by Dana Holt: hands over until then"), "{shown}");
    home.refused(
        &["audit", "accept", "former-with-access:ana@acme.example", "--until", "90d", "--because", "so"],
        "nothing is found under",
        2,
    );
    home.refused(&["audit", "withdraw", "former-with-access:thea@northlight.example"], THEO, 2);
    home.check(&["audit", "withdraw", THEO], "accepted former-with-access:theo@northlight.example no more", 0);
    assert_eq!(keys(&home, &[]), before);
    home.check(&["undo"], "", 0);
    assert!(!keys(&home, &[]).contains(THEO));
}

#[test]
fn what_is_set_of_a_rule_is_told_and_undone() {
    let home = Home::demo();
    home.check(&["audit", "set", "too-many-admins", "people", "0"], "", 0);
    home.check(&["audit", "explain", "too-many-admins"], "people = 0 (set)", 0);
    assert!(keys(&home, &[]).iter().any(|it| it.starts_with("too-many-admins:")));
    home.check(&["undo"], "", 0);
    home.check(&["audit", "explain", "too-many-admins"], "people = 3:", 0);
    home.refused(&["audit", "set", "too-many-admins", "people", "few"], "`few` is not a number", 2);
    home.refused(&["audit", "set", "too-many-admins", "folk", "3"], "has no `folk` to set; there is: people", 2);
}

#[test]
fn a_rule_that_is_asked_for_twice_is_asked_once() {
    let home = Home::demo();
    let asked = |rules: &str| home.check(&["audit", "--rule", rules], "", 1);
    assert_eq!(asked("former-with-access,never-ends,former-with-access"), asked("never-ends,former-with-access"));
}

#[test]
fn only_what_was_not_found_then_is_new() {
    let home = Home::demo();
    home.check(&["contact", "edit", "emil@lindqvist-bikes.example", "--status", "former"], "", 0);
    let journal = json(&home.check(&["journal", "--format", "json"], "", 0));
    let first = journal.as_array().unwrap().last().unwrap()["at"].as_str().unwrap().to_owned();
    let (before, now) = (["--at", &first], keys(&home, &[]));
    let new: BTreeSet<String> = now.difference(&keys(&home, &before)).cloned().collect();
    assert!(new.contains("former-with-access:emil@lindqvist-bikes.example"), "{new:?}");
    assert_eq!(keys(&home, &["--new-since", &first]), new);
    // Another name makes nothing new.
    let everything = keys(&home, &[]);
    home.check(&["site", "edit", "lindqvist-bikes", "--key", "bikes"], "", 0);
    assert_ne!(keys(&home, &[]), everything);
    assert_eq!(keys(&home, &["--new-since", &first]).len(), new.len());
}

#[test]
fn evidence_that_is_no_role_is_printed_too() {
    let home = Home::demo();
    let asked = ["audit", "--rule", "role-idle-rights"];
    let found = json(&home.check(&[&asked[..], &["--format", "json"]].concat(), "", 1));
    let rights = json(r#"[{"right":"payments.refunds.issue"},{"right":"ceiling.shipping_labels.purchase"}]"#);
    assert_eq!((&found[0]["besides"], &found[0]["evidence"]), (&rights, &json("[]")));
    let row = "right payments.refunds.issue; right ceiling.shipping_labels.purchase";
    home.check(&[&asked[..], &["--columns", "evidence", "--format", "csv"]].concat(), row, 1);
    home.check(&["audit", "accept", "role-idle-rights:shop-and-ship", "--until", "90d", "--because", "an app comes"], "accepted", 0);
    home.check(&["role", "grant", "shop-and-ship", "ceiling.ecwid_shop.access"], "", 0);
    home.check(&asked, "it was accepted, and comes back with 1 right more", 1);
}

/// Why it is right as it is belongs to the finding; who says so may be nobody's business.
#[test]
fn who_answers_for_a_finding_is_told_to_those_who_may_know_of_them() {
    let (home, zoe) = (Home::demo(), "zoe@far.example");
    home.check(&["person", "add", zoe, "--name", "Zoe"], "", 0);
    home.check(&["role", "duplicate", "account-admin", "Keeper"], "", 0);
    home.check(&["role", "grant", "keeper", "account.team.change_role"], "", 0);
    home.check(&["assign", zoe, "keeper", "--everywhere"], "", 0);
    let accept =
        ["audit", "accept", "changes-nothing:karin@lindqvist-bikes.example", "--until", "90d", "--because", "she is new", "--as", zoe];
    home.check(&accept, "", 0);
    home.check(&["unassign", zoe, "keeper", "--everywhere"], "", 0);
    let asked = |format: &str, by: &str| home.check(&["audit", "--accepted", "--format", format, "--as", by], "she is new", 1);
    for (format, name) in [("table", "by Zoe"), ("json", zoe)] {
        assert!(asked(format, "dana@northlight.example").contains(name), "{format}");
        let told = asked(format, "karin@lindqvist-bikes.example");
        assert!(!told.contains(name), "{told}");
    }
}

#[test]
fn what_a_fix_would_do_is_told_where_it_is_asked_for() {
    let home = Home::demo();
    let asked = ["audit", "--person", "theo@northlight.example", "--rule", "former-with-access", "--effects", "--format", "json"];
    let found = json(&home.check(&asked, "", 1));
    let (losses, brings) = (found[0]["losses"].as_array().unwrap(), &found[0]["brings"]);
    assert!(!losses.is_empty() && losses[0]["people"].as_array().unwrap().contains(&json(r#""theo@northlight.example""#)), "{found}");
    assert_eq!(brings, &json("[]"), "{found}");
    // What another rule finds already is not brought by it.
    let ends = json(&home.check(&["audit", "--rule", "never-ends", "--effects", "--format", "json"], "", 1));
    assert!(ends.as_array().unwrap().iter().all(|it| it["brings"] == json("[]")), "{ends}");
    let plain = json(&home.check(&asked[..asked.len() - 3].iter().chain(&["--format", "json"]).copied().collect::<Vec<_>>(), "", 1));
    assert_eq!(plain[0].get("brings"), None);
}
