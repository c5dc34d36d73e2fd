//! A narrower role for somebody on a site, that gives nothing new.

use super::finding::{Mend, Told};
use crate::domain::access::Ground;
use crate::domain::ids::RoleId;
use crate::domain::perm_set::PermSet;
use crate::domain::policy::{HeldRole, Policy};
use crate::domain::things::Level;

/// A narrower one for each role there that brings any of this.
pub(super) fn mend(told: &Told<'_>, unwanted: PermSet) -> Result<Vec<Mend>, String> {
    let (Some(here), policy) = (told.here, told.facts.policy) else { return Err(String::new()) };
    let mut mends = Vec::new();
    for it in told.held.iter().filter(|it| it.level == Level::Site) {
        let Some(role) = policy.role(it.role).filter(|_| here.ground.gives(policy, it.role, Level::Site).intersects(&unwanted)) else {
            continue;
        };
        let Some(best) = narrower_role(policy, here.ground, it.role, unwanted) else {
            return Err(format!("no role that can be given there gives less than {} without it; make one and give it", role.role.name));
        };
        mends.push(Mend::Narrow(it.clone(), best.role.id, Box::new(unwanted)));
    }
    if mends.is_empty() { Err("it comes by no role on the site itself".to_owned()) } else { Ok(mends) }
}

/// The one with the most rights among those that may be given there, bring none of this and nothing that the role does not; of
/// equals the first by key.
pub fn narrower_role<'p>(policy: &'p Policy, ground: &Ground, role: RoleId, unwanted: PermSet) -> Option<&'p HeldRole> {
    let gives = |it: &HeldRole| ground.gives(policy, it.role.id, Level::Site);
    let has = ground.gives(policy, role, Level::Site);
    let fits = |it: &&HeldRole| {
        let gives = gives(it);
        it.role.level.fits(Level::Site)
            && policy.is_assignable(it)
            && gives.is_subset(&has)
            && !gives.intersects(&unwanted)
            && !gives.is_empty()
    };
    let of_platform = policy.roles().filter(|it| it.role.platform == ground.catalog.platform);
    of_platform.filter(fits).max_by(|a, b| gives(a).len().cmp(&gives(b).len()).then_with(|| b.role.key.cmp(&a.role.key)))
}
