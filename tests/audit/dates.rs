//! What is found by days and years.

use crate::{agency, check, holds, in_team, mended, told};

const FAY: &str = "fay@free.example";

fn on_shop(more: &str) -> String {
    holds(FAY, "maker", "shop", more)
}

#[test]
fn what_should_have_been_looked_at_is_found() {
    let rule = "review-overdue";
    let found = &["medium fay@free.example"];
    check(rule, &on_shop(""), &[]);
    check(rule, &on_shop(r#""review_on":"2026-11-21T12:00:00Z""#), found);
    check(rule, &on_shop(r#""review_on":"2026-11-21T12:00:01Z""#), &[]);
    check(rule, &on_shop(r#""review_on":"2026-11-01T00:00:00Z","until":"2026-11-21T12:00:00Z""#), &[]);
    check(rule, &on_shop(r#""review_on":"2026-11-01T00:00:00Z","until":"2026-11-21T12:00:01Z""#), found);
    check(rule, &on_shop(r#""review_on":"2026-11-01T00:00:00Z","since":"2026-12-01T00:00:00Z""#), &[]);
    let team = in_team(FAY, "reader", r#""everywhere""#, r#""review_on":"2026-11-01T00:00:00Z""#);
    check(rule, &team, found);
    let (sentence, mend) = told(&agency(&(team + &on_shop(r#""review_on":"2026-11-01T00:00:00Z""#))), rule);
    assert_eq!(sentence, "2 roles of Fay should have been looked at by now");
    assert!(mend.is_err());
}

#[test]
fn what_nobody_looked_at_for_a_year_is_found_and_gets_a_day() {
    let rule = "never-reviewed";
    let found = &["low fay@free.example"];
    check(rule, &on_shop(""), &[]);
    check(rule, &on_shop(r#""since":"2025-11-21T12:00:00Z""#), &[]);
    check(rule, &on_shop(r#""since":"2025-11-21T11:59:59Z""#), found);
    check(rule, &on_shop(r#""since":"2025-01-01T00:00:00Z","review_on":"2027-01-01T00:00:00Z""#), &[]);
    check(rule, &on_shop(r#""since":"2025-01-01T00:00:00Z","until":"2026-11-21T12:00:00Z""#), &[]);
    let store = agency(&on_shop(r#""since":"2025-01-01T00:00:00Z""#));
    assert_eq!(told(&store, rule).0, "Fay has held 1 role for more than 365 days, and nobody looked whether they still should");
    let store = mended(store, rule);
    let held = store.reader().assignments_of(store.reader().the_person(FAY).unwrap().id).unwrap();
    assert_eq!(held[0].review_on.map(|it| it.to_string()).as_deref(), Some("2026-12-21 12:00:00 UTC"));
}

#[test]
fn a_reason_of_a_year_that_is_over_is_found() {
    let rule = "reason-outlived";
    let because = |reason: &str| on_shop(&format!(r#""reason":"{reason}""#));
    let found = &["low fay@free.example"];
    for it in ["relaunch 2025", "2000", "(Christmas 2024)", "2025-12-31", "since 2024, until 2027"] {
        check(rule, &because(it), found);
    }
    for it in ["relaunch", "relaunch 2026", "1999", "until 2027", "ticket 20251", "ticket 12025", "20240101", "call 555-1984"] {
        check(rule, &because(it), &[]);
    }
    check(rule, &on_shop(r#""reason":"relaunch 2025","until":"2026-11-21T12:00:00Z""#), &[]);
    check(rule, &on_shop(r#""reason":"relaunch 2025","since":"2026-11-21T12:00:01Z""#), &[]);
    let (sentence, mend) = told(&agency(&because("relaunch 2025")), rule);
    assert_eq!(sentence, "Fay still holds what was given for relaunch 2025");
    assert!(mend.is_err());
}
