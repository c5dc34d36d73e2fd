//! More people than seats.

use std::collections::HashSet;

use foldhash::fast::RandomState;

use super::facts::{Facts, Here};
use super::finding::{About, Finding, Told};
use super::{Check, Rule, Severity, Takes};
use crate::domain::ids::PersonId;
use crate::domain::text::plural;
use crate::domain::things::{Assignment, Level, Site};

pub(super) static RULE: Rule = Rule {
    id: "over-seats",
    title: "More people than seats",
    severity: Severity::Low,
    why: "Over the limit whoever is there stays, and nobody else can be invited: on the day when somebody is needed, nobody gets in.",
    finds: "More people with live assignments in the team than it has seats, or at site level on a site than each site has, where such a \
            limit is set. The two sides of a partnership take no seat.",
    settings: &[],
    takes: Takes::Nothing,
    check: || Box::<Full>::default(),
    sentence,
    mend: |told| Err(way_out(told)),
};

#[derive(Default)]
struct Full {
    found: Vec<Finding>,
    team: HashSet<PersonId, RandomState>,
    by: Vec<Assignment>,
    /// Whether the team has a limit and is not shown.
    is_team_hidden: bool,
}

impl Check for Full {
    fn site(&mut self, facts: &Facts<'_>, here: &Here<'_>) {
        self.is_team_hidden |= !facts.is_whole() && facts.rows.profile.team_seats.is_some();
        let Some(seats) = facts.rows.profile.site_seats else { return };
        let seated = |it: &&Assignment| it.level == Level::Site && takes_seat(facts, it);
        // In the order of the people's numbers.
        let people = here.held.chunk_by(|a, b| a.person == b.person).filter(|it| it.iter().any(|it| seated(&it)));
        if people.count() > size(seats) {
            self.found.push(Finding::new(&RULE, About::Site(here.site.id)).by(facts, here.held.iter().filter(seated)));
        }
    }

    fn held(&mut self, facts: &Facts<'_>, it: &Assignment, _site: Option<&Site>) {
        if facts.is_whole() && facts.rows.profile.team_seats.is_some() && it.level == Level::Team && takes_seat(facts, it) {
            self.team.insert(it.person);
            self.by.push(it.clone());
        }
    }

    fn left_out(&self) -> Option<&'static str> {
        self.is_team_hidden.then_some("for the team")
    }

    fn end(mut self: Box<Self>, facts: &Facts<'_>) -> Vec<Finding> {
        if facts.rows.profile.team_seats.is_some_and(|seats| self.team.len() > size(seats)) {
            self.found.push(Finding::new(&RULE, About::Person(facts.policy.owner)).by(facts, &self.by));
        }
        self.found
    }
}

fn size(seats: u32) -> usize {
    usize::try_from(seats).unwrap_or(usize::MAX)
}

fn takes_seat(facts: &Facts<'_>, it: &Assignment) -> bool {
    it.is_live(facts.now) && facts.policy.role(it.role).is_none_or(|held| held.side.is_none())
}

fn sentence(told: &Told<'_>) -> String {
    let (n, profile) = (told.holders().len(), &told.facts.rows.profile);
    let seats = |seats: Option<u32>| plural(size(seats.unwrap_or_default()), "seat");
    if told.finding.site().is_some() {
        format!("{} on {}, which has {}", plural(n, "person"), told.place(), seats(profile.site_seats))
    } else {
        format!("{} in the team, which has {}", plural(n, "person"), seats(profile.team_seats))
    }
}

fn way_out(told: &Told<'_>) -> String {
    let option = if told.finding.site().is_some() { "--site-seats" } else { "--seats" };
    format!("somebody has to say who leaves, or raise the limit: rolecall team edit {option} {}", told.holders().len())
}
