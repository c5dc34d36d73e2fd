//! Everyone who can, site after site: what the sites share is read and reckoned once.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::rc::Rc;

use anyhow::Result;
use chrono::{DateTime, Utc};

use super::access;
use crate::domain::access::{Cut, Ground};
use crate::domain::ids::{PersonId, RoleId};
use crate::domain::perm_set::PermId;
use crate::domain::policy::Policy;
use crate::domain::text;
use crate::domain::things::{Assignment, Person, Site};
use crate::domain::why::Question;
use crate::facts::Reader;
use crate::facts::overlay::Wide;

/// The way of whoever owns the site.
pub const OWNER: &str = "owner";

/// Who can do one thing, at one instant.
pub struct Everyone<'a> {
    policy: &'a Policy,
    /// An id or label; what it means depends on the site's platform.
    permission: &'a str,
    now: DateTime<Utc>,
    known: Known,
}

/// INVARIANT: as of one state of the file.
#[derive(Default)]
struct Known {
    version: Option<i64>,
    wide: Wide,
    people: HashMap<PersonId, Rc<Named>>,
    cuts: HashMap<(String, Vec<String>), Cut>,
    ways: HashMap<RoleId, Rc<Way>>,
}

/// Somebody, and what their name is sorted by.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Named {
    fold: String,
    email: String,
    name: String,
}

/// How a role comes to give the permission: by how long a chain of requirements, from what.
struct Way {
    length: usize,
    because: String,
}

/// Somebody who can, and the ways they can, in words.
pub struct Able {
    person: Rc<Named>,
    pub via: Vec<String>,
}

impl Able {
    pub fn email(&self) -> &str {
        &self.person.email
    }

    pub fn name(&self) -> &str {
        &self.person.name
    }
}

impl<'a> Everyone<'a> {
    pub fn new(policy: &'a Policy, permission: &'a str, now: DateTime<Utc>) -> Everyone<'a> {
        Everyone { policy, permission, now, known: Known::default() }
    }

    /// Everyone who can on one site, by name; nobody where its platform has no such permission.
    pub fn on(&mut self, db: Reader<'_>, site: &Site) -> Result<Vec<Able>> {
        let Some(permission) = self.policy.catalog(&site.platform).and_then(|it| it.lookup(self.permission)) else {
            return Ok(Vec::new());
        };
        let version = Some(db.data_version()?);
        if self.known.version != version {
            self.known = Known { version, ..Known::default() };
        }
        let Some(ground) = self.ground(site) else { return Ok(Vec::new()) };
        let held = self.known.wide.on(db, &ground)?;
        let mut able = Vec::new();
        let owner = if held.iter().any(|it| it.person == site.owner) { None } else { Some((site.owner, [].as_slice())) };
        let others = held.chunk_by(|a, b| a.person == b.person).map(|them| (them[0].person, them));
        for (person, assignments) in others.chain(owner) {
            let question = Question { policy: self.policy, ground: &ground, site, person, assignments, permission, now: self.now };
            let Some(giving) = question.giving() else { continue };
            let via = self.ways(&question, &giving);
            able.extend(self.known.person(db, person)?.map(|person| Able { person, via }));
        }
        able.sort_by(|a, b| a.person.cmp(&b.person));
        Ok(able)
    }

    /// Few sets of apps serve many sites.
    fn ground(&mut self, site: &Site) -> Option<Ground> {
        let cut = match self.known.cuts.entry((site.platform.clone(), site.apps.clone())) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) => *new.insert(self.policy.cut_for(site)?),
        };
        Ground::with_cut(self.policy, site, cut)
    }

    /// One for each assignment that gives it, the shortest first.
    fn ways(&mut self, question: &Question<'_>, giving: &[&Assignment]) -> Vec<String> {
        if giving.is_empty() {
            return vec![OWNER.to_owned()];
        }
        let mut ways: Vec<_> = giving.iter().map(|it| (self.known.way(question, it.role), it)).collect();
        ways.sort_by_key(|(way, _)| way.length);
        ways.iter().map(|(way, it)| access::way(self.policy, question.site, it, &way.because)).collect()
    }
}

impl Known {
    fn person(&mut self, db: Reader<'_>, id: PersonId) -> Result<Option<Rc<Named>>> {
        Ok(match self.people.entry(id) {
            Entry::Occupied(known) => Some(known.get().clone()),
            Entry::Vacant(new) => {
                let named = |it: Person| Rc::new(Named { fold: text::fold(&it.name), email: it.email, name: it.name });
                db.find::<Person>(id)?.map(|it| new.insert(named(it)).clone())
            }
        })
    }

    fn way(&mut self, question: &Question<'_>, role: RoleId) -> Rc<Way> {
        let shortest = || question.chains(role).into_iter().min_by_key(Vec::len).unwrap_or_default();
        let reckon = |chain: &[PermId]| Rc::new(Way { length: chain.len(), because: access::because(question.ground, chain) });
        self.ways.entry(role).or_insert_with(|| reckon(&shortest())).clone()
    }
}
