//! Sites that the agency carries and only others can publish.

use super::facts::{Facts, Here, Present};
use super::finding::{About, Finding, Told};
use super::{Check, Rule, Severity, Takes, giving};
use crate::domain::perm_set::PermSet;
use crate::domain::text::few;
use crate::domain::things::{Level, SiteStatus};

pub(super) static RULE: Rule = Rule {
    id: "host-without-hands",
    title: "Hosted sites that the team cannot publish",
    severity: Severity::High,
    why: "The agency answers for the site, and only somebody from outside can change what is online.",
    finds: "A published site that the agency hosts or owns, that somebody can publish and nobody of the team.",
    settings: &[],
    takes: Takes::Nothing,
    check: || Box::<Handless>::default(),
    sentence,
    mend: |told| Err(way_out(told)),
};

#[derive(Default)]
struct Handless(Vec<Finding>);

impl Check for Handless {
    fn site(&mut self, facts: &Facts<'_>, here: &Here<'_>) {
        let Some(publishers) = here.publishers() else { return };
        let publishers: Vec<&Present> = publishers.collect();
        let is_meant = here.site.status == SiteStatus::Published && here.is_hosted(facts) && !publishers.is_empty();
        if is_meant && !publishers.iter().any(|it| it.is_team) {
            let held = here.giving(facts, publishers, here.catalog().publish.into_iter().collect());
            self.0.push(Finding::new(&RULE, About::Site(here.site.id)).by(facts, &held));
        }
    }

    fn end(self: Box<Self>, _facts: &Facts<'_>) -> Vec<Finding> {
        self.0
    }
}

fn sentence(told: &Told<'_>) -> String {
    let publishers = told.here.and_then(Here::publishers).into_iter().flatten();
    let names: Vec<String> = publishers.map(|it| told.facts.name(it.person).to_owned()).collect();
    format!("{} can publish {}, and nobody of the team can", few(&names), told.place())
}

fn way_out(told: &Told<'_>) -> String {
    let Some((here, publish)) = told.here.and_then(|here| Some((here, here.catalog().publish?))) else { return String::new() };
    let roles = giving::names(told.facts, here.ground, Level::Team, PermSet::of(publish));
    giving::way_out("somebody of the team", &roles, &format!("rolecall assign PERSON ROLE --site {} --level team", here.site.key))
}
