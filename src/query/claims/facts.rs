//! The facts that access follows from, and what is claimed without one of them.
//!
//! A fact counts where somebody's access would be another without it, or what a role holds that a claim names: what changes
//! nothing can be missed by nobody. A claim *depends* on a fact where it is about what that changes; it *notices* the loss where
//! it is not so any more.

use std::collections::BTreeSet;

use super::{Claims, Meant};
use crate::domain::ids::RoleId;
use crate::domain::perm_set::PermId;
use crate::domain::policy::Policy;
use crate::domain::things::{Assignment, Level};

/// Something that access follows from.
#[derive(Clone, Debug)]
pub enum Fact {
    Grant { role: RoleId, permission: PermId },
    Requirement { platform: String, permission: PermId, required: PermId },
    Assignment(Assignment),
    Ceiling { platform: String, level: Level, permission: PermId },
}

impl Fact {
    /// The policy without it, where it is one of the policy.
    pub(super) fn policy_without(&self, policy: &Policy) -> Option<Policy> {
        match self {
            Fact::Assignment(_) => None,
            Fact::Grant { role, permission } => Some(policy.without_grant(*role, *permission)),
            Fact::Requirement { platform, permission, required } => Some(policy.without_requirement(platform, *permission, *required)),
            Fact::Ceiling { platform, level, permission } => Some(policy.without_ceiling(platform, *level, *permission)),
        }
    }

    /// Whether it is this assignment.
    pub(super) fn is(&self, it: &Assignment) -> bool {
        if let Fact::Assignment(other) = self { other.id == it.id } else { false }
    }
}

impl Claims<'_> {
    /// What could count: of roles that somebody holds here or a claim names.
    pub(super) fn facts(&self) -> Vec<Fact> {
        let held = || self.places.iter().flat_map(|it| it.held.iter().flat_map(|it| &it.1));
        let roles: BTreeSet<RoleId> = held().map(|it| it.role).chain(self.roles_named()).collect();
        let mut facts: Vec<Fact> = Vec::new();
        for held in roles.iter().filter_map(|id| self.policy.role(*id)) {
            facts.extend(held.granted.iter().map(|permission| Fact::Grant { role: held.role.id, permission }));
        }
        let platforms: BTreeSet<&str> = self.places.iter().map(|it| it.site.platform.as_str()).collect();
        for catalog in platforms.iter().filter_map(|it| self.policy.catalog(it)) {
            for permission in catalog.ids() {
                let requirement =
                    |required: &PermId| Fact::Requirement { platform: catalog.platform.clone(), permission, required: *required };
                facts.extend(catalog.get(permission).requires.iter().map(requirement));
            }
        }
        let mut seen = BTreeSet::new();
        facts.extend(held().filter(|it| it.is_live(self.now) && seen.insert(it.id)).map(|it| Fact::Assignment(it.clone())));
        for platform in platforms {
            let ceiling = self.policy.ceiling_of(platform);
            for level in Level::ALL {
                let kept = |permission| Fact::Ceiling { platform: platform.to_owned(), level: *level, permission };
                facts.extend(ceiling.at(*level).iter().map(kept));
            }
        }
        facts
    }

    /// The roles that claims name.
    pub(super) fn roles_named(&self) -> impl Iterator<Item = RoleId> {
        self.lines.iter().filter_map(|(_, meant)| if let Meant::Holds { role, .. } = meant { Some(*role) } else { None })
    }
}
