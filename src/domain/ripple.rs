//! What one toggle drags along.
//!
//! A role stores only what was granted; what that requires is implied. Switching a
//! permission on implies more, switching one off takes its dependants with it (R3).
//! A [`Ripple`] is the whole effect of one such step, with the cause of each part.

use super::catalog::Catalog;
use super::perm_set::{PermId, PermSet};
use super::things::Role;

/// One step on a role's own list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toggle {
    On,
    Off,
    /// Turns an implied permission into a granted one, so that it stays when its cause goes.
    Pin,
}

/// Why a permission appears or falls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// It is the one that was toggled.
    Toggled,
    /// It is implied now: this permission requires it.
    RequiredBy(PermId),
    /// It falls: it requires this permission.
    Requires(PermId),
    /// It falls: only this permission still needed it.
    NeededOnlyBy(PermId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effect {
    pub id: PermId,
    pub cause: Cause,
}

/// The effect of one toggle on one role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ripple {
    /// The role's own list afterwards.
    pub granted: PermSet,
    /// What the role gains, closed: the toggled one first.
    pub added: Vec<Effect>,
    /// What the role loses, closed: the toggled one first.
    pub removed: Vec<Effect>,
}

impl Ripple {
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }
}

impl Catalog {
    /// The ripple of one step on a role that was granted `granted`.
    pub fn toggle(&self, granted: PermSet, id: PermId, toggle: Toggle) -> Ripple {
        match toggle {
            Toggle::On | Toggle::Pin => self.granting(granted, id),
            Toggle::Off => self.revoking(granted, id),
        }
    }

    /// The role after one step on its own list.
    pub fn toggled(&self, role: &Role, id: PermId, toggle: Toggle) -> Role {
        self.with_granted(role, self.toggle(self.set_of(&role.permissions), id, toggle).granted)
    }

    /// On(p): p joins the list; what it requires becomes implied.
    pub fn granting(&self, granted: PermSet, id: PermId) -> Ripple {
        let after = granted | PermSet::of(id);
        let new = self.close(after) - self.close(granted);
        let cause = |it: PermId| if it == id { Cause::Toggled } else { Cause::RequiredBy(self.nearest_requiring(it, self.closure(id))) };
        Ripple { granted: after, added: effects(id, new, cause), removed: Vec::new() }
    }

    /// Off(p): p leaves the list with all that require it; what nothing else needs falls too.
    pub fn revoking(&self, granted: PermSet, id: PermId) -> Ripple {
        let dependants = self.dependants(id);
        let after = granted - dependants;
        let before = self.close(granted);
        let gone = before - self.close(after);
        let cause = |it: PermId| {
            if it == id {
                Cause::Toggled
            } else if dependants.contains(it) {
                Cause::Requires(self.nearest_required(it, dependants))
            } else {
                Cause::NeededOnlyBy(self.nearest_requiring(it, gone))
            }
        };
        Ripple { granted: after, added: Vec::new(), removed: effects(id, gone, cause) }
    }

    /// A member of `among` that requires `id` directly.
    fn nearest_requiring(&self, id: PermId, among: PermSet) -> PermId {
        among.iter().find(|it| self.get(*it).requires.contains(&id)).unwrap_or(id)
    }

    /// A member of `among` that `id` requires directly.
    fn nearest_required(&self, id: PermId, among: PermSet) -> PermId {
        self.get(id).requires.iter().copied().find(|it| among.contains(*it)).unwrap_or(id)
    }
}

fn effects(first: PermId, set: PermSet, cause: impl Fn(PermId) -> Cause) -> Vec<Effect> {
    let toggled = set.contains(first).then_some(first);
    let rest = set.iter().filter(|id| *id != first);
    toggled.into_iter().chain(rest).map(|id| Effect { id, cause: cause(id) }).collect()
}
