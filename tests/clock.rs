//! What counts as now, where the machine's clock and the journal disagree.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod world;

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use rolecall::command::{self, Clock, Command, Doubt, Error, Now, Refusal};
use rolecall::facts::Store;
use rolecall::query::access::Asked;
use world::{actor, at, cmd, now, proven, world};

const DAY: TimeDelta = TimeDelta::days(1);

/// When somebody's clock ran ahead.
fn ahead() -> DateTime<Utc> {
    at("2099-01-01T00:00:00Z")
}

fn contact(name: &str) -> Command {
    cmd(&format!(r#"{{"add":{{"type":"contact","name":"{name}","email":null}}}}"#))
}

fn invite(n: u8) -> Command {
    let token = rolecall::domain::token::Token::new([n; 32]).hash();
    let token = serde_json::to_string(&token).unwrap();
    cmd(&format!(
        r#"{{"invite":{{"email":"eve{n}@x.example","roles":["reader"],"level":"site","scopes":[{{"site":"acme"}}],"token":{token}}}}}"#
    ))
}

fn accept(n: u8) -> Command {
    Command::Accept { token: rolecall::domain::token::Token::new([n; 32]), email: None }
}

/// A world in which Bo may read on one site until the end of the year, an invitation waits, and then a clock ran ahead.
fn confused() -> Store {
    let mut store = world();
    for command in [assign("bo@nl.example", "\"2026-12-31T00:00:00Z\""), invite(1)] {
        run(&mut store, now(), &command).unwrap();
    }
    run(&mut store, ahead(), &contact("Oops")).unwrap();
    store
}

fn assign(person: &str, until: &str) -> Command {
    cmd(&format!(
        r#"{{"add":{{"type":"assignment","person":"{person}","role":"editor-site","level":"site","scope":{{"site":"acme"}},"until":{until}}}}}"#
    ))
}

fn run(store: &mut Store, clock: impl Into<Clock>, command: &Command) -> Result<command::Receipt, Error> {
    command::run(store, &actor(), clock, command)
}

/// Whether the person may edit on the site by this clock.
fn can(store: &Store, person: &str, clock: DateTime<Utc>) -> bool {
    let db = store.reader();
    let policy = db.policy(None).unwrap();
    let asked = Asked::find(db, &policy, person, "a.edit", "acme").unwrap();
    asked.verdict(&policy, command::now(db, clock).unwrap().at).is_allowed()
}

#[test]
fn a_clock_up_to_a_day_behind_counts_as_the_newest_entry_and_beyond_that_is_in_doubt() {
    let mut store = world();
    run(&mut store, now(), &contact("First")).unwrap();
    let check = |behind: TimeDelta, expected: DateTime<Utc>, in_doubt: bool| {
        let found = command::now(store.reader(), now() - behind).unwrap();
        let doubt = in_doubt.then(|| Doubt { clock: now() - behind, seq: 2, written: now() });
        assert_eq!(found, Now { at: expected, doubt }, "{behind}");
    };
    check(-DAY * 400, now() + DAY * 400, false);
    check(TimeDelta::zero(), now(), false);
    check(TimeDelta::seconds(1), now(), false);
    check(DAY, now(), false);
    check(DAY + TimeDelta::seconds(1), now() - DAY - TimeDelta::seconds(1), true);
    check(DAY * 400, now() - DAY * 400, true);
    assert_eq!(command::now(world::empty().reader(), now()).unwrap(), Now { at: now(), doubt: None });
}

#[test]
fn what_ended_stays_over_under_a_clock_a_little_late() {
    let mut store = world();
    run(&mut store, now(), &assign("bo@nl.example", "\"2026-11-21T18:00:00Z\"")).unwrap();
    assert!(can(&store, "bo@nl.example", now()));
    run(&mut store, now() + TimeDelta::hours(20), &contact("Later")).unwrap();
    assert!(!can(&store, "bo@nl.example", now()));
    let late = run(&mut store, now(), &contact("Late")).unwrap();
    assert!(late.notes.iter().any(|it| format!("{it:?}").contains("is taken for now")), "{late:?}");
    assert_eq!(store.reader().newest().unwrap().unwrap().1, now() + TimeDelta::hours(20));
}

#[test]
fn whoever_waited_writes_when_their_turn_has_come_and_no_clock_is_to_blame() {
    let mut store = world();
    run(&mut store, now(), &contact("Somebody else, meanwhile")).unwrap();
    let waited = Duration::from_secs(90);
    let began = Clock::from(now() - TimeDelta::from_std(waited).unwrap());
    let receipt = run(&mut store, Clock { since: Instant::now().checked_sub(waited), ..began }, &contact("Waited")).unwrap();
    assert_eq!(receipt.notes, []);
    let written = store.reader().newest().unwrap().unwrap().1;
    assert!((now()..now() + TimeDelta::minutes(1)).contains(&written), "{written}");
    // Two that write at once read their clocks in another order.
    let receipt = run(&mut store, written - TimeDelta::seconds(59), &contact("At once")).unwrap();
    assert_eq!(receipt.notes, []);
    assert_eq!(store.reader().newest().unwrap().unwrap().1, written);
}

#[test]
fn a_clock_that_ran_ahead_once_ends_nobodys_access_for_good() {
    let mut store = confused();
    assert!(can(&store, "bo@nl.example", now()), "answers follow the wall clock");
    assert!(command::now(store.reader(), now()).unwrap().doubt.is_some());
    run(&mut store, now() + DAY, &Command::Undo(4)).unwrap();
    assert_eq!(command::now(store.reader(), now() + DAY).unwrap(), Now { at: now() + DAY, doubt: None });
    run(&mut store, now() + DAY, &accept(1)).unwrap();
    run(&mut store, now() + DAY, &invite(2)).unwrap();
    assert!(!can(&store, "bo@nl.example", at("2027-01-01T00:00:00Z")));
    proven(&store);
}

#[test]
fn what_depends_on_the_hour_asks_whether_the_clock_is_right() {
    let sentence = "this machine's clock stands at 2026-11-21 12:00 UTC, but entry 4 was written at 2099-01-01 00:00: one of the two is wrong; \
                    this depends on the hour: set the clock right, or add --clock-is-right if it is";
    let check = |command: &Command, asks: bool| {
        let mut store = confused();
        let foreseen = command::preview(&mut store, &actor(), now(), std::slice::from_ref(command)).map(drop);
        match (foreseen, run(&mut store, now(), command)) {
            (Ok(()), Ok(_)) => assert!(!asks, "{command:?}"),
            (Err(Error::Refused(foreseen)), Err(Error::Refused(met))) => {
                assert!(asks, "{command:?}: {met}");
                assert_eq!((foreseen.to_string().as_str(), met.to_string().as_str()), (sentence, sentence));
                assert!(matches!(met, Refusal::Doubt(_)));
            }
            (foreseen, met) => panic!("{command:?}: {foreseen:?}, {met:?}"),
        }
        run(&mut confused(), Clock { is_right: true, ..now().into() }, command).unwrap_or_else(|error| panic!("{command:?}: {error}"));
    };
    check(&accept(1), true);
    check(&invite(2), true);
    check(
        &cmd(
            r#"{"resend":{"offer":{"invitation":1},"seen":1,"token":"0202020202020202020202020202020202020202020202020202020202020202"}}"#,
        ),
        true,
    );
    check(&assign("cy@corp.example", "\"2027-06-01T00:00:00Z\""), true);
    check(&Command::Batch(vec![contact("Nobody"), invite(2)]), true);
    check(&assign("cy@corp.example", "null"), false);
    check(&cmd(r#"{"cancel":{"invitation":1}}"#), false);
    check(&contact("Somebody"), false);
    check(&cmd(r#"{"expel":{"person":"bo@nl.example","from":{"site":"acme"}}}"#), false);
    check(&cmd(r#"{"offboard":{"person":"bo@nl.example","sites_to":null}}"#), false);
    check(&Command::Undo(2), false);
}

#[test]
fn an_import_with_dates_asks_too() {
    let line = |until: &str| {
        format!(
            r#"{{"type":"assignment","person":"cy@corp.example","role":"editor-site","level":"site","scope":{{"site":"acme"}}{until}}}"#
        )
    };
    let mut store = confused();
    let error = world::take_in(&mut store, &line(r#","until":"2027-06-01T00:00:00Z""#)).unwrap_err();
    assert!(error.contains("--clock-is-right"), "{error}");
    world::take_in(&mut store, &line("")).unwrap();
    assert_eq!(store.reader().newest().unwrap().unwrap().1, now());
}

#[test]
fn a_history_is_ordered_by_number_and_hides_nothing() {
    use rolecall::query::timeline::{self, Until};
    let mut store = confused();
    let edit = cmd(
        r#"{"edit":{"before":{"type":"person","email":"bo@nl.example","name":"Bo"},"after":{"type":"person","email":"bo@nl.example","name":"Bob"}}}"#,
    );
    let taken = cmd(r#"{"remove":{"assignment":{"person":"bo@nl.example","role":"editor-site","level":"site","scope":{"site":"acme"}}}}"#);
    run(&mut store, ahead(), &edit).unwrap();
    run(&mut store, now() + DAY, &taken).unwrap();
    let db = store.reader();
    let bo = db.person_by_email("bo@nl.example").unwrap().unwrap();
    let seqs = |until: Until| {
        let moments = timeline::of_person(db, &db.policy(None).unwrap(), until, &bo, 9).unwrap();
        moments.into_iter().filter_map(|it| it.seq).collect::<Vec<_>>()
    };
    assert_eq!(seqs(Until::present(now() + DAY)), [6, 5, 2]);
    let before = now() + TimeDelta::hours(1);
    assert_eq!(seqs(Until { now: before, entry: db.last_by(before).unwrap() }), [2]);
}

#[test]
fn what_was_true_then_is_what_stood_after_the_last_entry_of_then() {
    let mut store = confused();
    run(&mut store, now() + DAY, &contact("After")).unwrap();
    let names = |then: &str| {
        let past = command::replay_to(store.reader(), store.reader().last_by(at(then)).unwrap()).unwrap();
        ["Oops", "After"].map(|name| world::export(&past).contains(name))
    };
    assert_eq!(names("2026-11-22T11:59:59Z"), [false, false]);
    assert_eq!(names("2026-11-22T12:00:00Z"), [true, true]);
    assert_eq!(names("2098-01-01T00:00:00Z"), [true, true]);
    assert_eq!(store.reader().last_by(at("2026-11-22T11:59:59Z")).unwrap(), 3);
    assert_eq!(store.reader().last_by(at("2098-01-01T00:00:00Z")).unwrap(), 5);
    assert_eq!(store.reader().last_by(at("2001-01-01T00:00:00Z")).unwrap(), 0);
}
