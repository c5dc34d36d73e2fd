//! Sites on which many can let others in.

use super::facts::{Facts, Here, Present};
use super::finding::{About, Finding, Told};
use super::{Check, Rule, Setting, Severity, Takes};
use crate::domain::catalog::Catalog;
use crate::domain::deed::Deed;
use crate::domain::perm_set::PermSet;
use crate::domain::text::{few, plural};

pub(super) static RULE: Rule = Rule {
    id: "too-many-admins",
    title: "Many who let others in",
    severity: Severity::Medium,
    why: "Each of them can let in anybody, or make more of somebody: the more there are, the less anybody knows who let whom in.",
    finds: "More than `people` besides the site's owner and the account owner may let people in, or change their roles, on a site.",
    settings: &[Setting::number("people", "3", "how many are enough")],
    takes: Takes::Nothing,
    check: || Box::<Crowded>::default(),
    sentence,
    mend: |told| Err(way_out(told)),
};

#[derive(Default)]
struct Crowded(Vec<Finding>);

impl Check for Crowded {
    fn site(&mut self, facts: &Facts<'_>, here: &Here<'_>) {
        let lets_in = of(here.catalog());
        let n = admins(facts, here, lets_in).count();
        // Most sites have none: nothing is asked of the settings then.
        if n == 0 || n <= usize::try_from(facts.number(&RULE, "people")).unwrap_or(0) {
            return;
        }
        let held = here.giving(facts, admins(facts, here, lets_in), lets_in);
        self.0.push(Finding::new(&RULE, About::Site(here.site.id)).by(facts, &held));
    }

    fn end(self: Box<Self>, _facts: &Facts<'_>) -> Vec<Finding> {
        self.0
    }
}

/// What lets people in on a platform, or changes what they can do.
fn of(catalog: &Catalog) -> PermSet {
    [Deed::InvitePeople, Deed::ChangeRoles].iter().filter_map(|it| catalog.authority.get(it).copied()).collect()
}

/// Those who hold any of it there, the owners apart.
fn admins<'a>(facts: &Facts<'_>, here: &'a Here<'_>, lets_in: PermSet) -> impl Iterator<Item = &'a Present> {
    let owner = facts.policy.owner;
    here.people.iter().filter(move |it| !it.is_owner && it.person != owner && it.can.intersects(&lets_in))
}

fn sentence(told: &Told<'_>) -> String {
    let names = told.holders();
    format!("{} may let others in on {}: {}", plural(names.len(), "person"), told.place(), few(&names))
}

fn way_out(told: &Told<'_>) -> String {
    let key = told.here.map_or("SITE", |here| here.site.key.as_str());
    format!("somebody has to say who of them needs it; take it from the others: rolecall unassign PERSON ROLE --site {key}")
}
