//! Everyone with access to a site: owner, collaborators, team.

use anyhow::Result;
use chrono::{DateTime, Utc};

use super::access;
use crate::domain::perm_set::PermSet;
use crate::domain::policy::Policy;
use crate::domain::things::{Assignment, Level, Person, Site};
use crate::facts::Reader;

/// Somebody on a site.
#[derive(Clone, Debug)]
pub struct Collaborator {
    pub person: Person,
    pub standing: Standing,
    /// What they hold that could count here, ended ones included.
    pub assignments: Vec<Assignment>,
    /// What they can do here now.
    pub access: PermSet,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    Owner,
    Collaborator,
    Team,
    /// Everything they held here is over or has not begun.
    Ended,
}

impl Standing {
    pub fn as_str(self) -> &'static str {
        match self {
            Standing::Owner => "owner",
            Standing::Collaborator => "collaborator",
            Standing::Team => "team",
            Standing::Ended => "ended",
        }
    }
}

/// Everyone with access to the site, the owner first, then by name.
pub fn of_site(db: Reader<'_>, policy: &Policy, site: &Site, now: DateTime<Utc>) -> Result<Vec<Collaborator>> {
    let ground = access::ground(policy, site)?;
    let mut all = Vec::new();
    for (id, mut held) in access::present(db, &ground)? {
        let Some(person) = db.find::<Person>(id)? else { continue };
        held.retain(|it| ground.reaches(policy, it));
        let access = ground.access(policy, id, &held, now);
        let live = ground.sources(policy, &held, now);
        let standing = if id == site.owner {
            Standing::Owner
        } else if live.iter().any(|it| it.level == Level::Site) {
            Standing::Collaborator
        } else if live.is_empty() {
            Standing::Ended
        } else {
            Standing::Team
        };
        if id == site.owner || !held.is_empty() {
            all.push(Collaborator { person, standing, assignments: held, access });
        }
    }
    all.sort_by_cached_key(|it| (it.standing != Standing::Owner, crate::domain::text::fold(&it.person.name), it.person.id));
    Ok(all)
}
