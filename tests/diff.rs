//! What differs between two instants, against a plain reading: everybody on every site, then and now, from replays.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod home;
mod world;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use home::Home;
use proptest::prelude::*;
use rolecall::command::{self, Command};
use rolecall::domain::things::Person;
use rolecall::facts::Store;
use rolecall::query::access;
use rolecall::query::diff::{Difference, Moved, Point, Wanted};
use rolecall::session::{Session, Who};
use world::{actor, at, cmd, now, world};

/// What each can do on each site, by names that stay.
type Access = BTreeMap<(i64, i64), BTreeSet<String>>;

fn session(store: Store) -> Session {
    let person = store.reader().person_by_email(&actor().email).unwrap().map(|it| it.id);
    Session::open(store, Who { actor: actor(), person }, now(), now().into()).unwrap()
}

/// Everybody on every site, in a replay.
fn access_at(store: &Store, entry: i64, instant: DateTime<Utc>) -> Access {
    let then = command::replay_to(store.reader(), entry).unwrap();
    let (db, policy) = (then.reader(), then.reader().policy(None).unwrap());
    let mut all = Access::new();
    for site in db.sites_after("", 500).unwrap() {
        let Ok(ground) = access::ground(&policy, &site) else { continue };
        db.each_person(|person: Person| {
            let set = access::access(db, &policy, &ground, person.id, instant)?;
            let names: BTreeSet<String> = ground.catalog.names(set).into_iter().collect();
            if !names.is_empty() {
                all.insert((person.id.0, site.id.0), names);
            }
            Ok(())
        })
        .unwrap();
    }
    all
}

/// What the one has and the other has not.
fn beyond(a: &Access, b: &Access) -> Access {
    let less = |(pair, names): (&(i64, i64), &BTreeSet<String>)| {
        let left: BTreeSet<String> = names.difference(b.get(pair).unwrap_or(&BTreeSet::new())).cloned().collect();
        (*pair, left)
    };
    a.iter().map(less).filter(|it| !it.1.is_empty()).collect()
}

fn told(list: &[Moved]) -> Access {
    list.iter().map(|it| ((it.person.id.0, it.site.id.0), it.permissions().map(|it| it.id.clone()).collect())).collect()
}

/// The entries that change anybody's access at any instant from then to the end, told the long way.
fn changing(store: &Store, from: Point, to: Point) -> Vec<i64> {
    let edges = |entry: i64| -> Vec<DateTime<Utc>> {
        let then = command::replay_to(store.reader(), entry).unwrap();
        let mut found = Vec::new();
        then.reader()
            .each_assignment(|it| {
                found.extend([it.since, it.until].into_iter().flatten());
                Ok(())
            })
            .unwrap();
        found
    };
    let felt = |seq: &i64| {
        let begins = store.reader().entry(*seq).unwrap().unwrap().at.max(from.at).min(to.at);
        let edges = [edges(*seq), edges(*seq - 1)].concat();
        let mut instants: Vec<_> = edges.into_iter().filter(|it| begins < *it && *it < to.at).chain([begins, to.at]).collect();
        instants.sort();
        instants.dedup();
        instants.into_iter().any(|at| access_at(store, *seq, at) != access_at(store, *seq - 1, at))
    };
    (from.entry + 1..=to.entry).filter(felt).collect()
}

fn check(session: &Session, store: &Store, from: Point, to: Point) -> Difference {
    let found = session.difference(&Wanted::default(), from, to).unwrap();
    let (then, now) = (access_at(store, from.entry, from.at), access_at(store, to.entry, to.at));
    assert_eq!(told(&found.gains), beyond(&now, &then), "gains {from:?} {to:?}");
    assert_eq!(told(&found.losses), beyond(&then, &now), "losses {from:?} {to:?}");
    assert_eq!(found.entries, changing(store, from, to), "{from:?} {to:?}");
    found
}

/// A workspace with a day between its entries.
fn history(commands: &[Command]) -> Store {
    let mut store = world();
    let mut day = now();
    for it in commands {
        day += TimeDelta::days(1);
        let _ = command::run(&mut store, &actor(), day, it);
    }
    store
}

fn point(store: &Store, days: i64) -> Point {
    Point::at(store.reader(), now() + TimeDelta::days(days), now() + TimeDelta::days(99)).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_was_done_the_difference_is_that_of_the_two_states(
        commands in prop::collection::vec(world::steps::any(), 1..12), a in -2i64..60, b in 0i64..60,
    ) {
        let (store, again) = (history(&commands), history(&commands));
        let (from, to) = (point(&store, a.min(b)), point(&store, a.max(b)));
        check(&session(again), &store, from, to);
    }
}

const GIVE: &str = r#"{"add":{"type":"assignment","person":"ana@acme.example","role":"reader","level":"site","scope":{"site":"corp"},"since":null,"until":"2026-11-24T00:00:00Z"}}"#;
const TAKE: &str = r#"{"remove":{"assignment":{"person":"bo@nl.example","role":"boss","level":"team","scope":"everywhere"}}}"#;

#[test]
fn what_was_given_and_ended_between_shows_only_in_its_entry_and_what_ended_alone_has_none() {
    let (store, again) = (history(&[cmd(GIVE)]), history(&[cmd(GIVE)]));
    let session = session(again);
    let whole = check(&session, &store, point(&store, 0), point(&store, 9));
    assert!(whole.is_empty() && whole.entries == [2], "{whole:?}");
    let ended = check(&session, &store, point(&store, 1), point(&store, 9));
    assert_eq!((ended.losses.len(), ended.gains.len(), ended.entries.len()), (1, 0, 0));
}

#[test]
fn only_what_is_asked_about_is_told_and_who_is_gone_keeps_their_name() {
    let gone = [
        cmd(TAKE),
        cmd(r#"{"remove":{"assignment":{"person":"bo@nl.example","role":"reader","level":"team","scope":{"folder":"top"}}}}"#),
        cmd(r#"{"remove":{"person":"bo@nl.example"}}"#),
    ];
    let (store, again) = (history(&gone), history(&gone));
    assert_eq!(store.reader().head().unwrap().unwrap().seq, 4);
    let session = session(again);
    let asked = |person: Option<&str>, site: Option<&str>, role: Option<&str>| {
        let wanted = Wanted { person: person.map(str::to_owned), site: site.map(str::to_owned), role: role.map(str::to_owned) };
        session.difference(&wanted, point(&store, 0), point(&store, 9))
    };
    let sites = |found: &Difference| found.losses.iter().map(|it| it.site.key.clone()).collect::<Vec<_>>();
    let all = asked(Some("bo@nl.example"), None, None).unwrap();
    assert!(all.losses.iter().all(|it| it.person.email == "bo@nl.example") && all.entries == [3]);
    assert_eq!(sites(&all), ["acme", "bakery"]);
    assert_eq!(sites(&asked(None, Some("acme"), None).unwrap()), ["acme"]);
    assert_eq!(sites(&asked(None, None, Some("seller")).unwrap()), Vec::<String>::new());
    assert_eq!(sites(&asked(None, None, Some("reader")).unwrap()), ["acme", "bakery"]);
    assert!(asked(Some("nobody@x.example"), None, None).unwrap_err().to_string().contains("no person"));
}

#[test]
fn other_rules_of_a_platform_are_told_by_their_names() {
    let mut store = world();
    let catalog = world::BUNDLE.lines().find(|it| it.contains(r#""type":"catalog""#)).unwrap();
    let fewer = catalog.replace(r#","requires":["a.view"]},{"id":"a.delete""#, r#","requires":["a.view"],"app":"Blog"},{"id":"a.delete""#);
    assert_ne!(fewer, catalog);
    world::take_in(&mut store, &fewer).unwrap();
    let mut again = world();
    world::take_in(&mut again, &fewer).unwrap();
    let points = (Point { at: now(), entry: 1 }, Point { at: now(), entry: 2 });
    let found = check(&session(again), &store, points.0, points.1);
    assert!(found.losses.iter().any(|it| it.permissions().any(|it| it.id == "a.edit")), "{found:?}");
    assert_eq!(at("2026-11-21T12:00:00Z"), now());
}

const EMIL: &str = "emil@lindqvist-bikes.example";
const BIKES: &str = "lindqvist-bikes";

#[test]
fn the_command_line_tells_it_in_words_and_by_its_exit_code() {
    let home = Home::demo();
    let began = time(&home);
    let diff = |more: &[&str], said: &str, exit: i32| home.check(&[&["diff", "--from", &began], more].concat(), said, exit);
    diff(&[], "nobody gained or lost anything", 0);
    home.check(&["role", "grant", "store-helper", "crm.inbox.manage"], "", 0);
    let said = diff(&[], &format!("gain {EMIL} on {BIKES}: "), 1);
    assert!(said.ends_with("by entry 2\n"), "{said}");
    diff(&["--site", "fjord-piano"], "nobody gained or lost anything", 0);
    diff(&["--role", "website-manager"], "nobody gained or lost anything", 0);
    diff(&["--person", EMIL, "--role", "store-helper"], "crm.inbox.manage", 1);
    diff(&["--at", "2099-01-01"], "crm.inbox.manage", 1);
    home.refused(&["diff", "--from", "2099-01-01"], "which is after", 2);
    home.refused(&["diff", "--from", &began, "--to", "2099-01-01", "--at", "1d"], "give one of them", 2);
    home.refused(&["diff", "--from", &began, "--site", "nowhere"], "no site `nowhere`", 2);
}

/// Before the journal what is there now answers by its dates, however it is asked.
#[test]
fn before_the_first_entry_the_difference_is_that_of_the_answers() {
    let home = Home::demo();
    let began = time(&home);
    home.check(&["assign", EMIL, "website-manager", "--site", "fjord-piano", "--since", "2001-06-01"], "", 0);
    for (at, exit) in [("2001-05-01", 1), ("2001-07-01", 0), (began.as_str(), 1)] {
        home.check(&["can", EMIL, "editor.site.publish", "fjord-piano", "--at", at], "", exit);
    }
    let csv = |from: &str, to: &[&str], exit: i32| {
        home.check(&[&["diff", "--from", from, "--format", "csv", "--person", EMIL, "--site", "fjord-piano"], to].concat(), "", exit)
    };
    let [lose, gain] = ["lose", "gain"].map(|it| format!("{it},{EMIL},fjord-piano,"));
    assert!(csv("2001-05-01", &[], 1).contains(&gain));
    assert!(!csv("2001-07-01", &[], 0).contains(&gain));
    assert!(csv("2001-07-01", &["--to", &began], 1).contains(&lose), "it was given later");
    let said = home.check(&["diff", "--from", "2001-05-01", "--read-only"], "of what was before the first one, dates alone tell", 1);
    assert!(!said.contains("by itself"), "{said}");
}

#[test]
fn whoever_sees_only_their_own_is_told_that_alone() {
    let home = Home::demo();
    let began = time(&home);
    home.check(&["role", "grant", "store-helper", "crm.inbox.manage"], "", 0);
    let all = home.check(&["diff", "--from", &began, "--format", "csv"], "crm.inbox.manage", 1);
    let own = home.check(&["diff", "--from", &began, "--format", "csv", "--as", EMIL], "crm.inbox.manage", 1);
    assert!(own.lines().count() < all.lines().count() && own.lines().skip(1).all(|it| it.contains(EMIL)), "{own}");
    let other = all.lines().skip(1).find(|it| !it.contains(EMIL)).unwrap().split(',').nth(1).unwrap();
    home.refused(&["diff", "--from", &began, "--as", EMIL, "--person", other], "no person", 2);
    let json = home.check(&["diff", "--from", &began, "--format", "json", "--as", EMIL], "", 1);
    assert!(json.contains("\"entries\":[]"), "what others did is not told: {json}");
    let said = home.check(&["diff", "--from", &began, "--as", EMIL], "which entries did it is not shown to you", 1);
    assert!(!said.contains("by itself"), "{said}");
}

/// When the newest entry was written.
fn time(home: &Home) -> String {
    let said = home.check(&["journal", "--limit", "1", "--format", "json"], "", 0);
    said.split("\"at\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}
