//! Which narrower roles would do for what somebody holds.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::access;
use crate::domain::access::{Ground, any_site};
use crate::domain::ids::{PersonId, SiteId};
use crate::domain::mining::{Group, Miner};
use crate::domain::narrowing::{Fit, Holder, Place};
use crate::domain::perm_set::PermSet;
use crate::domain::policy::Policy;
use crate::domain::things::{Assignment, Person, Scope, Site};
use crate::facts::Reader;

/// Sites that are looked at one by one. What reaches more is judged as on a site with every app on which nobody else is.
const MAX_SITES: usize = 200;

/// Each live assignment of a person that counts on this site, or at all, with the narrower roles that would do.
///
/// # Errors
/// That the file could not be read.
pub fn fits(
    db: Reader<'_>,
    policy: &Policy,
    person: &Person,
    on: Option<&Site>,
    now: DateTime<Utc>,
) -> Result<Vec<(Assignment, Vec<Fit>)>> {
    let held = db.assignments_of(person.id)?;
    let ground = on.map(|it| access::ground(policy, it)).transpose()?;
    let counts = |it: &&Assignment| it.is_live(now) && ground.as_ref().is_none_or(|ground| ground.reaches(policy, it));
    let holder = Holder { policy, person: person.id, held: &held, now };
    let mut looks = Looks { db, policy, person: person.id, now, known: BTreeMap::new() };
    let fits = |it: &Assignment| Ok((it.clone(), holder.fits(it, &looks.places(it)?)));
    held.iter().filter(counts).map(fits).collect()
}

/// Groups of at least so many people who hold the same several roles in the same way.
///
/// # Errors
/// As [`fits`].
pub fn groups(db: Reader<'_>, policy: &Policy, least: usize, now: DateTime<Utc>) -> Result<Vec<Group>> {
    let mut miner = Miner::default();
    db.each_holder(|held| miner.add(policy, held, now))?;
    Ok(miner.groups(policy, least))
}

/// The sites that somebody reaches, looked at once each.
struct Looks<'a> {
    db: Reader<'a>,
    policy: &'a Policy,
    person: PersonId,
    now: DateTime<Utc>,
    known: BTreeMap<SiteId, (Ground, PermSet)>,
}

impl Looks<'_> {
    fn places(&mut self, it: &Assignment) -> Result<Vec<Place>> {
        let mut ids = Vec::new();
        let folder = match it.scope {
            Scope::Site(id) => {
                ids.push(id);
                None
            }
            Scope::Folder(folder) => {
                access::sites_under(self.db, self.policy, folder, MAX_SITES + 1, &mut ids)?;
                Some(folder)
            }
            Scope::Everywhere => {
                ids.extend(self.db.sites_after("", MAX_SITES + 1)?.iter().map(|it| it.id));
                None
            }
        };
        let Some(catalog) = self.policy.role(it.role).and_then(|it| self.policy.catalog(&it.role.platform)) else { return Ok(Vec::new()) };
        if ids.len() > MAX_SITES {
            let site = Site { owner: PersonId(0), ..any_site(self.policy, catalog, folder) };
            let ground = Ground::new(self.policy, &site).context("reading the catalog")?;
            return Ok(vec![Place { ground, others: PermSet::EMPTY }]);
        }
        let mut places = Vec::new();
        for id in ids {
            let Some(site) = self.db.find::<Site>(id)?.filter(|it| it.platform == catalog.platform) else { continue };
            let (ground, others) = self.look(&site)?;
            if ground.reaches(self.policy, it) {
                places.push(Place { ground, others });
            }
        }
        Ok(places)
    }

    /// The site, and what others than the person and its owner can do there, as far as that is shown.
    fn look(&mut self, site: &Site) -> Result<(Ground, PermSet)> {
        if let Some(known) = self.known.get(&site.id) {
            return Ok(known.clone());
        }
        let (db, policy, ground) = (self.db, self.policy, access::ground(self.policy, site)?);
        let mut others = PermSet::EMPTY;
        if db.sight().shows_people_of(db, policy, site)? {
            for (person, held) in access::present(db, &ground)?.into_iter().filter(|it| it.0 != self.person && it.0 != site.owner) {
                others |= ground.access(policy, person, &held, self.now);
            }
        }
        self.known.insert(site.id, (ground.clone(), others));
        Ok((ground, others))
    }
}
