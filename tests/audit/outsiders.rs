//! What is found about guests of a site.

use crate::{agency, check, contact, holds, mended, told};

const FAY: &str = "fay@free.example";

#[test]
fn a_guest_with_money_is_found_and_gets_a_narrower_role() {
    let rule = "outsider-money";
    check(rule, &holds(FAY, "cashier", "shop", ""), &["high fay@free.example:shop"]);
    check(rule, &holds(FAY, "clerk", "shop", ""), &["medium fay@free.example:shop"]);
    check(rule, &holds(FAY, "maker", "shop", ""), &[]);
    check(rule, &holds("cy@corp.example", "cashier", "press", ""), &[]);
    check(rule, &(contact(FAY, "client") + &holds(FAY, "cashier", "shop", "")), &[]);
    let store = agency(&holds(FAY, "cashier", "shop", ""));
    assert_eq!(told(&store, rule).0, "Fay, a guest, can spend money on Shop: See bills, Pay out");
    let store = mended(store, rule);
    let held = store.reader().assignments_of(store.reader().the_person(FAY).unwrap().id).unwrap();
    assert_eq!(held.len(), 1);
    assert!(told(&agency(&holds(FAY, "clerk", "shop", "")), rule).1.is_err(), "nothing narrower gives anything");
}
