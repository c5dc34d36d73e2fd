//! What of the workspace somebody may see (R11).

use anyhow::Result;
use chrono::{DateTime, Utc};

use super::access;
use crate::domain::deed::{self, Deed};
use crate::domain::ids::PersonId;
use crate::domain::policy::Policy;
use crate::domain::things::{Person, Site};
use crate::store::{Reader, settings};

/// What the answers to somebody may be about.
#[derive(Clone, Debug, PartialEq)]
pub enum Sight {
    /// The account owner, and the team as far as it may see the team.
    Everything,
    /// Their own access, and what single sites and permissions add to that.
    Own(Box<Own>),
}

/// Somebody who does not see everything.
#[derive(Clone, Debug, PartialEq)]
pub struct Own {
    pub person: Person,
    /// Whether they see the agency's contacts.
    pub contacts: bool,
    now: DateTime<Utc>,
}

impl Sight {
    pub fn of(db: Reader<'_>, email: &str, now: DateTime<Utc>) -> Result<Sight> {
        let person = db.the_person(email)?;
        if db.setting(settings::OWNER)? == Some(person.id.0.to_string()) {
            return Ok(Sight::Everything);
        }
        let policy = db.policy(None)?;
        let held = db.assignments_of(person.id)?;
        let may = |deed: Deed| {
            policy.catalogs().any(|catalog| {
                let named = catalog.authority.get(&deed);
                named.is_some_and(|it| deed::at_account(&policy, catalog, person.id, &held, now).contains(*it))
            })
        };
        if may(Deed::ViewTeam) {
            return Ok(Sight::Everything);
        }
        let contacts = may(Deed::ViewContacts);
        Ok(Sight::Own(Box::new(Own { person, contacts, now })))
    }

    pub fn shows_contacts(&self) -> bool {
        match self {
            Sight::Everything => true,
            Sight::Own(own) => own.contacts,
        }
    }

    /// Whether everything about this person is shown.
    pub fn shows_person(&self, id: PersonId) -> bool {
        match self {
            Sight::Everything => true,
            Sight::Own(own) => own.person.id == id,
        }
    }

    /// Whether it is shown who has access to this site.
    pub fn shows_people_of(&self, db: Reader<'_>, policy: &Policy, site: &Site) -> Result<bool> {
        let own = match self {
            Sight::Everything => return Ok(true),
            Sight::Own(own) => own,
        };
        let ground = access::ground(policy, site)?;
        Ok(match ground.catalog.authority.get(&Deed::ViewPeople) {
            Some(permission) => access::access(db, policy, &ground, own.person.id, own.now)?.contains(*permission),
            None => ground.owner == own.person.id,
        })
    }
}
