//! Guests who let others in.

use super::by_platform::ByPlatform;
use super::facts::{Facts, Here};
use super::finding::{Finding, Told};
use super::{Check, Rule, Severity, Takes, narrower};
use crate::domain::catalog::{Catalog, Risk};
use crate::domain::deed::Deed;
use crate::domain::perm_set::PermSet;
use crate::domain::text::few;

pub(super) static RULE: Rule = Rule {
    id: "outsider-widens",
    title: "Guests who let others in",
    severity: Severity::High,
    why: "Whoever can let others in hands your client's site to people of whom you have never heard, and stays in by them.",
    finds: "Somebody who is neither the site's owner nor of the team nor a client can invite people there, change their roles or make \
            roles; medium where it widens anybody's access in another way.",
    settings: &[],
    takes: Takes::Contacts,
    check: || Box::<Widens>::default(),
    sentence,
    mend: |told| narrower::mend(told, widening(told)),
};

#[derive(Default)]
struct Widens {
    found: Vec<Finding>,
    of: ByPlatform<(PermSet, PermSet)>,
}

impl Check for Widens {
    fn site(&mut self, facts: &Facts<'_>, here: &Here<'_>) {
        let (lets_in, others) = self.of.of(here.catalog(), of);
        for it in here.people.iter().filter(|it| it.is_outsider && it.can.intersects(&(lets_in | others))) {
            let severity = if it.can.intersects(&lets_in) { Severity::High } else { Severity::Medium };
            self.found.push(Finding::there(&RULE, facts, here, it.person).as_severe_as(severity));
        }
    }

    fn end(self: Box<Self>, _facts: &Facts<'_>) -> Vec<Finding> {
        self.found
    }
}

/// What lets people in on a platform or gives them more, and what else widens anybody's access.
pub(super) fn of(catalog: &Catalog) -> (PermSet, PermSet) {
    let deeds = [Deed::InvitePeople, Deed::ChangeRoles, Deed::InviteTeam, Deed::ChangeTeam, Deed::ManageRoles];
    let lets_in: PermSet = deeds.iter().filter_map(|it| catalog.authority.get(it).copied()).collect();
    (lets_in, catalog.those(|it| it.risk.contains(&Risk::Widens)) - lets_in)
}

/// What of it the one that it is about has there.
fn widening(told: &Told<'_>) -> PermSet {
    let Some((here, there)) = told.here.zip(told.there()) else { return PermSet::EMPTY };
    let (lets_in, others) = of(here.catalog());
    there.can & (lets_in | others)
}

fn sentence(told: &Told<'_>) -> String {
    let names = told.labels(widening(told));
    let does = if told.finding.severity == Severity::High { "can let others in on" } else { "can widen access on" };
    format!("{}, a guest, {does} {}: {}", told.who(), told.place(), few(&names))
}
