//! What is found about the account as a whole: its keys, its seats.

use rolecall::domain::audit::Rule;
use rolecall::facts::sight::{Eyes, Sight};
use rolecall::query::audit::Audit;

use crate::world::at;
use crate::{NOW, agency, check, holds, in_team, person, told};

const FAY: &str = "fay@free.example";
const TIM: &str = "tim@nl.example";

fn keeper(email: &str, scope: &str, more: &str) -> String {
    person(email) + &in_team(email, "keeper", scope, more)
}

const EVERYWHERE: &str = r#""everywhere""#;

#[test]
fn many_who_hold_the_keys_are_found() {
    let rule = "many-keyholders";
    let two = keeper("a@nl.example", EVERYWHERE, "") + &keeper("b@nl.example", EVERYWHERE, "");
    check(rule, &two, &[]);
    check(rule, &(two.clone() + &keeper("c@nl.example", EVERYWHERE, "")), &["medium dana@nl.example"]);
    check(rule, &(two.clone() + &keeper("c@nl.example", r#"{"folder":"retail"}"#, "")), &[]);
    check(rule, &(two.clone() + &keeper("c@nl.example", EVERYWHERE, r#""until":"2026-11-21T12:00:00Z""#)), &[]);
    // The account owner has them anyway.
    check(rule, &(two.clone() + &in_team("dana@nl.example", "keeper", EVERYWHERE, "")), &[]);
    // By the role of another platform.
    let keys = r#""account.team.invite","account.team.change_role","account.team.remove","account.roles.manage""#;
    let wix = |keys: &str| {
        format!(r#"{{"type":"role","key":"w","name":"W","platform":"wix","level":"team","permissions":[{keys}]}}"#)
            + "\n"
            + &in_team(TIM, "w", EVERYWHERE, "")
    };
    check(rule, &(two.clone() + &wix(keys)), &["medium dana@nl.example"]);
    check(rule, &(two.clone() + &wix(r#""account.team.invite","account.roles.manage""#)), &[]);
    let (sentence, mend) = told(&agency(&(two + &keeper("c@nl.example", EVERYWHERE, ""))), rule);
    assert_eq!(sentence, "3 people besides Dana hold the account's keys: a@nl.example, b@nl.example, c@nl.example");
    assert!(mend.is_err());
}

#[test]
fn that_nobody_else_holds_the_keys_is_found() {
    let rule = "one-keyholder";
    check(rule, "", &["medium dana@nl.example"]);
    check(rule, &in_team(TIM, "keeper", EVERYWHERE, ""), &[]);
    check(rule, &in_team(TIM, "keeper", EVERYWHERE, r#""since":"2026-11-21T12:00:00Z""#), &[]);
    check(rule, &in_team(TIM, "keeper", EVERYWHERE, r#""since":"2026-11-21T12:00:01Z""#), &["medium dana@nl.example"]);
    check(rule, &in_team(TIM, "keeper", r#"{"folder":"retail"}"#, ""), &["medium dana@nl.example"]);
    check(rule, &in_team(TIM, "inviter", EVERYWHERE, ""), &["medium dana@nl.example"]);
    let (sentence, mend) = told(&agency(""), rule);
    assert_eq!(sentence, "nobody besides Dana can run the account: manage roles and who is in the team");
    assert!(mend.unwrap_err().starts_with("somebody has to be chosen; "));
}

/// The agency with limits.
fn seats(profile: &str, more: &str) -> String {
    format!(r#"{{"type":"workspace","name":"Northlight","owner":"dana@nl.example","ceiling":"strict","profile":{{{profile}}}}}"#)
        + "\n"
        + more
}

#[test]
fn more_people_than_seats_are_found() {
    let rule = "over-seats";
    let fay_in_team = in_team(FAY, "reader", r#"{"folder":"retail"}"#, "");
    check(rule, &fay_in_team, &[]);
    check(rule, &seats(r#""team_seats":2"#, &fay_in_team), &[]);
    check(rule, &seats(r#""team_seats":1"#, &fay_in_team), &["low dana@nl.example"]);
    check(rule, &seats(r#""team_seats":1"#, &in_team(TIM, "reader", r#"{"folder":"retail"}"#, "")), &[]);
    let later = in_team(FAY, "reader", r#"{"folder":"retail"}"#, r#""since":"2026-11-21T12:00:01Z""#);
    check(rule, &seats(r#""team_seats":1"#, &later), &[]);
    let two = holds(FAY, "maker", "shop", "") + &holds(FAY, "reader", "shop", "") + &holds(TIM, "reader", "shop", "");
    check(rule, &seats(r#""site_seats":2"#, &two), &[]);
    check(rule, &seats(r#""site_seats":1"#, &two), &["low shop"]);
    check(rule, &seats(r#""site_seats":1"#, &holds(FAY, "maker", "shop", "")), &[]);
    let (sentence, mend) = told(&agency(&seats(r#""site_seats":1"#, &two)), rule);
    assert_eq!(sentence, "2 people on Shop, which has 1 seat");
    assert!(mend.unwrap_err().ends_with("rolecall team edit --site-seats 2"));
    assert_eq!(told(&agency(&seats(r#""team_seats":1"#, &fay_in_team)), rule).0, "2 people in the team, which has 1 seat");
}

#[test]
fn who_does_not_see_the_team_learns_nothing_of_its_keys_and_seats() {
    let lines = seats(r#""team_seats":1,"site_seats":1"#, &in_team(FAY, "reader", r#"{"folder":"retail"}"#, ""))
        + &holds(FAY, "inviter", "shop", "")
        + &holds(TIM, "reader", "shop", "");
    let store = agency(&lines);
    let sight = Sight::of(store.reader(), FAY, at(NOW)).unwrap();
    let store = store.seen_by(Eyes::new(sight, None));
    let policy = store.reader().policy(None).unwrap();
    let rules = ["many-keyholders", "one-keyholder", "over-seats"].map(|it| Rule::named(it).unwrap());
    let audit = Audit::of(store.reader(), &policy, &rules, at(NOW)).unwrap();
    assert_eq!(audit.findings.iter().map(|it| it.key.as_str()).collect::<Vec<_>>(), ["over-seats:shop"]);
    assert_eq!(audit.left_out.iter().map(|it| it.id).collect::<Vec<_>>(), ["many-keyholders", "one-keyholder"]);
    assert_eq!(audit.in_part, [(rules[2], "for the team")]);
}
