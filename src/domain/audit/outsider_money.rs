//! Guests who see money, or spend it.

use super::by_platform::ByPlatform;
use super::facts::{Facts, Here};
use super::finding::{Finding, Told};
use super::{Check, Rule, Severity, Takes, narrower};
use crate::domain::catalog::{Catalog, Risk, Sensitivity};
use crate::domain::perm_set::PermSet;
use crate::domain::text::few;

pub(super) static RULE: Rule = Rule {
    id: "outsider-money",
    title: "Guests with money",
    severity: Severity::High,
    why: "Payouts, refunds and bank details are what stolen access is used for, and a freelancer seldom needs them.",
    finds: "Somebody who is neither the site's owner nor of the team nor a client can spend money there; medium where it only shows.",
    settings: &[],
    takes: Takes::Contacts,
    check: || Box::<Money>::default(),
    sentence,
    mend: |told| narrower::mend(told, money(told)),
};

#[derive(Default)]
struct Money {
    found: Vec<Finding>,
    of: ByPlatform<(PermSet, PermSet)>,
}

impl Check for Money {
    fn site(&mut self, facts: &Facts<'_>, here: &Here<'_>) {
        let (spends, shows) = self.of.of(here.catalog(), of);
        for it in here.people.iter().filter(|it| it.is_outsider && it.can.intersects(&(spends | shows))) {
            let severity = if it.can.intersects(&spends) { Severity::High } else { Severity::Medium };
            self.found.push(Finding::there(&RULE, facts, here, it.person).as_severe_as(severity));
        }
    }

    fn end(self: Box<Self>, _facts: &Facts<'_>) -> Vec<Finding> {
        self.found
    }
}

/// What spends money on a platform, and what shows it.
pub(super) fn of(catalog: &Catalog) -> (PermSet, PermSet) {
    let spends = catalog.those(|it| it.risk.contains(&Risk::Spends));
    let shows = catalog.those(|it| matches!(it.sensitivity, Sensitivity::Financial | Sensitivity::Both));
    (spends, shows)
}

/// What of it the one that it is about has there.
fn money(told: &Told<'_>) -> PermSet {
    let Some((here, there)) = told.here.zip(told.there()) else { return PermSet::EMPTY };
    let (spends, shows) = of(here.catalog());
    there.can & (spends | shows)
}

fn sentence(told: &Told<'_>) -> String {
    let names = told.labels(money(told));
    let does = if told.finding.severity == Severity::High { "can spend money on" } else { "sees money of" };
    format!("{}, a guest, {does} {}: {}", told.who(), told.place(), few(&names))
}
