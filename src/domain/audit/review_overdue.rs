//! What somebody meant to look at again, and did not.

use super::facts::Facts;
use super::finding::Finding;
use super::gather::Gather;
use super::{Check, Rule, Severity, Takes};
use crate::domain::text::plural;
use crate::domain::things::{Assignment, Site};

pub(super) static RULE: Rule = Rule {
    id: "review-overdue",
    title: "Overdue looks",
    severity: Severity::Medium,
    why: "Somebody gave this on the condition that it is looked at again; until then it stays as if it had been.",
    finds: "A live assignment whose review day has passed. One finding a person.",
    settings: &[],
    takes: Takes::Nothing,
    check: || Box::<Overdue>::default(),
    sentence: |told| {
        let (who, roles) = (told.who(), plural(told.held.len(), "role"));
        format!("{roles} of {who} should have been looked at by now")
    },
    mend: |told| {
        let ways = "`rolecall assign … --review DAY` keeps it until the next look, `rolecall unassign` takes it";
        Err(format!("somebody has to say whether {} still needs it: {ways}", told.who()))
    },
};

#[derive(Default)]
struct Overdue(Gather);

impl Check for Overdue {
    fn held(&mut self, facts: &Facts<'_>, it: &Assignment, _site: Option<&Site>) {
        if it.review_on.is_some_and(|day| day <= facts.now) && it.is_live(facts.now) {
            self.0.add(facts, it);
        }
    }

    fn end(self: Box<Self>, _facts: &Facts<'_>) -> Vec<Finding> {
        self.0.findings(&RULE)
    }
}
