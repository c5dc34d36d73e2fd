//! What a list says of a row beyond its own table: how much hangs on it, and when that ends. Asked for the rows in view.

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};

use super::access;
use super::collaborators::{Collaborator, Standing};
use crate::domain::ids::PersonId;
use crate::domain::policy::Policy;
use crate::domain::things::{Assignment, Level, Scope, Site};
use crate::facts::Reader;

/// Access that ends within this time deserves a look.
pub const SOON: TimeDelta = TimeDelta::days(14);
/// Sites are counted up to here.
const MAX_COUNTED: usize = 99;

/// Whether it ends soon and has not ended.
pub fn ends_soon(ends: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    ends.is_some_and(|it| now < it && it < now + SOON)
}

/// What somebody holds, all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holds {
    /// Sites of their own or with a role at site level.
    pub sites: Count,
    /// Different roles.
    pub roles: usize,
    /// When the first of it ends.
    pub ends: Option<DateTime<Utc>>,
    /// Whether a team role is among it.
    pub team: bool,
}

/// A number that is counted up to a bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    pub n: usize,
    pub more: bool,
}

impl std::fmt::Display for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.n, if self.more { "+" } else { "" })
    }
}

impl Holds {
    /// Whether there is anything.
    pub fn is_some(&self) -> bool {
        self.sites.n > 0 || self.roles > 0
    }
}

/// How many sites a person reaches, by what they own and by every role, wherever it is given: the columns of their matrix.
pub fn reach(db: Reader<'_>, policy: &Policy, person: PersonId) -> Result<Count> {
    let n = access::first_sites_of(db, policy, person, MAX_COUNTED + 1)?.len();
    Ok(Count { n: n.min(MAX_COUNTED), more: n > MAX_COUNTED })
}

/// What a person holds at an instant.
pub fn holds(db: Reader<'_>, person: PersonId, now: DateTime<Utc>) -> Result<Holds> {
    let near = db.sites_near(person, MAX_COUNTED + 1)?;
    let live: Vec<Assignment> = db.assignments_of(person)?.into_iter().filter(|it| it.is_live(now)).collect();
    let mut roles: Vec<_> = live.iter().map(|it| it.role).collect();
    roles.sort_unstable();
    roles.dedup();
    Ok(Holds {
        sites: Count { n: near.len().min(MAX_COUNTED), more: near.len() > MAX_COUNTED },
        roles: roles.len(),
        ends: live.iter().filter_map(|it| it.until).min(),
        team: live.iter().any(|it| it.level == Level::Team && !matches!(it.scope, Scope::Site(_))),
    })
}

/// How many people have access to a site and how many of them can publish there; nothing where it is not shown who has.
pub fn on_site(db: Reader<'_>, policy: &Policy, site: &Site, now: DateTime<Utc>) -> Result<Option<(usize, Option<usize>)>> {
    let Some(catalog) = policy.catalog(&site.platform) else { return Ok(None) };
    if !db.sight().shows_people_of(db, policy, site)? {
        return Ok(None);
    }
    let people = db.sight().people_of(db, policy, site, now)?;
    let here: Vec<&Collaborator> = people.iter().filter(|it| it.standing != Standing::Ended).collect();
    let publishers = catalog.publish.map(|id| here.iter().filter(|it| it.access.contains(id)).count());
    Ok(Some((here.len(), publishers)))
}
