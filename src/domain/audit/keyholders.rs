//! Who holds the keys of the account: may change who is in the team, what they can do, and what roles give.

use std::collections::BTreeMap;

use super::facts::Facts;
use crate::domain::access::{Ground, Held, any_site};
use crate::domain::catalog::Catalog;
use crate::domain::deed::Deed;
use crate::domain::ids::PersonId;
use crate::domain::perm_set::PermSet;
use crate::domain::things::{Assignment, Level, Scope};

const KEYS: [Deed; 4] = [Deed::ManageRoles, Deed::InviteTeam, Deed::ChangeTeam, Deed::RemoveTeam];

/// The ground on which a platform's keys are held, and what they are; `None` where it names no permission for them.
pub(super) fn keys(facts: &Facts<'_>, catalog: &Catalog) -> Option<(Ground, PermSet)> {
    let keys: PermSet = KEYS.iter().filter_map(|it| catalog.authority.get(it).copied()).collect();
    let root = any_site(facts.policy, catalog, None);
    Ground::new(facts.policy, &root).filter(|_| !keys.is_empty()).map(|ground| (ground, keys))
}

/// Those besides the account owner who hold all of them on some platform, and by what.
pub(super) fn all<'a>(facts: &'a Facts<'_>) -> BTreeMap<PersonId, Vec<&'a Assignment>> {
    let mut holders: BTreeMap<PersonId, Vec<&Assignment>> = BTreeMap::new();
    let everywhere = |it: &&Assignment| it.level == Level::Team && it.scope == Scope::Everywhere && it.is_live(facts.now);
    for (ground, keys) in facts.policy.catalogs().filter_map(|it| keys(facts, it)) {
        for theirs in facts.rows.team.chunk_by(|a, b| a.person == b.person) {
            let person = theirs[0].person;
            if person == facts.policy.owner {
                continue;
            }
            let mut held = Held::default();
            theirs.iter().filter(everywhere).for_each(|it| ground.hold(facts.policy, &mut held, it));
            if keys.is_subset(&ground.effective(person, &held)) {
                let gives = |it: &&Assignment| ground.gives(facts.policy, it.role, Level::Team).intersects(&keys);
                holders.entry(person).or_default().extend(theirs.iter().filter(everywhere).filter(gives));
            }
        }
    }
    holders
}
