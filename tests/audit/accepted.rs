//! Findings that somebody answers for, and what is set of rules.

use rolecall::command::{self, Actor, Command, Error, Hand};
use rolecall::domain::accepted::Back;
use rolecall::domain::audit::Rule;
use rolecall::domain::record::{Key, Recorded};
use rolecall::exchange::mending;
use rolecall::facts::Store;
use rolecall::query::audit::{Audit, Found};
use rolecall::query::records;

use crate::world::{actor, at, cmd, empty, export, proven, take_in};
use crate::{NOW, agency, check_in, found_at, holds, person};

const FAY: &str = "fay@free.example";
const MONEY: &str = "outsider-money";

/// What is asked of the only finding of a rule.
fn only<T>(store: &Store, rule: &str, ask: impl FnOnce(&Audit<'_>, &Found) -> T) -> T {
    let (db, rule) = (store.reader(), Rule::named(rule).unwrap());
    let policy = db.policy(None).unwrap();
    let audit = Audit::of(db, &policy, &[rule], at(NOW)).unwrap();
    assert_eq!(audit.findings.len(), 1, "{:?}", audit.findings);
    ask(&audit, &audit.findings[0])
}

/// That somebody answers for the only finding of a rule.
pub(crate) fn acceptance(store: &Store, rule: &str, until: &str) -> Command {
    only(store, rule, |audit, found| {
        let held = audit.shown(store.reader(), found).unwrap().held;
        mending::accept(store.reader(), audit.facts.policy, (&found.finding, &held), at(until), "it is so").unwrap()
    })
}

pub(crate) fn run(store: &mut Store, command: &Command) {
    command::run(store, &actor(), at(NOW), command).unwrap();
}

/// The agency with more lines, in which the only finding of a rule is accepted for a year.
pub(crate) fn accepted(more: &str, rule: &str) -> Store {
    let mut store = agency(more);
    let accept = acceptance(&store, rule, "2027-11-21T00:00:00Z");
    run(&mut store, &accept);
    check_in(&store, rule, &[]);
    store
}

/// Why the only finding of a rule counts again, if it does.
pub(crate) fn back(store: &Store, rule: &str) -> Option<Back> {
    only(store, rule, |_, found| found.accepted.as_ref().unwrap().back.clone())
}

/// That the only finding of a rule counts again, by so much.
pub(crate) fn comes_back(store: &Store, rule: &str, more: &str) {
    only(store, rule, |audit, found| {
        let words = found.accepted.as_ref().unwrap().words(&audit.facts);
        assert_eq!(words, format!("it was accepted, and comes back with {more}"));
    });
}

fn with_clerk() -> Store {
    accepted(&holds(FAY, "clerk", "shop", ""), MONEY)
}

#[test]
fn what_is_accepted_counts_no_more_until_its_day_is_over() {
    let store = with_clerk();
    let after = |time: &str| found_at(&store, MONEY, at(time)).len();
    assert_eq!((after("2027-11-20T23:59:59Z"), after("2027-11-21T00:00:00Z")), (0, 1));
    only(&store, MONEY, |audit, found| {
        assert_eq!(found.accepted.as_ref().unwrap().words(&audit.facts), "accepted until 2027-11-20 by Dana: it is so");
    });
    proven(&store);
}

#[test]
fn it_counts_again_where_more_makes_it_one_or_it_is_worse_and_not_where_less_does() {
    let mut more = with_clerk();
    take_in(&mut more, &holds(FAY, "caller", "shop", "")).unwrap();
    comes_back(&more, MONEY, "1 role more");
    let role = r#"{"type":"role","key":"till","name":"Till","platform":"mini","level":"both","permissions":["b.bills"]}"#.to_owned() + "\n";
    let mut worse = accepted(&(role + &holds(FAY, "till", "shop", "")), MONEY);
    run(&mut worse, &cmd(r#"{"toggle":{"role":"till","permissions":["b.pay"],"to":"grant"}}"#));
    assert_eq!(back(&worse, MONEY), Some(Back::Worse));
    let mut less = accepted(&(holds(FAY, "clerk", "shop", "") + &holds(FAY, "caller", "shop", "")), MONEY);
    run(
        &mut less,
        &cmd(&format!(r#"{{"remove":{{"assignment":{{"person":"{FAY}","role":"caller","level":"site","scope":{{"site":"shop"}}}}}}}}"#)),
    );
    assert_eq!(back(&less, MONEY), None);
}

/// As many as before, and others than those somebody answered for.
#[test]
fn it_counts_again_where_others_take_the_place_of_those_who_made_it_one() {
    let take = |person: &str, role: &str, level: &str, scope: &str| {
        let key = format!(r#"{{"person":"{person}","role":"{role}","level":"{level}","scope":{scope}}}"#);
        cmd(&format!(r#"{{"remove":{{"assignment":{key}}}}}"#))
    };
    let everywhere = r#""everywhere""#;
    let mut few = accepted(&crate::site("press", "dana@nl.example", "owner", "draft", ""), "one-publisher");
    assert_eq!(back(&few, "one-publisher"), None);
    run(&mut few, &take("tim@nl.example", "publisher", "team", everywhere));
    take_in(&mut few, &holds(FAY, "publisher", "shop", "")).unwrap();
    comes_back(&few, "one-publisher", "1 role more");
    let ended = crate::in_team("tim@nl.example", "publisher", everywhere, r#""until":"2026-11-21T12:00:00Z""#);
    let zed = "zed@free.example";
    let mut hosted = accepted(&(ended + &person(zed) + &holds(FAY, "publisher", "shop", "")), "host-without-hands");
    run(&mut hosted, &take(FAY, "publisher", "site", r#"{"site":"shop"}"#));
    take_in(&mut hosted, &holds(zed, "publisher", "shop", "")).unwrap();
    comes_back(&hosted, "host-without-hands", "1 role more");
}

#[test]
fn it_stays_accepted_under_other_names_and_in_another_file() {
    let mut store = with_clerk();
    let edit = |text: &str| cmd(text);
    run(
        &mut store,
        &edit(&format!(
            r#"{{"edit":{{"before":{{"type":"person","email":"{FAY}","name":"Fay"}},"after":{{"type":"person","email":"fay@new.example","name":"Fay"}}}}}}"#
        )),
    );
    check_in(&store, MONEY, &[]);
    let mut other = empty();
    take_in(&mut other, &export(&store)).unwrap();
    check_in(&other, MONEY, &[]);
    assert_eq!(export(&other), export(&store));
    assert!(export(&store).contains(r#""about":{"person-on":["fay@new.example","shop"]}"#), "{}", export(&store));
}

#[test]
fn it_goes_with_whom_it_is_about_and_comes_back_with_them() {
    let mut store = with_clerk();
    let before = export(&store);
    run(
        &mut store,
        &cmd(&format!(
            r#"{{"batch":[{{"remove":{{"assignment":{{"person":"{FAY}","role":"clerk","level":"site","scope":{{"site":"shop"}}}}}}}},{{"remove":{{"person":"{FAY}"}}}}]}}"#
        )),
    );
    assert!(!export(&store).contains("accepted"));
    let head = store.reader().head().unwrap().unwrap();
    run(&mut store, &Command::Undo(head.seq));
    assert_eq!(export(&store), before);
    check_in(&store, MONEY, &[]);
    proven(&store);
}

#[test]
fn it_can_be_accepted_anew_and_withdrawn() {
    let mut store = with_clerk();
    let anew = acceptance(&store, MONEY, "2026-12-01T00:00:00Z");
    assert!(matches!(anew, Command::Edit { .. }), "{anew:?}");
    run(&mut store, &anew);
    assert_eq!(found_at(&store, MONEY, at("2026-12-01T00:00:00Z")).len(), 1);
    let row = store.reader().all().unwrap().remove(0);
    let key = records::accepted(store.reader(), &store.reader().policy(None).unwrap(), &row).unwrap().key();
    assert_eq!(key.to_string(), "outsider-money:fay@free.example:shop");
    run(&mut store, &Command::Remove(Key::Accepted(key)));
    check_in(&store, MONEY, &["medium fay@free.example:shop"]);
}

#[test]
fn a_day_that_is_over_is_refused() {
    let mut store = agency(&holds(FAY, "clerk", "shop", ""));
    let accept = acceptance(&store, MONEY, NOW);
    let refused = command::run(&mut store, &actor(), at(NOW), &accept).unwrap_err().to_string();
    assert!(refused.contains("name one to come"), "{refused}");
}

/// Tim may change roles on sites, and lets Fay be; nobody answers for themselves but the account owner.
#[test]
fn whoever_may_change_roles_there_answers_for_what_is_found_of_others() {
    let tim = Actor { email: "tim@nl.example".to_owned(), via: "tim".to_owned(), by: Hand::Caller };
    let keeper = crate::in_team("tim@nl.example", "inviter", r#""everywhere""#, "");
    let mut store = agency(&(keeper + &holds(FAY, "clerk", "shop", "")));
    let accept = acceptance(&store, MONEY, "2027-01-01T00:00:00Z");
    command::run(&mut store, &tim, at(NOW), &accept).unwrap();
    let refused = |error: Error| error.to_string();
    // Who may change nobody's roles there does not know of her.
    let lacking = command::run(&mut agency(&holds(FAY, "clerk", "shop", "")), &tim, at(NOW), &accept).map_err(refused);
    assert_eq!(lacking.unwrap_err(), "no person `fay@free.example`");
    let fay = Actor { email: FAY.to_owned(), ..tim };
    let mut own = agency(&(holds(FAY, "clerk", "shop", "") + &holds(FAY, "inviter", "shop", "")));
    let accept = acceptance(&own, MONEY, "2027-01-01T00:00:00Z");
    let themselves = command::run(&mut own, &fay, at(NOW), &accept).map_err(refused).unwrap_err();
    assert!(themselves.contains("may not answer for what is found of themselves"), "{themselves}");
}

#[test]
fn what_is_set_counts_at_once_and_travels() {
    let set = r#"{"type":"workspace","name":"Northlight","owner":"dana@nl.example","ceiling":"strict","audit":{"shared-address":{"names":"fay"}}}"#.to_owned() + "\n";
    let mut store = agency(&holds(FAY, "reader", "shop", ""));
    check_in(&store, "shared-address", &[]);
    take_in(&mut store, &set).unwrap();
    check_in(&store, "shared-address", &["medium fay@free.example"]);
    let mut other = empty();
    take_in(&mut other, &export(&store)).unwrap();
    check_in(&other, "shared-address", &["medium fay@free.example"]);
    let refused = take_in(&mut store, &set.replace("names", "name")).unwrap_err();
    assert!(refused.contains("shared-address has no `name` to set; there is: names"), "{refused}");
}
