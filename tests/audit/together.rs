//! What mends several findings at once: each thing ends up as all of them want it, and what cannot go together is left.

use rolecall::command::{self, Command};
use rolecall::domain::audit::Rule;
use rolecall::domain::record::Record;
use rolecall::exchange::mending::{Mended, Together};
use rolecall::facts::Store;
use rolecall::query::audit::Audit;

use crate::world::{actor, at, export};
use crate::{NOW, agency, check_in, contact, holds, person, site};

const FAY: &str = "fay@free.example";
const ZED: &str = "zed@free.example";
const OVER: &str = r#""until":"2026-11-01T00:00:00Z""#;

fn role(key: &str, level: &str, permissions: &str) -> String {
    format!(r#"{{"type":"role","key":"{key}","name":"{key}","platform":"mini","level":"{level}","permissions":[{permissions}]}}"#) + "\n"
}

/// What mends all that these rules find there.
fn together(store: &Store, rules: &[&str]) -> Mended {
    let (db, mut together) = (store.reader(), Together::default());
    let policy = db.policy(None).unwrap();
    let rules: Vec<&Rule> = rules.iter().map(|it| Rule::named(it).unwrap()).collect();
    let audit = Audit::of(db, &policy, &rules, at(NOW)).unwrap();
    for it in &audit.findings {
        together.add(&it.key, &audit.shown(db, it).unwrap().mend.unwrap());
    }
    together.mended(db, &policy, at(NOW)).unwrap()
}

/// The agency with more lines once all that these rules find is mended, and what is left, each `KEY: WHY`.
fn mended(more: &str, rules: &[&str]) -> (Store, Vec<String>) {
    let mut store = agency(more);
    let Mended { commands, left } = together(&store, rules);
    command::run(&mut store, &actor(), at(NOW), &Command::all(commands)).unwrap();
    (store, left.into_iter().map(|it| format!("{}: {}", it.key, it.why)).collect())
}

/// That nothing that these rules found there is found any more.
fn check(more: &str, rules: &[&str]) -> Store {
    let (store, left) = mended(more, rules);
    assert_eq!(left, Vec::<String>::new());
    for it in rules {
        check_in(&store, it, &[]);
    }
    store
}

fn holds_there(store: &Store, person: &str, role: &str) -> bool {
    export(store).lines().any(|it| it.contains(&format!(r#""person":"{person}","role":"{role}""#)))
}

#[test]
fn what_is_taken_is_not_changed_and_dates_of_one_are_changed_at_once() {
    let old = r#""since":"2025-01-01T00:00:00Z""#;
    let lines = person(ZED) + &contact(FAY, "former") + &holds(FAY, "maker", "shop", old) + &holds(ZED, "maker", "shop", old);
    let rules = ["former-with-access", "never-ends", "never-reviewed"];
    let mut store = agency(&lines);
    let commands = together(&store, &rules).commands;
    let edits: Vec<&Command> = commands.iter().filter(|it| matches!(it, Command::Edit { .. })).collect();
    let [Command::Edit { after: Record::Assignment(after), .. }] = edits.as_slice() else { panic!("{commands:?}") };
    assert!(after.person == ZED && after.until.is_some() && after.review_on.is_some(), "{after:?}");
    command::run(&mut store, &actor(), at(NOW), &Command::all(commands)).unwrap();
    for it in rules {
        check_in(&store, it, &[]);
    }
}

/// Without money an inviter is left, and without inviting a cashier.
#[test]
fn a_role_in_which_several_rules_find_something_gives_way_to_one_that_serves_them_all() {
    let lines = role("boss", "both", r#""a.people","a.edit","b.pay""#) + &holds(FAY, "boss", "shop", "");
    let rules = ["outsider-widens", "outsider-money"];
    assert!(holds_there(&check(&lines, &rules[..1]), FAY, "mini/cashier"));
    assert!(holds_there(&check(&lines, &rules[1..]), FAY, "mini/inviter"));
    assert!(holds_there(&check(&lines, &rules), FAY, "mini/maker"));
}

#[test]
fn two_roles_that_two_rules_make_one_become_it_once() {
    let lines = holds(FAY, "inviter", "shop", r#""until":"2026-12-01T00:00:00Z""#) + &holds(FAY, "cashier", "shop", "");
    let store = check(&lines, &["outsider-widens", "outsider-money"]);
    let held: Vec<String> = export(&store).lines().filter(|it| it.contains(r#""person":"fay@"#)).map(str::to_owned).collect();
    assert!(held.len() == 1 && held[0].contains(r#""role":"mini/maker""#) && held[0].contains(r#""until":null"#), "{held:?}");
}

#[test]
fn who_has_nothing_goes_also_where_a_role_that_they_had_gets_another_one_in_its_place() {
    let lines = role("peeper", "site", r#""a.view""#) + &person(ZED) + &holds(ZED, "peeper", "shop", OVER);
    check(&lines, &["role-twin", "role-unused", "holds-nothing"]);
    check(&(lines + &holds(FAY, "peeper", "shop", "")), &["role-twin", "holds-nothing"]);
}

#[test]
fn a_role_is_retired_after_those_whose_place_it_takes() {
    let sells = r#""b.sell""#;
    let lines = role("abe", "site", sells) + &role("mia", "site", sells) + &holds(FAY, "mia", "shop", "");
    let store = check(&(lines + &holds(ZED, "mia", "shop", "") + &person(ZED)), &["role-twin"]);
    assert!(holds_there(&store, FAY, "abe"));
}

#[test]
fn a_role_that_somebody_gets_stays_and_keeps_its_rights() {
    // Nobody holds abe yet.
    let (unused, packs) = ("role-unused", r#""b.sell""#);
    let lines = role("abe", "both", packs) + &role("zed", "both", packs) + &holds(FAY, "zed", "shop", "");
    let (store, left) = mended(&lines, &[unused, "role-twin"]);
    assert_eq!(left, ["role-unused:abe: somebody gets abe by what mends the rest"]);
    assert!(holds_there(&store, FAY, "abe"));
    check_in(&store, unused, &[]);
    // What abe cannot do on the shop, those who had zed can do on the till.
    let idle = "role-idle-rights";
    let with_app = person(ZED) + &site("till", "cy@corp.example", "agency", "published", r#","apps":["Shop"]"#);
    let lines = with_app + &lines + &holds(FAY, "abe", "shop", "") + &holds(ZED, "zed", "till", "");
    let (store, left) = mended(&lines, &[idle, "role-twin"]);
    assert_eq!(left, ["role-idle-rights:abe: somebody gets abe by what mends the rest"]);
    check_in(&store, idle, &[]);
    check_in(&store, "role-twin", &[]);
}
