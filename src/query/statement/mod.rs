//! Who has access, as it is put on paper: to a site, of a person, or in the whole workspace.
//!
//! A statement lists whoever can do anything, and what: no more and no less than is answered when it is asked one by one.

mod changed;

use std::cell::{OnceCell, RefCell};
use std::collections::hash_map::Entry as Slot;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};

use super::access::{self, scope_record};
use super::offers::{self, OfferRow};
use super::records;
use crate::domain::accepted::Accepted;
use crate::domain::access::Ground;
use crate::domain::audit::{About, Made, Rule};
use crate::domain::catalog::Catalog;
use crate::domain::change::{Change, Edit};
use crate::domain::ids::{AssignmentId, PersonId, SiteId};
use crate::domain::offer::Stage;
use crate::domain::perm_set::PermSet;
use crate::domain::policy::Policy;
use crate::domain::record::{Recorded, ScopeRecord};
use crate::domain::row::Subject;
use crate::domain::text;
use crate::domain::things::{Assignment, Level, Person, Role, Scope, Site};
use crate::facts::Reader;
use crate::facts::overlay::Wide;
use crate::store::life::Open;

/// How far back it tells what has changed.
pub const LOOKS_BACK: TimeDelta = TimeDelta::days(90);
/// Sites, or entries, that are read at once.
const PAGE: usize = 200;
/// Entries about one person among which the last look at what they hold is sought.
const LOOKS: usize = 500;
/// Offers that are listed, of each kind.
const OFFERS: usize = 1_000;

/// Whoever it is: somebody of whom whoever asks may not know.
const SOMEBODY: &str = "somebody";

/// What a statement is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    Site(SiteId),
    Person(PersonId),
    Workspace,
}

/// Somebody who can do something on a site.
#[derive(Clone, Debug)]
pub struct Access {
    pub person: Person,
    pub is_owner: bool,
    /// Whether they are of the agency: they own the account, or have a role in the team.
    pub of_agency: bool,
    pub can: PermSet,
    /// As what: the roles that count there.
    pub held: Vec<Held>,
}

/// A role that somebody has.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Held {
    pub role: String,
    pub key: String,
    pub level: Level,
    pub scope: ScopeRecord,
    /// The name of the folder, where it is given for one.
    pub folder: Option<String>,
    pub since: Option<DateTime<Utc>>,
    /// Whether that is said of it, or only when it was written down.
    pub is_dated: bool,
    pub until: Option<DateTime<Utc>>,
    pub given_by: Option<String>,
    pub reason: Option<String>,
    /// When somebody last looked whether it is needed, and who.
    pub reviewed: Option<(DateTime<Utc>, String)>,
    pub review_on: Option<DateTime<Utc>>,
}

/// Sites of one platform on which the same can be said.
#[derive(Clone, Debug)]
pub struct Part {
    pub sites: Vec<Site>,
    pub catalog: Arc<Catalog>,
    /// The owner first, then by name.
    pub people: Vec<Access>,
}

/// What was agreed and has not begun.
#[derive(Clone, Debug)]
pub struct Later {
    pub person: Person,
    pub held: Held,
}

/// A finding of the audit that somebody answers for.
#[derive(Clone, Debug)]
pub struct Answer {
    /// As the audit prints it.
    pub key: String,
    /// What its rule finds, in words, and of what else than this is about.
    pub what: String,
    pub of: Vec<String>,
    pub until: DateTime<Utc>,
    pub because: String,
    pub by: Option<String>,
}

/// What has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    pub at: DateTime<Utc>,
    /// Who did it; nobody where it came by itself.
    pub by: Option<String>,
    pub what: String,
}

/// Where a statement is written: one state of the workspace, at an instant.
pub struct Desk<'a> {
    pub db: Reader<'a>,
    pub policy: &'a Policy,
    pub about: Topic,
    pub at: DateTime<Utc>,
    /// The last entry that counts.
    pub entry: i64,
    made: OnceCell<Made>,
    /// When it was last looked at what somebody holds, and by whom.
    looks: RefCell<HashMap<PersonId, Looks>>,
}

type Looks = HashMap<AssignmentId, (DateTime<Utc>, String)>;

/// By what one person can do the same on several sites: the platform, whether they own them, what they can do and their roles.
type Sameness = (String, bool, PermSet, Vec<Held>);

impl<'a> Desk<'a> {
    pub fn new(db: Reader<'a>, policy: &'a Policy, about: Topic, at: DateTime<Utc>, entry: i64) -> Desk<'a> {
        Desk { db, policy, about, at, entry, made: OnceCell::new(), looks: RefCell::default() }
    }

    /// Calls `each` with who can do what, site by site; sites on which one person can do the same, together.
    ///
    /// # Errors
    /// That of `each`, or that the file could not be read.
    pub fn each_part(&self, each: &mut dyn FnMut(Part) -> Result<()>) -> Result<()> {
        let (mut wide, mut team) = (Wide::default(), HashMap::new());
        match self.about {
            Topic::Site(id) => {
                let Some(site) = self.db.find::<Site>(id)? else { return Ok(()) };
                self.part(&site, None, &mut wide, &mut team)?.map_or(Ok(()), each)
            }
            Topic::Person(id) => {
                let mut parts: Vec<Part> = Vec::new();
                let mut known: HashMap<Sameness, usize> = HashMap::new();
                for site in access::sites_of(self.db, self.policy, id)? {
                    if !self.db.knows(&site)? {
                        continue;
                    }
                    let Some(part) = self.part(&site, Some(id), &mut wide, &mut team)? else { continue };
                    let [theirs] = part.people.as_slice() else { continue };
                    let sameness = (part.catalog.platform.clone(), theirs.is_owner, theirs.can, theirs.held.iter().map(bare).collect());
                    match known.entry(sameness) {
                        Slot::Occupied(at) => parts[*at.get()].sites.extend(part.sites),
                        Slot::Vacant(new) => {
                            new.insert(parts.len());
                            parts.push(part);
                        }
                    }
                }
                parts.into_iter().try_for_each(each)
            }
            Topic::Workspace => {
                let mut after = String::new();
                loop {
                    let page = self.db.sites_after(&after, PAGE)?;
                    let Some(last) = page.last() else { return Ok(()) };
                    after.clone_from(&last.key);
                    for site in &page {
                        self.part(site, None, &mut wide, &mut team)?.map_or(Ok(()), &mut *each)?;
                    }
                }
            }
        }
    }

    /// Who can do what on one site, or what this one can.
    fn part(&self, site: &Site, only: Option<PersonId>, wide: &mut Wide, team: &mut HashMap<PersonId, bool>) -> Result<Option<Part>> {
        let Some(ground) = Ground::new(self.policy, site) else { return Ok(None) };
        let mut held: BTreeMap<PersonId, Vec<Assignment>> = BTreeMap::from([(site.owner, Vec::new())]);
        for it in self.db.assignments_at(site.id)?.into_iter().chain(wide.over(self.db, &ground)?) {
            held.entry(it.person).or_default().push(it);
        }
        let mut people = Vec::new();
        for (id, held) in held.into_iter().filter(|it| only.is_none_or(|only| only == it.0)) {
            let can = ground.access(self.policy, id, &held, self.at);
            let Some(person) = self.db.find::<Person>(id)?.filter(|_| !can.is_empty()) else { continue };
            let is_owner = id == site.owner;
            // Where somebody works elsewhere is not everybody's to know.
            let of_agency = if self.db.sees_all() {
                self.is_of_agency(id, team)?
            } else {
                id == self.policy.owner || self.is_team_here(&ground, &held)
            };
            let counts =
                if is_owner { ground.partnership(self.policy, &held, self.at) } else { ground.sources(self.policy, &held, self.at) };
            let held = counts.into_iter().map(|it| self.held(it)).collect::<Result<_>>()?;
            people.push(Access { person, is_owner, of_agency, can, held });
        }
        people.sort_by_cached_key(|it| (!it.is_owner, text::fold(&it.person.name), it.person.id));
        Ok(Some(Part { sites: vec![site.clone()], catalog: ground.catalog, people }))
    }

    fn is_team_here(&self, ground: &Ground, held: &[Assignment]) -> bool {
        ground.sources(self.policy, held, self.at).iter().any(|it| it.level == Level::Team)
    }

    fn is_of_agency(&self, person: PersonId, known: &mut HashMap<PersonId, bool>) -> Result<bool> {
        if let Some(is) = known.get(&person) {
            return Ok(*is);
        }
        let in_team =
            || -> Result<bool> { Ok(self.db.assignments_of(person)?.iter().any(|it| it.level == Level::Team && it.is_live(self.at))) };
        let is = person == self.policy.owner || in_team()?;
        known.insert(person, is);
        Ok(is)
    }

    fn held(&self, it: &Assignment) -> Result<Held> {
        let role = self.policy.role(it.role).map(|it| &it.role);
        let folder = if let Scope::Folder(id) = it.scope { self.policy.folder(id) } else { None };
        Ok(Held {
            role: role.map_or_else(String::new, |it| it.name.clone()),
            key: role.map_or_else(String::new, |it| it.key.clone()),
            level: it.level,
            scope: scope_record(self.db, it.scope)?,
            folder: folder.map(|it| it.name.clone()),
            since: it.since.map_or_else(|| self.made(it), |it| Ok(Some(it)))?,
            is_dated: it.since.is_some(),
            until: it.until,
            given_by: it.granted_by.map(|id| self.name(id)).transpose()?.flatten(),
            reason: it.reason.clone(),
            reviewed: self.reviewed(it)?,
            review_on: it.review_on,
        })
    }

    /// When what does not say since when it is there was written down.
    fn made(&self, it: &Assignment) -> Result<Option<DateTime<Utc>>> {
        if self.made.get().is_none() {
            let _ = self.made.set(Made(self.db.made()?));
        }
        Ok(self.made.get().and_then(|made| made.at(it.id)))
    }

    /// What somebody is called, if whoever asks may know of them.
    fn name(&self, id: PersonId) -> Result<Option<String>> {
        let Some(it) = self.db.find::<Person>(id)? else { return Ok(None) };
        Ok(self.db.knows(&it)?.then(|| called(&it)))
    }

    /// Who did something, by their address then.
    fn actor(&self, email: &str) -> Result<String> {
        match self.db.plain().person_by_email(email)? {
            Some(it) => Ok(if self.db.knows(&it)? { called(&it) } else { SOMEBODY.to_owned() }),
            None if self.db.sees_all() => Ok(email.to_owned()),
            None => Ok(SOMEBODY.to_owned()),
        }
    }

    /// The last time that somebody said when to look at it again.
    fn reviewed(&self, it: &Assignment) -> Result<Option<(DateTime<Utc>, String)>> {
        if it.review_on.is_none() {
            return Ok(None);
        }
        if !self.looks.borrow().contains_key(&it.person) {
            let looks = self.looks_at(it.person)?;
            self.looks.borrow_mut().insert(it.person, looks);
        }
        Ok(self.looks.borrow().get(&it.person).and_then(|looks| looks.get(&it.id).cloned()))
    }

    fn looks_at(&self, person: PersonId) -> Result<Looks> {
        let mut looks = Looks::new();
        for entry in self.db.entries_about(&[Subject::Person(person)], self.entry, LOOKS)? {
            // An import of very many is no look at one.
            if self.db.origin(&entry)?.parts > 0 {
                continue;
            }
            let by = self.actor(&entry.actor)?;
            self.db.each_change(&entry, false, &mut |change| {
                if let Change::Assignment(Edit { before: Some(before), after: Some(after) }) = change
                    && before.review_on != after.review_on
                {
                    looks.entry(after.id).or_insert_with(|| (entry.at, by.clone()));
                }
                Ok(())
            })?;
        }
        Ok(looks)
    }

    /// The site that it is about.
    fn ground(&self) -> Result<Option<Ground>> {
        let site = if let Topic::Site(id) = self.about { self.db.find::<Site>(id)? } else { None };
        Ok(site.and_then(|it| Ground::new(self.policy, &it)))
    }

    /// All that is held by whom this is about or, from wherever it reaches it, on the site; live or not.
    fn all_held(&self) -> Result<Vec<Assignment>> {
        Ok(match self.about {
            Topic::Person(id) => self.db.assignments_of(id)?,
            Topic::Site(id) => {
                let Some(ground) = self.ground()? else { return Ok(Vec::new()) };
                let mut held = self.db.assignments_at(id)?;
                held.extend(Wide::default().over(self.db, &ground)?.into_iter().filter(|it| ground.reaches(self.policy, it)));
                held
            }
            Topic::Workspace => Vec::new(),
        })
    }

    /// What somebody answers for of what the audit finds here; nothing where not all of the workspace is seen.
    ///
    /// # Errors
    /// That the file could not be read.
    pub fn answers(&self) -> Result<Vec<Answer>> {
        if !self.db.sees_all() {
            return Ok(Vec::new());
        }
        let is_meant = |it: &Accepted| match self.about {
            Topic::Person(id) => [it.about.person(), it.about.other()].contains(&Some(&id)),
            Topic::Site(id) => it.about.site() == Some(&id) || it.evidence.iter().any(|it| it.site() == Some(id)),
            Topic::Workspace => true,
        };
        let mut answers = Vec::new();
        for it in self.db.all::<Accepted>()?.into_iter().filter(|it| self.at < it.until && is_meant(it)) {
            let by = it.by.map(|id| self.name(id)).transpose()?.flatten();
            let what = Rule::named(&it.rule).map_or(it.rule.as_str(), |it| it.title).to_owned();
            let key = records::accepted(self.db, self.policy, &it)?.key().to_string();
            answers.push(Answer { key, what, of: self.called_in(&it.about)?, until: it.until, because: it.because, by });
        }
        answers.sort_by(|a, b| (a.until, &a.key).cmp(&(b.until, &b.key)));
        Ok(answers)
    }

    /// What a finding is about beside what all of this is about.
    fn called_in(&self, about: &About) -> Result<Vec<String>> {
        let mut names = Vec::new();
        for id in about.person().into_iter().chain(about.other()).filter(|id| self.about != Topic::Person(**id)) {
            names.extend(self.name(*id)?);
        }
        if let Some(id) = about.site().filter(|id| self.about != Topic::Site(**id)) {
            names.extend(self.db.find::<Site>(*id)?.map(|it| it.name));
        }
        if let Some(id) = about.role() {
            names.extend(self.db.find::<Role>(*id)?.map(|it| it.name));
        }
        names.extend(if let About::Address(address) = about { Some(address.clone()) } else { None });
        Ok(names)
    }

    /// What is agreed on the site or with the person and has not begun, the first to begin first.
    ///
    /// # Errors
    /// That the file could not be read.
    pub fn later(&self) -> Result<Vec<Later>> {
        let mut ahead = self.all_held()?;
        ahead.retain(|it| it.since.is_some_and(|it| it > self.at));
        ahead.sort_by_key(|it| (it.since, it.id));
        let one = |it: Assignment| Ok(Later { person: self.db.the::<Person>(it.person)?, held: self.held(&it)? });
        ahead.into_iter().map(one).collect()
    }

    /// What waits for an answer.
    ///
    /// # Errors
    /// That the file could not be read.
    pub fn offers(&self) -> Result<Vec<OfferRow>> {
        let (db, policy, at) = (self.db, self.policy, self.at);
        let mut rows = match self.about {
            Topic::Site(id) => offers::about_site(db, policy, at, id, Open::Unanswered)?,
            Topic::Person(id) => offers::to_address(db, policy, at, &db.the::<Person>(id)?.email, Open::Unanswered)?,
            Topic::Workspace => offers::list(db, policy, at, Open::Unanswered, OFFERS)?,
        };
        if let Some(ground) = self.ground()? {
            rows.extend(offers::reaching(db, policy, at, &ground)?);
        }
        rows.into_iter()
            .filter(|it| it.stage == Stage::Pending)
            .filter_map(|it| db.knows_offer(it.key).map(|knows| knows.then_some(it)).transpose())
            .collect()
    }
}

/// The name, or the address where there is none.
pub fn called(it: &Person) -> String {
    if it.name.is_empty() { it.email.clone() } else { it.name.clone() }
}

/// The same whatever the site is that it is of.
fn bare(it: &Held) -> Held {
    match it.scope {
        ScopeRecord::Site(_) => Held { scope: ScopeRecord::Site(String::new()), ..it.clone() },
        ScopeRecord::Everywhere | ScopeRecord::Folder(_) => it.clone(),
    }
}
