//! Nobody but the account owner holds the account's keys.

use super::facts::Facts;
use super::finding::{About, Finding, Told};
use super::{Check, Rule, Severity, Takes, giving, keyholders};
use crate::domain::things::Level;

pub(super) static RULE: Rule = Rule {
    id: "one-keyholder",
    title: "Only one who holds the account's keys",
    severity: Severity::Medium,
    why: "When the account owner is ill or locked out, nobody can let anybody in, and nobody can take access away from whoever leaves.",
    finds: "Nobody besides the account owner may, by a role that is given everywhere on some platform, manage roles, invite to the team, \
            change it and remove from it.",
    settings: &[],
    takes: Takes::Whole,
    check: || Box::new(Alone),
    sentence: |told| format!("nobody besides {} can run the account: manage roles and who is in the team", told.who()),
    mend: |told| Err(giving::way_out("somebody", &roles(told), "rolecall assign PERSON ROLE --everywhere")),
};

struct Alone;

impl Check for Alone {
    fn end(self: Box<Self>, facts: &Facts<'_>) -> Vec<Finding> {
        let has_keys = facts.policy.catalogs().any(|it| keyholders::keys(facts, it).is_some());
        let is_alone = has_keys && keyholders::all(facts).is_empty();
        is_alone.then(|| Finding::new(&RULE, About::Person(facts.policy.owner))).into_iter().collect()
    }
}

/// The roles that give the keys of any platform.
fn roles(told: &Told<'_>) -> Vec<String> {
    let platforms = told.facts.policy.catalogs().filter_map(|it| keyholders::keys(told.facts, it));
    platforms.flat_map(|(ground, keys)| giving::names(told.facts, &ground, Level::Team, keys)).collect()
}
