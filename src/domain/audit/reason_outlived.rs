//! Access whose reason is of a year that is over.

use chrono::Datelike;

use super::facts::Facts;
use super::finding::Finding;
use super::gather::Gather;
use super::{Check, Rule, Severity, Takes};
use crate::domain::text::few;
use crate::domain::things::{Assignment, Site};

pub(super) static RULE: Rule = Rule {
    id: "reason-outlived",
    title: "Reasons that are over",
    severity: Severity::Low,
    why: "Access that was given for a season or a launch outlives it, because nothing ends by what is written beside it.",
    finds: "A live assignment whose reason names a year, in four digits and from 2000 on, before the present one. One finding a person.",
    settings: &[],
    takes: Takes::Nothing,
    check: || Box::<Outlived>::default(),
    sentence: |told| {
        let mut reasons: Vec<String> = told.held.iter().filter_map(|it| it.reason.clone()).collect();
        reasons.sort();
        reasons.dedup();
        format!("{} still holds what was given for {}", told.who(), few(&reasons))
    },
    mend: |told| {
        let ways = "`rolecall assign … --reason TEXT` says what it is for now, `rolecall unassign` takes it";
        Err(format!("somebody has to say whether {} still needs it: {ways}", told.who()))
    },
};

#[derive(Default)]
struct Outlived {
    /// The present year, by the agency's days.
    year: Option<i32>,
    found: Gather,
}

impl Check for Outlived {
    fn held(&mut self, facts: &Facts<'_>, it: &Assignment, _site: Option<&Site>) {
        let Some(reason) = it.reason.as_deref().filter(|_| it.is_live(facts.now)) else { return };
        let present = *self.year.get_or_insert_with(|| facts.policy.zone.today(facts.now).year());
        if years(reason).any(|it| (2000..present).contains(&it)) {
            self.found.add(facts, it);
        }
    }

    fn end(self: Box<Self>, _facts: &Facts<'_>) -> Vec<Finding> {
        self.found.findings(&RULE)
    }
}

/// Numbers of four digits, no more.
fn years(text: &str) -> impl Iterator<Item = i32> {
    let numbers = text.split(|c: char| !c.is_ascii_digit());
    numbers.filter(|it| it.len() == 4).filter_map(|it| it.parse().ok())
}
