//! Roles that fit: which cover what somebody is to do, which narrower ones would do, and which would do for many; against trying them.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod home;
mod world;

use std::collections::BTreeMap;
use std::fs;

use chrono::{DateTime, Utc};
use home::Home;
use proptest::prelude::*;
use rolecall::command::Command;
use rolecall::domain::access::{Ground, any_site};
use rolecall::domain::audit::Mend;
use rolecall::domain::ids::{PersonId, SiteId};
use rolecall::domain::mining::Group;
use rolecall::domain::perm_set::PermSet;
use rolecall::domain::policy::{HeldRole, Policy};
use rolecall::domain::record::{Record, RoleRecord};
use rolecall::domain::things::{Assignment, Level, Scope, Site};
use rolecall::exchange::{mending, mining};
use rolecall::facts::Store;
use rolecall::query::covers::{self, Asked};
use rolecall::query::{access, fits};
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
    assert_eq!(roles, [&json!(["mini/reader"]), &json!(["seller"])]);
    assert_eq!(found["options"][1]["extra"], json!(["b.sell"]));
    assert_eq!(found["wanted"], json!(["a.view", "b.view"]));
    let line = home.check(&["role", "find", "b.view", "a.view", "--level", "team"], "Reader (mini/reader): nothing beside it", 0);
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
    home.check(&["role", "find", "a.delete", "--level", "team"], "Boss (mini/boss): 3 more", 0);
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
    assert_eq!(rows[2].1, &json!({"mini/reader": "off", "seller": "granted", "mini/boss": "granted"}));
    assert_eq!((&found["same"], &found["roles"][1]["people"]), (&json!(2), &json!(1)));
    let all = asked(&home, &["role", "compare", "reader", "seller", "boss", "--all"], 1);
    assert_eq!(all["rows"].as_array().unwrap().len(), 7);
    let page = home.check(&["role", "compare", "reader", "seller", "--format", "md"], "| B | Sell B | – | yes |", 1);
    assert!(page.starts_with("|  |  | Reader | Seller |") && page.contains("\n| held by |  | 1 person in 1 place |"), "{page}");
    home.check(&["role", "compare", "boss", "Boss", "mini-owner"], "0 differ, 7 the same", 0);
    home.refused(&["role", "compare", "boss", "Boss"], "these are all mini/boss; name another one", 2);
    home.refused(&["role", "compare", "boss", "administrator"], "only roles of one platform compare", 2);
}

#[test]
fn a_narrower_role_is_told_with_what_goes_and_who_would_not_miss_it() {
    let home = home();
    let told = |person: &str| {
        let fits = asked(&home, &["role", "fit", person], 0);
        let told = fits.as_array().unwrap().iter().map(|it| json!([it["role"], it["instead"], it["loses"], it["is_covered"]]));
        told.collect::<Vec<_>>()
    };
    // Nobody else sells on acme; nothing of it is sensitive.
    assert_eq!(told("ana@acme.example"), [json!(["seller", "mini/reader", ["b.sell"], false])]);
    // Wherever boss reaches something nearer replaces it.
    assert_eq!(told("bo@nl.example"), [json!(["mini/boss", "mini/reader", [], true])]);
    home.check(&["role", "fit", "ana@acme.example", "--site", "corp"], "", 1);
    home.check(&["role", "fit", "ana@acme.example", "--site", "acme"], "1 right: Sell B  nothing sensitive", 0);
    home.refused(&["--as", "cy@corp.example", "role", "fit", "bo@nl.example"], "does not see that", 3);
}

#[test]
fn one_role_is_offered_to_those_who_hold_the_same_two() {
    let home = home();
    let held = |person: &str, role: &str, site: &str| {
        format!(r#"{{"type":"assignment","person":"{person}","role":"{role}","level":"site","scope":{{"site":"{site}"}}}}"#)
    };
    let lines = ["ana@acme.example", "bo@nl.example"].map(|it| [held(it, "seller", "corp"), held(it, "editor-site", "corp")].join("\n"));
    fs::write(home.path("more.jsonl"), lines.join("\n")).unwrap();
    home.check(&["import", "bundle", "more.jsonl"], "", 0);
    home.check(&["role", "mine"], "", 1);
    let mined = asked(&home, &["role", "mine", "--least", "2"], 0);
    assert_eq!(mined[0]["people"], json!(["ana@acme.example", "bo@nl.example"]));
    assert_eq!(mined[0]["role"]["permissions"], json!(["a.delete", "a.edit", "b.sell"]));
    let key = mined[0]["role"]["key"].as_str().unwrap();
    assert_eq!(key, "site-editor-seller");
    let before = asked(&home, &["who-can", "a.edit"], 0);
    home.refused(&["role", "mine", "--make", "site-editor"], "no role `site-editor` is offered", 2);
    home.check(&["role", "mine", "--least", "2", "--make", key, "--dry-run"], "nobody would gain or lose anything", 0);
    home.check(&["role", "mine", "--least", "2", "--make", key], "", 0);
    let after = asked(&home, &["who-can", "a.edit"], 0);
    let who = |of: &Value| of.as_array().unwrap().iter().map(|it| (it["person"].clone(), it["site"].clone())).collect::<Vec<_>>();
    assert_eq!(who(&before), who(&after));
    home.check(&["role", "mine", "--least", "2"], "", 1);
}

/// What everybody can do on every site, at these instants.
fn everything(store: &Store, instants: &[DateTime<Utc>]) -> BTreeMap<(DateTime<Utc>, SiteId, PersonId), PermSet> {
    let db = store.reader();
    let policy = db.policy(None).unwrap();
    let mut all = BTreeMap::new();
    for at in instants {
        access::everywhere(db, &policy, *at, |site, person, set| {
            if !set.is_empty() {
                all.insert((*at, site, person), set);
            }
        })
        .unwrap();
    }
    all
}

/// The best of a kind of narrower role for what somebody holds, by trying every built-in one: by key, with what goes.
fn narrower(store: &Store, person: PersonId, it: &Assignment, spares_sensitive: bool) -> Option<(String, PermSet)> {
    let db = store.reader();
    let policy = db.policy(None).unwrap();
    let own = policy.role(it.role).unwrap();
    if own.side.is_some() {
        return None;
    }
    let held = db.assignments_of(person).unwrap();
    let sites: Vec<(Site, Ground)> = db
        .sites_after("", 100)
        .unwrap()
        .into_iter()
        .filter(|it| it.platform == own.role.platform)
        .map(|site| (site.clone(), Ground::new(&policy, &site).unwrap()))
        .filter(|(_, ground)| ground.reaches(&policy, it))
        .collect();
    let mut best: Option<(usize, String, PermSet)> = None;
    for other in policy
        .roles()
        .filter(|other| other.role.builtin && other.role.platform == own.role.platform && is_given_by_hand(&policy, other, it.level))
    {
        if held.iter().any(|has| (has.role, has.level, has.scope) == (other.role.id, it.level, it.scope)) {
            continue;
        }
        let swapped: Vec<Assignment> =
            held.iter().map(|has| Assignment { role: if has.id == it.id { other.role.id } else { has.role }, ..has.clone() }).collect();
        let (mut loses, mut gave, mut given, mut fits) = (PermSet::EMPTY, Vec::new(), Vec::new(), true);
        for (site, ground) in &sites {
            let lost = ground.access(&policy, person, &held, world::now()) - ground.access(&policy, person, &swapped, world::now());
            let others = access::present(db, ground).unwrap().into_iter().filter(|(it, _)| *it != person && *it != site.owner);
            let others = others.fold(PermSet::EMPTY, |set, (it, held)| set | ground.access(&policy, it, &held, world::now()));
            fits &= if spares_sensitive { lost.iter().all(|it| !ground.catalog.get(it).is_sensitive()) } else { lost.is_subset(&others) };
            loses |= lost;
            gave.push(gives(&policy, ground, &[own], it.level));
            given.push(gives(&policy, ground, &[other], it.level));
        }
        let is_narrower = given.iter().zip(&gave).all(|(less, more)| less.is_subset(more)) && given != gave;
        let left = given.iter().fold(PermSet::EMPTY, |set, it| set | *it).len();
        let is_better = best.as_ref().is_none_or(|it| (left, &other.role.key) < (it.0, &it.1));
        if fits && is_narrower && left > 0 && is_better {
            best = Some((left, other.role.key.clone(), loses));
        }
    }
    best.map(|(_, key, loses)| (key, loses))
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
            let found = covers::covers(db, &policy, db.sight(), &asked).unwrap();
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

    /// The narrower role that is told is the least that trying all of them finds, and taking it takes what was said, from nobody else.
    #[test]
    fn a_narrower_role_is_the_least_that_fits_and_does_what_is_said(commands in steps::plain(), who in 0..4_usize) {
        let store = grown(&commands);
        let db = store.reader();
        let policy = db.policy(None).unwrap();
        let email = ["dana@nl.example", "ana@acme.example", "bo@nl.example", "cy@corp.example"][who];
        let Some(person) = db.person_by_email(email).unwrap() else { return Ok(()) };
        let before = everything(&store, &[world::now()]);
        for (held, found) in fits::fits(db, &policy, &person, None, world::now()).unwrap() {
            let tried = [true, false].map(|it| narrower(&store, person.id, &held, it));
            let mut expected: Vec<_> = tried.into_iter().flatten().collect();
            expected.dedup();
            let key = |it: &rolecall::domain::narrowing::Fit| (policy.role(it.role).unwrap().role.key.clone(), it.loses);
            prop_assert_eq!(found.iter().map(key).collect::<Vec<_>>(), expected);
            for fit in found {
                let mut other = grown(&commands);
                let swap = mending::commands(db, &policy, &[Mend::Instead(held.clone(), fit.role)], world::now()).unwrap();
                world::run(&mut other, &Command::all(swap)).unwrap();
                let after = everything(&other, &[world::now()]);
                let mut lost = PermSet::EMPTY;
                for (place, had) in &before {
                    let has = after.get(place).copied().unwrap_or_default();
                    prop_assert!(has.is_subset(had));
                    prop_assert!(place.2 == person.id || has == *had);
                    lost |= *had - has;
                }
                prop_assert!(after.keys().all(|it| before.contains_key(it)));
                prop_assert_eq!(lost, fit.loses);
            }
        }
    }

    /// What is proved of a role for many is what trying it shows: of the one that would do, and of those that give too little
    /// or too much.
    #[test]
    fn a_role_for_many_is_proved_where_trying_it_changes_nothing(commands in steps::plain()) {
        let (store, now) = (grown(&commands), world::now());
        let db = store.reader();
        let (policy, before) = (db.policy(None).unwrap(), everything(&store, &[now]));
        for group in fits::groups(db, &policy, 1, now).unwrap() {
            let right = group.role(&policy, &policy.taken_names()).unwrap();
            let with = |permissions: &[String]| RoleRecord { permissions: permissions.to_vec(), ..right.clone() };
            for role in [with(&right.permissions), with(&right.permissions[1..]), with(&PERMISSIONS.map(str::to_owned))] {
                let mut tried = grown(&commands);
                if world::run(&mut tried, &mining::entry(db, &policy, &group, &role, now).unwrap()).is_ok() {
                    let proved = mining::is_proved(db, &policy, &group, &role, now).unwrap();
                    prop_assert_eq!(proved, before == everything(&tried, &[now]));
                }
            }
        }
    }

    /// By the entry that is offered nobody gains or loses anything, now or later; and every group that there is is found.
    #[test]
    fn one_role_in_the_place_of_several_changes_nothing(commands in steps::plain(), least in 1..3_usize) {
        let mut store = grown(&commands);
        let instants = ["2026-11-21T12:00:00Z", "2026-12-31T00:00:00Z", "2027-06-01T00:00:00Z"].map(world::at);
        let (groups, entries) = {
            let db = store.reader();
            let policy = db.policy(None).unwrap();
            let groups = fits::groups(db, &policy, least, world::now()).unwrap();
            let entry = |it: &Group| mining::entry(db, &policy, it, &it.role(&policy, &policy.taken_names()).unwrap(), world::now()).unwrap();
            (groups.clone(), groups.iter().map(entry).collect::<Vec<_>>())
        };
        let before = everything(&store, &instants);
        for it in &entries {
            world::run(&mut store, it).unwrap();
        }
        prop_assert_eq!(before, everything(&store, &instants));
        prop_assert!(groups.iter().all(|it| it.people().len() >= least && it.roles.len() > 1));
        let db = store.reader();
        let left = fits::groups(db, &db.policy(None).unwrap(), least, world::now()).unwrap();
        prop_assert!(left.is_empty(), "what was bundled is one role now");
    }
}
