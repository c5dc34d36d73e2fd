//! What has changed lately of what a statement is about, in sentences.

use std::collections::{HashMap, HashSet};

use anyhow::Result;
use chrono::{DateTime, Utc};

use super::{Changed, Desk, LOOKS_BACK, PAGE, SOMEBODY, Topic, called};
use crate::domain::access::Ground;
use crate::domain::change::{Change, Edit, Touch};
use crate::domain::ids::{PersonId, RoleId, SiteId};
use crate::domain::perm_set::PermSet;
use crate::domain::text;
use crate::domain::things::{Assignment, Host, Person, Role, Scope, Site};
use crate::store::journal::Entry;

/// Entries that are looked through.
const ENTRIES: usize = 5_000;

impl Desk<'_> {
    /// What has changed lately, the newest first, and whether all of it is told. Who sees what is so here sees what became of it,
    /// whoever did that.
    ///
    /// # Errors
    /// That the file could not be read.
    pub fn changed(&self) -> Result<(Vec<Changed>, bool)> {
        let mut way = WayBack::new(self)?;
        let from = self.at.checked_sub_signed(LOOKS_BACK).unwrap_or(DateTime::<Utc>::MIN_UTC);
        way.ended(from)?;
        let is_whole = way.entries(self.db.last_by(from)?)?;
        way.told.sort_by_key(|it| std::cmp::Reverse(it.at));
        Ok((way.told, is_whole))
    }
}

/// On the way back through the journal.
struct WayBack<'d, 'a> {
    desk: &'d Desk<'a>,
    /// The site that it is about.
    ground: Option<Ground>,
    held: Vec<Assignment>,
    /// The roles that are held there, or were later on.
    roles: HashSet<RoleId>,
    gone: Gone,
    told: Vec<Changed>,
}

impl<'d, 'a> WayBack<'d, 'a> {
    fn new(desk: &'d Desk<'a>) -> Result<WayBack<'d, 'a>> {
        let (ground, held) = (desk.ground()?, desk.all_held()?);
        let roles = held.iter().map(|it| it.role).collect();
        Ok(WayBack { desk, ground, held, roles, gone: Gone::default(), told: Vec::new() })
    }

    /// What ended by itself since then.
    fn ended(&mut self, from: DateTime<Utc>) -> Result<()> {
        for it in &self.held {
            let Some(at) = it.until.filter(|at| from < *at && *at <= self.desk.at) else { continue };
            let what = format!("{} of {} ended{}", self.role(it.role), self.person(it.person)?, self.place(it)?);
            self.told.push(Changed { at, by: None, what });
        }
        Ok(())
    }

    /// What entries did that came after this one, the newest first; whether that is all.
    fn entries(&mut self, first: i64) -> Result<bool> {
        let (mut before, mut left) = (Some(self.desk.entry.saturating_add(1)), ENTRIES);
        while let Some(page) = Some(self.desk.db.entries(before, PAGE)?).filter(|it| !it.is_empty()) {
            for entry in &page {
                if entry.seq <= first {
                    return Ok(true);
                }
                if left == 0 {
                    return Ok(false);
                }
                left -= 1;
                self.tell(entry)?;
            }
            before = page.last().map(|it| it.seq);
        }
        Ok(true)
    }

    /// What one entry did, in words, as far as it is about this: of one of very many changes, no others are kept.
    fn tell(&mut self, entry: &Entry) -> Result<()> {
        let mut told = Vec::new();
        if entry.seq == 1 {
            told.push("this record begins".to_owned());
        } else if self.desk.about == Topic::Workspace {
            told.push(entry.summary.clone());
        } else {
            let mut meant = Vec::new();
            let db = self.desk.db;
            db.each_change(entry, false, &mut |change| {
                self.gone.note(&change);
                if self.is_meant(&change) {
                    meant.push(change);
                }
                Ok(())
            })?;
            for it in &meant {
                told.extend(self.sentences(entry.at, it)?);
                self.roles.extend(role_in(it));
            }
        }
        if told.is_empty() {
            return Ok(());
        }
        let by = self.desk.actor(&entry.actor)?;
        self.told.extend(told.into_iter().map(|what| Changed { at: entry.at, by: Some(by.clone()), what }));
        Ok(())
    }

    /// Whether something may be to be said of a change.
    fn is_meant(&self, change: &Change) -> bool {
        match change.touches() {
            Some(Touch::Assignment(edit)) => edit.any(|it| self.concerns(it)),
            Some(Touch::Site(edit)) => edit.any(|it| self.is_site_meant(it)),
            Some(Touch::Role(edit)) => edit.before.is_some() && edit.after.is_some(),
            Some(Touch::Folder(_) | Touch::Setting(_) | Touch::Catalog(_)) | None => false,
        }
    }

    /// Whether a role that somebody has is what this is about.
    fn concerns(&self, it: &Assignment) -> bool {
        match self.desk.about {
            Topic::Person(id) => it.person == id,
            Topic::Site(id) if it.scope == Scope::Site(id) => true,
            Topic::Site(_) => self.ground.as_ref().is_some_and(|ground| ground.reaches(self.desk.policy, it)),
            Topic::Workspace => true,
        }
    }

    fn is_site_meant(&self, it: &Site) -> bool {
        match self.desk.about {
            Topic::Site(id) => it.id == id,
            Topic::Person(id) => it.owner == id,
            Topic::Workspace => true,
        }
    }

    fn sentences(&self, at: DateTime<Utc>, change: &Change) -> Result<Vec<String>> {
        match change.touches() {
            Some(Touch::Assignment(edit)) => Ok(vec![self.of_assignment(at, edit)?]),
            Some(Touch::Site(edit)) => self.of_site(edit),
            Some(Touch::Role(edit)) => Ok(self.of_role(edit)),
            Some(Touch::Folder(_) | Touch::Setting(_) | Touch::Catalog(_)) | None => Ok(Vec::new()),
        }
    }

    fn of_assignment(&self, at: DateTime<Utc>, edit: &Edit<Assignment>) -> Result<String> {
        let Some(it) = edit.either() else { return Ok(String::new()) };
        let (role, who, place) = (self.role(it.role), self.person(it.person)?, self.place(it)?);
        let zone = self.desk.policy.zone;
        let from = |it: &Assignment| it.since.map_or_else(|| "at once".to_owned(), |at| format!("from {} on", zone.long_day(at)));
        let until = |it: &Assignment| it.until.map_or_else(|| "without an end".to_owned(), |at| format!("until {}", zone.long_until(at)));
        Ok(match (&edit.before, &edit.after) {
            (None, _) if it.since.is_some_and(|since| at < since) => {
                format!("{who} was given {role}{place}, {}, {}", from(it), until(it))
            }
            (None, _) => format!("{who} was given {role}{place}, {}", until(it)),
            (Some(_), None) => format!("{role} was taken from {who}{place}"),
            (Some(before), Some(after)) if before.since != after.since => {
                format!("{who} has {role}{place} {}, {} now", from(after), until(after))
            }
            (Some(before), Some(after)) if before.until != after.until => format!("{who} has {role}{place} {} now", until(after)),
            (Some(before), Some(after)) if before.review_on != after.review_on && after.review_on.is_some() => {
                format!("it was looked at whether {who} still needs {role}{place}")
            }
            (Some(_), Some(_)) => format!("what is noted of {role} of {who}{place} was changed"),
        })
    }

    fn of_site(&self, edit: &Edit<Site>) -> Result<Vec<String>> {
        let Some(it) = edit.either() else { return Ok(Vec::new()) };
        let name = &it.name;
        let (before, after) = match (&edit.before, &edit.after) {
            (Some(before), Some(after)) => (before, after),
            (None, _) => return Ok(vec![format!("{name} was added")]),
            (Some(_), None) => return Ok(vec![format!("{name} was removed")]),
        };
        let mut told = Vec::new();
        if before.owner != after.owner {
            told.push(format!("{name} went from {} to {}", self.person(before.owner)?, self.person(after.owner)?));
        }
        if matches!(self.desk.about, Topic::Person(_)) {
            return Ok(told);
        }
        if before.host != after.host {
            let who = if after.host == Host::Agency { &self.desk.policy.name } else { "its owner" };
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

    /// What a role can do otherwise; nothing where nobody meant has it.
    fn of_role(&self, edit: &Edit<Role>) -> Vec<String> {
        let (Some(before), Some(after)) = (&edit.before, &edit.after) else { return Vec::new() };
        let is_held = self.roles.contains(&after.id) && before.permissions != after.permissions;
        let Some(catalog) = self.desk.policy.catalog(&after.platform).filter(|_| is_held) else { return Vec::new() };
        let [old, new] = [before, after].map(|it| catalog.close(catalog.set_of(&it.permissions)));
        let labels = |set: PermSet| text::few(&set.iter().map(|id| catalog.get(id).label.clone()).collect::<Vec<_>>());
        let sides = [(new - old, "gives more"), (old - new, "gives less")];
        let told = sides.into_iter().filter(|(set, _)| !set.is_empty());
        told.map(|(set, word)| format!("the role {} {word}: {}", after.name, labels(set))).collect()
    }

    fn role(&self, id: RoleId) -> String {
        let there = self.desk.policy.role(id).map(|it| it.role.name.clone());
        there.or_else(|| self.gone.roles.get(&id).map(|it| it.name.clone())).unwrap_or_else(|| "a role".to_owned())
    }

    fn person(&self, id: PersonId) -> Result<String> {
        let db = self.desk.db;
        let is_there = db.find::<Person>(id)?.is_some();
        let name = self.desk.name(id)?.or_else(|| self.gone.people.get(&id).filter(|_| !is_there && db.sees_all()).map(called));
        Ok(name.unwrap_or_else(|| SOMEBODY.to_owned()))
    }

    /// Where a role is given, unless it is what all of this is about.
    fn place(&self, it: &Assignment) -> Result<String> {
        Ok(match it.scope {
            Scope::Everywhere => " everywhere".to_owned(),
            Scope::Folder(id) => self.desk.policy.folder(id).map_or_else(String::new, |it| format!(" in the folder {}", it.name)),
            Scope::Site(id) if self.desk.about == Topic::Site(id) => String::new(),
            Scope::Site(id) => {
                let name = self.desk.db.find::<Site>(id)?.map(|it| it.name);
                let name = name.or_else(|| self.gone.sites.get(&id).map(|it| it.name.clone()));
                name.map_or_else(String::new, |it| format!(" on {it}"))
            }
        })
    }
}

/// The role that somebody was given, or has no more.
fn role_in(change: &Change) -> Option<RoleId> {
    if let Some(Touch::Assignment(edit)) = change.touches() { edit.either().map(|it| it.role) } else { None }
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
}
