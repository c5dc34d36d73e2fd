//! What a set of changes does to effective access: people × sites × permissions, gained and lost.
//!
//! The changes are laid over the tables in memory ([`crate::facts::overlay`]), so that
//! nothing is written, nothing is locked, and a read-only file can be asked too.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use anyhow::Result;
use chrono::{DateTime, Utc};

use crate::domain::access::Ground;
use crate::domain::change::Change;
use crate::domain::ids::{PersonId, SiteId};
use crate::domain::perm_set::{PermId, PermSet};
use crate::domain::policy::Policy;
use crate::facts::Reader;
use crate::facts::overlay::{Holdings, Overlay};

pub use crate::facts::overlay::Budget;

/// One permission that people gain or lose.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    pub platform: String,
    pub permission: PermId,
    pub gain: bool,
    pub people: BTreeSet<PersonId>,
    pub sites: BTreeSet<SiteId>,
}

/// The difference, as far as it is shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Impact {
    /// Sensitive permissions first, then by platform and catalog order; gains before losses.
    pub effects: Vec<Effect>,
    pub people: BTreeSet<PersonId>,
    pub sites: BTreeSet<SiteId>,
    /// Person and site pairs whose access differs.
    pub pairs: usize,
    /// Whether there may be others, whom whoever asks does not see.
    pub in_part: bool,
}

impl Impact {
    pub fn is_empty(&self) -> bool {
        self.effects.is_empty()
    }

    /// What stands before a sentence that is true only of those whom whoever asks sees.
    pub fn proviso(&self) -> &'static str {
        if self.in_part { "As far as you see: " } else { "" }
    }
}

/// The impact could not be counted within the budget, or the caller gave up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unfinished;

/// What `changes` would do at the instant `now` to everybody's access, as far as that is shown: of who is not shown
/// on a site nothing is said, not even that there is somebody.
///
/// # Errors
/// That the file could not be read. `Ok(Err(Unfinished))` where the budget ran out.
pub fn impact(
    db: Reader<'_>,
    policy: &Policy,
    changes: &[Change],
    now: DateTime<Utc>,
    budget: &Budget<'_>,
) -> Result<Result<Impact, Unfinished>> {
    let mut difference = Difference::default();
    let counted = compare(db, policy, changes, now, budget, &mut |platform, person, site, had, has| {
        if had != has && db.sight().shows_access(db, person, site)? {
            difference.add(platform, person, site, had, has);
        }
        Ok(())
    })?;
    Ok(counted.map(|()| Impact { in_part: !db.sees_all(), ..difference.finish(policy) }))
}

/// Takes platform, person, site, and what was and will be allowed.
pub type Each<'a> = dyn FnMut(&str, PersonId, SiteId, PermSet, PermSet) -> Result<()> + 'a;

/// Calls `each` with what everybody whom the changes can reach had on a site of a platform, and would have.
///
/// # Errors
/// As [`impact`].
pub fn compare(
    db: Reader<'_>,
    policy: &Policy,
    changes: &[Change],
    now: DateTime<Utc>,
    budget: &Budget<'_>,
    each: &mut Each<'_>,
) -> Result<Result<(), Unfinished>> {
    let overlay = Overlay::new(db, policy, changes);
    let Some(pairs) = overlay.reach(changes, budget)? else { return Ok(Err(Unfinished)) };
    let mut grounds: HashMap<SiteId, (Option<Ground>, Option<Ground>)> = HashMap::new();
    let mut holdings = Holdings::default();
    for (n, (person, site)) in pairs.into_iter().enumerate() {
        if n % 64 == 63 && (budget.cancelled)() {
            return Ok(Err(Unfinished));
        }
        if let Entry::Vacant(slot) = grounds.entry(site) {
            slot.insert(overlay.grounds(site)?);
        }
        let Some((before, after)) = grounds.get(&site) else { continue };
        let held = holdings.held(db, person, site)?;
        let had = before.as_ref().map_or(PermSet::EMPTY, |ground| ground.access(policy, person, &held, now));
        let has = match after {
            Some(ground) => ground.access(&overlay.policy, person, &overlay.assignments(person, held), now),
            None => PermSet::EMPTY,
        };
        let platform = |ground: &Option<Ground>| ground.as_ref().map(|it| it.catalog.platform.clone());
        match (platform(before), platform(after)) {
            // Permissions of two catalogs cannot be compared: all of one go, all of the other come.
            (Some(old), Some(new)) if old != new => {
                each(&old, person, site, had, PermSet::EMPTY)?;
                each(&new, person, site, PermSet::EMPTY, has)?;
            }
            (Some(platform), _) | (None, Some(platform)) => each(&platform, person, site, had, has)?,
            (None, None) => {}
        }
    }
    Ok(Ok(()))
}

/// The people and sites that one effect touches.
type Touched = (BTreeSet<PersonId>, BTreeSet<SiteId>);

#[derive(Default)]
struct Difference {
    effects: BTreeMap<(String, PermId, bool), Touched>,
    people: BTreeSet<PersonId>,
    sites: BTreeSet<SiteId>,
    pairs: BTreeSet<(PersonId, SiteId)>,
}

impl Difference {
    fn add(&mut self, platform: &str, person: PersonId, site: SiteId, had: PermSet, has: PermSet) {
        self.pairs.insert((person, site));
        self.people.insert(person);
        self.sites.insert(site);
        for (set, gain) in [(has - had, true), (had - has, false)] {
            for id in set.iter() {
                let (people, sites) = self.effects.entry((platform.to_owned(), id, gain)).or_default();
                people.insert(person);
                sites.insert(site);
            }
        }
    }

    fn finish(self, policy: &Policy) -> Impact {
        let effects = self.effects.into_iter();
        let effects = effects.map(|((platform, permission, gain), (people, sites))| Effect { platform, permission, gain, people, sites });
        let mut effects: Vec<Effect> = effects.collect();
        let plain = |it: &Effect| !policy.catalog(&it.platform).is_some_and(|catalog| catalog.get(it.permission).is_sensitive());
        effects.sort_by_cached_key(|it| (!it.gain, plain(it), it.platform.clone(), it.permission));
        Impact { effects, people: self.people, sites: self.sites, pairs: self.pairs.len(), in_part: false }
    }
}
