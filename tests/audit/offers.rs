//! What is found about offers.

use chrono::TimeDelta;
use rolecall::command::{self, Command};
use rolecall::domain::audit::Rule;
use rolecall::exchange::mending;
use rolecall::facts::Store;
use rolecall::query::audit::Audit;

use crate::world::{actor, at};
use crate::{NOW, after, found_at};

const INVITE: &str = r#"{"invite":{"email":"eve@acme.example","level":"site","roles":["reader"],"scopes":[{"site":"shop"}]}}"#;
const INVITE_TO_TEAM: &str = r#"{"invite":{"email":"eve@acme.example","level":"team","roles":["reader"],"scopes":["everywhere"]}}"#;
const ASK: &str = r#"{"ask":{"contact":"cy@corp.example","site":"the new shop","roles":["reader"],"person":"tim@nl.example"}}"#;
const HAND_OVER: &str = r#"{"hand-over":{"site":"press","kind":"transfer","email":"cy@corp.example"}}"#;

/// What is found so many seconds after so many days.
fn check_after(store: &Store, days: i64, seconds: i64, expected: &[&str]) {
    let now = at(NOW) + TimeDelta::days(days) + TimeDelta::seconds(seconds);
    let found: Vec<String> = found_at(store, "stale-offer", now).into_iter().map(|(severity, key)| format!("{severity} {key}")).collect();
    assert_eq!(found, expected, "{days} days, {seconds} s");
}

/// What is said of the only one after so many days, and what mends it.
fn told_after(store: &Store, days: i64) -> (String, Result<Vec<Command>, String>) {
    let (db, now) = (store.reader(), at(NOW) + TimeDelta::days(days));
    let policy = db.policy(None).unwrap();
    let audit = Audit::of(db, &policy, &[Rule::named("stale-offer").unwrap()], now).unwrap();
    let shown = audit.shown(db, &audit.findings[0]).unwrap();
    (shown.sentence, shown.mend.map(|it| mending::commands(db, &policy, &it, now).unwrap()))
}

#[test]
fn an_invitation_that_waits_long_is_found_and_taken_back() {
    let mut store = after("", &[INVITE]);
    check_after(&store, 0, 0, &[]);
    check_after(&store, 14, 0, &[]);
    check_after(&store, 14, 1, &["low stale-offer:invitation:1"]);
    let (sentence, mend) = told_after(&store, 20);
    assert_eq!(sentence, "the invitation of eve@acme.example to Shop has waited for an answer for 20 days");
    command::run(&mut store, &actor(), at(NOW) + TimeDelta::days(20), &Command::all(mend.unwrap())).unwrap();
    check_after(&store, 20, 0, &[]);
    check_after(&store, 31, 0, &[]);
}

#[test]
fn an_invitation_that_ran_out_is_told_of_for_a_while() {
    let store = after("", &[INVITE_TO_TEAM]);
    check_after(&store, 30, -1, &["low stale-offer:invitation:1"]);
    check_after(&store, 30, 0, &["low stale-offer:invitation:1"]);
    check_after(&store, 60, 0, &["low stale-offer:invitation:1"]);
    check_after(&store, 60, 1, &[]);
    let (sentence, mend) = told_after(&store, 30);
    assert_eq!(sentence, "the invitation of eve@acme.example to the team ran out without an answer");
    assert!(mend.unwrap_err().ends_with("rolecall invite resend 1"));
}

#[test]
fn requests_and_hand_overs_are_found_too() {
    let store = after("", &[ASK, HAND_OVER]);
    check_after(&store, 3, -1, &[]);
    check_after(&store, 3, 0, &["low stale-offer:handover:1"]);
    assert_eq!(told_after(&store, 3).0, "the hand-over of Press to cy@corp.example ran out without an answer");
    assert!(told_after(&store, 3).1.unwrap_err().ends_with("rolecall transfer resend 1"));
    check_after(&store, 14, 1, &["low stale-offer:handover:1", "low stale-offer:request:1"]);
    check_after(&store, 33, 1, &["low stale-offer:request:1"]);
    assert_eq!(told_after(&store, 40).0, "the request to Cy for the new shop ran out without an answer");
}

#[test]
fn what_was_answered_or_sent_once_more_is_not_found() {
    check_after(&after("", &[INVITE, r#"{"cancel":{"invitation":1}}"#]), 20, 0, &[]);
    check_after(&after("", &[INVITE, r#"{"decline":{"invitation":1}}"#]), 40, 0, &[]);
    let mut store = after("", &[INVITE]);
    let resend = crate::world::cmd(
        r#"{"resend":{"offer":{"invitation":1},"seen":1,"token":"0202020202020202020202020202020202020202020202020202020202020202"}}"#,
    );
    command::run(&mut store, &actor(), at(NOW) + TimeDelta::days(10), &resend).unwrap();
    check_after(&store, 24, 0, &[]);
    check_after(&store, 24, 1, &["low stale-offer:invitation:1"]);
}
