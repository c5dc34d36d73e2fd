//! Former contacts who still get in.

use super::facts::Facts;
use super::finding::{About, Besides, Finding, Mend, Told};
use super::gather::Gather;
use super::{Check, Rule, Severity, Takes};
use crate::domain::ids::PersonId;
use crate::domain::life::{Invitation, WaitsFor};
use crate::domain::offer::Stage;
use crate::domain::record::OfferKey;
use crate::domain::text::{email_key, few, plural};
use crate::domain::things::{Assignment, ContactStatus, Scope, Site};

pub(super) static RULE: Rule = Rule {
    id: "former-with-access",
    title: "Former contacts with access",
    severity: Severity::High,
    why: "Whoever left still opens doors: nobody watches such an account, and nobody would miss it when it is taken over.",
    finds: "An assignment that has not ended, or a pending invitation, of an address whose contact is former. One finding a person.",
    settings: &[],
    takes: Takes::Contacts,
    check: || Box::<Former>::default(),
    sentence,
    mend: |told| Ok(mend(told)),
};

#[derive(Default)]
struct Former(Gather);

impl Check for Former {
    fn held(&mut self, facts: &Facts<'_>, it: &Assignment, _site: Option<&Site>) {
        if facts.is_former(it.person) && facts.is_open(it) {
            self.0.add(facts, it);
        }
    }

    fn end(self: Box<Self>, facts: &Facts<'_>) -> Vec<Finding> {
        let mut findings = self.0.findings(&RULE);
        for it in facts.rows.offers.invitations.iter().filter(|it| waits(facts, it)) {
            let about = facts.person_with(&it.email).map_or_else(|| About::Address(it.email.clone()), |it| About::Person(it.id));
            let at = findings.iter().position(|it| it.about == about).unwrap_or(findings.len());
            if at == findings.len() {
                findings.push(Finding::new(&RULE, about));
            }
            let Finding { since, besides, .. } = &mut findings[at];
            *since = (*since).max(Some(it.offer.sent));
            let more: Vec<Besides> = offered(facts, it).filter(|it| !besides.contains(it)).collect();
            besides.extend(more);
        }
        findings
    }
}

/// What it gives whoever accepts it, as far as it is shown where.
fn offered<'a>(facts: &'a Facts<'_>, it: &'a Invitation) -> impl Iterator<Item = Besides> + 'a {
    let waiting = facts.rows.offers.waiting.iter().filter(|waits| waits.of == WaitsFor::Invitation(it.id));
    let is_shown = |it: &Scope| it.site().map_or(facts.is_whole(), |id| facts.site(id).is_some());
    waiting.filter_map(move |waits| Some(Besides::Offered { role: waits.role, level: it.level, scope: waits.scope.filter(is_shown)? }))
}

/// Whether it is to a former contact, and can still be accepted.
fn waits(facts: &Facts<'_>, it: &Invitation) -> bool {
    facts.status(&it.email) == Some(ContactStatus::Former) && it.stage(facts.now) == Stage::Pending
}

/// The invitations that wait for whom it is about.
fn invitations<'a>(told: &Told<'a>) -> impl Iterator<Item = &'a Invitation> {
    let facts = told.facts;
    let address = told.finding.person().map_or_else(|| told.who(), |id: PersonId| facts.email(id));
    let key = email_key(address);
    facts.rows.offers.invitations.iter().filter(move |it| email_key(&it.email) == key && waits(facts, it))
}

fn sentence(told: &Told<'_>) -> String {
    let places: Vec<String> = told.sites().iter().map(|it| it.name.clone()).collect();
    let n_invited = invitations(told).count();
    let roles = (!told.held.is_empty()).then(|| {
        let on = if places.is_empty() { String::new() } else { format!(" on {}", few(&places)) };
        format!("holds {}{on}", plural(told.held.len(), "role"))
    });
    let invited = (n_invited > 0).then(|| format!("can accept {}", plural(n_invited, "invitation")));
    let what: Vec<String> = roles.into_iter().chain(invited).collect();
    format!("{} is a former contact and still {}", told.who(), what.join(" and "))
}

fn mend(told: &Told<'_>) -> Vec<Mend> {
    let cancel = invitations(told).map(|it| Mend::Cancel(OfferKey::Invitation(it.id.0)));
    told.held.iter().cloned().map(Mend::Take).chain(cancel).collect()
}
