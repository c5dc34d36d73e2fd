//! What changed, told by names instead of numbers.

use std::collections::HashMap;

use anyhow::Result;

use crate::command;
use crate::domain::accepted::Accepted;
use crate::domain::change::{Change, Edit};
use crate::domain::ids::{PersonId, RoleId, SiteId};
use crate::domain::policy::Policy;
use crate::domain::record::ScopeRecord;
use crate::domain::things::{Assignment, Person, Role, Scope};
use crate::facts::Reader;
use crate::query::records;

/// A change as one line; an assignment, or what is accepted, by the names of those it is about.
pub fn told(db: Reader<'_>, policy: &Policy, change: &Change) -> Result<String> {
    told_among(&Names::of(db, &[]), policy, change)
}

/// The same for one of several changes, by the names also of those that only they make.
pub fn told_among(names: &Names<'_>, policy: &Policy, change: &Change) -> Result<String> {
    if let Change::Accepted(edit) = change
        && let Some(row) = edit.either()
    {
        return told_accepted(names, policy, edit, row);
    }
    if let Change::Assignment(edit) = change
        && let Some(row) = edit.either()
    {
        return told_held(names, policy, edit, row);
    }
    Ok(command::describe(change))
}

fn told_accepted(names: &Names<'_>, policy: &Policy, edit: &Edit<Accepted>, row: &Accepted) -> Result<String> {
    let role = |id: &RoleId| Ok(policy.role(*id).map_or_else(String::new, |it| it.role.key.clone()));
    let about = row.about.called(|id| names.person(*id), |id| names.site(*id), role)?;
    let key = format!("{}:{about}", row.rule);
    Ok(match &edit.after {
        Some(after) => format!("accepted {key} until {}", policy.zone.exact_until(after.until)),
        None => format!("accepted {key} no more"),
    })
}

fn told_held(names: &Names<'_>, policy: &Policy, edit: &Edit<Assignment>, row: &Assignment) -> Result<String> {
    let mut it = records::assignment(names.db, policy, row)?;
    if it.person.is_empty() {
        it.person = names.person(row.person)?;
    }
    if let (Scope::Site(id), ScopeRecord::Site(key)) = (row.scope, &mut it.scope)
        && key.is_empty()
    {
        *key = names.site(id)?;
    }
    let verb = match (&edit.before, &edit.after) {
        (None, _) => "gave",
        (Some(_), None) => "took",
        (Some(_), Some(_)) => "changed",
    };
    let since = it.since.map(|at| format!(", since {}", policy.zone.show_since(at)));
    let until = it.until.map(|at| format!(", until {}", policy.zone.exact_until(at)));
    let dates: String = since.into_iter().chain(until).collect();
    Ok(format!("{verb} {}: {}, {} level, {}{}", it.role, it.person, it.level, it.scope, dates))
}

/// What a change switches in a role, a line a permission, with what comes and goes along; `None` where it is another change.
pub fn switched(policy: &Policy, change: &Change) -> Option<Vec<String>> {
    let Change::Role(Edit { before: Some(before), after: Some(after) }) = change else { return None };
    let catalog = policy.catalog(&after.platform)?;
    if (Role { permissions: after.permissions.clone(), ..before.clone() }) != *after {
        return None;
    }
    let [old, new] = [before, after].map(|it| catalog.set_of(&it.permissions));
    let [held, holds] = [old, new].map(|it| catalog.close(it));
    let (on, off) = (new - old, old - new);
    let told = [(on, "on"), (holds - held - on, "on, comes along"), (off, "off"), (held - holds - off, "off, goes along")];
    let line = |id, how| format!("{}: {} {how}", after.name, catalog.get(id).label);
    let lines: Vec<String> = told.iter().flat_map(|(set, how)| set.iter().map(move |id| line(id, how))).collect();
    Some(lines).filter(|it| !it.is_empty())
}

/// Finds names for numbers, also for what does not exist yet.
pub struct Names<'a> {
    db: Reader<'a>,
    new_people: HashMap<PersonId, &'a str>,
    new_sites: HashMap<SiteId, &'a str>,
}

impl<'a> Names<'a> {
    pub fn of(db: Reader<'a>, changes: &'a [Change]) -> Names<'a> {
        let mut names = Names { db, new_people: HashMap::new(), new_sites: HashMap::new() };
        for change in changes {
            if let Change::Person(Edit { before: None, after: Some(it) }) = change {
                names.new_people.insert(it.id, &it.email);
            }
            if let Change::Site(Edit { before: None, after: Some(it) }) = change {
                names.new_sites.insert(it.id, &it.key);
            }
        }
        names
    }

    pub fn person(&self, id: PersonId) -> Result<String> {
        let new = || self.new_people.get(&id).map_or_else(String::new, |it| (*it).to_owned());
        Ok(self.db.find::<Person>(id)?.map_or_else(new, |it| it.email))
    }

    pub fn site(&self, id: SiteId) -> Result<String> {
        let new = || self.new_sites.get(&id).map_or_else(String::new, |it| (*it).to_owned());
        Ok(self.db.site_key(id)?.unwrap_or_else(new))
    }
}
