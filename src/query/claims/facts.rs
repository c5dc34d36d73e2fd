//! The facts that access follows from, and what is claimed without one of them.
//!
//! A fact counts where somebody's access would be another without it, or what a role holds that a claim names: what changes
//! nothing can be missed by nobody. A claim *depends* on a fact where it is about what that changes; it *notices* the loss where
//! it is not so any more.

use std::collections::BTreeSet;

use super::{Access, Claims, Meant};
use crate::domain::ids::RoleId;
use crate::domain::perm_set::{PermId, PermSet};
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

/// A fact, whether any claim is about what it changes, and whether one would notice its loss.
pub struct Loss {
    pub fact: Fact,
    pub is_covered: bool,
    pub is_noticed: bool,
}

impl Claims<'_> {
    /// Every fact that counts, in the order of its kind: grants, requirements, assignments, ceilings.
    pub fn losses(&self) -> Vec<Loss> {
        let base = self.access(self.policy, None);
        let broken: BTreeSet<usize> = self.broken_lines(self.policy, &base);
        let mut losses = Vec::new();
        for fact in self.facts() {
            let (policy, access) = self.without(&fact);
            let changed = Changed::between(&base, &access);
            let roles = self.changed_roles(policy.as_ref().unwrap_or(self.policy));
            if changed.is_nothing() && roles.is_empty() {
                continue;
            }
            let is_covered = self.lines.iter().any(|(_, meant)| changed.concerns(meant) || is_about_role(meant, &roles));
            let is_noticed = is_covered && self.broken_lines(policy.as_ref().unwrap_or(self.policy), &access) != broken;
            losses.push(Loss { fact, is_covered, is_noticed });
        }
        losses
    }

    fn broken_lines(&self, policy: &Policy, access: &Access) -> BTreeSet<usize> {
        self.lines.iter().filter_map(|(line, meant)| self.breaks(line, meant, policy, access).map(|it| it.line.at)).collect()
    }

    /// What could count: of roles that somebody holds here or a claim names.
    fn facts(&self) -> Vec<Fact> {
        let held = || self.places.iter().flat_map(|it| it.held.iter().flat_map(|it| &it.1));
        let named = self.lines.iter().filter_map(|(_, meant)| if let Meant::Holds { role, .. } = meant { Some(*role) } else { None });
        let roles: BTreeSet<RoleId> = held().map(|it| it.role).chain(named).collect();
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

    /// The policy without a fact, where it is one of the policy, and what everybody could do then.
    fn without(&self, fact: &Fact) -> (Option<Policy>, Access) {
        let policy = match fact {
            Fact::Assignment(it) => return (None, self.access(self.policy, Some(it.id))),
            Fact::Grant { role, permission } => self.policy.without_grant(*role, *permission),
            Fact::Requirement { platform, permission, required } => self.policy.without_requirement(platform, *permission, *required),
            Fact::Ceiling { platform, level, permission } => self.policy.without_ceiling(platform, *level, *permission),
        };
        let access = self.access(&policy, None);
        (Some(policy), access)
    }

    /// Roles that claims name and that hold something else then, with what.
    fn changed_roles(&self, policy: &Policy) -> Vec<(RoleId, PermSet)> {
        let closed = |policy: &Policy, id: RoleId| policy.role(id).map_or(PermSet::EMPTY, |it| it.closed);
        let named = self.lines.iter().filter_map(|(_, meant)| if let Meant::Holds { role, .. } = meant { Some(*role) } else { None });
        let changed = named.map(|id| (id, closed(self.policy, id), closed(policy, id))).filter(|it| it.1 != it.2);
        changed.map(|(id, before, after)| (id, (before - after) | (after - before))).collect()
    }
}

fn is_about_role(meant: &Meant, changed: &[(RoleId, PermSet)]) -> bool {
    let Meant::Holds { role, permission, .. } = meant else { return false };
    changed.iter().any(|it| it.0 == *role && it.1.intersects(permission))
}

/// What is another one, by place and person.
struct Changed(Vec<Vec<(crate::domain::ids::PersonId, PermSet)>>);

impl Changed {
    fn between(before: &Access, after: &Access) -> Changed {
        let place = |(before, after): (&std::collections::HashMap<_, PermSet>, &std::collections::HashMap<_, PermSet>)| {
            let differs = before.iter().map(|(person, set)| {
                let then = after.get(person).copied().unwrap_or_default();
                (*person, (*set - then) | (then - *set))
            });
            differs.filter(|it| !it.1.is_empty()).collect()
        };
        Changed(before.iter().zip(after).map(place).collect())
    }

    fn is_nothing(&self) -> bool {
        self.0.iter().all(Vec::is_empty)
    }

    fn concerns(&self, meant: &Meant) -> bool {
        match meant {
            Meant::Can { people, at, .. } => {
                at.iter().any(|(at, set)| self.0[*at].iter().any(|it| it.1.intersects(set) && people.contains(&it.0)))
            }
            Meant::Only { at, .. } => at.iter().any(|(at, set)| self.0[*at].iter().any(|it| it.1.intersects(set))),
            Meant::Holds { .. } => false,
        }
    }
}
