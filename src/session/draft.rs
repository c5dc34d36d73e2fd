//! What is staged and not yet saved: steps on the granted lists of custom roles.
//!
//! A step is kept as what it adds and removes, so that the draft follows when somebody
//! else changes the role meanwhile; where both changed the same cell, that is a clash.
//! Whatever the steps, only the difference counts: going back to the original leaves nothing.

use std::collections::BTreeMap;

use crate::command::Command;
use crate::domain::catalog::Catalog;
use crate::domain::change::{Change, Edit};
use crate::domain::ids::RoleId;
use crate::domain::perm_set::{PermId, PermSet};
use crate::domain::policy::Policy;
use crate::domain::record::Record;
use crate::domain::ripple::Ripple;
use crate::domain::things::Role;
use crate::query::records;

#[derive(Clone, Debug)]
struct Step {
    role: RoleId,
    toggled: PermSet,
    add: PermSet,
    remove: PermSet,
}

#[derive(Clone, Debug, Default)]
pub struct Draft {
    steps: Vec<Step>,
    /// How many of the steps count; those behind were taken back and can be redone.
    done: usize,
    /// Cells that somebody else changed while they were staged here.
    clashes: BTreeMap<RoleId, PermSet>,
}

/// What the draft does to one role.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Staged {
    pub granted: PermSet,
    pub closed: PermSet,
    /// Toggled by the user, and different now.
    pub by_you: PermSet,
    /// Different now because of that.
    pub follows: PermSet,
    pub clash: PermSet,
    /// Turned off by the user, and on all the same: what somebody else granted requires it.
    pub overruled: PermSet,
}

/// Who changed a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    On,
    Off,
    Follows,
    Clash,
}

impl Staged {
    pub fn mark(&self, id: PermId) -> Option<Mark> {
        if self.clash.contains(id) {
            Some(Mark::Clash)
        } else if self.by_you.contains(id) {
            Some(if self.granted.contains(id) { Mark::On } else { Mark::Off })
        } else {
            self.follows.contains(id).then_some(Mark::Follows)
        }
    }

    pub fn changed(&self) -> PermSet {
        self.by_you | self.follows
    }
}

impl Draft {
    /// Stages one ripple of a role.
    pub fn stage(&mut self, policy: &Policy, role: RoleId, toggled: PermSet, ripple: &Ripple) {
        let before = self.staged(policy, role).granted;
        self.steps.truncate(self.done);
        self.steps.push(Step { role, toggled, add: ripple.granted - before, remove: before - ripple.granted });
        self.done = self.steps.len();
    }

    /// Stages whatever leads from the present list to this one.
    pub fn stage_list(&mut self, policy: &Policy, role: RoleId, granted: PermSet) {
        let before = self.staged(policy, role).granted;
        let toggled = (granted - before) | (before - granted);
        self.stage(policy, role, toggled, &Ripple { granted, added: Vec::new(), removed: Vec::new() });
    }

    pub fn undo(&mut self) -> bool {
        let any = self.done > 0;
        self.done -= usize::from(any);
        any
    }

    pub fn redo(&mut self) -> bool {
        let any = self.done < self.steps.len();
        self.done += usize::from(any);
        any
    }

    pub fn clear(&mut self) {
        *self = Draft::default();
    }

    fn roles(&self) -> Vec<RoleId> {
        let mut roles: Vec<RoleId> = self.steps[..self.done].iter().map(|it| it.role).collect();
        roles.sort_unstable();
        roles.dedup();
        roles
    }

    /// The role as the draft leaves it.
    pub fn staged(&self, policy: &Policy, role: RoleId) -> Staged {
        let Some(held) = policy.role(role) else { return Staged::default() };
        let Some(catalog) = policy.catalog(&held.role.platform) else { return Staged::default() };
        let steps = self.steps[..self.done].iter().filter(|it| it.role == role);
        let start = (held.granted, PermSet::EMPTY, PermSet::EMPTY);
        let (granted, toggled, off) = steps.fold(start, |(granted, toggled, off), it| {
            let off = (off | (it.toggled - it.add)) - catalog.close(it.add);
            ((granted | it.add) - it.remove, toggled | it.toggled, off)
        });
        let closed = catalog.close(granted);
        let differs = |a: PermSet, b: PermSet| (a - b) | (b - a);
        let overruled = off & closed;
        let changed = differs(granted, held.granted) | differs(closed, held.closed) | overruled;
        let by_you = changed & toggled;
        // A permission that only stopped being listed, but is still implied, is no news.
        let follows = differs(closed, held.closed) - by_you;
        let clash = (self.clashes.get(&role).copied().unwrap_or_default() & changed) | overruled;
        Staged { granted, closed, by_you, follows, clash, overruled }
    }

    /// How many cells differ.
    pub fn count(&self, policy: &Policy) -> usize {
        self.roles().into_iter().map(|role| self.staged(policy, role).by_you.len()).sum()
    }

    /// The roles that differ, with what differs.
    pub fn differences(&self, policy: &Policy) -> Vec<(RoleId, Staged)> {
        let all = self.roles().into_iter().map(|role| (role, self.staged(policy, role)));
        all.filter(|(_, staged)| !staged.changed().is_empty()).collect()
    }

    /// Notes which staged cells somebody else changed: `before` was the policy, `now` is. Answers the names
    /// of roles that are gone, with what was staged of them.
    pub fn rebase(&mut self, before: &Policy, now: &Policy) -> Vec<String> {
        let lost = self.roles().into_iter().filter(|role| now.role(*role).is_none()).filter_map(|role| before.role(role));
        let gone = lost.map(|it| it.role.name.clone()).collect();
        for role in self.roles() {
            let (Some(old), Some(new)) = (before.role(role), now.role(role)) else { continue };
            let moved = (old.granted - new.granted) | (new.granted - old.granted);
            let mine = self.steps[..self.done].iter().filter(|it| it.role == role).fold(PermSet::EMPTY, |set, it| set | it.add | it.remove);
            *self.clashes.entry(role).or_default() |= moved & mine;
        }
        self.done = self.steps[..self.done].iter().filter(|it| now.role(it.role).is_some()).count();
        self.steps.retain(|it| now.role(it.role).is_some());
        gone
    }

    /// The draft as changes of rows, for the impact.
    pub fn changes(&self, policy: &Policy) -> Vec<Change> {
        let edit = |(role, staged): (RoleId, Staged)| {
            let before = Role::clone(&policy.role(role)?.role);
            let after = listed(policy.catalog(&before.platform)?, &before, staged.granted);
            Some(Edit::update(before, after).into())
        };
        self.differences(policy).into_iter().filter_map(edit).collect()
    }

    /// The draft as commands, one a role: what is saved, and what is kept when the line drops.
    pub fn commands(&self, policy: &Policy) -> Vec<Command> {
        let command = |change: Change| match change {
            Change::Role(Edit { before: Some(before), after: Some(after) }) => {
                let (before, after) = (records::role(policy, &before), records::role(policy, &after));
                Some(Command::Edit { before: Record::Role(before), after: Record::Role(after) })
            }
            _ => None,
        };
        self.changes(policy).into_iter().filter_map(command).collect()
    }

    /// Takes up a draft that was kept; what no longer fits is left out. Answers how many roles it took.
    pub fn restore(&mut self, policy: &Policy, commands: &[Command]) -> usize {
        let mut taken = 0;
        for command in commands {
            let Command::Edit { before: Record::Role(before), after: Record::Role(after) } = command else { continue };
            let Some(held) = policy.find_role(&after.key).filter(|it| !it.role.builtin) else { continue };
            let Some(catalog) = policy.catalog(&held.role.platform) else { continue };
            let (was, wanted) = (catalog.set_of(&before.permissions), catalog.set_of(&after.permissions));
            self.stage_list(policy, held.role.id, (held.granted | (wanted - was)) - (was - wanted));
            taken += 1;
        }
        taken
    }
}

/// The role with this list; permissions that its catalog does not know stay.
fn listed(catalog: &Catalog, role: &Role, granted: PermSet) -> Role {
    let unknown = role.permissions.iter().filter(|id| catalog.find(id).is_none()).cloned();
    Role { permissions: unknown.chain(catalog.names(granted)).collect(), ..role.clone() }
}
