//! What a set of changes does to effective access: people × sites × permissions, gained and lost.
//!
//! The changes are laid over the tables in memory, so that nothing is written, nothing
//! is locked, and a read-only file can be asked too. Only people and sites that the
//! changes can reach are looked at.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use anyhow::Result;
use chrono::{DateTime, Utc};

use super::access;
use crate::domain::access::Ground;
use crate::domain::change::{Change, Edit};
use crate::domain::ids::{FolderId, PersonId, SiteId};
use crate::domain::perm_set::{PermId, PermSet};
use crate::domain::policy::Policy;
use crate::domain::things::{Assignment, Level, Scope, Site};
use crate::store::{Reader, settings};

/// One permission that people gain or lose.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    pub platform: String,
    pub permission: PermId,
    pub gain: bool,
    pub people: BTreeSet<PersonId>,
    pub sites: BTreeSet<SiteId>,
}

/// The whole difference.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Impact {
    /// Sensitive permissions first, then by platform and catalog order; gains before losses.
    pub effects: Vec<Effect>,
    pub people: BTreeSet<PersonId>,
    pub sites: BTreeSet<SiteId>,
    /// Person and site pairs whose access differs.
    pub pairs: usize,
}

impl Impact {
    pub fn is_empty(&self) -> bool {
        self.effects.is_empty()
    }
}

/// The impact could not be counted within the budget, or the caller gave up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unfinished;

/// How far to go.
pub struct Budget<'a> {
    /// Pairs to look at before giving up.
    pub pairs: usize,
    /// Asked now and then; `true` gives up.
    pub cancelled: &'a dyn Fn() -> bool,
}

impl Budget<'_> {
    pub const ALL: Budget<'static> = Budget { pairs: usize::MAX, cancelled: &|| false };
}

/// What `changes` would do to everybody's access at the instant `now`.
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
    let overlay = Overlay::new(policy, changes);
    let Some(pairs) = overlay.reach(db, policy, changes, budget)? else { return Ok(Err(Unfinished)) };
    let mut difference = Difference::default();
    let mut grounds: HashMap<SiteId, (Option<Ground>, Option<Ground>)> = HashMap::new();
    let mut holdings = Holdings::default();
    for (n, (person, site)) in pairs.into_iter().enumerate() {
        if n % 64 == 63 && (budget.cancelled)() {
            return Ok(Err(Unfinished));
        }
        if let Entry::Vacant(slot) = grounds.entry(site) {
            slot.insert(overlay.grounds(db, policy, site)?);
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
                difference.add(&old, person, site, had, PermSet::EMPTY);
                difference.add(&new, person, site, PermSet::EMPTY, has);
            }
            (Some(platform), _) | (None, Some(platform)) => difference.add(&platform, person, site, had, has),
            (None, None) => {}
        }
    }
    Ok(Ok(difference.finish(policy)))
}

/// What one person holds: read site by site at first, and at once where it comes to many.
#[derive(Default)]
struct Holdings {
    person: Option<PersonId>,
    asked: usize,
    all: Option<Apart>,
}

/// Assignments in folders and everywhere, and those on single sites.
#[derive(Default)]
struct Apart {
    wide: Vec<Assignment>,
    single: HashMap<SiteId, Vec<Assignment>>,
}

impl Holdings {
    /// What could count on the site. Whoever asks goes person by person.
    fn held(&mut self, db: Reader<'_>, person: PersonId, site: SiteId) -> Result<Vec<Assignment>> {
        if self.person != Some(person) {
            *self = Holdings { person: Some(person), asked: 0, all: None };
        }
        self.asked += 1;
        if self.all.is_none() && self.asked > 8 {
            let mut all = Apart::default();
            for it in db.assignments_of(person)? {
                match it.scope {
                    Scope::Site(site) => all.single.entry(site).or_default().push(it),
                    Scope::Folder(_) | Scope::Everywhere => all.wide.push(it),
                }
            }
            self.all = Some(all);
        }
        let Some(all) = &self.all else { return db.assignments_for(person, site) };
        Ok(all.wide.iter().chain(all.single.get(&site).into_iter().flatten()).cloned().collect())
    }
}

/// The tables with the changes applied.
struct Overlay<'a> {
    policy: Policy,
    /// Whether folders or the ceiling move, and with them what holds for everybody on a site.
    moves_ground: bool,
    sites: HashMap<SiteId, &'a Edit<Site>>,
    assignments: Vec<&'a Edit<Assignment>>,
}

impl<'a> Overlay<'a> {
    fn new(policy: &Policy, changes: &'a [Change]) -> Overlay<'a> {
        let moves_ground = changes.iter().any(|it| matches!(it, Change::Folder(_) | Change::Setting(_)));
        let mut overlay = Overlay { policy: policy.clone(), moves_ground, sites: HashMap::new(), assignments: Vec::new() };
        for change in changes {
            match change {
                Change::Role(Edit { after: Some(role), .. }) => overlay.policy.put_role(role.clone()),
                Change::Role(Edit { before: Some(role), after: None }) => overlay.policy.remove_role(role.id),
                Change::Folder(Edit { after: Some(folder), .. }) => overlay.policy.put_folder(folder.clone()),
                Change::Folder(Edit { before: Some(folder), after: None }) => overlay.policy.remove_folder(folder.id),
                Change::Setting(Edit { after: Some(setting), .. }) if setting.name == settings::CEILING => {
                    overlay.policy = overlay.policy.with_ceiling(&setting.value);
                }
                Change::Site(edit) => {
                    if let Some(site) = edit.either() {
                        overlay.sites.insert(site.id, edit);
                    }
                }
                Change::Assignment(edit) => overlay.assignments.push(edit),
                Change::Role(_)
                | Change::Folder(_)
                | Change::Setting(_)
                | Change::Catalog(_)
                | Change::Person(_)
                | Change::Contact(_)
                | Change::Request(_)
                | Change::Invitation(_)
                | Change::WaitingRole(_)
                | Change::Handover(_) => {}
            }
        }
        overlay
    }

    fn site(&self, db: Reader<'_>, id: SiteId) -> Result<(Option<Site>, Option<Site>)> {
        let before = db.find::<Site>(id)?;
        let after = self.sites.get(&id).map_or_else(|| before.clone(), |edit| edit.after.clone());
        Ok((before, after))
    }

    fn grounds(&self, db: Reader<'_>, policy: &Policy, id: SiteId) -> Result<(Option<Ground>, Option<Ground>)> {
        let (before, after) = self.site(db, id)?;
        let ground = |policy: &Policy, site: &Option<Site>| site.as_ref().and_then(|site| Ground::new(policy, site));
        let (same, was) = (!self.moves_ground && before == after, ground(policy, &before));
        let is = if same { was.clone() } else { ground(&self.policy, &after) };
        Ok((was, is))
    }

    /// What the person holds with the changes applied in order.
    fn assignments(&self, person: PersonId, mut held: Vec<Assignment>) -> Vec<Assignment> {
        for edit in &self.assignments {
            if let Some(before) = &edit.before {
                held.retain(|it| it.id != before.id);
            }
            held.extend(edit.after.iter().filter(|it| it.person == person).cloned());
        }
        held
    }

    /// Every person and site whose access the changes can touch; `None` past the budget.
    fn reach(
        &self,
        db: Reader<'_>,
        policy: &Policy,
        changes: &[Change],
        budget: &Budget<'_>,
    ) -> Result<Option<BTreeSet<(PersonId, SiteId)>>> {
        let mut reach = Reach { db, overlay: self, policy, pairs: BTreeSet::new(), limit: budget.pairs };
        for change in changes {
            if (budget.cancelled)() || !reach.change(change)? {
                return Ok(None);
            }
        }
        Ok(Some(reach.pairs))
    }
}

struct Reach<'a> {
    db: Reader<'a>,
    overlay: &'a Overlay<'a>,
    policy: &'a Policy,
    pairs: BTreeSet<(PersonId, SiteId)>,
    limit: usize,
}

impl Reach<'_> {
    /// Adds what one change can reach; `false` past the limit.
    fn change(&mut self, change: &Change) -> Result<bool> {
        match change {
            Change::Role(edit) => {
                let Some(role) = edit.either() else { return Ok(true) };
                if edit.before.as_ref().map(|it| &it.permissions) == edit.after.as_ref().map(|it| &it.permissions) {
                    return Ok(true);
                }
                for it in self.db.assignments_with(role.id, self.limit.saturating_add(1))? {
                    if !self.assignment(&it)? {
                        return Ok(false);
                    }
                }
            }
            Change::Assignment(edit) => {
                for it in edit.before.iter().chain(&edit.after) {
                    if !self.assignment(it)? {
                        return Ok(false);
                    }
                }
            }
            Change::Site(edit) => {
                for site in edit.before.iter().chain(&edit.after) {
                    self.everybody_on(site)?;
                }
            }
            Change::Folder(edit) => {
                let Some(folder) = edit.either() else { return Ok(true) };
                let mut sites = Vec::new();
                access::sites_under(self.db, self.policy, folder.id, &mut sites)?;
                return self.everybody_on_all(sites);
            }
            Change::Setting(setting) => {
                if setting.either().is_some_and(|it| it.name == settings::CEILING) {
                    let mut sites = Vec::new();
                    self.db.each_site(|site| {
                        sites.push(site.id);
                        Ok(())
                    })?;
                    return self.everybody_on_all(sites);
                }
            }
            Change::Catalog(_)
            | Change::Person(_)
            | Change::Contact(_)
            | Change::Request(_)
            | Change::Invitation(_)
            | Change::WaitingRole(_)
            | Change::Handover(_) => {}
        }
        Ok(self.within())
    }

    fn within(&self) -> bool {
        self.pairs.len() <= self.limit
    }

    /// The sites that an assignment covers.
    fn assignment(&mut self, it: &Assignment) -> Result<bool> {
        let sites = match it.scope {
            Scope::Site(site) => vec![site],
            Scope::Folder(folder) => self.team_sites(Some(folder))?,
            Scope::Everywhere => self.team_sites(None)?,
        };
        self.pairs.extend(sites.into_iter().map(|site| (it.person, site)));
        Ok(self.within())
    }

    fn team_sites(&self, folder: Option<FolderId>) -> Result<Vec<SiteId>> {
        let mut sites = Vec::new();
        if let Some(folder) = folder {
            access::sites_under(self.db, self.policy, folder, &mut sites)?;
            let moved = self.overlay.sites.values().filter_map(|edit| edit.after.as_ref());
            sites.extend(moved.filter(|it| self.overlay.policy.path(it.folder).contains(&folder)).map(|it| it.id));
        } else {
            sites = self.db.sites_of_team(self.policy.owner, self.limit.saturating_add(1))?;
        }
        Ok(sites)
    }

    fn everybody_on_all(&mut self, sites: Vec<SiteId>) -> Result<bool> {
        for id in sites {
            if let (Some(site), _) | (None, Some(site)) = self.overlay.site(self.db, id)? {
                self.everybody_on(&site)?;
            }
            if !self.within() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Everybody who has, or after the changes could have, anything on this site.
    fn everybody_on(&mut self, site: &Site) -> Result<()> {
        for policy in [self.policy, &self.overlay.policy] {
            let Some(ground) = Ground::new(policy, site) else { continue };
            let present = access::present(self.db, policy, &ground, site)?;
            self.pairs.extend(present.into_iter().map(|(person, _)| (person, site.id)));
        }
        let new = self.overlay.assignments.iter().filter_map(|edit| edit.after.as_ref());
        self.pairs.extend(new.filter(|it| it.level == Level::Team || it.scope == Scope::Site(site.id)).map(|it| (it.person, site.id)));
        Ok(())
    }
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
        if had == has {
            return;
        }
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
        Impact { effects, people: self.people, sites: self.sites, pairs: self.pairs.len() }
    }
}
