//! Sites whose owner is gone, or nobody knows who that is.

use super::facts::Facts;
use super::finding::{About, Besides, Finding, Told};
use super::{Check, Rule, Severity, Takes};
use crate::domain::things::Site;

pub(super) static RULE: Rule = Rule {
    id: "owner-gone",
    title: "Sites of somebody who is gone",
    severity: Severity::High,
    why: "A site moves only by its owner's yes: once nobody reaches them, it can neither be handed over nor rescued.",
    finds: "A site whose owner is a former contact, or is neither a contact nor of the team nor the account owner.",
    settings: &[],
    takes: Takes::Whole,
    check: || Box::new(Orphaned),
    sentence,
    mend: |told| Err(way_out(told)),
};

struct Orphaned;

impl Check for Orphaned {
    fn end(self: Box<Self>, facts: &Facts<'_>) -> Vec<Finding> {
        let orphaned = facts.rows.sites.iter().filter(|it| is_gone(facts, it));
        orphaned.map(|it| Finding::new(&RULE, About::Site(it.id)).with([Besides::Owner(it.owner)])).collect()
    }
}

fn is_gone(facts: &Facts<'_>, site: &Site) -> bool {
    let is_contact = || facts.status(facts.email(site.owner)).is_some();
    facts.is_former(site.owner) || !(facts.is_team(site.owner) || is_contact())
}

fn site<'a>(told: &Told<'a>) -> Option<&'a Site> {
    told.finding.site().and_then(|id| told.facts.site(id))
}

fn sentence(told: &Told<'_>) -> String {
    let Some(site) = site(told) else { return String::new() };
    let (name, owner) = (told.place(), told.facts.name(site.owner));
    if told.facts.is_former(site.owner) {
        format!("{name} belongs to {owner}, a former contact")
    } else {
        format!("{name} belongs to {owner}, who is neither a contact nor of the team")
    }
}

fn way_out(told: &Told<'_>) -> String {
    let Some(site) = site(told) else { return String::new() };
    let known = if told.facts.is_former(site.owner) { "" } else { ", or its owner becomes a contact" };
    format!("a site changes hands by a yes only{known}: rolecall transfer send {} --to EMAIL", site.key)
}
