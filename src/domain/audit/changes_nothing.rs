//! What could be taken without anybody noticing.
//!
//! What is held in folders and everywhere reaches sites that are still to come, where nobody holds anything themselves. So it
//! can go where it would change nothing on a hosted site with every app, in each folder and in none; and as it then changes
//! nothing on any site that there is, whatever is held there, each site is looked at by itself.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashSet};

use chrono::{DateTime, Utc};
use foldhash::fast::RandomState;

use super::facts::{Facts, Here};
use super::finding::{Finding, Mend, Told};
use super::gather::Gather;
use super::{Check, Rule, Severity, Takes};
use crate::domain::access::{Ground, any_site};
use crate::domain::catalog::Catalog;
use crate::domain::ids::{FolderId, PersonId};
use crate::domain::perm_set::PermSet;
use crate::domain::text::{few, plural};
use crate::domain::things::{Assignment, Scope, Site};

pub(super) static RULE: Rule = Rule {
    id: "changes-nothing",
    title: "Could go unnoticed",
    severity: Severity::Low,
    why: "What gives nothing today hides what does, and gives something on the day when the rest is taken.",
    finds: "An assignment that could be taken and nobody would gain or lose anything, now or when anything else of theirs begins or \
            ends; of several the youngest. What is of a folder or everywhere is tried on a hosted site with every app, in each folder \
            and in none. Never a side of a partnership. One finding a person.",
    settings: &[],
    takes: Takes::Nothing,
    check: || Box::<Idle>::default(),
    sentence: |told| {
        let (n, sites): (_, Vec<String>) = (told.held.len(), told.sites().iter().map(|it| it.name.clone()).collect());
        let on = if sites.is_empty() { String::new() } else { format!(" on {}", few(&sites)) };
        format!("{} holds {}{on} that could go, and nothing would change", told.who(), plural(n, "role"))
    },
    mend: |told: &Told<'_>| Ok(told.held.iter().cloned().map(Mend::Take).collect()),
};

#[derive(Default)]
struct Idle {
    found: Gather,
    /// Who holds something in folders or everywhere.
    wide: HashSet<PersonId, RandomState>,
}

impl Check for Idle {
    fn site(&mut self, facts: &Facts<'_>, here: &Here<'_>) {
        for own in here.held.chunk_by(|a, b| a.person == b.person) {
            let person = own[0].person;
            let wide = || facts.wide_of(person).filter(|it| facts.is_open(it) && here.ground.reaches(facts.policy, it));
            let open = || own.iter().filter(|it| facts.is_open(it));
            let stays = |it: &Assignment| it.until.is_none() && it.is_live(facts.now);
            // Nearly everybody has nothing wide, and nothing that begins or ends.
            if wide().next().is_none() && (person == here.site.owner || open().all(stays)) {
                self.stays(facts, here, open());
                continue;
            }
            let held: Vec<Assignment> = open().chain(wide()).cloned().collect();
            for it in idle(facts, person, held, std::slice::from_ref(here.ground), |it| it.scope == Scope::Site(here.site.id)) {
                self.found.add(facts, &it);
            }
        }
    }

    fn held(&mut self, facts: &Facts<'_>, it: &Assignment, site: Option<&Site>) {
        if site.is_none() && facts.is_open(it) {
            self.wide.insert(it.person);
        }
    }

    fn end(mut self: Box<Self>, facts: &Facts<'_>) -> Vec<Finding> {
        for person in std::mem::take(&mut self.wide) {
            let held: Vec<Assignment> = facts.wide_of(person).filter(|it| facts.is_open(it)).cloned().collect();
            for it in idle(facts, person, held.clone(), &to_come(facts, &held), |_| true) {
                self.found.add(facts, &it);
            }
        }
        self.found.findings(&RULE)
    }
}

impl Idle {
    /// As [`idle`], of what somebody holds on one site where nothing else reaches it and nothing of it begins or ends, so
    /// that each gives the same for good.
    fn stays<'a>(&mut self, facts: &Facts<'_>, here: &Here<'_>, open: impl Iterator<Item = &'a Assignment>) {
        // Whoever owns the site has everything without them.
        let gives = |it: &Assignment| {
            if it.person == here.site.owner { PermSet::EMPTY } else { here.ground.gives(facts.policy, it.role, it.level) }
        };
        let mut held: Vec<(&Assignment, PermSet)> = open.map(|it| (it, gives(it))).collect();
        let goes = |held: &[(&Assignment, PermSet)], it: &Assignment, gives: PermSet| {
            let others = held.iter().filter(|other| other.0.id != it.id);
            gives.is_subset(&others.fold(PermSet::EMPTY, |set, other| set | other.1))
        };
        // What cannot go beside all others cannot go beside fewer.
        let mut candidates: Vec<(&Assignment, PermSet)> =
            held.iter().filter(|it| goes(&held, it.0, it.1) && is_free(facts, it.0)).copied().collect();
        candidates.sort_by(|(a, _), (b, _)| {
            facts.begins(b).cmp(&facts.begins(a)).then_with(|| facts.held_key(b).cmp(&facts.held_key(a)))
        });
        for (it, gives) in candidates {
            if goes(&held, it, gives) {
                held.retain(|other| other.0.id != it.id);
                self.found.add(facts, it);
            }
        }
    }
}

/// Whether it may be taken by itself, and is of a platform that is known.
fn is_free(facts: &Facts<'_>, it: &Assignment) -> bool {
    facts.policy.role(it.role).is_some_and(|held| held.side.is_none() && facts.policy.catalog(&held.role.platform).is_some())
}

/// Those that can go, the youngest first, each beside those that went before it.
fn idle(
    facts: &Facts<'_>,
    person: PersonId,
    mut held: Vec<Assignment>,
    grounds: &[Ground],
    may_go: impl Fn(&Assignment) -> bool,
) -> Vec<Assignment> {
    let turns = turns(facts, &held);
    let access = |held: &[Assignment]| -> Vec<PermSet> {
        turns.iter().flat_map(|at| grounds.iter().map(|it| it.access(facts.policy, person, held, *at))).collect()
    };
    let mut candidates: Vec<Assignment> = held.iter().filter(|it| may_go(it) && is_free(facts, it)).cloned().collect();
    candidates.sort_by_cached_key(|it| Reverse((facts.begins(it), facts.held_key(it))));
    let (before, mut gone) = (access(&held), Vec::new());
    for it in candidates {
        let rest: Vec<Assignment> = held.iter().filter(|other| other.id != it.id).cloned().collect();
        if access(&rest) == before {
            held = rest;
            gone.push(it);
        }
    }
    gone
}

/// Now, and whenever any of it begins or ends later.
fn turns(facts: &Facts<'_>, held: &[Assignment]) -> BTreeSet<DateTime<Utc>> {
    let later = held.iter().flat_map(|it| [it.since, it.until]).flatten().filter(|at| facts.now < *at);
    later.chain([facts.now]).collect()
}

/// Sites as they may come under any of it, which are nobody's that holds anything. In a folder in which none of it is held it
/// is as in the one above.
fn to_come(facts: &Facts<'_>, held: &[Assignment]) -> Vec<Ground> {
    let folder = |it: &Assignment| if let Scope::Folder(id) = it.scope { Some(id) } else { None };
    let folders: BTreeSet<Option<FolderId>> = held.iter().map(folder).chain([None]).collect();
    let site = |catalog: &Catalog, folder: &Option<FolderId>| Site { owner: PersonId(0), ..any_site(facts.policy, catalog, *folder) };
    let places = facts.policy.catalogs().flat_map(|catalog| folders.iter().map(|it| site(catalog, it)));
    places.filter_map(|it| Ground::new(facts.policy, &it)).collect()
}
