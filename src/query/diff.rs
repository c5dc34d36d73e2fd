//! Who gained and lost what between two instants, and by which entries.
//!
//! It goes back from the later state to the earlier one, entry by entry. Only who and what an entry on the way or the
//! clock could touch is looked at: as it was at the end, when it is met first, and as it was at the beginning.

use std::collections::hash_map::Entry as Slot;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use anyhow::Result;
use chrono::{DateTime, Utc};

use super::access;
use crate::domain::access::Ground;
use crate::domain::catalog::{Catalog, Permission};
use crate::domain::change::{Change, Touch};
use crate::domain::ids::{PersonId, RoleId, SiteId};
use crate::domain::perm_set::PermSet;
use crate::domain::policy::Policy;
use crate::domain::text::email_key;
use crate::domain::things::{Assignment, Person, Site};
use crate::facts::overlay::{Budget, Holdings, Overlay};
use crate::facts::past::Walk;
use crate::facts::{Reader, names};
use crate::store::journal::Entry;
use crate::store::settings;

/// A state of the workspace: what stood after an entry, by the clock of an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    pub at: DateTime<Utc>,
    pub entry: i64,
}

impl Point {
    /// What is true at an instant (R5). Before the first entry that is what is there now, by the dates that it bears; so is
    /// what lies ahead.
    ///
    /// # Errors
    /// That the journal could not be read.
    pub fn at(db: Reader<'_>, at: DateTime<Utc>, now: DateTime<Utc>) -> Result<Point> {
        let last = if at < now { db.last_by(at)? } else { 0 };
        let entry = if last > 0 { last } else { db.head()?.map_or(0, |it| it.seq) };
        Ok(Point { at, entry })
    }
}

/// What a difference is asked about, by the names that people type: everything that is not named.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub person: Option<String>,
    pub site: Option<String>,
    pub role: Option<String>,
}

/// The same found.
#[derive(Clone, Copy, Debug, Default)]
pub struct Only {
    pub person: Option<PersonId>,
    pub site: Option<SiteId>,
    pub role: Option<RoleId>,
}

impl Wanted {
    /// Finds what is named.
    ///
    /// # Errors
    /// That nothing has a name.
    pub fn find(&self, db: Reader<'_>) -> Result<Only> {
        let policy = db.policy(None)?;
        Ok(Only {
            person: self.person.as_deref().map(|it| db.the_person(it)).transpose()?.map(|it| it.id),
            site: self.site.as_deref().map(|it| db.the_site(it)).transpose()?.map(|it| it.id),
            role: self.role.as_deref().map(|it| names::the_role(db, &policy, it)).transpose()?.map(|it| it.role.id),
        })
    }
}

/// What somebody gained, or lost, on a site.
#[derive(Clone, Debug)]
pub struct Moved {
    pub person: Person,
    pub site: Site,
    catalog: Arc<Catalog>,
    set: PermSet,
}

impl Moved {
    pub fn permissions(&self) -> impl Iterator<Item = &Permission> {
        self.set.iter().map(|id| self.catalog.get(id))
    }
}

/// What differs between two states, as far as it is shown.
#[derive(Clone, Debug, Default)]
pub struct Difference {
    pub gains: Vec<Moved>,
    pub losses: Vec<Moved>,
    /// The entries between the two that changed access, the first first; none where it was the clock alone.
    pub entries: Vec<i64>,
    /// Whether others changed access, too, of which whoever asks may not know.
    pub others: bool,
    /// Whether the journal reaches back to the earlier state.
    pub is_reached: bool,
    /// Whether there may be others, whom whoever asks does not see.
    pub in_part: bool,
}

impl Difference {
    pub fn is_empty(&self) -> bool {
        self.gains.is_empty() && self.losses.is_empty()
    }

    /// What is to be said of what did it beside the entries that are told.
    pub fn besides(&self) -> Option<&'static str> {
        let is_told = !self.entries.is_empty();
        match self.others {
            _ if self.is_empty() => None,
            true if is_told => Some("and by others, which are not shown to you"),
            true => Some("which entries did it is not shown to you"),
            false if is_told => None,
            false if self.is_reached => Some("no entry of the journal did it: something began or ended by itself"),
            false => Some("no entry of the journal did it: of what was before the first one, dates alone tell"),
        }
    }

    /// The same from the later state to the earlier one, which no entry leads to.
    #[must_use]
    pub fn turned(self) -> Difference {
        Difference { gains: self.losses, losses: self.gains, entries: Vec::new(), others: false, ..self }
    }
}

type Pair = (PersonId, SiteId);

/// What somebody can do on a site in one state.
#[derive(Clone, Default)]
struct Can {
    /// Nothing where there is no such site.
    catalog: Option<Arc<Catalog>>,
    set: PermSet,
    /// Whether the role that is asked about is among what gives it.
    by_role: bool,
}

impl Can {
    /// What the other cannot do.
    fn beyond(&self, other: &Can) -> PermSet {
        match (&self.catalog, &other.catalog) {
            (Some(mine), Some(theirs)) if Arc::ptr_eq(mine, theirs) => self.set - other.set,
            (Some(mine), Some(theirs)) if mine.platform == theirs.platform => {
                let theirs: BTreeSet<&str> = other.set.iter().map(|id| theirs.get(id).id.as_str()).collect();
                self.set.iter().filter(|id| !theirs.contains(mine.get(*id).id.as_str())).collect()
            }
            _ => self.set,
        }
    }

    fn differs(&self, other: &Can) -> bool {
        !self.beyond(other).is_empty() || !other.beyond(self).is_empty()
    }
}

/// What differs for one of those who were met.
struct Found {
    pair: Pair,
    gained: Can,
    lost: Can,
}

/// On the way back from one state to another.
pub struct Comparison {
    from: Point,
    to: Point,
    only: Only,
    /// As of where the way has come to.
    policy: Option<Policy>,
    /// Everybody who was met, with what they could do at the end.
    met: BTreeMap<Pair, Can>,
    entries: BTreeSet<i64>,
    /// Whether there are others, of which whoever asks may not know.
    others: bool,
    /// What everybody can do before the rules themselves are taken back.
    ruled: Vec<(Pair, Vec<Can>)>,
    shown: HashMap<SiteId, bool>,
    found: Vec<Found>,
    people: HashMap<PersonId, Person>,
    sites: HashMap<SiteId, Site>,
    in_part: bool,
}

impl Comparison {
    pub fn new(from: Point, to: Point, only: Only) -> Comparison {
        Comparison {
            from,
            to,
            only,
            policy: None,
            met: BTreeMap::new(),
            entries: BTreeSet::new(),
            others: false,
            ruled: Vec::new(),
            shown: HashMap::new(),
            found: Vec::new(),
            people: HashMap::new(),
            sites: HashMap::new(),
            in_part: false,
        }
    }

    /// Whether it is asked about them and shown.
    fn is_asked(&mut self, db: Reader<'_>, (person, site): Pair) -> Result<bool> {
        if self.only.person.is_some_and(|it| it != person) || self.only.site.is_some_and(|it| it != site) {
            return Ok(false);
        }
        if db.sees_all() || db.sight().shows_person(person) {
            return Ok(true);
        }
        Ok(match self.shown.entry(site) {
            Slot::Occupied(known) => *known.get(),
            Slot::Vacant(new) => *new.insert(db.sight().shows_access(db, person, site)?),
        })
    }

    /// Those of whom it is asked.
    fn asked(&mut self, db: Reader<'_>, pairs: BTreeSet<Pair>) -> Result<Vec<Pair>> {
        pairs.into_iter().filter_map(|pair| self.is_asked(db, pair).map(|is| is.then_some(pair)).transpose()).collect()
    }

    /// Notes what these could do at the end: whatever came since left them alone.
    fn meet(&mut self, db: Reader<'_>, policy: &Policy, pairs: &[Pair]) -> Result<()> {
        let mut state = State::new(db, policy, self.only.role);
        for pair in pairs.iter().filter(|it| !self.met.contains_key(*it)).collect::<Vec<_>>() {
            let can = state.can(*pair, self.to.at)?;
            self.met.insert(*pair, can);
        }
        Ok(())
    }

    /// Whether changes give somebody other access, at any instant from when they were made to the end.
    fn is_felt(&self, db: Reader<'_>, entry: &Entry, overlay: &Overlay<'_>, policy: &Policy, pairs: &[Pair]) -> Result<bool> {
        let (mut grounds, mut holdings) = (HashMap::new(), Holdings::default());
        let begins = self.between(entry.at);
        for (person, site) in pairs {
            let (later, earlier): &(Option<Ground>, Option<Ground>) = match grounds.entry(*site) {
                Slot::Occupied(known) => known.into_mut(),
                Slot::Vacant(new) => new.insert(overlay.grounds(*site)?),
            };
            let held = holdings.held(db, *person, *site)?;
            let held_before = overlay.assignments(*person, held.clone());
            let edges = held.iter().chain(&held_before).flat_map(|it| [it.since, it.until]).flatten();
            let instants = edges.filter(|it| begins < *it && *it < self.to.at).chain([begins, self.to.at]);
            for at in instants.collect::<BTreeSet<_>>() {
                let now = can(policy, later.as_ref(), *person, &held, at, self.only.role);
                let then = can(&overlay.policy, earlier.as_ref(), *person, &held_before, at, self.only.role);
                if (now.by_role || then.by_role) && now.differs(&then) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// The instant, or the end that is nearest to it.
    fn between(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        at.max(self.from.at).min(self.to.at)
    }

    fn note(&mut self, db: Reader<'_>, entry: &Entry) -> Result<()> {
        if db.knows_entry(entry)? {
            self.entries.insert(entry.seq);
        } else {
            self.others = true;
        }
        Ok(())
    }

    /// What differs, by the names at the end where they are there still.
    ///
    /// # Errors
    /// That the file could not be read.
    pub fn difference(self, db: Reader<'_>) -> Result<Difference> {
        let (entries, others, in_part) = (self.entries.into_iter().collect(), self.others, self.in_part);
        let mut difference = Difference { entries, others, in_part, ..Difference::default() };
        for it in self.found {
            let person = db.find::<Person>(it.pair.0)?.or_else(|| self.people.get(&it.pair.0).cloned());
            let site = db.find::<Site>(it.pair.1)?.or_else(|| self.sites.get(&it.pair.1).cloned());
            let (Some(person), Some(site)) = (person, site) else { continue };
            for (can, list) in [(it.gained, &mut difference.gains), (it.lost, &mut difference.losses)] {
                let Some(catalog) = can.catalog.filter(|_| !can.set.is_empty()) else { continue };
                list.push(Moved { person: person.clone(), site: site.clone(), catalog, set: can.set });
            }
        }
        for list in [&mut difference.gains, &mut difference.losses] {
            list.sort_by_cached_key(|it| (email_key(&it.person.email), it.site.key.clone()));
        }
        Ok(difference)
    }
}

impl Walk for Comparison {
    fn begin(&mut self, db: Reader<'_>) -> Result<()> {
        self.in_part = !db.sees_all();
        let policy = db.policy(None)?;
        let turning = db.assignments_turning(self.from.at.min(self.to.at), self.to.at.max(self.from.at))?;
        let reached = Overlay::new(db, &policy, &[]).reach_of(&turning, &Budget::ALL)?.unwrap_or_default();
        let pairs = self.asked(db, reached)?;
        self.meet(db, &policy, &pairs)?;
        self.policy = Some(policy);
        Ok(())
    }

    fn before(&mut self, db: Reader<'_>, entry: &Entry, back: &[Change]) -> Result<()> {
        let Some(policy) = self.policy.clone() else { return Ok(()) };
        let overlay = Overlay::new(db, &policy, back);
        let mut reached = overlay.reach(back, &Budget::ALL)?.unwrap_or_default();
        let everybody = if back.iter().any(moves_rules) { everybody(db, &policy)? } else { BTreeSet::new() };
        reached.extend(&everybody);
        let pairs = self.asked(db, reached)?;
        self.meet(db, &policy, &pairs)?;
        if self.entries.contains(&entry.seq) {
            return Ok(());
        }
        if everybody.is_empty() {
            if self.is_felt(db, entry, &overlay, &policy, &pairs)? {
                self.note(db, entry)?;
            }
            return Ok(());
        }
        self.ruled = self.at_ends(db, &policy, entry, &pairs)?;
        Ok(())
    }

    fn after(&mut self, db: Reader<'_>, entry: &Entry, back: &[Change]) -> Result<()> {
        if back.iter().any(moves_policy) {
            self.policy = Some(db.policy(None)?);
        }
        let ruled = std::mem::take(&mut self.ruled);
        let (Some(policy), false) = (self.policy.clone(), ruled.is_empty()) else { return Ok(()) };
        let pairs: Vec<Pair> = ruled.iter().map(|it| it.0).collect();
        let then = self.at_ends(db, &policy, entry, &pairs)?;
        let differs = |now: &Can, then: &Can| (now.by_role || then.by_role) && now.differs(then);
        if ruled.iter().zip(&then).any(|(now, then)| now.1.iter().zip(&then.1).any(|(now, then)| differs(now, then))) {
            self.note(db, entry)?;
        }
        Ok(())
    }

    fn end(&mut self, db: Reader<'_>) -> Result<()> {
        let Some(policy) = self.policy.take() else { return Ok(()) };
        let mut state = State::new(db, &policy, self.only.role);
        for (pair, now) in std::mem::take(&mut self.met) {
            let then = state.can(pair, self.from.at)?;
            if !(now.by_role || then.by_role) || !now.differs(&then) {
                continue;
            }
            let (gained, lost) = (now.beyond(&then), then.beyond(&now));
            self.found.push(Found { pair, gained: Can { set: gained, ..now }, lost: Can { set: lost, ..then } });
            self.people.extend(db.find::<Person>(pair.0)?.map(|it| (it.id, it)));
            self.sites.extend(db.find::<Site>(pair.1)?.map(|it| (it.id, it)));
        }
        Ok(())
    }
}

impl Comparison {
    /// What each can do when an entry was made, and at the end.
    fn at_ends(&self, db: Reader<'_>, policy: &Policy, entry: &Entry, pairs: &[Pair]) -> Result<Vec<(Pair, Vec<Can>)>> {
        let mut state = State::new(db, policy, self.only.role);
        let instants = [self.between(entry.at), self.to.at];
        pairs.iter().map(|pair| Ok((*pair, instants.iter().map(|at| state.can(*pair, *at)).collect::<Result<_>>()?))).collect()
    }
}

/// Whether it is to what permissions there are, or who the agency is: what cannot be laid over a policy.
fn moves_rules(change: &Change) -> bool {
    match change.touches() {
        Some(Touch::Catalog(_)) => true,
        Some(Touch::Setting(edit)) => edit.any(|it| it.name == settings::OWNER),
        Some(Touch::Folder(_) | Touch::Site(_) | Touch::Role(_) | Touch::Assignment(_)) | None => false,
    }
}

fn moves_policy(change: &Change) -> bool {
    match change.touches() {
        Some(Touch::Catalog(_) | Touch::Setting(_) | Touch::Folder(_) | Touch::Role(_)) => true,
        Some(Touch::Site(_) | Touch::Assignment(_)) | None => false,
    }
}

/// Everybody with anything, everywhere.
fn everybody(db: Reader<'_>, policy: &Policy) -> Result<BTreeSet<Pair>> {
    let mut sites = Vec::new();
    db.each_site(|it| {
        sites.push(it);
        Ok(())
    })?;
    let mut pairs = BTreeSet::new();
    for site in sites {
        let Some(ground) = Ground::new(policy, &site) else { continue };
        pairs.extend(access::present(db, &ground)?.into_iter().map(|(person, _)| (person, site.id)));
    }
    Ok(pairs)
}

/// One state, asked about many.
struct State<'a> {
    db: Reader<'a>,
    policy: &'a Policy,
    role: Option<RoleId>,
    grounds: HashMap<SiteId, Option<Ground>>,
    holdings: Holdings,
}

impl<'a> State<'a> {
    fn new(db: Reader<'a>, policy: &'a Policy, role: Option<RoleId>) -> State<'a> {
        State { db, policy, role, grounds: HashMap::new(), holdings: Holdings::default() }
    }

    fn can(&mut self, (person, site): Pair, at: DateTime<Utc>) -> Result<Can> {
        let ground = match self.grounds.entry(site) {
            Slot::Occupied(known) => known.into_mut(),
            Slot::Vacant(new) => new.insert(self.db.find::<Site>(site)?.and_then(|it| Ground::new(self.policy, &it))),
        };
        let held = self.holdings.held(self.db, person, site)?;
        Ok(can(self.policy, ground.as_ref(), person, &held, at, self.role))
    }
}

fn can(policy: &Policy, ground: Option<&Ground>, person: PersonId, held: &[Assignment], at: DateTime<Utc>, role: Option<RoleId>) -> Can {
    let Some(ground) = ground else { return Can { by_role: role.is_none(), ..Can::default() } };
    let by_role = role.is_none_or(|role| ground.sources(policy, held, at).iter().any(|it| it.role == role));
    Can { catalog: Some(Arc::clone(&ground.catalog)), set: ground.access(policy, person, held, at), by_role }
}
