//! One answer about many sites against the answers about each.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod world;

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
