//! Sites that hang on one person.

use chrono::{DateTime, TimeDelta, Utc};

use super::facts::{Facts, Here, Present};
use super::finding::{About, Besides, Finding, Told};
use super::{Check, Rule, Setting, Severity, Takes};
use crate::domain::ids::PersonId;
use crate::domain::text::few;
use crate::domain::things::SiteStatus;

pub(super) static RULE: Rule = Rule {
    id: "one-publisher",
    title: "Few who can publish",
    severity: Severity::Medium,
    why: "When the only one who can publish is ill, on holiday or gone, a wrong price stays online until somebody is let in.",
    finds: "A published site with fewer than `people` who can publish, and at least one; its owner counts where they are of the team. \
            High where in `days` days nobody is left who is no former contact.",
    settings: &[Setting::number("people", "2", "how many who can publish are enough"), Setting::number("days", "30", "how far it looks ahead")],
    takes: Takes::Nothing,
    check: || Box::<Few>::default(),
    sentence,
    mend: |told| Err(format!("somebody has to be chosen who may publish {}; `a` or `rolecall assign` gives them a role", told.place())),
};

#[derive(Default)]
struct Few(Vec<Finding>);

impl Check for Few {
    fn site(&mut self, facts: &Facts<'_>, here: &Here<'_>) {
        let Some(publishers) = publishers(here) else { return };
        if publishers.is_empty() || publishers.len() >= usize::try_from(facts.number(&RULE, "people")).unwrap_or(0) {
            return;
        }
        let held = here.giving(facts, &publishers, here.catalog().publish.into_iter().collect());
        let by_owner = publishers.iter().filter(|it| it.is_owner).map(|it| Besides::Owns(it.person, here.site.id));
        let finding = Finding::new(&RULE, About::Site(here.site.id)).by(facts, &held).with(by_owner);
        let by = facts.now + TimeDelta::days(facts.number(&RULE, "days"));
        let stays = |it: &&Present| !facts.is_former(it.person) && can_then(facts, here, it.person, by);
        self.0.push(if publishers.iter().any(|it| stays(&it)) { finding } else { finding.as_severe_as(Severity::High) });
    }

    fn end(self: Box<Self>, _facts: &Facts<'_>) -> Vec<Finding> {
        self.0
    }
}

/// Those who can publish a published site.
fn publishers(here: &Here<'_>) -> Option<Vec<Present>> {
    (here.site.status == SiteStatus::Published).then(|| here.publishers().map(|them| them.copied().collect())).flatten()
}

/// Whether they can publish still, by what they hold now.
fn can_then(facts: &Facts<'_>, here: &Here<'_>, person: PersonId, at: DateTime<Utc>) -> bool {
    here.catalog().publish.is_some_and(|it| here.access_at(facts, person, at).contains(it))
}

fn sentence(told: &Told<'_>) -> String {
    let names: Vec<String> =
        told.here.and_then(publishers).unwrap_or_default().iter().map(|it| told.facts.name(it.person).to_owned()).collect();
    let soon = if told.finding.severity == Severity::High { ", and soon nobody can who is not gone" } else { "" };
    format!("only {} can publish {}{soon}", few(&names), told.place())
}
