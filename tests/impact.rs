//! One question asked five ways gets one answer, and a preview is what happens.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod world;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rolecall::command::{self, Command};
use rolecall::domain::ids::{PersonId, SiteId};
use rolecall::domain::perm_set::{PermId, PermSet};
use rolecall::domain::policy::Policy;
use rolecall::domain::things::{Person, Site};
use rolecall::domain::why::{Verdict, Via};
use rolecall::facts::Store;
use rolecall::query::access::{self, Asked};
use rolecall::query::impact::{Budget, impact};
use rolecall::query::matrix::{self, Cell, Subject};
use world::{actor, cmd, now, record, run, steps, take_in, world};

/// Runs `each` on a workspace that random commands led to, with random commands to come.
fn randomly(cases: u32, each: impl Fn(Store, Vec<Command>) -> Result<(), TestCaseError>) {
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    let lists = (steps::plain(), any::<bool>(), steps::plain());
    TestRunner::new(config)
        .run(&lists, |(past, more, future)| {
            let mut store = world();
            if more {
                take_in(&mut store, steps::MORE).unwrap();
            }
            for command in &past {
                let _ = run(&mut store, command);
            }
            each(store, future)
        })
        .unwrap_or_else(|error| panic!("{error}"));
}

fn all(store: &Store) -> (Policy, Vec<Person>, Vec<Site>) {
    let db = store.reader();
    let (mut people, mut sites) = (Vec::new(), Vec::new());
    db.each_person(|it| {
        people.push(it);
        Ok(())
    })
    .unwrap();
    db.each_site(|it| {
        sites.push(it);
        Ok(())
    })
    .unwrap();
    (db.policy(None).unwrap(), people, sites)
}

/// Everything that everybody can do, pair by pair, in text.
fn everything(store: &Store) -> BTreeSet<(PersonId, SiteId, String, PermId)> {
    let (policy, people, sites) = all(store);
    let mut facts = BTreeSet::new();
    for site in &sites {
        let ground = access::ground(&policy, site).unwrap();
        for person in &people {
            let held = access::access(store.reader(), &policy, &ground, person.id, now()).unwrap();
            facts.extend(held.iter().map(|it| (person.id, site.id, site.platform.clone(), it)));
        }
    }
    facts
}

/// The people and sites of one effect.
type Touched = (BTreeSet<PersonId>, BTreeSet<SiteId>);

/// The impact of the commands is the difference that running them makes.
fn check(mut store: Store, commands: Vec<Command>) -> Result<(), TestCaseError> {
    // A step that is refused would hide the others.
    let mut good = Vec::new();
    for command in commands {
        good.push(command);
        if command::preview(&mut store, &actor(), now(), &good).is_err() {
            good.pop();
        }
    }
    let plan = command::preview(&mut store, &actor(), now(), &good).unwrap();
    let policy = store.reader().policy(None).unwrap();
    let foreseen = impact(store.reader(), &policy, &plan.changes, now(), &Budget::ALL).unwrap().unwrap();
    let before = everything(&store);
    run(&mut store, &Command::Batch(good.clone())).unwrap();
    let after = everything(&store);
    let mut expected: BTreeMap<(String, PermId, bool), Touched> = BTreeMap::new();
    let mut pairs = BTreeSet::new();
    for (facts, other, gain) in [(&after, &before, true), (&before, &after, false)] {
        for (person, site, platform, permission) in facts.difference(other) {
            let (people, sites) = expected.entry((platform.clone(), *permission, gain)).or_default();
            people.insert(*person);
            sites.insert(*site);
            pairs.insert((*person, *site));
        }
    }
    let effects = foreseen.effects.iter().cloned();
    let found: BTreeMap<_, _> = effects.map(|it| ((it.platform, it.permission, it.gain), (it.people, it.sites))).collect();
    prop_assert_eq!(found, expected, "{:#?}", good);
    prop_assert_eq!(foreseen.pairs, pairs.len());
    prop_assert_eq!(foreseen.people, pairs.iter().map(|it| it.0).collect());
    prop_assert_eq!(foreseen.sites, pairs.iter().map(|it| it.1).collect());
    Ok(())
}

#[test]
fn the_impact_of_any_commands_is_the_difference_they_make() {
    randomly(120, check);
}

#[test]
fn a_site_that_changes_platform_loses_all_of_one_and_gains_all_of_the_other() {
    let before = record(r#"{"type":"site","key":"press","name":"Press","platform":"wordpress","folder":"side","owner":"dana@nl.example"}"#);
    let after = record(r#"{"type":"site","key":"press","name":"Press","platform":"mini","folder":"side","owner":"dana@nl.example"}"#);
    check(world(), vec![Command::Edit { before, after }]).unwrap();
}

#[test]
fn a_folder_that_moves_takes_its_sites_along() {
    let moved = r#"{"edit":{"before":{"type":"folder","key":"inner","name":"Inner","parent":"top"},"after":{"type":"folder","key":"inner","name":"Inner","parent":"side"}}}"#;
    let gift = r#"{"add":{"type":"assignment","person":"cy@corp.example","role":"boss","level":"team","scope":{"folder":"side"}}}"#;
    check(world(), vec![cmd(moved), cmd(gift)]).unwrap();
    check(world(), vec![cmd(gift), cmd(moved)]).unwrap();
}

#[test]
fn a_small_budget_gives_up_instead_of_guessing() {
    let mut store = world();
    let plan = command::preview(&mut store, &actor(), now(), &[cmd(r#"{"ceiling":"frozen"}"#)]).unwrap();
    let policy = store.reader().policy(None).unwrap();
    let tight = Budget { pairs: 1, cancelled: &|| false };
    assert!(impact(store.reader(), &policy, &plan.changes, now(), &tight).unwrap().is_err());
    let stopped = Budget { pairs: usize::MAX, cancelled: &|| true };
    assert!(impact(store.reader(), &policy, &plan.changes, now(), &stopped).unwrap().is_err());
}

#[test]
fn can_what_can_who_can_why_and_every_matrix_agree() {
    randomly(30, |store, _| {
        let db = store.reader();
        let (policy, people, sites) = all(&store);
        let mut swept: BTreeMap<(SiteId, PersonId), PermSet> = BTreeMap::new();
        access::everywhere(db, &policy, now(), |site, person, set| {
            assert!(swept.insert((site, person), set).is_none(), "told twice");
        })
        .unwrap();
        for site in &sites {
            let ground = access::ground(&policy, site).unwrap();
            let by_people = matrix::people(db, &policy, site, now()).unwrap();
            for person in &people {
                let held = access::access(db, &policy, &ground, person.id, now()).unwrap();
                prop_assert_eq!(swept.get(&(site.id, person.id)).copied().unwrap_or_default(), held);
                let listed = access::what_can(db, &policy, person.id, site, now()).unwrap();
                prop_assert_eq!(listed.iter().map(|it| it.permission).collect::<PermSet>(), held);
                let row = by_people.columns.iter().find(|it| it.subject == Subject::Person(person.id));
                let by_sites = matrix::sites(db, &policy, person, &ground.catalog, now(), usize::MAX).unwrap();
                let column = by_sites.columns.iter().find(|it| it.subject == Subject::Site(site.id));
                for column in [row, column] {
                    let on = |id: &PermId| column.is_some_and(|it| matches!(it.cell(*id), Cell::Granted | Cell::Implied | Cell::Always));
                    prop_assert_eq!(
                        ground.catalog.ids().filter(on).collect::<PermSet>(),
                        held,
                        "matrix of {} on {}",
                        &person.email,
                        &site.key
                    );
                    prop_assert_eq!(column.map_or(PermSet::EMPTY, matrix::Column::held), held);
                }
            }
            for id in ground.catalog.ids() {
                let who = access::who(db, &policy, site, id, now()).unwrap();
                let holdings = access::who_can(db, &policy, site, id, now()).unwrap();
                prop_assert_eq!(&holdings.iter().map(|it| it.person).collect::<Vec<_>>(), &who);
                for person in &people {
                    let asked = Asked::about(db, &policy, person.clone(), site.clone(), id).unwrap();
                    let (lean, its_policy) = Asked::find_lean(db, &person.email, &ground.catalog.get(id).id, &site.key, now()).unwrap();
                    prop_assert_eq!(lean.verdict(&its_policy, now()), asked.verdict(&policy, now()));
                    let routes = match asked.verdict(&policy, now()) {
                        Verdict::Allowed(routes) => Some(routes),
                        Verdict::Refused(_) => None,
                    };
                    let can = swept.get(&(site.id, person.id)).is_some_and(|it| it.contains(id));
                    prop_assert_eq!(routes.is_some(), can);
                    prop_assert!(routes.as_ref().is_none_or(|it| !it.is_empty()), "a yes without a way");
                    let told = holdings.iter().find(|it| it.person == person.id);
                    let ways = |routes: &[rolecall::domain::why::Route]| {
                        let via = |it: &Via| if let Via::Assignment(it) = it { it.id.0 } else { 0 };
                        routes.iter().map(|it| (via(&it.via), it.chain.clone())).collect::<BTreeSet<_>>()
                    };
                    prop_assert_eq!(told.map(|it| ways(&it.routes)), routes.map(|it| ways(&it)));
                }
            }
        }
        Ok(())
    });
}

/// What one person can do on the bakery, which Cy owns and Dana carries as partner.
fn on_the_bakery(store: &Store, person: &str) -> String {
    let db = store.reader();
    let (policy, site) = (db.policy(None).unwrap(), db.the_site("bakery").unwrap());
    let ground = access::ground(&policy, &site).unwrap();
    let held = access::access(db, &policy, &ground, db.the_person(person).unwrap().id, now()).unwrap();
    ground.catalog.names(held).join(" ")
}

#[test]
fn the_end_of_a_partnership_gives_the_owner_everything_and_leaves_the_partner_nothing() {
    let mut store = world();
    assert_eq!(on_the_bakery(&store, "cy@corp.example"), "a.view a.edit a.delete b.view b.post");
    assert_eq!(on_the_bakery(&store, "dana@nl.example"), "a.view a.edit a.delete b.view b.sell b.pay b.post");
    let reclaim = cmd(r#"{"reclaim":{"site":"bakery","keep":null}}"#);
    check(world(), vec![reclaim.clone()]).unwrap();
    run(&mut store, &reclaim).unwrap();
    assert_eq!(on_the_bakery(&store, "cy@corp.example"), "a.view a.edit a.delete b.view b.sell b.pay b.post");
    assert_eq!(on_the_bakery(&store, "dana@nl.example"), "");
}

#[test]
fn a_duplicate_of_the_partners_role_lifts_nothing() {
    let mut store = world();
    let copy = r#"{"type":"assignment","person":"eve@x.example","role":"twin","level":"site","scope":{"site":"bakery"}}"#;
    let steps = [
        r#"{"add":{"type":"person","email":"eve@x.example"}}"#.to_owned(),
        r#"{"duplicate":{"role":"carrier","name":"Twin","key":null}}"#.to_owned(),
        format!(r#"{{"add":{copy}}}"#),
    ];
    for step in &steps {
        run(&mut store, &cmd(step)).unwrap();
    }
    assert_eq!(on_the_bakery(&store, "eve@x.example"), "a.view a.edit b.view b.sell b.pay b.post");
}

#[test]
fn no_more_sites_of_somebody_are_read_than_are_enough_and_a_matrix_says_how_many_it_leaves_out() {
    randomly(40, |store, _| {
        let (policy, people, _) = all(&store);
        let db = store.reader();
        for person in &people {
            let every = access::sites_of(db, &policy, person.id).unwrap();
            for enough in 0..=every.len() + 1 {
                let some = access::first_sites_of(db, &policy, person.id, enough).unwrap();
                prop_assert_eq!(some.len(), enough.min(every.len()));
                prop_assert!(some.iter().all(|it| every.contains(it)));
            }
            for catalog in policy.catalogs() {
                let grid = |limit| matrix::sites(db, &policy, person, catalog, now(), limit).unwrap();
                let (whole, cut) = (grid(usize::MAX), grid(1));
                prop_assert_eq!(whole.left_out, 0);
                prop_assert_eq!(cut.columns.len() + cut.left_out, whole.columns.len());
            }
        }
        Ok(())
    });
}
