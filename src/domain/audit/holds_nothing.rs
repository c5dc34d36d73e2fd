//! People who have nothing at all.

use std::collections::HashSet;

use foldhash::fast::RandomState;

use super::facts::Facts;
use super::finding::{About, Finding, Mend, Told};
use super::gather::Gather;
use super::{Check, Rule, Severity, Takes};
use crate::domain::ids::PersonId;
use crate::domain::offer::Stage;
use crate::domain::text::{email_key, plural};
use crate::domain::things::{Assignment, Site};

pub(super) static RULE: Rule = Rule {
    id: "holds-nothing",
    title: "People with nothing",
    severity: Severity::Low,
    why: "Names that stand for nobody make lists long, and one of them is picked by mistake one day.",
    finds: "Somebody with no assignment that has not ended, no site, no pending offer and no contact; never the account owner.",
    settings: &[],
    takes: Takes::Whole,
    check: || Box::<Idle>::default(),
    sentence: |told| {
        let ended = if told.held.is_empty() { "" } else { " any more" };
        format!("{} holds nothing{ended}, owns nothing and was offered nothing", told.who())
    },
    mend,
};

#[derive(Default)]
struct Idle {
    busy: HashSet<PersonId, RandomState>,
    ended: Gather,
}

impl Check for Idle {
    fn held(&mut self, facts: &Facts<'_>, it: &Assignment, _site: Option<&Site>) {
        if facts.is_open(it) {
            self.busy.insert(it.person);
        } else {
            self.ended.add(facts, it);
        }
    }

    fn end(mut self: Box<Self>, facts: &Facts<'_>) -> Vec<Finding> {
        self.busy.extend(facts.rows.sites.iter().map(|it| it.owner));
        self.busy.insert(facts.policy.owner);
        let offers = &facts.rows.offers;
        let is_pending = |stage: Stage| stage == Stage::Pending;
        self.busy.extend(offers.requests.iter().filter(|it| is_pending(it.stage(facts.now))).map(|it| it.person));
        let invited = offers.invitations.iter().filter(|it| is_pending(it.stage(facts.now))).map(|it| &it.email);
        let asked = offers.handovers.iter().filter(|it| is_pending(it.stage(facts.now))).map(|it| &it.email);
        let offered: HashSet<String, RandomState> = invited.chain(asked).map(|it| email_key(it)).collect();
        let idle = facts.rows.people.iter().filter(|it| {
            !self.busy.contains(&it.id) && facts.status(&it.email).is_none() && !offered.contains(&email_key(&it.email))
        });
        let finding = |id| {
            let (held, since) = self.ended.get(&id).cloned().unwrap_or_default();
            Finding { held, ..Finding::new(&RULE, About::Person(id)) }.since(since)
        };
        idle.map(|it| finding(it.id)).collect()
    }
}

/// What has ended goes along.
fn mend(told: &Told<'_>) -> Result<Vec<Mend>, String> {
    let Some(id) = told.finding.person() else { return Err(format!("{} is gone", plural(1, "person"))) };
    Ok(told.held.iter().cloned().map(Mend::Take).chain([Mend::RemovePerson(id)]).collect())
}
