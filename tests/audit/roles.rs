//! What is found about roles.

use crate::{agency, check, holds, mended};

const ROLE: &str = r#"{"type":"role","key":"packer","name":"Packer","platform":"mini","level":"both","permissions":["b.sell"]}
"#;

#[test]
fn a_role_that_nobody_holds_is_found() {
    let rule = "role-unused";
    check(rule, "", &[]);
    check(rule, ROLE, &["low packer"]);
    check(rule, &(ROLE.to_owned() + &holds("fay@free.example", "packer", "shop", "")), &[]);
    check(rule, &(ROLE.to_owned() + &holds("fay@free.example", "packer", "shop", r#""until":"2026-11-01T00:00:00Z""#)), &["low packer"]);
    mended(agency(ROLE), rule);
}
