//! What is found about sites.

use crate::{check, contact, holds};

#[test]
fn a_site_that_hangs_on_one_person_is_found() {
    let rule = "one-publisher";
    // Dana owns `press` and is of the team; Cy owns `shop` and is not.
    check(rule, "", &["medium shop"]);
    check(rule, &holds("fay@free.example", "publisher", "shop", ""), &[]);
    check(rule, &contact("tim@nl.example", "former"), &["high shop"]);
}
