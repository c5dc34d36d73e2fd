//! Who has access, as it is put on paper: to a site, of a person, or in the whole workspace.
//!
//! A statement lists whoever can do anything, and what: no more and no less than is answered when it is asked one by one.

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};

use super::access::{self, scope_record};
use super::offers::{self, OfferRow};
use crate::domain::access::Ground;
use crate::domain::audit::Made;
use crate::domain::catalog::Catalog;
use crate::domain::change::{Change, Edit, Touch};
use crate::domain::ids::{PersonId, RoleId, SiteId};
use crate::domain::offer::Stage;
use crate::domain::perm_set::PermSet;
use crate::domain::policy::Policy;
use crate::domain::record::ScopeRecord;
use crate::domain::row::Subject;
use crate::domain::text;
use crate::domain::things::{Assignment, Host, Level, Person, Role, Scope, Site};
use crate::facts::Reader;
use crate::facts::overlay::Wide;
use crate::store::journal::Entry;
use crate::store::life::Open;

/// How far back it tells what has changed.
pub const LOOKS_BACK: TimeDelta = TimeDelta::days(90);
/// Entries that are looked through for that.
const ENTRIES: usize = 5_000;
/// Entries that are read at once.
const PAGE: usize = 200;
/// Entries about one person among which the last look at what they hold is sought.
const LOOKS: usize = 500;
/// Offers that are listed, of each kind.
const OFFERS: usize = 1_000;

/// What a statement is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
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
#[derive(Clone, Debug, PartialEq)]
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
    pub about: About,
    pub at: DateTime<Utc>,
    /// The last entry that counts.
    pub entry: i64,
    made: OnceCell<Made>,
}

impl<'a> Desk<'a> {
    pub fn new(db: Reader<'a>, policy: &'a Policy, about: About, at: DateTime<Utc>, entry: i64) -> Desk<'a> {
        Desk { db, policy, about, at, entry, made: OnceCell::new() }
    }

    /// Calls `each` with who can do what, site by site; sites on which one person can do the same, together.
    ///
    /// # Errors
    /// That of `each`, or that the file could not be read.
    pub fn each_part(&self, each: &mut dyn FnMut(Part) -> Result<()>) -> Result<()> {
        let (mut wide, mut team) = (Wide::default(), HashMap::new());
        match self.about {
            About::Site(id) => {
                let Some(site) = self.db.find::<Site>(id)? else { return Ok(()) };
                self.part(&site, None, &mut wide, &mut team)?.map_or(Ok(()), each)
            }
            About::Person(id) => {
                let mut parts: Vec<Part> = Vec::new();
                for site in access::sites_of(self.db, self.policy, id)? {
                    let known = self.db.knows(&site)?;
                    let Some(part) = self.part(&site, Some(id), &mut wide, &mut team)?.filter(|it| known && !it.people.is_empty()) else {
                        continue;
                    };
                    match parts.iter_mut().find(|it| is_same(it, &part)) {
                        Some(it) => it.sites.extend(part.sites),
                        None => parts.push(part),
                    }
                }
                parts.into_iter().try_for_each(each)
            }
            About::Workspace => {
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

    fn actor(&self, email: &str) -> Result<String> {
        Ok(self.db.person_by_email(email)?.map_or_else(|| email.to_owned(), |it| called(&it)))
    }

    /// The last time that somebody said when to look at it again.
    fn reviewed(&self, it: &Assignment) -> Result<Option<(DateTime<Utc>, String)>> {
        if it.review_on.is_none() {
            return Ok(None);
        }
        for entry in self.db.entries_about(&[Subject::Person(it.person)], self.entry, LOOKS)? {
            let mut looked = false;
            self.each_change(&entry, &mut |change| {
                if let Change::Assignment(Edit { before: Some(before), after: Some(after) }) = change {
                    looked |= after.id == it.id && before.review_on != after.review_on;
                }
            })?;
            if looked && self.db.knows_entry(&entry)? {
                return Ok(Some((entry.at, self.actor(&entry.actor)?)));
            }
        }
        Ok(None)
    }

    /// Of an import of very many, none.
    fn each_change(&self, entry: &Entry, each: &mut dyn FnMut(Change)) -> Result<()> {
        if self.db.origin(entry)?.parts > 0 {
            return Ok(());
        }
        self.db.each_change(entry, false, &mut |change| {
            each(change);
            Ok(())
        })
    }

    /// What is agreed on the site or with the person and has not begun, the first to begin first.
    ///
    /// # Errors
    /// That the file could not be read.
    pub fn later(&self) -> Result<Vec<Later>> {
        let held = match self.about {
            About::Site(id) => self.db.assignments_at(id)?,
            About::Person(id) => self.db.assignments_of(id)?,
            About::Workspace => Vec::new(),
        };
        let mut ahead: Vec<Assignment> = held.into_iter().filter(|it| it.since.is_some_and(|it| it > self.at)).collect();
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
        let rows = match self.about {
            About::Site(id) => offers::about_site(db, policy, at, id, Open::Unanswered)?,
            About::Person(id) => offers::to_address(db, policy, at, &db.the::<Person>(id)?.email, Open::Unanswered)?,
            About::Workspace => offers::list(db, policy, at, Open::Unanswered, OFFERS)?,
        };
        rows.into_iter()
            .filter(|it| it.stage == Stage::Pending)
            .filter_map(|it| db.knows_offer(it.key).map(|knows| knows.then_some(it)).transpose())
            .collect()
    }

    /// What has changed lately, the newest first, and whether all of it is told.
    ///
    /// # Errors
    /// That the file could not be read.
    pub fn changed(&self) -> Result<(Vec<Changed>, bool)> {
        let from = self.at.checked_sub_signed(LOOKS_BACK).unwrap_or(DateTime::<Utc>::MIN_UTC);
        let (first, mut before) = (self.db.last_by(from)?, Some(self.entry.saturating_add(1)));
        let (mut changed, mut gone, mut left) = (self.ended(from)?, Gone::default(), ENTRIES);
        while let Some(page) = Some(self.db.entries(before, PAGE)?).filter(|it| !it.is_empty()) {
            for entry in &page {
                if entry.seq <= first {
                    return Ok((in_order(changed), true));
                }
                if left == 0 {
                    return Ok((in_order(changed), false));
                }
                left -= 1;
                self.told(entry, &mut gone, &mut changed)?;
            }
            before = page.last().map(|it| it.seq);
        }
        Ok((in_order(changed), true))
    }

    /// What ended by itself since then.
    fn ended(&self, from: DateTime<Utc>) -> Result<Vec<Changed>> {
        let held = match self.about {
            About::Site(id) => self.db.assignments_at(id)?,
            About::Person(id) => self.db.assignments_of(id)?,
            About::Workspace => Vec::new(),
        };
        let over = held.into_iter().filter_map(|it| Some((it.until.filter(|at| from < *at && *at <= self.at)?, it)));
        let gone = Gone::default();
        over.map(|(at, it)| {
            let what =
                format!("{} of {} ended{}", gone.role(self.policy, it.role), self.person(&gone, it.person)?, self.place(&gone, &it)?);
            Ok(Changed { at, by: None, what })
        })
        .collect()
    }

    /// What one entry did, in words, as far as it is about this.
    fn told(&self, entry: &Entry, gone: &mut Gone, into: &mut Vec<Changed>) -> Result<()> {
        if !self.db.knows_entry(entry)? {
            return Ok(());
        }
        let by = Some(self.actor(&entry.actor)?);
        let mut tell = |what: String| into.push(Changed { at: entry.at, by: by.clone(), what });
        if entry.seq == 1 {
            tell("this record begins".to_owned());
            return Ok(());
        }
        if self.about == About::Workspace || self.db.origin(entry)?.parts > 0 {
            tell(entry.summary.clone());
            return Ok(());
        }
        let mut changes = Vec::new();
        self.each_change(entry, &mut |it| changes.push(it))?;
        for it in &changes {
            gone.note(it);
        }
        for it in &changes {
            self.sentences(gone, it)?.into_iter().for_each(&mut tell);
        }
        Ok(())
    }

    fn sentences(&self, gone: &Gone, change: &Change) -> Result<Vec<String>> {
        match change.touches() {
            Some(Touch::Assignment(edit)) if edit.any(|it| self.concerns(it)) => Ok(vec![self.of_assignment(gone, edit)?]),
            Some(Touch::Site(edit)) => self.of_site(gone, edit),
            Some(Touch::Role(edit)) => Ok(self.of_role(edit)),
            Some(Touch::Assignment(_) | Touch::Folder(_) | Touch::Setting(_) | Touch::Catalog(_)) | None => Ok(Vec::new()),
        }
    }

    /// Whether a role that somebody has is what this is about.
    fn concerns(&self, it: &Assignment) -> bool {
        match self.about {
            About::Person(id) => it.person == id,
            About::Site(id) => match it.scope {
                Scope::Site(site) => site == id,
                Scope::Folder(_) | Scope::Everywhere => self.reaches(id, it),
            },
            About::Workspace => true,
        }
    }

    fn reaches(&self, site: SiteId, it: &Assignment) -> bool {
        let site = self.db.find::<Site>(site).ok().flatten();
        site.and_then(|it| Ground::new(self.policy, &it)).is_some_and(|ground| ground.has_team && ground.nearness(it.scope).is_some())
    }

    fn of_assignment(&self, gone: &Gone, edit: &Edit<Assignment>) -> Result<String> {
        let Some(it) = edit.either() else { return Ok(String::new()) };
        let (role, who, place) = (gone.role(self.policy, it.role), self.person(gone, it.person)?, self.place(gone, it)?);
        let zone = self.policy.zone;
        let until = |it: &Assignment| it.until.map_or_else(|| "without an end".to_owned(), |at| format!("until {}", zone.long_until(at)));
        Ok(match (&edit.before, &edit.after) {
            (None, _) => format!("{who} was given {role}{place}, {}", until(it)),
            (Some(_), None) => format!("{role} was taken from {who}{place}"),
            (Some(before), Some(after)) if before.until != after.until => format!("{who} has {role}{place} {} now", until(after)),
            (Some(before), Some(after)) if before.review_on != after.review_on && after.review_on.is_some() => {
                format!("it was looked at whether {who} still needs {role}{place}")
            }
            (Some(_), Some(_)) => format!("what is noted of {role} of {who}{place} was changed"),
        })
    }

    fn of_site(&self, gone: &Gone, edit: &Edit<Site>) -> Result<Vec<String>> {
        let is_meant = |it: &Site| match self.about {
            About::Site(id) => it.id == id,
            About::Person(id) => it.owner == id,
            About::Workspace => true,
        };
        let Some(it) = edit.either().filter(|_| edit.any(is_meant)) else { return Ok(Vec::new()) };
        let name = &it.name;
        let (before, after) = match (&edit.before, &edit.after) {
            (Some(before), Some(after)) => (before, after),
            (None, _) => return Ok(vec![format!("{name} was added")]),
            (Some(_), None) => return Ok(vec![format!("{name} was removed")]),
        };
        let mut told = Vec::new();
        if before.owner != after.owner {
            told.push(format!("{name} went from {} to {}", self.person(gone, before.owner)?, self.person(gone, after.owner)?));
        }
        if matches!(self.about, About::Person(_)) {
            return Ok(told);
        }
        if before.host != after.host {
            let who = if after.host == Host::Agency { &self.policy.name } else { "its owner" };
            told.push(format!("the plan of {name} is carried by {who} now"));
        }
        let lacks = |a: &Site, b: &Site| a.apps.iter().filter(|it| !b.apps.contains(it)).cloned().collect::<Vec<_>>();
        for (apps, word) in [(lacks(after, before), "installed on"), (lacks(before, after), "removed from")] {
            told.extend(
                (!apps.is_empty()).then(|| format!("{} {} {word} {name}", text::few(&apps), if apps.len() == 1 { "was" } else { "were" })),
            );
        }
        if before.folder != after.folder {
            told.push(format!("{name} was moved to another folder"));
        }
        if before.status != after.status {
            told.push(format!("{name} is {} now", after.status));
        }
        Ok(told)
    }

    /// What a role can do otherwise; nothing where it is of another platform, or nobody meant has it.
    fn of_role(&self, edit: &Edit<Role>) -> Vec<String> {
        let (Some(before), Some(after)) = (&edit.before, &edit.after) else { return Vec::new() };
        let is_here = match self.about {
            About::Site(id) => self.db.find::<Site>(id).ok().flatten().is_some_and(|it| it.platform == after.platform),
            About::Person(id) => self.db.assignments_of(id).is_ok_and(|all| all.iter().any(|it| it.role == after.id)),
            About::Workspace => true,
        };
        let Some(catalog) = self.policy.catalog(&after.platform).filter(|_| is_here && before.permissions != after.permissions) else {
            return Vec::new();
        };
        let [old, new] = [before, after].map(|it| catalog.close(catalog.set_of(&it.permissions)));
        let labels = |set: PermSet| text::few(&set.iter().map(|id| catalog.get(id).label.clone()).collect::<Vec<_>>());
        let sides = [(new - old, "gives more"), (old - new, "gives less")];
        let told = sides.into_iter().filter(|(set, _)| !set.is_empty());
        told.map(|(set, word)| format!("the role {} {word}: {}", after.name, labels(set))).collect()
    }

    fn person(&self, gone: &Gone, id: PersonId) -> Result<String> {
        let is_there = self.db.find::<Person>(id)?.is_some();
        let name = self.name(id)?.or_else(|| gone.people.get(&id).filter(|_| !is_there && self.db.sees_all()).map(called));
        Ok(name.unwrap_or_else(|| "somebody".to_owned()))
    }

    /// Where a role is given, unless it is what all of this is about.
    fn place(&self, gone: &Gone, it: &Assignment) -> Result<String> {
        Ok(match it.scope {
            Scope::Everywhere => " everywhere".to_owned(),
            Scope::Folder(id) => self.policy.folder(id).map_or_else(String::new, |it| format!(" in the folder {}", it.name)),
            Scope::Site(id) if self.about == About::Site(id) => String::new(),
            Scope::Site(id) => {
                let name = self.db.find::<Site>(id)?.map(|it| it.name).or_else(|| gone.sites.get(&id).map(|it| it.name.clone()));
                name.map_or_else(String::new, |it| format!(" on {it}"))
            }
        })
    }
}

/// What is there no more, by what the journal says of its going.
#[derive(Default)]
struct Gone {
    people: HashMap<PersonId, Person>,
    sites: HashMap<SiteId, Site>,
    roles: HashMap<RoleId, Role>,
}

impl Gone {
    fn note(&mut self, change: &Change) {
        if let Change::Person(Edit { before: Some(it), after: None }) = change {
            self.people.insert(it.id, it.clone());
        } else if let Change::Site(Edit { before: Some(it), after: None }) = change {
            self.sites.insert(it.id, it.clone());
        } else if let Change::Role(Edit { before: Some(it), after: None }) = change {
            self.roles.insert(it.id, it.clone());
        }
    }

    fn role(&self, policy: &Policy, id: RoleId) -> String {
        let there = policy.role(id).map(|it| it.role.name.clone());
        there.or_else(|| self.roles.get(&id).map(|it| it.name.clone())).unwrap_or_else(|| "a role".to_owned())
    }
}

/// The newest first.
fn in_order(mut changed: Vec<Changed>) -> Vec<Changed> {
    changed.sort_by_key(|it| std::cmp::Reverse(it.at));
    changed
}

/// The name, or the address where there is none.
pub fn called(it: &Person) -> String {
    if it.name.is_empty() { it.email.clone() } else { it.name.clone() }
}

/// Whether one person can do the same there, by the same.
fn is_same(one: &Part, other: &Part) -> bool {
    let ([a], [b]) = (one.people.as_slice(), other.people.as_slice()) else { return false };
    let on_site = |it: &Access| it.held.iter().any(|it| matches!(it.scope, ScopeRecord::Site(_)));
    one.catalog.platform == other.catalog.platform
        && (a.is_owner, a.can) == (b.is_owner, b.can)
        && (a.held == b.held || (on_site(a) && on_site(b) && alike(&a.held, &b.held)))
}

/// The same but for the site.
fn alike(one: &[Held], other: &[Held]) -> bool {
    let bare = |it: &Held| match it.scope {
        ScopeRecord::Site(_) => Held { scope: ScopeRecord::Site(String::new()), ..it.clone() },
        ScopeRecord::Everywhere | ScopeRecord::Folder(_) => it.clone(),
    };
    one.iter().map(bare).eq(other.iter().map(bare))
}
