//! Old access at which nobody ever looked again.

use chrono::TimeDelta;

use super::facts::Facts;
use super::finding::{Finding, Mend, Told};
use super::gather::Gather;
use super::{Check, Rule, Setting, Severity, Takes};
use crate::domain::text::plural;
use crate::domain::things::{Assignment, Site};

pub(super) static RULE: Rule = Rule {
    id: "never-reviewed",
    title: "Never looked at again",
    severity: Severity::Low,
    why: "What was right a year ago may not be today, and without a day to look at it nobody will.",
    finds: "A live assignment that began more than `days` days ago, has no review day, and on which nobody ever decided. One finding a \
            person.",
    settings: &[Setting::number("days", "365", "how old it has to be"), Setting::number("review", "30", "in how many days it is looked at where that is mended")],
    takes: Takes::Nothing,
    check: || Box::<Forgotten>::default(),
    sentence: |told| {
        let (who, roles, days) = (told.who(), plural(told.held.len(), "role"), told.facts.number(&RULE, "days"));
        format!("{who} has held {roles} for more than {days} days, and nobody looked whether they still should")
    },
    mend,
};

#[derive(Default)]
struct Forgotten(Gather);

impl Check for Forgotten {
    fn held(&mut self, facts: &Facts<'_>, it: &Assignment, _site: Option<&Site>) {
        let is_forgotten = it.review_on.is_none() && !facts.rows.decided.contains(&it.id);
        if is_forgotten && it.is_live(facts.now) && facts.is_older(it, facts.number(&RULE, "days")) {
            self.0.add(facts, it);
        }
    }

    fn end(self: Box<Self>, _facts: &Facts<'_>) -> Vec<Finding> {
        self.0.findings(&RULE)
    }
}

fn mend(told: &Told<'_>) -> Result<Vec<Mend>, String> {
    let day = told.facts.now + TimeDelta::days(told.facts.number(&RULE, "review"));
    Ok(told.held.iter().map(|it| Mend::Review(it.clone(), day)).collect())
}
