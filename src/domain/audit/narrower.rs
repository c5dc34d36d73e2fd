//! A narrower role for somebody on a site, that gives nothing new.

use super::finding::{Mend, Told};
use crate::domain::perm_set::PermSet;
use crate::domain::policy::HeldRole;
use crate::domain::things::Level;

/// For each role there that brings any of this, the one with the most rights among those that may be given there, bring
/// none of it and nothing new; of equals the first by key.
pub(super) fn mend(told: &Told<'_>, unwanted: PermSet) -> Result<Vec<Mend>, String> {
    let (Some(here), policy) = (told.here, told.facts.policy) else { return Err(String::new()) };
    let gives = |role: &HeldRole| here.ground.gives(policy, role.role.id, Level::Site);
    let mut mends = Vec::new();
    for it in told.held.iter().filter(|it| it.level == Level::Site) {
        let Some(role) = policy.role(it.role) else { continue };
        let has = gives(role);
        if !has.intersects(&unwanted) {
            continue;
        }
        let fits = |other: &&HeldRole| {
            let gives = gives(other);
            told.facts.is_assignable(other, Level::Site) && gives.is_subset(&has) && !gives.intersects(&unwanted) && !gives.is_empty()
        };
        let of_platform = policy.roles().filter(|it| it.role.platform == here.site.platform);
        let best = of_platform.filter(fits).max_by(|a, b| gives(a).len().cmp(&gives(b).len()).then_with(|| b.role.key.cmp(&a.role.key)));
        let Some(best) = best else {
            return Err(format!("no role that can be given there gives less than {} without it; make one and give it", role.role.name));
        };
        mends.push(Mend::Instead(it.clone(), best.role.id));
    }
    if mends.is_empty() { Err("it comes by no role on the site itself".to_owned()) } else { Ok(mends) }
}
