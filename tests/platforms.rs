//! Every catalog against the published table of its platform: each permission, each grant.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod home;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use home::Home;
use rolecall::domain::builtin;
use rolecall::domain::catalog::{Catalog, Risk, Sensitivity};
use rolecall::domain::reference::reference;
use serde_json::Value;

type Names = BTreeSet<String>;

fn tables() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/platforms")
}

/// The platforms that have a table.
fn platforms() -> Names {
    let files = fs::read_dir(tables()).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap());
    files.filter_map(|it| it.strip_suffix(".roles.csv").map(str::to_owned)).collect()
}

/// The rows of a table, by the names of its columns.
fn rows(platform: &str, table: &str) -> Vec<BTreeMap<String, String>> {
    let mut file = csv::Reader::from_path(tables().join(format!("{platform}.{table}.csv"))).unwrap();
    file.deserialize().map(Result::unwrap).collect()
}

fn several(text: &str, between: char) -> Names {
    text.split(between).filter(|it| !it.is_empty()).map(str::to_owned).collect()
}

fn word(it: impl serde::Serialize) -> String {
    if let Value::String(word) = serde_json::to_value(it).unwrap() { word } else { String::new() }
}

#[test]
fn every_platform_with_a_table_has_a_catalog_that_ships() {
    let shipped: Names = builtin::platforms().map(str::to_owned).collect();
    assert_eq!(&platforms() - &shipped, Names::new());
    assert!(platforms().len() >= 22, "{:?}", platforms());
}

#[test]
fn every_permission_is_as_its_table_has_it() {
    for platform in platforms() {
        let catalog = builtin::catalog(&platform).unwrap();
        let told: Names = rows(&platform, "permissions").iter().map(|it| it["id"].clone()).collect();
        assert_eq!(catalog.names(catalog.everything()).into_iter().collect::<Names>(), told, "{platform}");
        for row in rows(&platform, "permissions") {
            let it = catalog.get(catalog.find(&row["id"]).unwrap());
            let requires: Names = it.requires.iter().map(|id| catalog.get(*id).id.clone()).collect();
            let risk: Names = it.risk.iter().map(|it: &Risk| word(it)).collect();
            let sensitivity: Sensitivity = it.sensitivity;
            let is = (requires, it.app.clone().unwrap_or_default(), word(sensitivity), risk);
            let told = (several(&row["requires"], ';'), row["app"].clone(), row["sensitivity"].clone(), several(&row["risk"], '+'));
            assert_eq!(is, told, "{platform}: {}", row["id"]);
            assert!(it.kind.is_some(), "{platform}: what {} is about is not said", row["id"]);
        }
    }
}

/// Each role with its level and what it holds.
fn roles_of(catalog: &Catalog) -> BTreeMap<String, (String, Names)> {
    let holds = |set| catalog.names(set).into_iter().collect();
    catalog.roles.iter().map(|it| (it.key.clone(), (it.level.as_str().to_owned(), holds(it.grants)))).collect()
}

#[test]
fn every_role_holds_what_its_table_grants_and_closing_it_adds_nothing() {
    for platform in platforms() {
        let catalog = builtin::catalog(&platform).unwrap();
        let mut told: BTreeMap<String, (String, Names)> = BTreeMap::new();
        for row in rows(&platform, "roles") {
            let (_, holds) = told.entry(reference(&platform, &row["role"])).or_insert_with(|| (row["level"].clone(), Names::new()));
            holds.insert(row["permission"].clone());
        }
        assert_eq!(roles_of(&catalog), told, "{platform}");
        for it in &catalog.roles {
            assert_eq!(catalog.names(catalog.close(it.grants)), catalog.names(it.grants), "{}", it.key);
        }
    }
}

// ---------------------------------------------------------------------------------------
// What they are called, and when they are there.

/// A workspace with a site on each of these platforms, called like it, and Kim.
fn agency(platforms: &[&str]) -> Home {
    let home = Home::empty();
    home.check(&["init", "--name", "Northlight", "--owner", "dana@northlight.example"], "", 0);
    home.check(&["person", "add", "kim@northlight.example", "--name", "Kim Sato"], "", 0);
    for it in platforms {
        home.check(&["site", "add", it, "--platform", it], "", 0);
    }
    home
}

#[test]
fn the_roles_of_a_platform_come_with_its_first_site_and_two_platforms_have_roles_of_one_key() {
    let home = agency(&[]);
    let roles = |home: &Home| home.check(&["role", "list", "--format", "csv"], "", 0);
    assert!(!roles(&home).contains("ghost/"));
    home.check(&["site", "add", "tales", "--platform", "ghost"], "", 0);
    home.check(&["site", "add", "figures", "--platform", "google-analytics"], "", 0);
    for key in ["ghost/administrator", "google-analytics/administrator", "administrator"] {
        assert_eq!(roles(&home).lines().filter(|it| it.starts_with(&format!("{key},"))).count(), 1, "{key}");
    }
    // Taking the site back leaves the roles to whoever uses them by then.
    home.check(&["undo"], "", 0);
    assert!(roles(&home).contains("google-analytics/administrator,"));
    home.check(&["redo"], "", 0);
    home.check(&["site", "add", "more", "--platform", "google-analytics"], "", 0);
    home.check(&["verify"], "head", 0);
}

#[test]
fn a_key_alone_is_looked_for_where_the_platform_is_known_and_else_named_with_all_that_fit() {
    let home = agency(&["ghost", "mailchimp", "google-analytics", "wordpress"]);
    home.check(&["assign", "kim@northlight.example", "editor", "--site", "ghost"], "ghost/editor", 0);
    home.check(&["assign", "kim@northlight.example", "editor", "--site", "wordpress"], "", 0);
    home.check(&["why", "kim@northlight.example", "post.edit", "ghost"], "ghost/editor", 0);
    // WordPress's, as it stands in files since the beginning.
    home.check(&["role", "show", "editor", "--format", "json"], r#""platform":"wordpress""#, 0);
    let several = "several roles are called `viewer`; give one of mailchimp/viewer, google-analytics/viewer";
    home.refused(&["role", "show", "viewer"], several, 2);
    let exported = home.check(&["export", "bundle"], r#""role":"ghost/editor""#, 0);
    assert!(exported.contains(r#""role":"editor""#), "{exported}");
}

#[test]
fn a_bundle_with_roles_of_several_platforms_is_itself_again() {
    let home = agency(&["ghost", "mailchimp", "github"]);
    for (role, site) in [("administrator", "ghost"), ("admin", "mailchimp"), ("admin", "github")] {
        home.check(&["assign", "kim@northlight.example", role, "--site", site], "", 0);
    }
    let bundle = home.check(&["export", "bundle"], "", 0);
    let other = Home::empty();
    let mut lines: Vec<&str> = bundle.lines().collect();
    lines.reverse();
    fs::write(other.path("b.jsonl"), lines.join("\n")).unwrap();
    other.check(&["import", "bundle", "b.jsonl"], "", 0);
    assert_eq!(other.check(&["export", "bundle"], "", 0), bundle);
    other.check(&["verify"], "head", 0);
}

#[test]
fn what_a_role_takes_is_lacked_whatever_else_is_held_and_ending_it_helps() {
    let home = agency(&["google-analytics"]);
    for role in ["analyst", "viewer-no-cost"] {
        home.check(&["assign", "kim@northlight.example", role, "--site", "google-analytics"], "", 0);
    }
    let why = home.check(&["why", "kim@northlight.example", "data.cost", "google-analytics"], "", 1);
    assert!(why.contains("google-analytics/viewer-no-cost") && why.contains("takes it, whatever else"), "{why}");
    assert!(why.contains("rolecall unassign"), "{why}");
    let who = home.check(&["who-can", "data.cost", "google-analytics", "--format", "csv"], "", 0);
    assert!(!who.contains("kim@"), "{who}");
    home.check(&["can", "kim@northlight.example", "data.revenue", "google-analytics"], "", 0);
    home.check(&["unassign", "kim@northlight.example", "viewer-no-cost", "--site", "google-analytics"], "", 0);
    home.check(&["can", "kim@northlight.example", "data.cost", "google-analytics"], "", 0);
}

#[test]
fn a_platform_of_ones_own_is_one_file() {
    let home = agency(&[]);
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/manual/platforms.md")).unwrap();
    let written = page.split_once("```toml\n").unwrap().1.split_once("```").unwrap().0;
    fs::write(home.path("kiosk.toml"), written).unwrap();
    home.check(&["catalog", "check", "kiosk.toml"], "is a catalog of Kiosk: 3 permissions, 2 roles", 0);
    home.refused(&["site", "add", "corner", "--platform", "kiosk"], "no platform `kiosk`", 2);
    home.check(&["catalog", "add", "kiosk.toml"], "", 0);
    home.check(&["site", "add", "corner", "--platform", "kiosk"], "", 0);
    home.check(&["assign", "kim@northlight.example", "keeper", "--site", "corner"], "kiosk/keeper", 0);
    home.check(&["can", "kim@northlight.example", "till.refund", "corner"], "", 0);
    fs::write(home.path("kiosk.toml"), written.replace("all = [\"Till\"]", "grants = [\"till.open\"]")).unwrap();
    home.check(&["catalog", "add", "kiosk.toml", "--dry-run"], "changed catalog kiosk", 0);
    home.refused(&["catalog", "remove", "kiosk"], "corner", 3);
    fs::write(home.path("kiosk.toml"), written.replace("requires = [\"till.open\"]", "requires = [\"till.opn\"]")).unwrap();
    home.refused(&["catalog", "check", "kiosk.toml"], "kiosk.toml line 18: `till.refund` names the unknown permission `till.opn`", 3);
}
