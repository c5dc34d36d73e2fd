//! One answer about many sites against the answers about each.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod world;

use std::fmt::Write;

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
    let mut all: Vec<(String, String)> = Vec::new();
    let mut together = Everyone::new(&policy, "a.view", now());
    let together = together.on_each(db, &sites, |site, it| {
        all.push((site.key.clone(), it.email().to_owned()));
        Ok(())
    });
    together.unwrap();
    let alone = sites.iter().flat_map(|site| {
        let able = Everyone::new(&policy, "a.view", now()).on(db, site).unwrap();
        able.iter().map(|it| (site.key.clone(), it.email().to_owned())).collect::<Vec<_>>()
    });
    assert_eq!(all, alone.collect::<Vec<_>>());
    assert!(all.len() > 1_200);
}
