//! One answer about many sites against the answers about each.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod world;

use std::fmt::Write;

use rolecall::domain::text;
use rolecall::domain::things::Person;
use rolecall::facts::Store;
use rolecall::query::access;
use rolecall::query::everyone::Everyone;
use world::{empty, now, take_in, world};

/// Who can do what where, site by site, and all at once: the same people by the same ways.
fn agrees(store: &Store) {
    let (db, policy) = (store.reader(), store.reader().policy(None).unwrap());
    let sites = db.sites_after("", 500).unwrap();
    for catalog in policy.catalogs() {
        for permission in catalog.ids() {
            let id = &catalog.get(permission).id;
            let mut everyone = Everyone::new(&policy, id, now());
            for site in sites.iter().filter(|it| it.platform == catalog.platform) {
                let ground = access::ground(&policy, site).unwrap();
                let mut alone = Vec::new();
                for it in access::who_can(db, &policy, site, permission, now()).unwrap() {
                    let via: Vec<String> = it.ways().map(|route| access::via(&policy, &ground, site, route)).collect();
                    alone.push((db.find::<Person>(it.person).unwrap().unwrap().email, via));
                }
                let together = everyone.on(db, site).unwrap();
                let mut together: Vec<_> = together.iter().map(|it| (it.email().to_owned(), it.via().to_vec())).collect();
                alone.sort();
                together.sort();
                assert_eq!(together, alone, "{id} on {}", site.key);
            }
        }
    }
}

#[test]
fn a_small_workspace_with_a_partnership_answers_the_same() {
    agrees(&world());
}

#[test]
fn the_sample_agency_answers_the_same() {
    let mut store = empty();
    take_in(&mut store, include_str!("../assets/demo/northlight.jsonl")).unwrap();
    agrees(&store);
}

/// A site, and somebody who can there: what they are sorted by, their address and name, and how they can.
type Line = (String, String, String, String, Vec<String>);

#[test]
fn so_many_people_that_all_are_read_at_once_answer_the_same() {
    let mut store = world();
    let mut people = String::new();
    for n in 0..1_200 {
        let (email, at) = (format!("p{n:04}@corp.example"), ["acme", "corp"][n % 2]);
        let _ = writeln!(people, "{{\"type\":\"person\",\"email\":\"{email}\",\"name\":\"P {}\"}}", n % 7);
        let _ = writeln!(
            people,
            "{{\"type\":\"assignment\",\"person\":\"{email}\",\"role\":\"reader\",\"level\":\"site\",\"scope\":{{\"site\":\"{at}\"}}}}"
        );
    }
    take_in(&mut store, &people).unwrap();
    let (db, policy) = (store.reader(), store.reader().policy(None).unwrap());
    let sites = db.sites_after("", 500).unwrap();
    let mut together: Vec<Line> = Vec::new();
    let asked = Everyone::new(&policy, "a.view", now()).on_each(db, &sites, |site, it| {
        let (email, name) = (it.email().to_owned(), it.name().to_owned());
        together.push((site.key.clone(), text::fold(it.name()), email, name, it.via().to_vec()));
        Ok(())
    });
    asked.unwrap();
    let mut alone: Vec<Line> = Vec::new();
    for site in sites.iter().filter(|it| it.platform == "mini") {
        let ground = access::ground(&policy, site).unwrap();
        for it in access::who_can(db, &policy, site, ground.catalog.lookup("a.view").unwrap(), now()).unwrap() {
            let person = db.find::<Person>(it.person).unwrap().unwrap();
            let via = it.ways().map(|route| access::via(&policy, &ground, site, route)).collect();
            alone.push((site.key.clone(), text::fold(&person.name), person.email, person.name, via));
        }
    }
    assert!(together.len() > 1_200);
    // By name on each site, which also puts the one side in order.
    alone.sort();
    assert_eq!(together, alone);
}
