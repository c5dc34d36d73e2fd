//! What becomes of roles that findings are about.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::Left;
use crate::command::{Command, Switch};
use crate::domain::ids::RoleId;
use crate::domain::policy::Policy;
use crate::domain::record::{Key, Record, RoleRecord};
use crate::domain::things::Role;
use crate::facts::Reader;
use crate::query::records;

/// What each is to be.
#[derive(Default)]
pub(super) struct Ends(BTreeMap<RoleId, End>);

/// What one is to be.
#[derive(Default)]
struct End {
    /// By which finding it is removed.
    removed: Option<String>,
    /// The role that its holders get.
    retired: Option<RoleId>,
    toggled: Vec<Toggled>,
}

#[derive(PartialEq)]
struct Toggled {
    permissions: Vec<String>,
    to: Switch,
    key: String,
}

impl Ends {
    pub(super) fn remove(&mut self, id: RoleId, key: &str) {
        self.0.entry(id).or_default().removed = Some(key.to_owned());
    }

    pub(super) fn retire(&mut self, id: RoleId, other: RoleId) {
        self.0.entry(id).or_default().retired = Some(other);
    }

    pub(super) fn pin(&mut self, id: RoleId, permissions: &[String], key: &str) {
        self.toggle(id, permissions, Switch::Pin, key);
    }

    pub(super) fn revoke(&mut self, id: RoleId, permissions: &[String], key: &str) {
        self.toggle(id, permissions, Switch::Revoke, key);
    }

    fn toggle(&mut self, id: RoleId, permissions: &[String], to: Switch, key: &str) {
        let it = Toggled { permissions: permissions.to_vec(), to, key: key.to_owned() };
        let toggled = &mut self.0.entry(id).or_default().toggled;
        if !toggled.contains(&it) {
            toggled.push(it);
        }
    }

    /// Those whose holders get another role: each before the one that it becomes.
    fn retired(&self) -> Vec<(RoleId, RoleId)> {
        let next = |id: RoleId| self.0.get(&id).and_then(|it| it.retired);
        let n_behind = |id: RoleId| std::iter::successors(next(id), |it| next(*it)).take(self.0.len()).count();
        let mut retired: Vec<(RoleId, RoleId)> = self.0.iter().filter_map(|(id, it)| Some((*id, it.retired?))).collect();
        retired.sort_by_key(|it| Reverse(n_behind(it.0)));
        retired
    }
}

pub(super) struct Mender<'m, 'a> {
    pub(super) db: Reader<'a>,
    pub(super) policy: &'a Policy,
    pub(super) left: &'m mut Vec<Left>,
}

impl Mender<'_, '_> {
    /// `given`: the roles that somebody gets. Such a role stays, and keeps its rights: they may have an effect there.
    pub(super) fn commands(mut self, ends: Ends, mut given: BTreeSet<RoleId>) -> Result<Vec<Command>> {
        let (mut retired, mut last) = (BTreeSet::new(), Vec::new());
        for (id, other) in ends.retired() {
            // Nobody holds what is unused, so that nobody gets the other one.
            if given.contains(&id) || ends.0[&id].removed.is_none() {
                given.insert(other);
                retired.insert(id);
                last.push(Command::Retire { role: self.key(id), replacement: self.key(other) });
            }
        }
        let mut commands = Vec::new();
        for (id, end) in ends.0 {
            if retired.contains(&id) {
                continue;
            }
            match end.removed {
                Some(_) if !given.contains(&id) => last.push(Command::Remove(Key::Role(self.key(id)))),
                removed => {
                    self.leave(id, removed);
                    commands.extend(self.toggles(id, end.toggled, given.contains(&id))?);
                }
            }
        }
        commands.extend(last);
        Ok(commands)
    }

    /// A toggle knows what the catalog knows; the rest is taken out of the list before.
    fn toggles(&mut self, id: RoleId, toggled: Vec<Toggled>, is_given: bool) -> Result<Vec<Command>> {
        let mut commands = Vec::new();
        for it in toggled {
            if !self.is_known(id, &it.permissions)? {
                commands.insert(0, self.without(id, &it.permissions)?);
            } else if is_given {
                self.leave(id, Some(it.key));
            } else {
                commands.push(Command::Toggle { role: self.key(id), permissions: it.permissions, to: it.to });
            }
        }
        Ok(commands)
    }

    fn is_known(&self, id: RoleId, permissions: &[String]) -> Result<bool> {
        let row: Role = self.db.the(id)?;
        let catalog = self.policy.catalog(&row.platform);
        Ok(permissions.iter().all(|it| catalog.is_some_and(|catalog| catalog.find(it).is_some())))
    }

    fn without(&self, id: RoleId, permissions: &[String]) -> Result<Command> {
        let before = records::role(self.policy, &self.db.the::<Role>(id)?);
        let stays = before.permissions.iter().filter(|it| !permissions.contains(it)).cloned().collect();
        let after = RoleRecord { permissions: stays, ..before.clone() };
        Ok(Command::Edit { before: Record::Role(before), after: Record::Role(after) })
    }

    fn leave(&mut self, id: RoleId, key: Option<String>) {
        let name = self.policy.role(id).map_or("", |it| it.role.name.as_str());
        self.left.extend(key.map(|key| Left { key, why: format!("somebody gets {name} by what mends the rest") }));
    }

    fn key(&self, role: RoleId) -> String {
        self.policy.role(role).map_or_else(String::new, |held| held.role.key.clone())
    }
}
