//! Nearer roles of the team that take away what wider ones give.

use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;

use super::facts::{Facts, Here};
use super::finding::{Finding, Told};
use super::gather::Gather;
use super::{Check, Rule, Severity, Takes};
use crate::domain::access::{Ground, Held};
use crate::domain::ids::{AssignmentId, FolderId, PersonId};
use crate::domain::perm_set::PermSet;
use crate::domain::text::{few, plural};
use crate::domain::things::{Assignment, Level, Scope};

pub(super) static RULE: Rule = Rule {
    id: "narrows",
    title: "Nearer roles that take away",
    severity: Severity::Low,
    why: "A role given in a folder or on a site stands in place of a wider one, so that somebody who was to get more may have got less.",
    finds: "What a member of the team holds live in one folder, or on one site at team level, taken together: without it what they hold \
            more widely would let them do something there that they cannot do now by any road. One finding a person.",
    settings: &[],
    takes: Takes::Nothing,
    check: || Box::<Narrows>::default(),
    sentence,
    mend: |told| {
        let ways = "`rolecall unassign` takes the nearer role, `rolecall assign` gives what is missing beside it";
        Err(format!("somebody has to say whether {} is meant to do less there: {ways}", told.who()))
    },
};

/// What somebody holds in the nearest scope that has any, and what would count in its place.
struct Near {
    person: PersonId,
    nearest: Vec<Assignment>,
    wider: Held,
}

impl Near {
    /// Of what somebody holds live at team level; `None` where nothing wider would give more.
    fn of(facts: &Facts<'_>, ground: &Ground, held: &[Assignment]) -> Option<Near> {
        let near = |it: &&Assignment| ground.nearness(it.scope).filter(|_| ground.reaches(facts.policy, it));
        let nearest = held.iter().filter_map(|it| near(&it)).min()?;
        let next = held.iter().filter_map(|it| near(&it)).filter(|it| *it > nearest).min()?;
        let at = |place: usize| held.iter().filter(move |it| near(it) == Some(place));
        let closed = |place: usize| {
            let roles = at(place).filter_map(|it| facts.policy.role(it.role));
            roles.fold(PermSet::EMPTY, |set, it| set | it.closed)
        };
        if closed(next).is_subset(&closed(nearest)) {
            return None;
        }
        let mut wider = Held::default();
        at(next).for_each(|it| ground.hold(facts.policy, &mut wider, it));
        Some(Near { person: held.first()?.person, nearest: at(nearest).cloned().collect(), wider })
    }
}

#[derive(Default)]
struct Narrows {
    /// What is live of what is held in folders and everywhere, by person.
    wide: Option<Vec<Vec<Assignment>>>,
    /// Whose nearer roles may take away, by folder and platform: the same on all sites there.
    near: HashMap<(Option<FolderId>, usize), Vec<Near>, RandomState>,
    taken: Taken,
}

#[derive(Default)]
struct Taken {
    found: Gather,
    known: HashSet<AssignmentId, RandomState>,
    /// What is taken away, by platform.
    lost: HashMap<(PersonId, usize), PermSet, RandomState>,
}

impl Check for Narrows {
    fn site(&mut self, facts: &Facts<'_>, here: &Here<'_>) {
        let Some(platform) = facts.policy.platform_index(&here.site.platform).filter(|_| here.ground.has_team) else { return };
        let wide = self.wide.get_or_insert_with(|| wide(facts));
        let of_folder = || wide.iter().filter_map(|held| Near::of(facts, here.ground, held)).collect();
        let near = self.near.entry((here.ground.folder(), platform)).or_insert_with(of_folder);
        let is_near = |it: &Assignment| it.level == Level::Team && it.is_live(facts.now);
        for it in near.iter().filter(|near| !here.held_by(near.person).iter().any(is_near)) {
            self.taken.look(facts, here, platform, it);
        }
        // What is held on the site itself is nearer still.
        for own in here.held.chunk_by(|a, b| a.person == b.person).filter(|own| own.iter().any(is_near)) {
            let person = own[0].person;
            if facts.shows(person) {
                let held: Vec<Assignment> = own.iter().chain(facts.wide_of(person)).filter(|it| is_near(it)).cloned().collect();
                if let Some(it) = Near::of(facts, here.ground, &held) {
                    self.taken.look(facts, here, platform, &it);
                }
            }
        }
    }

    fn end(self: Box<Self>, _facts: &Facts<'_>) -> Vec<Finding> {
        let mut n_lost: HashMap<PersonId, usize, RandomState> = HashMap::default();
        for ((person, _), lost) in &self.taken.lost {
            *n_lost.entry(*person).or_default() += lost.len();
        }
        let n_rights = |it: &Finding| it.person().and_then(|it| n_lost.get(&it).copied()).unwrap_or(0);
        let findings = self.taken.found.findings(&RULE).into_iter();
        findings.map(|it| Finding { n_rights: n_rights(&it), ..it }).collect()
    }
}

impl Taken {
    /// Whether it takes away anything there.
    fn look(&mut self, facts: &Facts<'_>, here: &Here<'_>, platform: usize, near: &Near) {
        let Some(there) = here.present(near.person).filter(|it| !it.is_owner) else { return };
        let lost = here.ground.effective(PersonId(0), &near.wider) - there.can;
        if lost.is_empty() {
            return;
        }
        *self.lost.entry((near.person, platform)).or_default() |= lost;
        for it in &near.nearest {
            if self.known.insert(it.id) {
                self.found.add(facts, it);
            }
        }
    }
}

/// What is live of what is held in folders and everywhere, by person, as far as it is shown.
fn wide(facts: &Facts<'_>) -> Vec<Vec<Assignment>> {
    let is_wide = |it: &&Assignment| it.scope.site().is_none() && it.level == Level::Team && it.is_live(facts.now);
    let people = facts.rows.team.chunk_by(|a, b| a.person == b.person).filter(|them| facts.shows(them[0].person));
    people.map(|them| them.iter().filter(is_wide).cloned().collect::<Vec<_>>()).filter(|it| it.len() > 1).collect()
}

fn sentence(told: &Told<'_>) -> String {
    let mut scopes: Vec<Scope> = told.held.iter().map(|it| it.scope).collect();
    scopes.sort_unstable();
    scopes.dedup();
    let name = |it: &Scope| match it {
        Scope::Everywhere => "everywhere".to_owned(),
        Scope::Folder(id) => told.facts.policy.folder(*id).map_or_else(String::new, |it| it.name.clone()),
        Scope::Site(id) => told.facts.site(*id).map_or_else(String::new, |it| it.name.clone()),
    };
    let (places, rights): (Vec<String>, _) = (scopes.iter().map(name).collect(), plural(told.finding.n_rights, "permission"));
    format!("what {} holds in {} takes away {rights} that a wider role would give there", told.who(), few(&places))
}
