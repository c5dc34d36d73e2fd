//! Parked sites that guests still reach.

use super::facts::{Facts, Here};
use super::finding::{About, Finding, Told};
use super::{Check, Rule, Severity, Takes};
use crate::domain::text::few;
use crate::domain::things::{Assignment, Level, SiteStatus};

pub(super) static RULE: Rule = Rule {
    id: "parked-with-outsiders",
    title: "Parked sites with guests",
    severity: Severity::Low,
    why: "Nobody works on a parked site and nobody looks at it, so that nobody sees what a guest does there.",
    finds: "A parked site on which somebody holds a live assignment at site level who is neither its owner nor of the team.",
    settings: &[],
    takes: Takes::Nothing,
    check: || Box::<Parked>::default(),
    sentence: |told| format!("{} is parked, and {} still reach{} it", told.place(), few(&told.holders()), third(told)),
    mend: |told| Err(way_out(told)),
};

#[derive(Default)]
struct Parked(Vec<Finding>);

impl Check for Parked {
    fn site(&mut self, facts: &Facts<'_>, here: &Here<'_>) {
        if here.site.status != SiteStatus::Parked {
            return;
        }
        let is_live = |it: &&Assignment| it.level == Level::Site && it.is_live(facts.now);
        let guests = here.people.iter().filter(|it| it.is_guest);
        let held: Vec<&Assignment> = guests.flat_map(|it| here.held_by(it.person).iter().filter(is_live)).collect();
        if !held.is_empty() {
            self.0.push(Finding::new(&RULE, About::Site(here.site.id)).by(facts, held));
        }
    }

    fn end(self: Box<Self>, _facts: &Facts<'_>) -> Vec<Finding> {
        self.0
    }
}

fn third(told: &Told<'_>) -> &'static str {
    if told.holders().len() == 1 { "es" } else { "" }
}

fn way_out(told: &Told<'_>) -> String {
    let key = told.here.map_or("SITE", |here| here.site.key.as_str());
    format!("somebody has to say whether work goes on there; else take what they hold: rolecall unassign PERSON ROLE --site {key}")
}
