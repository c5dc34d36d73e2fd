//! What is found about sites.

use crate::{agency, check, contact, holds, in_team, person, site, told};

const FAY: &str = "fay@free.example";
const CY: &str = "cy@corp.example";
const DANA: &str = "dana@nl.example";
const TIM: &str = "tim@nl.example";

/// Tim's role of the team ends then.
fn tim_until(end: &str) -> String {
    in_team(TIM, "publisher", r#""everywhere""#, &format!(r#""until":"{end}""#))
}

/// Tim's role of the team is over.
fn without_tim() -> String {
    tim_until("2026-11-21T12:00:00Z")
}

/// A platform on which publishing takes an app.
const GATED: &str = r#"{"type":"catalog","platform":"gated","categories":["A"],"apps":["Press"],"publish":"p","permissions":[{"id":"p","label":"Publish","category":"A","app":"Press"}],"roles":[{"key":"gated-owner","name":"Gated owner","level":"site","all":["A"],"owner":true},{"key":"printer","name":"Printer","level":"both","grants":["p"]}]}
{"type":"site","key":"paper","name":"Paper","platform":"gated","folder":null,"owner":"cy@corp.example","host":"agency","status":"published"}
"#;

#[test]
fn a_site_that_hangs_on_one_person_is_found() {
    let rule = "one-publisher";
    // Dana owns `press` and is of the team; Cy owns `shop` and is not.
    check(rule, "", &["medium shop"]);
    check(rule, &holds("fay@free.example", "publisher", "shop", ""), &[]);
    check(rule, &contact("tim@nl.example", "former"), &["high shop"]);
}

#[test]
fn a_site_that_nobody_can_publish_is_found() {
    let rule = "nobody-publishes";
    check(rule, "", &[]);
    // Its owner is a client, and could.
    check(rule, &without_tim(), &["medium shop"]);
    check(rule, &tim_until("2026-11-21T12:00:01Z"), &[]);
    check(rule, &(without_tim() + &holds(FAY, "publisher", "shop", "")), &[]);
    check(rule, &(without_tim() + &holds(FAY, "maker", "shop", "")), &["medium shop"]);
    check(rule, &site("theirs", CY, "owner", "published", ""), &[]);
    check(rule, &(without_tim() + &site("drawn", CY, "agency", "draft", "")), &["medium shop"]);
    check(rule, GATED, &["high paper"]);
    check(rule, &GATED.replace(r#","publish":"p""#, ""), &[]);
    let (sentence, mend) = told(&agency(&without_tim()), rule);
    assert_eq!(sentence, "nobody but its owner, Cy, can publish Shop");
    assert_eq!(mend.unwrap_err(), "somebody has to be chosen; Publisher allows it: rolecall assign PERSON ROLE --site shop");
    let (sentence, mend) = told(&agency(GATED), rule);
    assert_eq!(sentence, "nobody can publish Paper");
    assert!(mend.unwrap_err().contains("no role that can be given there allows it"));
}

#[test]
fn a_site_of_somebody_who_is_gone_is_found() {
    let rule = "owner-gone";
    check(rule, "", &[]);
    check(rule, &contact(CY, "lead"), &[]);
    check(rule, &contact(CY, "former"), &["high shop"]);
    let zoes = person("zoe@far.example") + &site("zoes", "zoe@far.example", "owner", "draft", "");
    check(rule, &zoes, &["high zoes"]);
    check(rule, &(zoes.clone() + &contact("Zoe@Far.example", "lead")), &[]);
    check(rule, &(zoes.clone() + &in_team("zoe@far.example", "reader", r#"{"folder":"retail"}"#, "")), &[]);
    let ended = in_team("zoe@far.example", "reader", r#"{"folder":"retail"}"#, r#""until":"2026-11-21T12:00:00Z""#);
    check(rule, &(zoes.clone() + &ended), &["high zoes"]);
    let (sentence, mend) = told(&agency(&contact(CY, "former")), rule);
    assert_eq!(sentence, "Shop belongs to Cy, a former contact");
    assert_eq!(mend.unwrap_err(), "a site changes hands by a yes only: rolecall transfer send shop --to EMAIL");
    assert_eq!(told(&agency(&zoes), rule).0, "zoes belongs to zoe@far.example, who is neither a contact nor of the team");
}

#[test]
fn a_hosted_site_that_only_others_can_publish_is_found() {
    let (rule, fays) = ("host-without-hands", holds(FAY, "publisher", "shop", ""));
    check(rule, &fays, &[]);
    check(rule, &(without_tim() + &fays), &["high shop"]);
    check(rule, &(tim_until("2026-11-21T12:00:01Z") + &fays), &[]);
    // Nobody at all is another rule's.
    check(rule, &without_tim(), &[]);
    // Somebody of the team who publishes there by a role of their own.
    check(rule, &(without_tim() + &fays + &in_team(FAY, "reader", r#"{"folder":"retail"}"#, "")), &[]);
    check(rule, &(site("theirs", CY, "owner", "published", "") + &holds(FAY, "publisher", "theirs", "")), &[]);
    let (sentence, mend) = told(&agency(&(without_tim() + &fays)), rule);
    assert_eq!(sentence, "Fay can publish Shop, and nobody of the team can");
    assert!(mend.unwrap_err().ends_with("Publisher allows it: rolecall assign PERSON ROLE --site shop --level team"));
}

#[test]
fn a_site_on_which_many_let_others_in_is_found() {
    let rule = "too-many-admins";
    let inviters = |n: usize, more: &str| -> String {
        (0..n).map(|n| format!("i{n}@x.example")).map(|it| person(&it) + &holds(&it, "inviter", "shop", more)).collect()
    };
    check(rule, &inviters(3, ""), &[]);
    check(rule, &inviters(4, ""), &["medium shop"]);
    check(rule, &inviters(4, r#""until":"2026-11-21T12:00:00Z""#), &[]);
    // Neither the site's owner nor the account's count.
    check(rule, &(inviters(3, "") + &holds(DANA, "inviter", "shop", "")), &[]);
    check(rule, &(inviters(3, "") + &in_team(TIM, "inviter", r#""everywhere""#, "")), &["medium shop"]);
    // A nearer role takes it away.
    let narrowed = in_team(TIM, "inviter", r#""everywhere""#, "") + &in_team(TIM, "reader", r#"{"site":"shop"}"#, "");
    check(rule, &(inviters(3, "") + &narrowed), &[]);
    let (sentence, mend) = told(&agency(&inviters(4, "")), rule);
    assert_eq!(sentence, "4 people may let others in on Shop: i0@x.example, i1@x.example, i2@x.example and 1 more");
    assert!(mend.is_err());
}

#[test]
fn a_parked_site_that_guests_reach_is_found() {
    let rule = "parked-with-outsiders";
    let parked = site("old", CY, "agency", "parked", "");
    check(rule, &parked, &[]);
    check(rule, &(parked.clone() + &holds(FAY, "maker", "old", "")), &["low old"]);
    check(rule, &(parked.clone() + &holds(FAY, "maker", "old", r#""until":"2026-11-21T12:00:00Z""#)), &[]);
    check(rule, &(parked.clone() + &holds(FAY, "maker", "old", r#""until":"2026-11-21T12:00:01Z""#)), &["low old"]);
    // A client elsewhere is a guest here.
    check(rule, &(site("old", DANA, "agency", "parked", "") + &holds(CY, "maker", "old", "")), &["low old"]);
    check(rule, &(parked.clone() + &holds(TIM, "maker", "old", "")), &[]);
    check(rule, &(site("old", CY, "agency", "draft", "") + &holds(FAY, "maker", "old", "")), &[]);
    assert_eq!(told(&agency(&(parked + &holds(FAY, "maker", "old", ""))), rule).0, "old is parked, and Fay still reaches it");
}
