//! Narrower built-in roles in the place of what somebody holds: what would go, and whether anybody would miss it.

use chrono::{DateTime, Utc};

use super::access::Ground;
use super::catalog::Permission;
use super::ids::{PersonId, RoleId};
use super::perm_set::PermSet;
use super::policy::{HeldRole, Policy};
use super::things::Assignment;

/// A site that an assignment reaches, and what others than this person and the site's owner can do there.
pub struct Place {
    pub ground: Ground,
    pub others: PermSet,
}

/// Somebody, and all that they hold.
pub struct Holder<'a> {
    pub policy: &'a Policy,
    pub person: PersonId,
    pub held: &'a [Assignment],
    pub now: DateTime<Utc>,
}

/// A built-in role that gives less than the one that is held, wherever that reaches, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fit {
    pub role: RoleId,
    /// What the person can do no more on some site.
    pub loses: PermSet,
    /// What of it a reviewer wants to see first.
    pub sensitive: PermSet,
    /// Whether on every site somebody else can do what goes there.
    pub is_covered: bool,
    /// What it gives on any of them.
    gives: PermSet,
}

impl Holder<'_> {
    /// Of the narrower roles by which nothing sensitive goes the one that gives least, and of those by which nothing goes that
    /// nobody else does; of equals the first by key. One where both are the same.
    pub fn fits(&self, it: &Assignment, places: &[Place]) -> Vec<Fit> {
        let all: Vec<(Fit, &str)> =
            self.candidates(it).filter_map(|other| Some((self.fit(it, other, places)?, other.role.key.as_str()))).collect();
        let least = |is_so: fn(&Fit) -> bool| {
            let fitting = all.iter().filter(|(fit, _)| is_so(fit));
            fitting.min_by_key(|(fit, key)| (fit.gives.len(), *key)).map(|(fit, _)| fit.clone())
        };
        let mut fits: Vec<Fit> = [least(|it| it.sensitive.is_empty()), least(|it| it.is_covered)].into_iter().flatten().collect();
        fits.dedup();
        fits
    }

    /// The built-in roles that can be given where it is held, and are not held there yet.
    fn candidates<'a>(&'a self, it: &'a Assignment) -> impl Iterator<Item = &'a HeldRole> {
        let platform = self.policy.role(it.role).filter(|role| role.side.is_none()).map(|it| &it.role.platform);
        let is_held = |role: RoleId| self.held.iter().any(|own| (own.role, own.level, own.scope) == (role, it.level, it.scope));
        self.policy.roles().filter(move |other| {
            let fits = other.role.builtin && other.role.level.fits(it.level) && self.policy.is_assignable(other);
            fits && Some(&other.role.platform) == platform && !is_held(other.role.id)
        })
    }

    /// What comes of a role in its place, where that gives less and nothing else.
    fn fit(&self, it: &Assignment, other: &HeldRole, places: &[Place]) -> Option<Fit> {
        let swapped =
            self.held.iter().map(|own| if own.id == it.id { Assignment { role: other.role.id, ..own.clone() } } else { own.clone() });
        let swapped: Vec<Assignment> = swapped.collect();
        let (mut fit, mut is_narrower) =
            (Fit { role: other.role.id, loses: PermSet::EMPTY, sensitive: PermSet::EMPTY, is_covered: true, gives: PermSet::EMPTY }, false);
        for Place { ground, others } in places {
            let [gave, gives] = [it.role, other.role.id].map(|role| ground.gives(self.policy, role, it.level));
            if !gives.is_subset(&gave) {
                return None;
            }
            let access = |held: &[Assignment]| ground.access(self.policy, self.person, held, self.now);
            let loses = access(self.held) - access(&swapped);
            fit.loses |= loses;
            fit.sensitive |= loses & ground.catalog.those(Permission::is_sensitive);
            fit.is_covered &= loses.is_subset(others);
            fit.gives |= gives;
            is_narrower |= gives != gave;
        }
        (is_narrower && !fit.gives.is_empty()).then_some(fit)
    }
}
