//! Guests who see personal data, and nobody said until when or what for.

use chrono::TimeDelta;

use super::by_platform::ByPlatform;
use super::facts::{Facts, Here};
use super::finding::{About, Finding, Mend, Told};
use super::{Check, Rule, Severity, Takes, never_ends, outsider_money, outsider_widens};
use crate::domain::catalog::{Catalog, Sensitivity};
use crate::domain::perm_set::PermSet;
use crate::domain::text::few;
use crate::domain::things::{Assignment, Level};

pub(super) static RULE: Rule = Rule {
    id: "outsider-data",
    title: "Guests with personal data",
    severity: Severity::Medium,
    why: "Your client answers for who reads their customers' data: without an end and a reason nobody can tell them why somebody still does.",
    finds: "Somebody who is neither the site's owner nor of the team nor a client sees personal data there by a role that was given \
            without an end and without a reason; not where they have money there or let others in, which is said instead.",
    settings: &[],
    takes: Takes::Contacts,
    check: || Box::<Data>::default(),
    sentence,
    mend,
};

#[derive(Default)]
struct Data {
    found: Vec<Finding>,
    of: ByPlatform<(PermSet, PermSet)>,
}

impl Check for Data {
    fn site(&mut self, facts: &Facts<'_>, here: &Here<'_>) {
        let (personal, said) = self.of.of(here.catalog(), |it| (personal(it), said(it)));
        for it in here.people.iter().filter(|it| it.is_outsider && it.can.intersects(&personal) && !it.can.intersects(&said)) {
            let shows = |it: &&Assignment| here.ground.gives(facts.policy, it.role, it.level).intersects(&personal);
            let held: Vec<&Assignment> = here.held_by(it.person).iter().filter(|it| is_bare(facts, it)).filter(shows).collect();
            if !held.is_empty() {
                self.found.push(Finding::new(&RULE, About::PersonOn(it.person, here.site.id)).by(facts, held));
            }
        }
    }

    fn end(self: Box<Self>, _facts: &Facts<'_>) -> Vec<Finding> {
        self.found
    }
}

/// Live, without an end and without a reason.
fn is_bare(facts: &Facts<'_>, it: &Assignment) -> bool {
    it.level == Level::Site && it.until.is_none() && it.reason.is_none() && it.is_live(facts.now)
}

/// What shows personal data on a platform.
fn personal(catalog: &Catalog) -> PermSet {
    catalog.those(|it| matches!(it.sensitivity, Sensitivity::Personal | Sensitivity::Both))
}

/// What other rules say of guests.
fn said(catalog: &Catalog) -> PermSet {
    let ((spends, shows), (lets_in, others)) = (outsider_money::of(catalog), outsider_widens::of(catalog));
    spends | shows | lets_in | others
}

fn sentence(told: &Told<'_>) -> String {
    let shown = told.here.zip(told.there()).map_or(PermSet::EMPTY, |(here, there)| there.can & personal(here.catalog()));
    let names = few(&told.labels(shown));
    format!("{}, a guest, sees personal data of {} without an end or a reason: {names}", told.who(), told.place())
}

fn mend(told: &Told<'_>) -> Result<Vec<Mend>, String> {
    let end = told.facts.now + TimeDelta::days(told.facts.number(&never_ends::RULE, "end"));
    Ok(told.held.iter().map(|it| Mend::End(it.clone(), end)).collect())
}
