//! Who is left to do the work: sites that nobody could publish, and editors in each other's way.

use std::collections::BTreeMap;

use anyhow::Result;
use chrono::{DateTime, Utc};

use super::access;
use super::impact::Impact;
use crate::domain::ids::{PersonId, SiteId};
use crate::domain::perm_set::PermId;
use crate::domain::policy::Policy;
use crate::domain::things::{Person, Site};
use crate::store::Reader;

/// The sites on which, after everything that `person` loses by these changes, nobody but the owner could publish.
pub fn uncovered(db: Reader<'_>, policy: &Policy, impact: &Impact, person: PersonId, now: DateTime<Utc>) -> Result<Vec<Site>> {
    let mut sites: BTreeMap<SiteId, PermId> = BTreeMap::new();
    for effect in impact.effects.iter().filter(|it| !it.gain && it.people.contains(&person)) {
        let publish = policy.catalog(&effect.platform).and_then(|it| it.publish);
        if publish == Some(effect.permission) {
            sites.extend(effect.sites.iter().map(|site| (*site, effect.permission)));
        }
    }
    let mut bare = Vec::new();
    for (id, publish) in sites {
        let Some(site) = db.find::<Site>(id)? else { continue };
        let left = access::who(db, policy, &site, publish, now)?;
        if left.iter().all(|it| [person, site.owner].contains(it)) {
            bare.push(site);
        }
    }
    Ok(bare)
}

/// Facts §4.10: those who can work on the site at the same time, where its editor does not bear that.
pub fn crowd(db: Reader<'_>, policy: &Policy, site: &Site, now: DateTime<Utc>) -> Result<Vec<Person>> {
    let editors = policy.catalog(&site.platform).map_or(&[][..], |it| &it.editors);
    let Some(editor) = editors.iter().find(|it| site.editor.as_ref() == Some(&it.name) && !it.together) else {
        return Ok(Vec::new());
    };
    let people = access::who(db, policy, site, editor.permission, now)?;
    let people = people.into_iter().map(|id| db.find::<Person>(id)).collect::<Result<Vec<_>>>()?;
    let people: Vec<Person> = people.into_iter().flatten().collect();
    Ok(if people.len() > 1 { people } else { Vec::new() })
}
