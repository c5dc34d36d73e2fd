//! Guests who were let in without an end.

use chrono::TimeDelta;

use super::facts::Facts;
use super::finding::{Finding, Mend, Told};
use super::gather::Gather;
use super::{Check, Rule, Setting, Severity, Takes};
use crate::domain::text::{few, plural};
use crate::domain::things::{Assignment, Level, Site};

pub(super) static RULE: Rule = Rule {
    id: "never-ends",
    title: "Access without an end",
    severity: Severity::Medium,
    why: "Work ends and access stays: what has no end is taken back only by somebody who thinks of it.",
    finds: "A live assignment at site level without an end that began more than `days` days ago, of somebody who is neither the site's \
            owner nor of the team nor a client. One finding a person.",
    settings: &[Setting::number("days", "90", "how old it has to be"), Setting::number("end", "90", "in how many days it ends where that is mended")],
    takes: Takes::Contacts,
    check: || Box::<Endless>::default(),
    sentence,
    mend: |told| Ok(mend(told)),
};

#[derive(Default)]
struct Endless(Gather);

impl Check for Endless {
    fn held(&mut self, facts: &Facts<'_>, it: &Assignment, site: Option<&Site>) {
        let is_endless = it.level == Level::Site && it.until.is_none() && it.is_live(facts.now);
        if is_endless && site.is_some_and(|site| facts.is_outsider(it.person, site)) && facts.is_older(it, facts.number(&RULE, "days")) {
            self.0.add(facts, it);
        }
    }

    fn end(self: Box<Self>, _facts: &Facts<'_>) -> Vec<Finding> {
        self.0.findings(&RULE)
    }
}

fn sentence(told: &Told<'_>) -> String {
    let places: Vec<String> = told.sites().iter().map(|it| it.name.clone()).collect();
    format!("{} holds {} on {} without an end", told.who(), plural(told.held.len(), "role"), few(&places))
}

fn mend(told: &Told<'_>) -> Vec<Mend> {
    let end = told.facts.now + TimeDelta::days(told.facts.number(&RULE, "end"));
    told.held.iter().map(|it| Mend::End(it.clone(), end)).collect()
}
