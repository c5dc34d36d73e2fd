//! What of the workspace somebody may see (R11).

use anyhow::Result;
use chrono::{DateTime, Utc};

use super::access;
use super::collaborators::{self, Collaborator};
use super::offers::{self, OfferRow};
use crate::domain::deed::{self, Deed};
use crate::domain::ids::PersonId;
use crate::domain::policy::Policy;
use crate::domain::things::{Person, Site};
use crate::store::journal::Entry;
use crate::store::{Reader, settings};

/// What sight of more than one's own takes.
pub const OWN_ONLY: &str = "only their own sites and roles are shown; those of others take a permission to see the team";
/// What sight of contacts takes.
pub const NO_CONTACTS: &str = "contacts take a permission to see them in a team role that is given everywhere";

/// Why there is nothing among what was sent.
pub const NO_OFFERS: &str = "nothing was sent to you or by you; t says yes with a token";

/// How far back in the journal the entries of one person are looked for, and how many are shown.
const ENTRIES: (i64, usize) = (20_000, 500);

/// What the answers to somebody may be about.
#[derive(Clone, Debug, PartialEq)]
pub enum Sight {
    /// The account owner, and the team as far as it may see the team.
    Everything,
    /// Their own access, and what single sites and permissions add to that.
    Own(Box<Own>),
}

/// The rows of a list that are shown to somebody who does not see it whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// Their numbers, in list order.
    pub ids: Vec<i64>,
    /// Why there is none, where there is none.
    pub why: &'static str,
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

    /// Whether nothing is hidden.
    pub fn is_whole(&self) -> bool {
        *self == Sight::Everything
    }

    /// Whether it is shown who holds a permission: on one site, or anywhere.
    pub fn shows_holders(&self, db: Reader<'_>, policy: &Policy, site: Option<&Site>) -> Result<bool> {
        site.map_or(Ok(self.is_whole()), |site| self.shows_people_of(db, policy, site))
    }

    pub fn shows_entry(&self, entry: &Entry) -> bool {
        match self {
            Sight::Everything => true,
            Sight::Own(own) => own.person.email == entry.actor,
        }
    }

    /// Those of everyone with access to a site who are shown.
    pub fn people_of(&self, db: Reader<'_>, policy: &Policy, site: &Site, now: DateTime<Utc>) -> Result<Vec<Collaborator>> {
        let whole = self.shows_people_of(db, policy, site)?;
        let mut people = collaborators::of_site(db, policy, site, now)?;
        people.retain(|it| whole || self.shows_person(it.person.id));
        Ok(people)
    }
}

/// What lists show: `None` where they show all there is.
impl Sight {
    fn own(&self, shown: impl FnOnce(&Own) -> Result<Shown>) -> Result<Option<Shown>> {
        match self {
            Sight::Everything => Ok(None),
            Sight::Own(own) => shown(own).map(Some),
        }
    }

    pub fn contacts(&self) -> Option<Shown> {
        (!self.shows_contacts()).then(|| Shown { ids: Vec::new(), why: NO_CONTACTS })
    }

    pub fn sites(&self, db: Reader<'_>, policy: &Policy) -> Result<Option<Shown>> {
        self.own(|own| {
            let sites = access::sites_of(db, policy, own.person.id)?;
            Ok(Shown { ids: sites.into_iter().map(|it| it.id.0).collect(), why: "you own no site and have access to none" })
        })
    }

    /// Those whose whole access is shown.
    pub fn people(&self) -> Option<Shown> {
        match self {
            Sight::Everything => None,
            Sight::Own(own) => Some(Shown { ids: vec![own.person.id.0], why: OWN_ONLY }),
        }
    }

    pub fn roles(&self, db: Reader<'_>) -> Result<Option<Shown>> {
        self.own(|own| {
            let mut ids: Vec<i64> = db.assignments_of(own.person.id)?.into_iter().map(|it| it.role.0).collect();
            ids.sort_unstable();
            ids.dedup();
            Ok(Shown { ids, why: "you hold no role; only those that you hold are shown" })
        })
    }

    pub fn entries(&self, db: Reader<'_>) -> Result<Option<Shown>> {
        self.own(|own| {
            let ids = db.entries_by(&own.person.email, ENTRIES.0, ENTRIES.1)?;
            Ok(Shown { ids, why: "nothing was done in your name; what others did takes a permission to see the team" })
        })
    }

    /// What was sent to somebody who does not see all of it or, of the newest `limit` of each kind, by them.
    pub fn offers(&self, db: Reader<'_>, policy: &Policy, now: DateTime<Utc>, limit: usize) -> Result<Option<Vec<OfferRow>>> {
        match self {
            Sight::Everything => Ok(None),
            Sight::Own(own) => offers::of_person(db, policy, now, &own.person, limit).map(Some),
        }
    }
}
