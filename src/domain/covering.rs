//! Which roles cover what somebody is to do: single ones, and two together where neither does alone.

use super::access::Ground;
use super::perm_set::PermSet;
use super::policy::{HeldRole, Policy};
use super::record::RoleRecord;
use super::text;
use super::things::{Level, RoleLevel};

/// What somebody is to do, and where a role is to be given for it.
pub struct Wanted<'a> {
    pub policy: &'a Policy,
    /// A site, or one as it may come ([`any_site`](super::access::any_site)).
    pub ground: &'a Ground,
    pub level: Level,
    pub asked: PermSet,
}

/// Roles that together give all of it there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cover<T> {
    /// One, or two in the order of their keys.
    pub roles: Vec<T>,
    /// What comes with them beside what was asked and what that requires.
    pub extra: PermSet,
    /// What of it a reviewer wants to see first.
    pub sensitive: PermSet,
}

impl Wanted<'_> {
    /// What was asked, and what it requires.
    pub fn closed(&self) -> PermSet {
        self.ground.catalog.close(self.asked)
    }

    /// Those of these roles that can be given there and cover it, alone or in pairs: the fewest sensitive extras first,
    /// then the fewest extras, then single ones, then by key.
    pub fn covers<'a>(&self, roles: impl IntoIterator<Item = &'a HeldRole>) -> Vec<Cover<&'a HeldRole>> {
        let (wanted, catalog) = (self.closed(), &self.ground.catalog);
        let sensitive = catalog.those(super::catalog::Permission::is_sensitive);
        let fits = |it: &&HeldRole| it.role.platform == catalog.platform && it.role.level.fits(self.level) && self.policy.is_assignable(it);
        let gives = |it: &'a HeldRole| (it, self.ground.gives(self.policy, it.role.id, self.level));
        let mut alone: Vec<(&HeldRole, PermSet)> = roles.into_iter().filter(fits).map(gives).collect();
        alone.sort_by(|a, b| a.0.role.key.cmp(&b.0.role.key));
        let (whole, parts): (Vec<_>, Vec<_>) = alone.into_iter().partition(|it| wanted.is_subset(&it.1));
        let pairs = parts.iter().enumerate().flat_map(|(n, a)| parts[n + 1..].iter().map(move |b| (vec![a.0, b.0], a.1 | b.1)));
        let all = whole.iter().map(|it| (vec![it.0], it.1)).chain(pairs.filter(|it| wanted.is_subset(&it.1)));
        let cover = |(roles, gives): (Vec<&'a HeldRole>, PermSet)| {
            let extra = gives - wanted;
            Cover { roles, extra, sensitive: extra & sensitive }
        };
        let mut covers: Vec<_> = all.map(cover).collect();
        // Those with the same are in the order of their keys already.
        covers.sort_by_key(|it| (it.sensitive.len(), it.extra.len(), it.roles.len()));
        covers
    }

    /// The role that gives this and nothing else there; none where no role can give all of it.
    pub fn exact(&self) -> Option<RoleRecord> {
        let catalog = &self.ground.catalog;
        if !self.ground.can_give(self.closed(), self.level) {
            return None;
        }
        let first = &catalog.get(self.asked.iter().next()?).label;
        let more = self.asked.len() - 1;
        let name = if more == 0 { first.clone() } else { format!("{first} and {more} more") };
        let (key, name) = self.policy.free_name(&text::key_from(&name), &name)?;
        let level = match self.level {
            Level::Site => RoleLevel::Site,
            Level::Team => RoleLevel::Team,
        };
        let (platform, permissions) = (catalog.platform.clone(), catalog.names(self.asked).into_iter().collect());
        Some(RoleRecord { key, name, about: String::new(), platform, level, permissions })
    }
}
