//! Who can, for the filter of a list: `can:PERMISSION` of people, sites and roles.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use anyhow::Result;
use chrono::{DateTime, Utc};

use super::access;
use super::sight::Sight;
use crate::domain::catalog::Catalog;
use crate::domain::ids::{PersonId, SiteId};
use crate::domain::perm_set::PermSet;
use crate::domain::policy::Policy;
use crate::domain::suggest::Unknown;
use crate::domain::text;
use crate::domain::things::Site;
use crate::facts::Reader;
use crate::facts::names::no_permission;

/// A permission that one has to have, or must not have.
#[derive(Clone, Debug)]
pub struct Can {
    pub wanted: bool,
    /// As it was typed: its id, its label, or words of them.
    pub permission: String,
}

/// Whose rights the rows of a list are asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// What each can do on any site at all.
    People,
    /// What each can do on this one.
    PeopleOn(SiteId),
    /// What anybody beside its owner can do on each: the owner can do everything there.
    Sites,
    /// What each gives, granted or implied.
    Roles,
}

/// What the rows of a list can do, as of one state of the file.
pub struct Rights {
    pub of: Of,
    catalogs: Vec<Arc<Catalog>>,
    /// By number of the row: a set for each catalog.
    held: BTreeMap<i64, Vec<PermSet>>,
}

impl Rights {
    /// Reads them as far as they are shown: to whoever does not see everything, a site tells what they can do there themselves.
    pub fn read(db: Reader<'_>, policy: &Policy, now: DateTime<Utc>, of: Of) -> Result<Rights> {
        let mut rights = Rights { of, catalogs: policy.catalogs().cloned().collect(), held: BTreeMap::new() };
        match (of, db.sight()) {
            (Of::Roles, _) => {
                policy.roles().chain(policy.templates()).for_each(|it| rights.put(it.role.id.0, &it.role.platform, it.closed));
            }
            (Of::PeopleOn(id), _) => {
                let Some(site) = db.find::<Site>(id)? else { return Ok(rights) };
                let ground = access::ground(policy, &site)?;
                for (person, held) in access::present(db, &ground)? {
                    rights.put(person.0, &site.platform, ground.access(policy, person, &held, now));
                }
            }
            (Of::People | Of::Sites, Sight::Own(own)) => {
                for site in access::sites_of(db, policy, own.person.id)? {
                    let set = access::access(db, policy, &access::ground(policy, &site)?, own.person.id, now)?;
                    rights.put(if of == Of::Sites { site.id.0 } else { own.person.id.0 }, &site.platform, set);
                }
            }
            (Of::People | Of::Sites, Sight::Everything) => rights.everywhere(db, policy, now)?,
        }
        Ok(rights)
    }

    fn everywhere(&mut self, db: Reader<'_>, policy: &Policy, now: DateTime<Utc>) -> Result<()> {
        let mut sites: HashMap<SiteId, (String, PersonId)> = HashMap::new();
        db.each_site(|it| {
            sites.insert(it.id, (it.platform, it.owner));
            Ok(())
        })?;
        access::everywhere(db, policy, now, |site, person, set| {
            let Some((platform, owner)) = sites.get(&site) else { return };
            if self.of == Of::People {
                self.put(person.0, platform, set);
            } else if person != *owner {
                self.put(site.0, platform, set);
            }
        })
    }

    fn put(&mut self, row: i64, platform: &str, set: PermSet) {
        let Some(at) = self.catalogs.iter().position(|it| it.platform == platform) else { return };
        self.held.entry(row).or_insert_with(|| vec![PermSet::EMPTY; self.catalogs.len()])[at] |= set;
    }

    /// The rows that pass what is asked.
    pub fn passing(&self, asked: &[Can]) -> Passing {
        let able = |permission: &str| {
            let meant: Vec<PermSet> = self.meant(permission);
            let can = |held: &[PermSet]| held.iter().zip(&meant).any(|(held, meant)| held.intersects(meant));
            self.held.iter().filter(|it| can(it.1)).map(|it| *it.0).collect()
        };
        Passing(asked.iter().map(|it| (it.wanted, able(&it.permission))).collect())
    }

    /// The same where a permission that no catalog has is an error.
    pub fn passing_known(&self, asked: &[Can]) -> Result<Passing, Unknown> {
        let is_unknown = |permission: &&str| self.meant(permission).iter().all(PermSet::is_empty);
        if let Some(permission) = asked.iter().map(|it| it.permission.as_str()).find(is_unknown) {
            return Err(no_permission(&self.catalogs.iter().map(AsRef::as_ref).collect::<Vec<_>>(), permission));
        }
        Ok(self.passing(asked))
    }

    /// For each catalog the permission with this id or label; where none has it, all whose id and label have the words.
    fn meant(&self, text: &str) -> Vec<PermSet> {
        let by = |each: &dyn Fn(&Catalog) -> PermSet| self.catalogs.iter().map(|it| each(it)).collect::<Vec<_>>();
        let named = by(&|it| it.lookup(text).map_or(PermSet::EMPTY, PermSet::of));
        if named.iter().any(|it| !it.is_empty()) {
            return named;
        }
        let wanted = text::fold(text);
        let has_all = |known: &str| wanted.split_whitespace().all(|word| known.contains(word));
        by(&|it| it.ids().filter(|id| has_all(&text::fold(&format!("{} {}", it.get(*id).label, it.get(*id).id)))).collect())
    }
}

/// Which rows pass: for each word about rights whether it is wanted, and the rows that it is true of, in order.
#[derive(Default)]
pub struct Passing(Vec<(bool, Vec<i64>)>);

impl Passing {
    /// What passes where nothing is known about rights.
    pub fn without_rights(asked: &[Can]) -> Passing {
        Passing(asked.iter().map(|it| (it.wanted, Vec::new())).collect())
    }

    pub fn has(&self, row: i64) -> bool {
        self.0.iter().all(|(wanted, able)| able.binary_search(&row).is_ok() == *wanted)
    }
}
