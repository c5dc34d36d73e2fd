//! Sites that nobody can publish.

use super::facts::{Facts, Here};
use super::finding::{About, Besides, Finding, Told};
use super::{Check, Rule, Severity, Takes, giving};
use crate::domain::perm_set::PermSet;
use crate::domain::things::{Level, SiteStatus};

pub(super) static RULE: Rule = Rule {
    id: "nobody-publishes",
    title: "Sites that nobody can publish",
    severity: Severity::High,
    why: "Whatever is wrong on such a site stays there: the agency carries it and cannot bring a single change out.",
    finds: "A published site that the agency hosts or owns and that nobody can publish. Medium where its owner, who is not of the team, \
            still can.",
    settings: &[],
    takes: Takes::Nothing,
    check: || Box::<Unpublished>::default(),
    sentence,
    mend: |told| Err(way_out(told)),
};

#[derive(Default)]
struct Unpublished(Vec<Finding>);

impl Check for Unpublished {
    fn site(&mut self, facts: &Facts<'_>, here: &Here<'_>) {
        let Some(mut publishers) = here.publishers() else { return };
        if here.site.status != SiteStatus::Published || !here.is_hosted(facts) || publishers.next().is_some() {
            return;
        }
        let finding = Finding::new(&RULE, About::Site(here.site.id));
        let by_owner = Besides::Owns(here.site.owner, here.site.id);
        self.0.push(if owner_can(here) { finding.as_severe_as(Severity::Medium).with([by_owner]) } else { finding });
    }

    fn end(self: Box<Self>, _facts: &Facts<'_>) -> Vec<Finding> {
        self.0
    }
}

/// Whether its owner could.
fn owner_can(here: &Here<'_>) -> bool {
    let can = |publish| here.people.iter().any(|it| it.is_owner && it.can.contains(publish));
    here.catalog().publish.is_some_and(can)
}

fn sentence(told: &Told<'_>) -> String {
    let owner = told.here.filter(|here| owner_can(here)).map(|here| told.facts.name(here.site.owner));
    match owner {
        Some(owner) => format!("nobody but its owner, {owner}, can publish {}", told.place()),
        None => format!("nobody can publish {}", told.place()),
    }
}

fn way_out(told: &Told<'_>) -> String {
    let Some((here, publish)) = told.here.and_then(|here| Some((here, here.catalog().publish?))) else { return String::new() };
    let roles = giving::names(told.facts, here.ground, Level::Site, PermSet::of(publish));
    giving::way_out("somebody", &roles, &format!("rolecall assign PERSON ROLE --site {}", here.site.key))
}
