//! What every way to turn an answer would do, to everybody (R7): to this person here and elsewhere, and to others; brought and taken.

use std::collections::BTreeSet;

use anyhow::Result;
use chrono::{DateTime, Utc};

use super::access::{self, Asked};
use super::impact::{self, Budget};
use crate::domain::change::{Change, Edit};
use crate::domain::ids::{PersonId, RoleId, SiteId};
use crate::domain::perm_set::{PermId, PermSet};
use crate::domain::policy::Policy;
use crate::domain::remedy::{Remedy, Step};
use crate::domain::ripple::Toggle;
use crate::domain::text;
use crate::domain::things::{Assignment, Host, Person, Role, Scope, Setting, Site};
use crate::facts::Reader;
use crate::store::settings;

/// Most ways that are weighed and told: those that do the least here.
const MAX_WAYS: usize = 5;
/// Pairs of people and sites that the weighing of one way may look at.
const MAX_PAIRS: usize = 5_000;

/// One way.
#[derive(Clone, Debug, PartialEq)]
pub struct Way {
    pub steps: Vec<Step>,
    /// `None` where it touches too many people and sites to count.
    pub effect: Option<Whole>,
}

/// All that it does beside turning the answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Whole {
    /// To this person on this site.
    pub here: Moved,
    /// To this person on other sites.
    pub elsewhere: Moved,
    /// To others, anywhere.
    pub others: Moved,
}

/// What one way moves.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Moved {
    pub people: BTreeSet<PersonId>,
    pub sites: BTreeSet<SiteId>,
    /// Ids of permissions.
    pub brought: BTreeSet<String>,
    pub taken: BTreeSet<String>,
    /// Permissions, each counted for every person and site.
    weight: usize,
}

impl Moved {
    pub fn is_nothing(&self) -> bool {
        self.weight == 0
    }

    fn add(&mut self, person: PersonId, site: SiteId, brought: PermSet, taken: PermSet, name: impl Fn(PermId) -> String) {
        if brought.is_empty() && taken.is_empty() {
            return;
        }
        self.people.insert(person);
        self.sites.insert(site);
        self.weight += brought.len() + taken.len();
        self.brought.extend(brought.iter().map(&name));
        self.taken.extend(taken.iter().map(&name));
    }
}

/// Something that it does, in words.
pub struct Sentence {
    pub text: String,
    /// Whether it takes something away, or reaches others.
    pub warns: bool,
}

impl Whole {
    /// What it does; nothing where nothing else changes.
    ///
    /// # Errors
    /// That the file could not be read.
    pub fn sentences(&self, db: Reader<'_>) -> Result<Vec<Sentence>> {
        let others = format!("for {} more ({})", text::plural(self.others.people.len(), "person"), text::few(&emails(db, &self.others)?));
        let parts = [("here", &self.here, false), ("elsewhere", &self.elsewhere, false), (others.as_str(), &self.others, true)];
        let mut said = Vec::new();
        for (lead, moved, reaches_others) in parts {
            let sites = if lead == "here" { String::new() } else { format!(" on {}", text::few(&keys(db, moved)?)) };
            for (verb, ids, takes) in [("also brings", &moved.brought, false), ("takes away", &moved.taken, true)] {
                if !ids.is_empty() {
                    let list = text::few(&ids.iter().cloned().collect::<Vec<_>>());
                    let text = format!("{lead} it {verb} {}{sites}: {list}", text::plural(ids.len(), "permission"));
                    said.push(Sentence { text, warns: reaches_others || takes });
                }
            }
        }
        Ok(said)
    }

    fn takes(&self) -> bool {
        [&self.here, &self.elsewhere, &self.others].iter().any(|it| !it.taken.is_empty())
    }

    fn weight(&self) -> usize {
        self.here.weight + self.elsewhere.weight + self.others.weight
    }
}

/// The ways that would turn the answer: from no to yes those that take nothing away first; then those that touch nobody
/// else, and of them the least extra change; and how many more there are. Whoever does not see everything is told of what
/// is theirs alone.
///
/// # Errors
/// That the file could not be read.
pub fn ways(db: Reader<'_>, policy: &Policy, asked: &Asked, now: DateTime<Utc>) -> Result<(Vec<Way>, usize)> {
    let mut ways = Vec::new();
    let mut all = Vec::new();
    for it in asked.remedies(policy, now) {
        let roles = it.steps.iter().filter_map(|step| policy.role(role_of(step)?));
        if roles.map(|held| db.sight().knows(db, held.role.as_ref())).collect::<Result<Vec<_>>>()?.into_iter().all(|shown| shown) {
            all.push(it);
        }
    }
    let mut left = all.into_iter();
    while ways.len() < MAX_WAYS
        && let Some(Remedy { steps, .. }) = left.next()
    {
        if db.sight().is_whole() && steps.iter().any(|it| spares_nobody(&ways, it)) {
            continue;
        }
        let effect = whole(db, policy, asked, &changes(db, policy, asked, &steps)?, now)?;
        ways.push(Way { steps, effect });
    }
    let more = left.len();
    // Of two that bring the same, the one without another role.
    let is_copy = |it: &Way| it.steps.iter().any(|step| matches!(step, Step::Copy(_)));
    let allowed = asked.verdict(policy, now).is_allowed();
    ways.sort_by_key(|it| {
        let Some(effect) = &it.effect else { return (true, true, usize::MAX, usize::MAX, usize::MAX, is_copy(it)) };
        let (people, sites) = (effect.others.people.len(), effect.elsewhere.sites.len() + effect.others.sites.len());
        (!allowed && effect.takes(), people > 0, effect.weight(), people, sites, is_copy(it))
    });
    Ok((ways, more))
}

/// Whether it copies a role that could as well be changed: a copy spares others what they would get or lose, and where there
/// are none it is a role too many. The change of the role itself is tried before its copy.
fn spares_nobody(ways: &[Way], step: &Step) -> bool {
    let Step::Copy(copied) = step else { return false };
    let role = copied.from.role;
    let shared = ways.iter().find(|it| [[Step::Grant(role)], [Step::Revoke(role)]].iter().any(|one| it.steps == one));
    let effect = shared.and_then(|it| it.effect.as_ref());
    effect.is_some_and(|it| it.others.is_nothing() && it.elsewhere.is_nothing())
}

/// The role that a step names.
fn role_of(step: &Step) -> Option<RoleId> {
    match step {
        Step::Grant(role) | Step::Revoke(role) | Step::Assign(role, _) => Some(*role),
        Step::Copy(it) => Some(it.from.role),
        Step::Swap(it) => Some(it.to),
        Step::Reopen(it) | Step::Take(it) => Some(it.role),
        Step::InstallApps(_) | Step::Reclaim | Step::Ceiling(_) => None,
    }
}

fn whole(db: Reader<'_>, policy: &Policy, asked: &Asked, changes: &[Change], now: DateTime<Utc>) -> Result<Option<Whole>> {
    let mut whole = Whole::default();
    let budget = Budget { pairs: MAX_PAIRS, ..Budget::ALL };
    let counted = impact::compare(db, policy, changes, now, &budget, &mut |platform, person, site, had, has| {
        let own = person == asked.person.id;
        if !own && !db.sight().is_whole() {
            return Ok(());
        }
        let here = own && site == asked.site.id;
        let part = match (own, here) {
            (_, true) => &mut whole.here,
            (true, false) => &mut whole.elsewhere,
            (false, false) => &mut whole.others,
        };
        let wanted = if here { PermSet::of(asked.permission) } else { PermSet::EMPTY };
        let name = |id| policy.catalog(platform).map_or_else(String::new, |it| it.get(id).id.clone());
        part.add(person, site, has - had - wanted, had - has - wanted, name);
        Ok(())
    })?;
    Ok(counted.ok().map(|()| whole))
}

/// The steps as changes of rows.
fn changes(db: Reader<'_>, policy: &Policy, asked: &Asked, steps: &[Step]) -> Result<Vec<Change>> {
    let mut changes: Vec<Change> = Vec::new();
    let site = &asked.site;
    let toggled = |role, toggle| -> Option<Change> {
        let before = Role::clone(&policy.role(role)?.role);
        let after = asked.ground.catalog.toggled(&before, asked.permission, toggle);
        Some(Edit::update(before, after).into())
    };
    for step in steps {
        match step {
            Step::InstallApps(apps) => {
                let after = Site { apps: [site.apps.as_slice(), apps].concat(), ..site.clone() };
                changes.push(Edit::update(site.clone(), after).into());
            }
            Step::Reopen(it) => {
                changes.push(Edit::update(it.clone(), Assignment { since: None, until: None, ..it.clone() }).into());
            }
            Step::Grant(role) => changes.extend(toggled(*role, Toggle::On)),
            Step::Revoke(role) => changes.extend(toggled(*role, Toggle::Off)),
            Step::Take(it) => changes.push(Edit::delete(it.clone()).into()),
            Step::Swap(it) => changes.push(Edit::update(it.from.clone(), it.held()).into()),
            Step::Assign(role, level) => {
                let given = Assignment::plain(asked.person.id, *role, *level, Scope::Site(site.id));
                changes.push(Edit::create(given).into());
            }
            Step::Copy(it) => {
                changes.push(Edit::create(it.copy.clone()).into());
                changes.push(Edit::update(it.from.clone(), it.held()).into());
            }
            Step::Reclaim => {
                let after = Site { host: Host::Owner, ..site.clone() };
                changes.push(Edit::update(site.clone(), after).into());
                changes.extend(partnership(db, policy, asked)?.into_iter().map(|it| Edit::delete(it).into()));
            }
            Step::Ceiling(profile) => {
                let name = settings::own_ceiling(&site.platform);
                let before = db.setting(&name)?.map(|value| Setting { name: name.clone(), value });
                changes.push(Edit { before, after: Some(Setting { name, value: profile.clone() }) }.into());
            }
        }
    }
    Ok(changes)
}

/// The addresses of those whom it touches.
///
/// # Errors
/// That the file could not be read.
pub fn emails(db: Reader<'_>, moved: &Moved) -> Result<Vec<String>> {
    let found = moved.people.iter().map(|id| Ok(db.find::<Person>(*id)?.map(|it| it.email)));
    found.filter_map(Result::transpose).collect()
}

/// The keys of the sites on which it does.
///
/// # Errors
/// That the file could not be read.
pub fn keys(db: Reader<'_>, moved: &Moved) -> Result<Vec<String>> {
    let found = moved.sites.iter().map(|id| db.site_key(*id));
    found.filter_map(Result::transpose).collect()
}

/// Both sides' roles of the partnership on the site.
fn partnership(db: Reader<'_>, policy: &Policy, asked: &Asked) -> Result<Vec<Assignment>> {
    let all = access::present(db, &asked.ground)?.into_iter().flat_map(|(_, held)| held);
    let of_it = |it: &Assignment| policy.role(it.role).and_then(|held| policy.builtin(held)).is_some_and(|role| role.partnership.is_some());
    Ok(all.filter(|it| it.scope == Scope::Site(asked.site.id) && of_it(it)).collect())
}
