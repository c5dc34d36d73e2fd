//! Random worlds: what could go unnoticed, and what nearer roles take away, against a reading that tries everything.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use rolecall::domain::access::{Ground, any_site};
use rolecall::domain::audit::{Facts, Rule};
use rolecall::domain::ids::PersonId;
use rolecall::domain::perm_set::PermSet;
use rolecall::domain::policy::Policy;
use rolecall::domain::things::{Assignment, Level, Person, Scope, Site};
use rolecall::facts::Store;
use rolecall::query::audit::Audit;

use crate::world::at;
use crate::{NOW, agency};

const PEOPLE: [&str; 4] = ["dana@nl.example", "tim@nl.example", "cy@corp.example", "fay@free.example"];
const ROLES: [&str; 7] = ["reader", "maker", "publisher", "clerk", "inviter", "packer", "runner"];
const SITES: [&str; 5] = ["press", "shop", "deep", "bare", "theirs"];
const MORE: &str = r#"{"type":"role","key":"runner","name":"Runner","platform":"mini","level":"both","permissions":["a.team"]}
{"type":"role","key":"packer","name":"Packer","platform":"mini","level":"both","permissions":["b.sell"]}
{"type":"folder","key":"inner","name":"Inner","parent":"retail"}
{"type":"folder","key":"empty","name":"Empty","parent":null}
{"type":"site","key":"deep","name":"Deep","platform":"mini","folder":"inner","owner":"dana@nl.example","apps":["Shop"]}
{"type":"site","key":"bare","name":"Bare","platform":"mini","folder":null,"owner":"cy@corp.example","host":"agency","apps":["Shop"]}
{"type":"site","key":"theirs","name":"Theirs","platform":"mini","folder":"retail","owner":"cy@corp.example","host":"owner"}
"#;

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.roll(of.len())]
    }
}

/// Some assignments; of one person, role, level and place never two.
fn world(n: u64) -> Store {
    let mut dice = Dice(n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let (mut lines, mut seen) = (MORE.to_owned(), BTreeSet::new());
    for _ in 0..14 {
        let (person, role) = (dice.one(&PEOPLE), dice.one(&ROLES));
        let place = match dice.roll(3) {
            0 => dice.one(&[r#""everywhere""#, r#"{"folder":"retail"}"#, r#"{"folder":"inner"}"#, r#"{"folder":"empty"}"#]).to_owned(),
            _ => format!(r#"{{"site":"{}"}}"#, dice.one(&SITES)),
        };
        let level = if place.contains("site") { dice.one(&["site", "site", "team"]) } else { "team" };
        let dates = dice.one(&[
            "",
            "",
            r#","since":"2026-03-01T00:00:00Z""#,
            r#","until":"2027-01-01T00:00:00Z""#,
            r#","since":"2027-01-01T00:00:00Z""#,
            r#","since":"2026-12-01T00:00:00Z","until":"2027-06-01T00:00:00Z""#,
            r#","until":"2026-11-21T12:00:00Z""#,
        ]);
        if (person, role, level, &place) != ("tim@nl.example", "publisher", "team", &"\"everywhere\"".to_owned())
            && seen.insert((person, role, level, place.clone()))
        {
            let who = format!(r#""person":"{person}","role":"{role}","level":"{level}","scope":{place}"#);
            writeln!(lines, "{{\"type\":\"assignment\",{who}{dates}}}").unwrap();
        }
    }
    agency(&lines)
}

/// What somebody can do on each of these grounds then.
fn access(policy: &Policy, grounds: &[Ground], person: PersonId, held: &[Assignment], at: DateTime<Utc>) -> Vec<PermSet> {
    grounds.iter().map(|it| it.access(policy, person, held, at)).collect()
}

/// Hosted sites that may come, with every app, in each folder and in none, of somebody who holds nothing.
fn to_come(policy: &Policy) -> Vec<Ground> {
    let folders: Vec<_> = policy.folders().map(|it| Some(it.id)).chain([None]).collect();
    let sites = policy.catalogs().flat_map(|catalog| folders.iter().map(|it| any_site(policy, catalog, *it)));
    sites.filter_map(|it| Ground::new(policy, &Site { owner: PersonId(-1), ..it })).collect()
}

fn unnoticed(facts: &Facts<'_>, grounds: &[Ground], person: PersonId, all: &[Assignment]) -> Vec<Assignment> {
    let mut held: Vec<Assignment> = all.iter().filter(|it| it.until.is_none_or(|it| facts.now < it)).cloned().collect();
    let later = held.iter().flat_map(|it| [it.since, it.until]).flatten().filter(|it| facts.now < *it);
    let turns: BTreeSet<DateTime<Utc>> = later.chain([facts.now]).collect();
    let mut order = held.clone();
    order.sort_by_key(|it| (facts.begins(it), facts.held_key(it)));
    let mut gone = Vec::new();
    for it in order.into_iter().rev() {
        let rest: Vec<Assignment> = held.iter().filter(|other| other.id != it.id).cloned().collect();
        let more = if it.level == Level::Team { to_come(facts.policy) } else { Vec::new() };
        let same = |grounds: &[Ground]| {
            let on = |held: &[Assignment], at| access(facts.policy, grounds, person, held, at);
            turns.iter().all(|at| on(&held, *at) == on(&rest, *at))
        };
        if same(grounds) && same(&more) {
            held = rest;
            gone.push(it);
        }
    }
    gone
}

fn narrowing(facts: &Facts<'_>, grounds: &[Ground], person: PersonId, all: &[Assignment]) -> Vec<Assignment> {
    let live: Vec<Assignment> = all.iter().filter(|it| it.is_live(facts.now)).cloned().collect();
    let scopes: BTreeSet<Scope> = live.iter().filter(|it| it.level == Level::Team).map(|it| it.scope).collect();
    let takes = |scope: &Scope| {
        let rest: Vec<Assignment> = live.iter().filter(|it| it.level == Level::Site || it.scope != *scope).cloned().collect();
        let on = |held: &[Assignment]| access(facts.policy, grounds, person, held, facts.now);
        on(&rest).into_iter().zip(on(&live)).any(|(without, with)| !without.is_subset(&with))
    };
    let taking: Vec<Scope> = scopes.into_iter().filter(takes).collect();
    live.iter().filter(|it| it.level == Level::Team && taking.contains(&it.scope)).cloned().collect()
}

type Naive = fn(&Facts<'_>, &[Ground], PersonId, &[Assignment]) -> Vec<Assignment>;

/// That a rule finds by the same assignments what the naive reading finds, and often enough to mean something.
fn check(rule: &str, least: usize, naive: Naive) {
    let mut n_found = 0;
    for n in 0..150 {
        let store = world(n);
        let db = store.reader();
        let policy = db.policy(None).unwrap();
        let audit = Audit::of(db, &policy, &[Rule::named(rule).unwrap()], at(NOW)).unwrap();
        let mut found: Vec<(PersonId, Vec<_>)> =
            audit.findings.iter().map(|it| (it.finding.person().unwrap(), it.finding.held.clone())).collect();
        found.sort();
        let sites: Vec<Site> = db.all().unwrap();
        let grounds: Vec<Ground> = sites.iter().filter_map(|it| Ground::new(&policy, it)).collect();
        let people: Vec<Person> = db.all().unwrap();
        let mut expected = Vec::new();
        for it in people {
            let held = db.assignments_of(it.id).unwrap();
            let mut ids: Vec<_> = naive(&audit.facts, &grounds, it.id, &held).iter().map(|it| it.id).collect();
            ids.sort();
            expected.extend((!ids.is_empty()).then_some((it.id, ids)));
        }
        assert_eq!(found, expected, "{rule} in world {n}");
        n_found += found.len();
    }
    assert!(n_found >= least, "{rule} finds {n_found} only");
}

#[test]
fn what_could_go_unnoticed_is_what_can_be_tried_away() {
    check("changes-nothing", 100, unnoticed);
}

#[test]
fn what_narrows_is_what_would_give_more_if_it_went() {
    check("narrows", 50, narrowing);
}
