//! What is found about roles.

use rolecall::facts::Store;

use crate::world::{at, take_in};
use crate::{NOW, after, agency, check, check_in, holds, in_team, mended, site, told};

const FAY: &str = "fay@free.example";
const EVERYWHERE: &str = r#""everywhere""#;

const ROLE: &str = r#"{"type":"role","key":"packer","name":"Packer","platform":"mini","level":"both","permissions":["b.sell"]}
"#;

#[test]
fn a_role_that_nobody_holds_is_found() {
    let rule = "role-unused";
    check(rule, "", &[]);
    check(rule, ROLE, &["low packer"]);
    check(rule, &(ROLE.to_owned() + &holds("fay@free.example", "packer", "shop", "")), &[]);
    check(rule, &(ROLE.to_owned() + &holds("fay@free.example", "packer", "shop", r#""until":"2026-11-01T00:00:00Z""#)), &["low packer"]);
    mended(agency(ROLE), rule);
    mended(agency(&(ROLE.to_owned() + &holds("fay@free.example", "packer", "shop", r#""until":"2026-11-01T00:00:00Z""#))), rule);
}

fn role(key: &str, level: &str, permissions: &str) -> String {
    format!(r#"{{"type":"role","key":"{key}","name":"{key}","platform":"mini","level":"{level}","permissions":[{permissions}]}}"#) + "\n"
}

/// The command that adds it.
fn add(record: &str) -> String {
    format!(r#"{{"add":{}}}"#, record.trim())
}

#[test]
fn a_role_with_a_twin_is_found_and_its_holders_get_the_twin() {
    let rule = "role-twin";
    check(rule, "", &[]);
    check(rule, ROLE, &[]);
    check(rule, &role("peeper", "site", r#""a.view""#), &["low peeper"]);
    check(rule, &role("peeper", "both", r#""a.view""#), &["low peeper"]);
    // What is granted may differ, as long as it gives the same.
    check(rule, &role("crafter", "both", r#""a.edit","a.view""#), &["low crafter"]);
    check(rule, &role("empty", "both", ""), &[]);
    check(rule, &(role("empty", "both", "") + &role("void", "both", "")), &[]);
    // Keeper is for the team alone.
    check(rule, &role("warden", "both", r#""a.team","a.people""#), &[]);
    check(rule, &role("warden", "team", r#""a.team","a.people""#), &["low warden"]);
    // Mini owner gives everything and is never given.
    let all = r#""a.publish","a.people","a.team","b.data","b.pay","b.sell""#;
    check(rule, &role("everything", "site", all), &[]);
    let store = agency(&(role("peeper", "site", r#""a.view""#) + &holds(FAY, "peeper", "shop", "") + &holds(FAY, "reader", "shop", "")));
    assert_eq!(told(&store, rule).0, "peeper gives exactly what Reader gives");
    mended(store, rule);
}

#[test]
fn of_two_twins_of_one_s_own_the_older_stays_or_the_one_that_can_be_given_more_widely() {
    let (rule, packs) = ("role-twin", r#""b.sell""#);
    // One entry: the smaller key stays, whichever stands first.
    check(rule, &(role("zed", "both", packs) + &role("abe", "both", packs)), &["low zed"]);
    check(rule, &(role("abe", "both", packs) + &role("zed", "both", packs)), &["low zed"]);
    check(rule, &(role("abe", "both", packs) + &role("mia", "both", packs) + &role("zed", "both", packs)), &["low mia", "low zed"]);
    // Two entries: the older one stays.
    let (zed, abe) = (role("zed", "both", packs), role("abe", "both", packs));
    check_in(&after(&zed, &[&add(&abe)]), rule, &["low abe"]);
    check_in(&after("", &[&add(&zed), &add(&abe)]), rule, &["low abe"]);
    let mut store = agency(&zed);
    take_in(&mut store, &abe).unwrap();
    check_in(&store, rule, &["low abe"]);
    // The younger can be given wherever the older can, and not the other way round.
    check_in(&after(&role("abe", "site", packs), &[&add(&zed)]), rule, &["low abe"]);
    check(rule, &(role("abe", "site", packs) + &role("zed", "team", packs)), &[]);
    mended(after(&zed, &[&add(&abe)]), rule);
}

#[test]
fn rights_that_a_role_gives_nowhere_are_found_and_what_they_imply_stays() {
    let rule = "role-idle-rights";
    let packs = |more: &str| ROLE.to_owned() + more;
    check(rule, ROLE, &[]);
    check(rule, &packs(&holds(FAY, "packer", "shop", "")), &["low packer"]);
    check(rule, &packs(&holds(FAY, "packer", "shop", r#""until":"2026-11-21T12:00:00Z""#)), &[]);
    check(rule, &packs(&holds(FAY, "packer", "shop", r#""until":"2026-11-21T12:00:01Z""#)), &["low packer"]);
    let with_app = site("till", "cy@corp.example", "agency", "published", r#","apps":["Shop"]"#);
    check(rule, &packs(&(with_app.clone() + &holds(FAY, "packer", "till", "") + &holds(FAY, "packer", "shop", ""))), &[]);
    // In the team: in a folder without such a site, everywhere, and where the agency does not host.
    check(rule, &packs(&(with_app.clone() + &in_team(FAY, "packer", r#"{"folder":"retail"}"#, ""))), &["low packer"]);
    check(rule, &packs(&(with_app.clone() + &in_team(FAY, "packer", EVERYWHERE, ""))), &[]);
    let apart = with_app.replace(r#""host":"agency""#, r#""host":"owner""#);
    check(rule, &packs(&(apart + &in_team(FAY, "packer", EVERYWHERE, ""))), &["low packer"]);
    // It reaches nothing.
    let bare = r#"{"type":"folder","key":"bare","name":"Bare","parent":null}"#.to_owned() + "\n";
    check(rule, &packs(&(bare + &in_team(FAY, "packer", r#"{"folder":"bare"}"#, ""))), &[]);
    // A ceiling binds one level.
    let warden = role("warden", "both", r#""a.team","a.edit""#);
    check(rule, &(warden.clone() + &holds(FAY, "warden", "shop", "")), &["low warden"]);
    check(rule, &(warden.clone() + &in_team(FAY, "warden", r#"{"site":"shop"}"#, "")), &[]);
    // What the idle right implied is given still.
    let store = agency(&packs(&holds(FAY, "packer", "shop", "")));
    assert_eq!(told(&store, rule).0, "Packer grants what it gives nowhere: Sell");
    assert_eq!(granted(&mended(store, rule), "packer"), ["a.view"]);
    assert_eq!(granted(&mended(agency(&(warden + &holds(FAY, "warden", "shop", ""))), rule), "warden"), ["a.edit"]);
}

fn granted(store: &Store, role: &str) -> Vec<String> {
    let policy = store.reader().policy(None).unwrap();
    policy.find_role(role).unwrap().role.permissions.iter().cloned().collect()
}

#[test]
fn a_deprecated_role_in_use_is_found_and_replaced() {
    let rule = "role-deprecated";
    check(rule, "", &[]);
    let held = holds(FAY, "relic", "shop", r#""since":"2026-10-01T00:00:00Z","until":"2027-01-01T00:00:00Z""#);
    check(rule, &held, &["medium mini/relic"]);
    check(rule, &(held.clone() + &in_team("tim@nl.example", "relic", EVERYWHERE, "")), &["medium mini/relic"]);
    check(rule, &holds(FAY, "relic", "shop", r#""until":"2026-11-21T12:00:00Z""#), &[]);
    check(rule, &holds(FAY, "relic", "shop", r#""since":"2026-12-01T00:00:00Z""#), &["medium mini/relic"]);
    assert_eq!(told(&agency(&held), rule).0, "Fay holds Relic, which nobody new is given");
    let both = held.clone() + &in_team("tim@nl.example", "relic", EVERYWHERE, "");
    let store = mended(agency(&both), rule);
    let fays = store.reader().assignments_of(store.reader().the_person(FAY).unwrap().id).unwrap();
    assert_eq!((fays.len(), fays[0].since, fays[0].until), (1, Some(at(NOW)), Some(at("2027-01-01T00:00:00Z"))));
    // Who holds the other one already keeps it for as long.
    let store = mended(agency(&(held + &holds(FAY, "reader", "shop", r#""until":"2026-12-01T00:00:00Z""#))), rule);
    let fays = store.reader().assignments_of(store.reader().the_person(FAY).unwrap().id).unwrap();
    assert_eq!((fays.len(), fays[0].since, fays[0].until), (1, None, Some(at("2027-01-01T00:00:00Z"))));
}

#[test]
fn a_deprecated_role_without_another_that_fits_is_found_and_stays() {
    let rule = "role-deprecated";
    let relics = |instead: &str| {
        format!(
            r#"{{"type":"catalog","platform":"tiny","categories":["A"],"permissions":[{{"id":"a","label":"A","category":"A"}}],"roles":[{{"key":"old","name":"Old","level":"both","grants":["a"],"deprecated":true{instead}}},{{"key":"new","name":"New","level":"site","grants":["a"]}}]}}"#
        ) + "\n"
    };
    let at_both = in_team(FAY, "old", EVERYWHERE, "");
    let why = |catalog: &str| told(&agency(&(catalog.to_owned() + &at_both)), rule).1.unwrap_err();
    assert!(why(&relics("")).starts_with("its catalog names no role instead"));
    assert!(why(&relics(r#","instead":"new""#)).starts_with("New, which its catalog names instead, cannot be given wherever Old is held"));
}

#[test]
fn rights_that_no_catalog_knows_are_found_and_revoked() {
    let rule = "unknown-permission";
    check(rule, ROLE, &[]);
    check(rule, &role("old", "both", r#""a.edit","x.gone","x.lost""#), &["medium old"]);
    check(rule, &role("old", "both", r#""x.gone""#), &["medium old"]);
    let store = agency(&(role("old", "both", r#""a.edit","x.gone","x.lost""#) + &holds(FAY, "old", "shop", "")));
    assert_eq!(told(&store, rule).0, "old grants what mini does not know: x.gone, x.lost");
    assert_eq!(granted(&mended(store, rule), "old"), ["a.edit"]);
}
