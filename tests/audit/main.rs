//! Audit rules: each on small worlds, which find, do not find, and stand at the edge.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod accepted;
mod account;
mod back;
mod dates;
#[path = "../home/mod.rs"]
mod home;
mod noticed;
mod offers;
mod outsiders;
mod people;
mod printed;
mod roles;
mod sites;
mod together;
#[path = "../world/mod.rs"]
mod world;
mod worlds;

use chrono::{DateTime, Utc};
use rolecall::command::{self, Command};
use rolecall::domain::audit::{RULES, Rule, Severity};
use rolecall::exchange::mending;
use rolecall::facts::Store;
use rolecall::query::audit::Audit;
use world::{at, cmd, empty, take_in};

/// An agency: Dana owns the account, Tim is of its team, Cy is a client, and Fay is a freelancer. Every world begins so; where it
/// names one of these again, that is how they are. `press` is the agency's, `shop` is Cy's and hosted by the agency.
const AGENCY: &str = r#"
{"type":"workspace","name":"Northlight","owner":"dana@nl.example","ceiling":"strict"}
{"type":"catalog","platform":"mini","categories":["A","B"],"apps":["Shop"],"publish":"a.publish","authority":{"view-people":"a.people","invite-people":"a.people","change-roles":"a.people","invite-team":"a.team","change-team":"a.team","remove-team":"a.team","manage-roles":"a.team"},"ceilings":{"strict":{"site":["a.team"],"team":[]}},"permissions":[{"id":"a.view","label":"View","category":"A"},{"id":"a.edit","label":"Edit","category":"A","requires":["a.view"]},{"id":"a.publish","label":"Publish","category":"A","requires":["a.edit"]},{"id":"a.people","label":"Invite people","category":"A","requires":["a.view"],"risk":["widens"]},{"id":"a.team","label":"Run the team","category":"A","risk":["widens"]},{"id":"b.data","label":"See customers","category":"B","sensitivity":"personal"},{"id":"b.bills","label":"See bills","category":"B","sensitivity":"financial"},{"id":"b.pay","label":"Pay out","category":"B","requires":["b.bills"],"sensitivity":"financial","risk":["spends"]},{"id":"b.sell","label":"Sell","category":"B","requires":["a.view"],"app":"Shop"}],"roles":[{"key":"mini-owner","name":"Mini owner","level":"site","all":["A","B"],"owner":true},{"key":"reader","name":"Reader","level":"both","grants":["a.view"]},{"key":"maker","name":"Maker","level":"both","grants":["a.edit"]},{"key":"publisher","name":"Publisher","level":"both","grants":["a.publish"]},{"key":"inviter","name":"Inviter","level":"both","grants":["a.people","a.edit"]},{"key":"cashier","name":"Cashier","level":"both","grants":["b.pay","a.edit"]},{"key":"clerk","name":"Clerk","level":"both","grants":["b.bills"]},{"key":"caller","name":"Caller","level":"both","grants":["b.data"]},{"key":"keeper","name":"Keeper","level":"team","grants":["a.team","a.people"]},{"key":"relic","name":"Relic","level":"both","grants":["a.view"],"deprecated":true,"instead":"reader"}]}
{"type":"folder","key":"retail","name":"Retail","parent":null}
{"type":"person","email":"dana@nl.example","name":"Dana"}
{"type":"person","email":"tim@nl.example","name":"Tim"}
{"type":"person","email":"cy@corp.example","name":"Cy"}
{"type":"person","email":"fay@free.example","name":"Fay"}
{"type":"contact","name":"Cy","email":"cy@corp.example","status":"client"}
{"type":"site","key":"press","name":"Press","platform":"mini","folder":"retail","owner":"dana@nl.example","status":"published"}
{"type":"site","key":"shop","name":"Shop","platform":"mini","folder":null,"owner":"cy@corp.example","host":"agency","status":"published"}
{"type":"assignment","person":"tim@nl.example","role":"publisher","level":"team","scope":"everywhere","since":"2026-11-01T00:00:00Z","reason":"runs the sites"}
"#;

/// The instant at which all of it is looked at.
const NOW: &str = "2026-11-21T12:00:00Z";

/// The agency with more lines of a bundle.
pub(crate) fn agency(more: &str) -> Store {
    let mut store = empty();
    take_in(&mut store, AGENCY).unwrap();
    if !more.trim().is_empty() {
        take_in(&mut store, more).unwrap();
    }
    store
}

/// Somebody holds a role on a site, at site level; `more` are fields such as `"since":"…"`.
pub(crate) fn holds(person: &str, role: &str, site: &str, more: &str) -> String {
    let more = if more.is_empty() { String::new() } else { format!(",{more}") };
    format!(
        "{{\"type\":\"assignment\",\"person\":\"{person}\",\"role\":\"{role}\",\"level\":\"site\",\"scope\":{{\"site\":\"{site}\"}}{more}}}\n"
    )
}

/// The same in the team: `scope` is `"everywhere"` or `{"folder":"retail"}` as JSON.
pub(crate) fn in_team(person: &str, role: &str, scope: &str, more: &str) -> String {
    let more = if more.is_empty() { String::new() } else { format!(",{more}") };
    format!("{{\"type\":\"assignment\",\"person\":\"{person}\",\"role\":\"{role}\",\"level\":\"team\",\"scope\":{scope}{more}}}\n")
}

pub(crate) fn contact(email: &str, status: &str) -> String {
    format!("{{\"type\":\"contact\",\"name\":\"{email}\",\"email\":\"{email}\",\"status\":\"{status}\"}}\n")
}

/// A site of the agency's or, with another owner, one that it hosts or (`owner`) does not.
pub(crate) fn site(key: &str, owner: &str, host: &str, status: &str, more: &str) -> String {
    format!(
        "{{\"type\":\"site\",\"key\":\"{key}\",\"name\":\"{key}\",\"platform\":\"mini\",\"folder\":null,\"owner\":\"{owner}\",\"host\":\"{host}\",\"status\":\"{status}\"{more}}}\n"
    )
}

pub(crate) fn person(email: &str) -> String {
    format!("{{\"type\":\"person\",\"email\":\"{email}\",\"name\":\"\"}}\n")
}

/// What a rule finds there: severity and key of each.
pub(crate) fn found(store: &Store, rule: &str) -> Vec<(Severity, String)> {
    found_at(store, rule, at(NOW))
}

pub(crate) fn found_at(store: &Store, rule: &str, now: DateTime<Utc>) -> Vec<(Severity, String)> {
    let rule = Rule::named(rule).unwrap();
    let policy = store.reader().policy(None).unwrap();
    let audit = Audit::of(store.reader(), &policy, &[rule], now).unwrap();
    audit.counting().map(|it| (it.finding.severity, it.key.clone())).collect()
}

/// That a rule finds exactly these in the agency with more lines: `SEVERITY KEY`, the key without the rule.
pub(crate) fn check(rule: &str, more: &str, expected: &[&str]) {
    check_in(&agency(more), rule, expected);
}

pub(crate) fn check_in(store: &Store, rule: &str, expected: &[&str]) {
    let found: Vec<String> = found(store, rule)
        .iter()
        .map(|(severity, key)| format!("{severity} {}", key.strip_prefix(rule).unwrap().trim_start_matches(':')))
        .collect();
    assert_eq!(found, expected, "{rule}");
}

/// What a rule says of its only finding, and the commands that mend it, or why there are none.
pub(crate) fn told(store: &Store, rule: &str) -> (String, Result<Vec<Command>, String>) {
    let (db, rule) = (store.reader(), Rule::named(rule).unwrap());
    let policy = db.policy(None).unwrap();
    let audit = Audit::of(db, &policy, &[rule], at(NOW)).unwrap();
    assert_eq!(audit.findings.len(), 1, "{:?}", audit.findings);
    let shown = audit.shown(db, &audit.findings[0]).unwrap();
    (shown.sentence, shown.mend.map(|it| mending::commands(db, &policy, &it, at(NOW)).unwrap()))
}

/// That the only finding is gone once what mends it is done, and says what comes then.
pub(crate) fn mended(mut store: Store, rule: &str) -> Store {
    let commands = told(&store, rule).1.unwrap();
    command::run(&mut store, &world::actor(), at(NOW), &Command::all(commands)).unwrap();
    check_in(&store, rule, &[]);
    store
}

/// The agency after commands, each as JSON.
pub(crate) fn after(more: &str, commands: &[&str]) -> Store {
    let mut store = agency(more);
    for text in commands {
        command::run(&mut store, &world::actor(), at(NOW), &cmd(text)).unwrap_or_else(|error| panic!("{text}: {error}"));
    }
    store
}

#[test]
fn every_rule_says_what_it_is_about() {
    for rule in RULES {
        let said = [rule.title, rule.why, rule.finds];
        assert!(said.iter().all(|it| it.len() > 10) && rule.why.ends_with('.') && rule.finds.ends_with('.'), "{}", rule.id);
        assert_eq!(RULES.iter().filter(|it| it.id == rule.id).count(), 1, "{}", rule.id);
    }
}

#[test]
fn the_agency_itself_has_nothing_that_is_worse_than_low() {
    let store = agency("");
    for rule in RULES {
        // But that few can publish, and that Dana alone has the keys.
        let is_known = ["one-publisher", "one-keyholder"].contains(&rule.id);
        let worse: Vec<_> = found(&store, rule.id).into_iter().filter(|it| it.0 > Severity::Low && !is_known).collect();
        assert!(worse.is_empty(), "{worse:?}");
    }
}
