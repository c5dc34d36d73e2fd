//! The ways to turn an answer, as commands: what the screens stage and the command line runs.

use std::collections::BTreeMap;

use anyhow::Result;
use chrono::{DateTime, Utc};

use crate::command::{Command, Switch};
use crate::domain::ids::RoleId;
use crate::domain::policy::Policy;
use crate::domain::record::{AssignmentRecord, CeilingRecord, Key, Record, Recorded, ScopeRecord, SiteRecord};
use crate::domain::remedy::{Copied, Step};
use crate::domain::things::{Assignment, Level};
use crate::facts::Reader;
use crate::query::access::Asked;
use crate::query::records;

/// What a way is made of, to be run as one.
///
/// # Errors
/// That the file could not be read.
pub fn commands(db: Reader<'_>, policy: &Policy, asked: &Asked, steps: &[Step], now: DateTime<Utc>) -> Result<Vec<Command>> {
    let teller = Teller { db, policy, asked, now };
    Ok(steps.iter().map(|it| teller.commands(it)).collect::<Result<Vec<_>>>()?.concat())
}

struct Teller<'a> {
    db: Reader<'a>,
    policy: &'a Policy,
    asked: &'a Asked,
    now: DateTime<Utc>,
}

impl Teller<'_> {
    fn commands(&self, step: &Step) -> Result<Vec<Command>> {
        Ok(match step {
            Step::InstallApps(apps) => {
                let before = records::site(self.db, &self.asked.site)?;
                let after = SiteRecord { apps: [before.apps.as_slice(), apps].concat(), ..before.clone() };
                vec![Command::Edit { before: Record::Site(before), after: Record::Site(after) }]
            }
            Step::Reopen(it) => {
                let before = self.held(it)?;
                let after = AssignmentRecord { since: Some(self.now), until: None, ..before.clone() };
                vec![Command::Edit { before: Record::Assignment(before), after: Record::Assignment(after) }]
            }
            Step::Grant(role) => vec![self.toggle(self.key(*role), Switch::Grant)],
            Step::Revoke(role) => vec![self.toggle(self.key(*role), Switch::Revoke)],
            Step::Assign(role, level) => vec![self.give(self.key(*role), *level)],
            Step::Copy(it) => self.copy(it)?,
            Step::Take(it) => vec![self.take(it)?],
            Step::Swap(it) => vec![self.in_place_of(&it.from, self.key(it.to))?, self.take(&it.from)?],
            Step::Reclaim => vec![Command::Reclaim { site: self.asked.site.key.clone(), keep: None }],
            Step::Ceiling(profile) => {
                let platform = self.asked.site.platform.clone();
                vec![Command::Ceiling(CeilingRecord::Each(BTreeMap::from([(platform, profile.clone())])))]
            }
        })
    }

    /// The copy is made, changed, and held in place of the role that it is a copy of.
    fn copy(&self, it: &Copied) -> Result<Vec<Command>> {
        let (role, name, key) = (self.key(it.from.role), it.copy.name.clone(), it.copy.key.clone());
        let asked = &self.asked.ground.catalog.get(self.asked.permission).id;
        let switch = if it.copy.permissions.contains(asked) { Switch::Grant } else { Switch::Revoke };
        Ok(vec![
            Command::Duplicate { role, name, key: Some(key.clone()) },
            self.toggle(key.clone(), switch),
            self.in_place_of(&it.from, key)?,
            self.take(&it.from)?,
        ])
    }

    fn key(&self, role: RoleId) -> String {
        self.policy.role(role).map_or_else(String::new, |held| held.role.key.clone())
    }

    fn toggle(&self, role: String, to: Switch) -> Command {
        let permission = self.asked.ground.catalog.get(self.asked.permission).id.clone();
        Command::Toggle { role, permissions: vec![permission], to }
    }

    fn held(&self, it: &Assignment) -> Result<AssignmentRecord> {
        records::assignment(self.db, self.policy, it)
    }

    fn give(&self, role: String, level: Level) -> Command {
        let (person, scope) = (self.asked.person.email.clone(), ScopeRecord::Site(self.asked.site.key.clone()));
        let (until, review_on, reason) = (None, None, None);
        Command::Add(Record::Assignment(AssignmentRecord { person, role, level, scope, since: Some(self.now), until, review_on, reason }))
    }

    /// The other role where this one is held, and as long.
    fn in_place_of(&self, it: &Assignment, role: String) -> Result<Command> {
        let held = self.held(it)?;
        Ok(Command::Add(Record::Assignment(AssignmentRecord { role, since: Some(self.now), ..held })))
    }

    fn take(&self, it: &Assignment) -> Result<Command> {
        Ok(Command::Remove(Key::Assignment(self.held(it)?.key())))
    }
}
