//! Sensitive access of which nobody said what it is for.

use super::facts::Facts;
use super::finding::Finding;
use super::gather::Gather;
use super::{Check, Rule, Severity, Takes};
use crate::domain::text::plural;
use crate::domain::things::{Assignment, Site};

pub(super) static RULE: Rule = Rule {
    id: "no-reason",
    title: "No reason given",
    severity: Severity::Low,
    why: "Whoever looks at it later cannot tell whether it is still needed where nobody wrote down what for.",
    finds: "A live assignment without a reason whose role alone gives something sensitive. One finding a person.",
    settings: &[],
    takes: Takes::Nothing,
    check: || Box::<Silent>::default(),
    sentence: |told| {
        let roles = plural(told.held.len(), "role");
        format!("{} holds {roles} with something sensitive, and nobody wrote down what for", told.who())
    },
    mend: |told| Err(format!("whoever gave it to {} has to say what for: `rolecall assign … --reason TEXT`", told.who())),
};

#[derive(Default)]
struct Silent(Gather);

impl Check for Silent {
    fn held(&mut self, facts: &Facts<'_>, it: &Assignment, _site: Option<&Site>) {
        if it.reason.is_none() && it.is_live(facts.now) && facts.is_sensitive(it) {
            self.0.add(facts, it);
        }
    }

    fn end(self: Box<Self>, _facts: &Facts<'_>) -> Vec<Finding> {
        self.0.findings(&RULE)
    }
}
