//! People who hold the same several roles in the same way, for whom one role would do.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::catalog::BuiltinRole;
use super::ids::{PersonId, RoleId};
use super::perm_set::PermSet;
use super::policy::{HeldRole, Policy, TakenNames};
use super::record::RoleRecord;
use super::text;
use super::things::{Assignment, Level, RoleLevel, Scope};

/// What is held of one platform by one person in one place: several live roles, all with one end.
pub type Bundle = Vec<Assignment>;

/// Those who hold the same roles at the same level.
#[derive(Clone, Debug)]
pub struct Group {
    pub level: Level,
    /// In the order of their keys.
    pub roles: Vec<RoleId>,
    /// One a person and place.
    pub bundles: Vec<Bundle>,
}

impl Group {
    pub fn people(&self) -> BTreeSet<PersonId> {
        self.bundles.iter().filter_map(|it| it.first()).map(|it| it.person).collect()
    }

    /// The role that gives what all of them give together.
    pub fn role(&self, policy: &Policy, taken: &TakenNames) -> Option<RoleRecord> {
        let held: Vec<&HeldRole> = self.roles.iter().filter_map(|it| policy.role(*it)).collect();
        let first = &held.first()?.role;
        let catalog = policy.catalog(&first.platform)?;
        let names: Vec<&str> = held.iter().map(|it| it.role.name.as_str()).collect();
        let (key, name) = taken.free(&text::key_from(&names.join(" ")), &names.join(" + "))?;
        let unknown = held.iter().flat_map(|it| &it.role.permissions).filter(|it| catalog.find(it).is_none()).cloned();
        let granted = held.iter().fold(PermSet::EMPTY, |set, it| set | it.granted);
        let level = match self.level {
            Level::Site => RoleLevel::Site,
            Level::Team => RoleLevel::Team,
        };
        let permissions: BTreeSet<String> = unknown.chain(catalog.names(granted)).collect();
        let permissions = permissions.into_iter().collect();
        Some(RoleRecord { key, name, about: String::new(), platform: first.platform.clone(), level, permissions })
    }
}

/// Gathers them, person by person.
#[derive(Default)]
pub struct Miner {
    by_roles: BTreeMap<(bool, Vec<RoleId>), Vec<Bundle>>,
}

impl Miner {
    /// All that one person holds.
    pub fn add(&mut self, policy: &Policy, held: Vec<Assignment>, now: DateTime<Utc>) {
        let mut places: BTreeMap<(bool, ScopeKey, &str), Bundle> = BTreeMap::new();
        for it in held {
            let Some(role) = policy.role(it.role) else { continue };
            // What is over is no part of it.
            if it.until.is_none_or(|until| now < until) {
                places.entry((it.level == Level::Team, scope_key(it.scope), &role.role.platform)).or_default().push(it);
            }
        }
        for ((is_team, ..), bundle) in places {
            let Some(roles) = together(policy, &bundle, now) else { continue };
            self.by_roles.entry((is_team, roles)).or_default().push(bundle);
        }
    }

    /// The groups of at least so many people, those of most people first, then those of most roles.
    pub fn groups(self, policy: &Policy, least: usize) -> Vec<Group> {
        let level = |is_team| if is_team { Level::Team } else { Level::Site };
        let all = self.by_roles.into_iter().map(|((is_team, roles), bundles)| Group { level: level(is_team), roles, bundles });
        let mut groups: Vec<Group> = all.filter(|it| it.people().len() >= least).collect();
        let keys = |it: &Group| it.roles.iter().filter_map(|id| policy.role(*id)).map(|it| it.role.key.clone()).collect::<Vec<_>>();
        groups.sort_by_cached_key(|it| (std::cmp::Reverse((it.people().len(), it.roles.len())), keys(it), it.level == Level::Team));
        groups
    }
}

type ScopeKey = (u8, i64);

fn scope_key(scope: Scope) -> ScopeKey {
    match scope {
        Scope::Everywhere => (0, 0),
        Scope::Folder(id) => (1, id.0),
        Scope::Site(id) => (2, id.0),
    }
}

/// The roles of a bundle by key, where one of one's own could stand for all of them: they are several, live, end together, do
/// nothing but give permissions, and none gives what all of them give.
fn together(policy: &Policy, bundle: &[Assignment], now: DateTime<Utc>) -> Option<Vec<RoleId>> {
    let first = bundle.first().filter(|_| bundle.len() > 1)?;
    let mut roles: Vec<&HeldRole> = bundle.iter().filter_map(|it| policy.role(it.role)).collect();
    let closed = roles.iter().fold(PermSet::EMPTY, |set, it| set | it.closed);
    let fits = bundle.iter().all(|it| it.is_live(now) && it.until == first.until)
        && roles.iter().all(|it| policy.builtin(it).is_none_or(only_gives) && it.closed != closed)
        && policy.catalog(&roles.first()?.role.platform).is_some();
    roles.sort_by(|a, b| a.role.key.cmp(&b.role.key));
    fits.then(|| roles.iter().map(|it| it.role.id).collect())
}

/// Whether a role of one's own with the same permissions is the same to its holders.
fn only_gives(role: &BuiltinRole) -> bool {
    !role.owner && !role.keeps && role.partnership.is_none() && role.lifts.is_empty()
}
