//! A catalog as it would be without one of its facts: what tests of access are tried by.

use super::build::{close_all, dependants};
use super::{Catalog, PermId};
use crate::domain::perm_set::PermSet;
use crate::domain::things::Level;

impl Catalog {
    /// Without a permission among what a role grants.
    #[must_use]
    pub fn without_grant(&self, role: &str, permission: PermId) -> Catalog {
        let mut catalog = self.clone();
        for it in catalog.roles.iter_mut().filter(|it| it.key == role) {
            it.grants -= PermSet::of(permission);
        }
        catalog
    }

    /// Without one permission's requirement of another one.
    #[must_use]
    pub fn without_requirement(&self, permission: PermId, required: PermId) -> Catalog {
        let mut catalog = self.clone();
        catalog.permissions[permission.index()].requires.retain(|it| *it != required);
        // Fewer requirements go in no circle.
        if let Ok(closure) = close_all(&catalog.permissions) {
            catalog.dependants = dependants(&closure);
            catalog.closure = closure;
        }
        catalog
    }

    /// Without a permission among what a profile keeps from a level.
    #[must_use]
    pub fn without_ceiling(&self, profile: &str, level: Level, permission: PermId) -> Catalog {
        let mut catalog = self.clone();
        if let Some(it) = catalog.ceilings.get_mut(profile) {
            match level {
                Level::Site => it.site -= PermSet::of(permission),
                Level::Team => it.team -= PermSet::of(permission),
            }
        }
        catalog
    }
}
