//! Roles that fit: which cover what somebody is to do, against trying all of them.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod home;
mod world;

use std::fs;

use home::Home;
use proptest::prelude::*;
use rolecall::command::Command;
use rolecall::domain::access::{Ground, any_site};
use rolecall::domain::ids::PersonId;
use rolecall::domain::perm_set::PermSet;
use rolecall::domain::policy::{HeldRole, Policy};
use rolecall::domain::record::Record;
use rolecall::domain::things::{Assignment, Level, Scope};
use rolecall::facts::Store;
use rolecall::query::covers::{self, Asked};
use serde_json::{Value, json};

use world::steps;

const PERMISSIONS: [&str; 7] = ["a.view", "a.edit", "a.delete", "b.view", "b.sell", "b.pay", "b.post"];
/// Somebody who holds nothing.
const NOBODY: PersonId = PersonId(9_999);

/// A workspace after commands, of which some are refused.
fn grown(commands: &[Command]) -> Store {
    let mut store = world::world();
    for it in commands {
        let _ = world::run(&mut store, it);
    }
    store
}

fn home() -> Home {
    let home = Home::empty();
    fs::write(home.path("world.jsonl"), world::BUNDLE).unwrap();
    home.check(&["import", "bundle", "world.jsonl"], "", 0);
    home
}

fn asked(home: &Home, args: &[&str], exit: i32) -> Value {
    serde_json::from_str(&home.check(&[args, &["--format", "json"]].concat(), "", exit)).unwrap()
}

/// What roles give together on a site to somebody who holds nothing else.
fn gives(policy: &Policy, ground: &Ground, roles: &[&HeldRole], level: Level) -> PermSet {
    let given = |it: &&HeldRole| Assignment::plain(NOBODY, it.role.id, level, Scope::Site(ground.site));
    ground.access(policy, NOBODY, &roles.iter().map(given).collect::<Vec<_>>(), world::now())
}

fn is_given_by_hand(policy: &Policy, it: &HeldRole, level: Level) -> bool {
    let builtin = policy.builtin(it);
    it.role.level.fits(level) && builtin.is_none_or(|it| !it.owner && !it.deprecated && it.partnership.is_none())
}

fn level_of(team: bool) -> Level {
    if team { Level::Team } else { Level::Site }
}

/// Every single role and every pair, tried.
fn tried(policy: &Policy, ground: &Ground, level: Level, wanted: PermSet) -> Vec<(usize, usize, usize, Vec<String>)> {
    let roles: Vec<&HeldRole> =
        policy.roles().filter(|it| it.role.platform == ground.catalog.platform && is_given_by_hand(policy, it, level)).collect();
    let covers = |roles: &[&HeldRole]| wanted.is_subset(&gives(policy, ground, roles, level));
    let mut found: Vec<Vec<&HeldRole>> = roles.iter().map(|it| vec![*it]).filter(|it| covers(it)).collect();
    for a in &roles {
        for b in roles.iter().filter(|it| a.role.key < it.role.key) {
            if covers(&[a, b]) && !covers(&[a]) && !covers(&[b]) {
                found.push(vec![a, b]);
            }
        }
    }
    let told = |roles: Vec<&HeldRole>| {
        let extra = gives(policy, ground, &roles, level) - ground.catalog.close(wanted);
        let sensitive = extra.iter().filter(|it| ground.catalog.get(*it).is_sensitive()).count();
        (sensitive, extra.len(), roles.len(), roles.iter().map(|it| it.role.key.clone()).collect())
    };
    let mut told: Vec<_> = found.into_iter().map(told).collect();
    told.sort();
    told
}

#[test]
fn the_nearest_role_comes_first_and_the_exact_one_last() {
    let home = home();
    let found = asked(&home, &["role", "find", "b.view", "a.view"], 0);
    let roles: Vec<&Value> = found["options"].as_array().unwrap().iter().map(|it| &it["roles"]).collect();
    assert_eq!(roles, [&json!(["reader"]), &json!(["seller"])]);
    assert_eq!(found["options"][1]["extra"], json!(["b.sell"]));
    assert_eq!(found["wanted"], json!(["a.view", "b.view"]));
    let line = home.check(&["role", "find", "b.view", "a.view", "--level", "team"], "Reader (reader): nothing beside it", 0);
    let make = line.lines().last().unwrap().strip_prefix("exactly that: rolecall ").unwrap();
    assert_eq!(make, "role add 'View A and 1 more' --platform mini --level team --permissions a.view,b.view");
    home.check(&["role", "add", "View A and 1 more", "--platform", "mini", "--level", "team", "--permissions", "a.view,b.view"], "", 0);
    home.check(&["role", "find", "b.view", "a.view", "--level", "team"], "role add 'View A and 1 more-2'", 0);
}

#[test]
fn a_pair_is_told_where_no_role_does_it_alone_and_what_no_role_can_is_said() {
    let home = home();
    home.check(&["role", "find", "a.edit", "b.sell"], "Site editor (editor-site) + Seller (seller): ", 0);
    home.check(&["role", "find", "a.edit", "b.sell", "--site", "corp"], "no role can give there: b.sell", 1);
    home.check(&["role", "find", "a.delete"], "no role can give there: a.delete", 1);
    home.check(&["role", "find", "a.delete", "--level", "team"], "Boss (boss): 3 more", 0);
    home.check(&["role", "find", "a.view", "--level", "team", "--site", "corp"], "no role can give there: a.view", 1);
}

#[test]
fn what_is_asked_for_is_of_one_platform_and_known() {
    let home = home();
    home.refused(&["role", "find", "a.vieq"], "no permission `a.vieq`; did you mean `a.view`", 2);
    home.refused(&["role", "find", "a.view", "edit_posts"], "no platform that has all of it `a.view, edit_posts`", 2);
    home.refused(&["role", "find", "edit_posts", "--site", "acme"], "no permission of this platform `edit_posts`", 2);
}

#[test]
fn roles_stand_side_by_side_with_what_differs_and_who_holds_them() {
    let home = home();
    let found = asked(&home, &["role", "compare", "reader", "seller", "boss"], 1);
    let rows: Vec<(&str, &Value)> =
        found["rows"].as_array().unwrap().iter().map(|it| (it["permission"].as_str().unwrap(), &it["cells"])).collect();
    assert_eq!(rows.iter().map(|it| it.0).collect::<Vec<_>>(), ["a.edit", "a.delete", "b.sell", "b.pay", "b.post"]);
    assert_eq!(rows[2].1, &json!({"reader": "off", "seller": "granted", "boss": "granted"}));
    assert_eq!((&found["same"], &found["roles"][1]["people"]), (&json!(2), &json!(1)));
    let all = asked(&home, &["role", "compare", "reader", "seller", "boss", "--all"], 1);
    assert_eq!(all["rows"].as_array().unwrap().len(), 7);
    let page = home.check(&["role", "compare", "reader", "seller", "--format", "md"], "| B | Sell B | – | yes |", 1);
    assert!(page.starts_with("|  |  | Reader | Seller |") && page.contains("\n| held by |  | 1 person in 1 place |"), "{page}");
    home.check(&["role", "compare", "boss", "Boss", "mini-owner"], "0 differ, 7 the same", 0);
    home.refused(&["role", "compare", "boss", "Boss"], "these are all boss; name another one", 2);
    home.refused(&["role", "compare", "boss", "administrator"], "only roles of one platform compare", 2);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn what_covers_is_what_trying_all_roles_and_pairs_finds(
        commands in steps::plain(),
        wanted in prop::sample::subsequence(&PERMISSIONS[..], 1..4),
        site in prop::sample::select(&["", "acme", "bakery", "corp"][..]),
        team: bool,
    ) {
        let mut store = grown(&commands);
        let (permissions, level) = (wanted.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>(), level_of(team));
        let found = {
            let db = store.reader();
            let policy = db.policy(None).unwrap();
            let row = db.site_by_key(site).unwrap();
            if row.as_ref().is_some_and(|it| it.platform != "mini") || row.is_none() && !site.is_empty() {
                return Ok(());
            }
            let catalog = policy.catalog("mini").unwrap();
            let ground = Ground::new(&policy, &row.unwrap_or_else(|| any_site(&policy, catalog, None))).unwrap();
            let set: PermSet = wanted.iter().map(|it| catalog.find(it).unwrap()).collect();
            let asked = Asked { permissions: &permissions, level, site: Some(site).filter(|it| !it.is_empty()), platform: Some("mini") };
            let found = covers::covers(db, &policy, &asked).unwrap();
            let told = found.covers.iter().map(|it| {
                let keys: Vec<String> = it.roles.iter().map(|it| it.key.clone()).collect();
                (it.sensitive.len(), it.extra.len(), keys.len(), keys)
            });
            prop_assert_eq!(told.collect::<Vec<_>>(), tried(&policy, &ground, level, set));
            let possible = found.covers.is_empty() || found.exact.is_some();
            prop_assert!(possible, "a role gives what no role can");
            prop_assert_eq!(found.exact.is_some(), found.barred.is_empty());
            found
        };
        // The exact role gives what was asked, what that requires, and nothing else.
        if let Some(role) = found.exact {
            let key = role.key.clone();
            world::run(&mut store, &Command::Add(Record::Role(role))).unwrap();
            let db = store.reader();
            let policy = db.policy(None).unwrap();
            let row = db.site_by_key(site).unwrap().unwrap_or_else(|| any_site(&policy, &found.catalog, None));
            let ground = Ground::new(&policy, &row).unwrap();
            let given = gives(&policy, &ground, &[policy.find_role(&key).unwrap()], level);
            prop_assert_eq!(given, found.asked | found.required);
        }
    }
}
