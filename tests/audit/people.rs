//! What is found about people and what they hold.

use crate::{after, check, check_in, contact, holds, in_team, mended, told};

const FAY: &str = "fay@free.example";

#[test]
fn a_former_contact_who_gets_in_is_found_once() {
    let former = contact(FAY, "former");
    let rule = "former-with-access";
    check(rule, "", &[]);
    check(rule, &former, &[]);
    check(rule, &holds(FAY, "maker", "shop", ""), &[]);
    let holding = former.clone() + &holds(FAY, "maker", "shop", "") + &holds(FAY, "reader", "press", "");
    check(rule, &holding, &["high fay@free.example"]);
    check(rule, &(former.clone() + &holds(FAY, "maker", "shop", r#""until":"2026-11-21T12:00:00Z""#)), &[]);
    check(rule, &(former.clone() + &holds(FAY, "maker", "shop", r#""since":"2027-01-01T00:00:00Z""#)), &["high fay@free.example"]);
    check(rule, &(former.clone() + &in_team(FAY, "reader", r#"{"folder":"retail"}"#, "")), &["high fay@free.example"]);
    let invite = r#"{"invite":{"email":"eve@acme.example","level":"site","roles":["reader"],"scopes":[{"site":"shop"}]}}"#;
    check_in(&after(&contact("eve@acme.example", "former"), &[invite]), rule, &["high eve@acme.example"]);
    let store = crate::agency(&holding);
    assert_eq!(told(&store, rule).0, "Fay is a former contact and still holds 2 roles on Press, Shop");
    mended(store, rule);
}

#[test]
fn what_a_guest_was_given_without_an_end_is_found_once_it_is_old() {
    let rule = "never-ends";
    let held = |more: &str| holds(FAY, "maker", "shop", more);
    check(rule, &held(r#""since":"2026-08-23T11:59:59Z""#), &["medium fay@free.example"]);
    check(rule, &held(r#""since":"2026-08-23T12:00:00Z""#), &[]);
    check(rule, &held(r#""since":"2026-01-01T00:00:00Z","until":"2027-01-01T00:00:00Z""#), &[]);
    check(rule, &(contact(FAY, "client") + &held(r#""since":"2026-01-01T00:00:00Z""#)), &[]);
    mended(crate::agency(&held(r#""since":"2026-01-01T00:00:00Z""#)), rule);
}
