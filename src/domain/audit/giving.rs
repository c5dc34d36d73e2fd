//! Which roles would let somebody do something.

use super::facts::Facts;
use crate::domain::access::Ground;
use crate::domain::perm_set::PermSet;
use crate::domain::policy::HeldRole;
use crate::domain::text::few;
use crate::domain::things::Level;

/// The names of the roles that can be given at a level and give all of it on this ground, those with the fewest rights first.
pub(super) fn names(facts: &Facts<'_>, ground: &Ground, level: Level, wanted: PermSet) -> Vec<String> {
    let gives = |it: &HeldRole| ground.gives(facts.policy, it.role.id, level);
    let fits = facts.policy.roles().filter(|it| facts.is_assignable(it, level) && wanted.is_subset(&gives(it)));
    let mut roles: Vec<(usize, &str, &str)> = fits.map(|it| (gives(it).len(), it.role.key.as_str(), it.role.name.as_str())).collect();
    roles.sort_unstable();
    roles.into_iter().map(|(.., name)| name.to_owned()).collect()
}

/// That somebody is to be chosen, and by which roles they could do it.
pub(super) fn way_out(who: &str, roles: &[String], command: &str) -> String {
    if roles.is_empty() {
        format!("{who} has to be chosen, and no role that can be given there allows it; make one and give it: {command}")
    } else {
        let verb = if roles.len() == 1 { "allows" } else { "allow" };
        format!("{who} has to be chosen; {} {verb} it: {command}", few(roles))
    }
}
