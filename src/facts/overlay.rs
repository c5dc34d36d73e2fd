//! Two states at once: the tables, and the tables with changes laid over them in memory.
//!
//! Nothing is written and nothing is locked. Laid over what was, changes show what would be;
//! inverted and laid over what is, they show what has been. Only people and sites that the
//! changes can reach are looked at.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use anyhow::Result;

use super::Reader;
use crate::domain::access::Ground;
use crate::domain::change::{Change, Edit, Touch};
use crate::domain::ids::{FolderId, PersonId, SiteId};
use crate::domain::policy::Policy;
use crate::domain::things::{Assignment, Level, Role, Scope, Site};
use crate::store::settings;

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

/// The tables, and what they are with changes laid over them.
pub struct Overlay<'a> {
    db: Reader<'a>,
    tables: &'a Policy,
    /// The policy with the changes applied.
    pub policy: Policy,
    /// Whether folders or the ceiling move, and with them what holds for everybody on a site.
    moves_ground: bool,
    sites: HashMap<SiteId, &'a Edit<Site>>,
    assignments: Vec<&'a Edit<Assignment>>,
}

impl<'a> Overlay<'a> {
    /// `tables` is the policy as it is without the changes.
    pub fn new(db: Reader<'a>, tables: &'a Policy, changes: &'a [Change]) -> Overlay<'a> {
        let moves_ground = changes.iter().any(|it| matches!(it.touches(), Some(Touch::Folder(_) | Touch::Setting(_))));
        let mut overlay = Overlay { db, tables, policy: tables.clone(), moves_ground, sites: HashMap::new(), assignments: Vec::new() };
        for touch in changes.iter().filter_map(Change::touches) {
            match touch {
                Touch::Role(Edit { after: Some(role), .. }) => overlay.policy.put_role(role.clone()),
                Touch::Role(Edit { before: Some(role), after: None }) => overlay.policy.remove_role(role.id),
                Touch::Folder(Edit { after: Some(folder), .. }) => overlay.policy.put_folder(folder.clone()),
                Touch::Folder(Edit { before: Some(folder), after: None }) => overlay.policy.remove_folder(folder.id),
                Touch::Setting(edit) => {
                    if let Some(whose) = edit.either().and_then(|it| settings::whose_ceiling(&it.name)) {
                        overlay.policy = overlay.policy.with_ceiling(whose, edit.after.as_ref().map(|it| it.value.as_str()));
                    }
                }
                Touch::Site(edit) => {
                    if let Some(site) = edit.either() {
                        overlay.sites.insert(site.id, edit);
                    }
                }
                Touch::Assignment(edit) => overlay.assignments.push(edit),
                Touch::Role(_) | Touch::Folder(_) | Touch::Catalog(_) => {}
            }
        }
        overlay
    }

    /// A site's row in the tables, and with the changes.
    pub fn site(&self, id: SiteId) -> Result<(Option<Site>, Option<Site>)> {
        let before = self.db.find::<Site>(id)?;
        let after = self.sites.get(&id).map_or_else(|| before.clone(), |edit| edit.after.clone());
        Ok((before, after))
    }

    /// What holds on a site by the tables, and with the changes.
    pub fn grounds(&self, id: SiteId) -> Result<(Option<Ground>, Option<Ground>)> {
        let (before, after) = self.site(id)?;
        let ground = |policy: &Policy, site: &Option<Site>| site.as_ref().and_then(|site| Ground::new(policy, site));
        let (same, was) = (!self.moves_ground && before == after, ground(self.tables, &before));
        let is = if same { was.clone() } else { ground(&self.policy, &after) };
        Ok((was, is))
    }

    /// What the person holds with the changes applied in order.
    pub fn assignments(&self, person: PersonId, mut held: Vec<Assignment>) -> Vec<Assignment> {
        for edit in &self.assignments {
            if let Some(before) = &edit.before {
                held.retain(|it| it.id != before.id);
            }
            held.extend(edit.after.iter().filter(|it| it.person == person).cloned());
        }
        held
    }

    /// Every person and site whose access the changes can touch; `None` past the budget.
    pub fn reach(&self, changes: &[Change], budget: &Budget<'_>) -> Result<Option<BTreeSet<(PersonId, SiteId)>>> {
        let mut reach = Reach::new(self, budget.pairs);
        for change in changes {
            if (budget.cancelled)() || !reach.change(change)? {
                return Ok(None);
            }
        }
        Ok(Some(reach.pairs))
    }

    /// The same of assignments that stay as they are.
    pub fn reach_of(&self, assignments: &[Assignment], budget: &Budget<'_>) -> Result<Option<BTreeSet<(PersonId, SiteId)>>> {
        let mut reach = Reach::new(self, budget.pairs);
        for it in assignments {
            if (budget.cancelled)() || !reach.assignment(it)? {
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

impl<'a> Reach<'a> {
    fn new(overlay: &'a Overlay<'a>, limit: usize) -> Reach<'a> {
        Reach { db: overlay.db, overlay, policy: overlay.tables, pairs: BTreeSet::new(), limit }
    }

    /// Adds what one change can reach; `false` past the limit.
    fn change(&mut self, change: &Change) -> Result<bool> {
        match change.touches() {
            Some(Touch::Role(edit)) => {
                let Some(role) = edit.either() else { return Ok(true) };
                let gives = |it: &Option<Role>| it.as_ref().map(|it| (it.platform.clone(), it.permissions.clone()));
                if gives(&edit.before) == gives(&edit.after) {
                    return Ok(true);
                }
                for it in self.db.assignments_with(role.id, self.limit.saturating_add(1))? {
                    if !self.assignment(&it)? {
                        return Ok(false);
                    }
                }
            }
            Some(Touch::Assignment(edit)) => {
                for it in edit.before.iter().chain(&edit.after) {
                    if !self.assignment(it)? {
                        return Ok(false);
                    }
                }
            }
            Some(Touch::Site(edit)) => {
                for site in edit.before.iter().chain(&edit.after) {
                    self.everybody_on(site)?;
                }
            }
            Some(Touch::Folder(edit)) => {
                let Some(folder) = edit.either() else { return Ok(true) };
                let mut sites = Vec::new();
                sites_under(self.db, self.policy, folder.id, usize::MAX, &mut sites)?;
                return self.everybody_on_all(sites);
            }
            Some(Touch::Setting(setting)) => {
                if let Some(whose) = setting.either().and_then(|it| settings::whose_ceiling(&it.name)) {
                    let mut sites = Vec::new();
                    self.db.each_site(|site| {
                        sites.extend(whose.is_none_or(|it| it == site.platform).then_some(site.id));
                        Ok(())
                    })?;
                    return self.everybody_on_all(sites);
                }
            }
            Some(Touch::Catalog(_)) | None => {}
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
            sites_under(self.db, self.policy, folder, self.limit.saturating_add(1), &mut sites)?;
            let moved = self.overlay.sites.values().filter_map(|edit| edit.after.as_ref());
            sites.extend(moved.filter(|it| self.overlay.policy.path(it.folder).contains(&folder)).map(|it| it.id));
        } else {
            sites = self.db.sites_of_team(self.policy.owner, self.limit.saturating_add(1))?;
        }
        Ok(sites)
    }

    fn everybody_on_all(&mut self, sites: Vec<SiteId>) -> Result<bool> {
        for id in sites {
            if let (Some(site), _) | (None, Some(site)) = self.overlay.site(id)? {
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
            let present = present(self.db, &ground)?;
            self.pairs.extend(present.into_iter().map(|(person, _)| (person, site.id)));
        }
        let new = self.overlay.assignments.iter().filter_map(|edit| edit.after.as_ref());
        self.pairs.extend(new.filter(|it| it.level == Level::Team || it.scope == Scope::Site(site.id)).map(|it| (it.person, site.id)));
        Ok(())
    }
}

/// What one person holds: read site by site at first, and at once where it comes to many.
#[derive(Default)]
pub struct Holdings {
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
    pub fn held(&mut self, db: Reader<'_>, person: PersonId, site: SiteId) -> Result<Vec<Assignment>> {
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

/// Everybody with anything that could count on a site, and what they hold that could.
pub fn present(db: Reader<'_>, ground: &Ground) -> Result<Vec<(PersonId, Vec<Assignment>)>> {
    let mut by_person: BTreeMap<PersonId, Vec<Assignment>> = BTreeMap::from([(ground.owner, Vec::new())]);
    for it in db.assignments_on(ground.site)?.into_iter().chain(Wide::default().over(db, ground)?) {
        by_person.entry(it.person).or_default().push(it);
    }
    Ok(by_person.into_iter().collect())
}

/// What is held in folders and everywhere, read once for all the sites that are asked about.
///
/// INVARIANT: asked of one state of the file only.
#[derive(Default)]
pub struct Wide(HashMap<Option<FolderId>, Vec<Assignment>>);

impl Wide {
    /// What reaches a site from there, person by person: nothing where the team does not count.
    pub fn over(&mut self, db: Reader<'_>, ground: &Ground) -> Result<Vec<Assignment>> {
        let mut all = Vec::new();
        if ground.has_team {
            for place in ground.path().iter().copied().map(Some).chain([None]) {
                all.extend_from_slice(self.held(db, place)?);
            }
        }
        all.sort_by_key(|it| it.person);
        Ok(all)
    }

    fn held(&mut self, db: Reader<'_>, place: Option<FolderId>) -> Result<&[Assignment]> {
        Ok(match self.0.entry(place) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(db.assignments_wide(place)?),
        })
    }
}

/// The sites of a folder and of every folder in it; no more folders are read once there are `enough`.
pub fn sites_under(db: Reader<'_>, policy: &Policy, folder: FolderId, enough: usize, into: &mut Vec<SiteId>) -> Result<()> {
    for inside in policy.folders().filter(|it| policy.lies_in(it.id, folder)) {
        if into.len() >= enough {
            return Ok(());
        }
        into.extend(db.sites_in(inside.id)?);
    }
    Ok(())
}
