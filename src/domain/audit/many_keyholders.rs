//! Many who hold the account's keys.

use super::facts::Facts;
use super::finding::{About, Finding};
use super::{Check, Rule, Setting, Severity, Takes, keyholders};
use crate::domain::text::{few, plural};

pub(super) static RULE: Rule = Rule {
    id: "many-keyholders",
    title: "Many who hold the account's keys",
    severity: Severity::Medium,
    why: "One of these accounts taken over is the whole agency taken over: every client, every site, every role.",
    finds: "More than `people` besides the account owner may, by a role that is given everywhere, manage roles, invite to the team, \
            change it and remove from it.",
    settings: &[Setting::number("people", "2", "how many are enough")],
    takes: Takes::Whole,
    check: || Box::new(Many),
    sentence: |told| {
        let (names, owner) = (told.holders(), told.who());
        format!("{} besides {owner} hold the account's keys: {}", plural(names.len(), "person"), few(&names))
    },
    mend: |_| Err("somebody has to say who of them needs the keys; the others get a smaller role: rolecall team list".to_owned()),
};

struct Many;

impl Check for Many {
    fn end(self: Box<Self>, facts: &Facts<'_>) -> Vec<Finding> {
        let holders = keyholders::all(facts);
        if holders.len() <= usize::try_from(facts.number(&RULE, "people")).unwrap_or(0) {
            return Vec::new();
        }
        vec![Finding::new(&RULE, About::Person(facts.policy.owner)).by(facts, holders.into_values().flatten())]
    }
}
