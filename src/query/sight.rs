//! What of the workspace somebody is shown in lists (R11).

use anyhow::Result;
use chrono::{DateTime, Utc};

use super::access;
use super::collaborators::{self, Collaborator};
use super::offers::{self, OfferRow};
use crate::domain::policy::Policy;
use crate::domain::things::Site;
use crate::facts::Reader;
pub use crate::facts::sight::{Own, Sight};

/// What sight of more than one's own takes.
pub const OWN_ONLY: &str = "only their own sites and roles are shown; those of others take a permission to see the team";
/// What sight of contacts takes.
pub const NO_CONTACTS: &str = "contacts take a permission to see them in a team role that is given everywhere";

/// Why there is nothing among what was sent.
pub const NO_OFFERS: &str = "nothing was sent to you or by you; rolecall accept says yes with a token";

/// How far back in the journal the entries of one person are looked for, and how many are shown.
const ENTRIES: (i64, usize) = (20_000, 500);

/// The rows of a list that are shown to somebody who does not see it whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// Their numbers, in list order.
    pub ids: Vec<i64>,
    /// Why there is none, where there is none.
    pub why: &'static str,
}

impl Sight {
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
