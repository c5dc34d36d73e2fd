//! The ways to turn an answer, as commands: what the screens stage and the command line runs, and how each is typed.

use std::collections::BTreeMap;

use anyhow::Result;
use chrono::{DateTime, Utc};

use crate::command::{Command, Switch};
use crate::domain::ids::RoleId;
use crate::domain::policy::Policy;
use crate::domain::record::{AssignmentRecord, CeilingRecord, Key, Record, Recorded, RoleRecord, ScopeRecord, SiteRecord};
use crate::domain::remedy::{Copied, Step};
use crate::domain::text::shell;
use crate::domain::things::{Assignment, Level};
use crate::domain::time;
use crate::facts::Reader;
use crate::query::access::Asked;
use crate::query::records;

/// A command, and how it is typed without the program's name.
pub struct Typed {
    pub command: Command,
    pub words: String,
}

impl Typed {
    fn new(command: Command, words: String) -> Typed {
        Typed { command, words }
    }
}

/// What a way is made of, to be run as one.
///
/// # Errors
/// That the file could not be read.
pub fn commands(db: Reader<'_>, policy: &Policy, asked: &Asked, steps: &[Step], now: DateTime<Utc>) -> Result<Vec<Command>> {
    Ok(typed(db, policy, asked, steps, now)?.into_iter().map(|it| it.command).collect())
}

/// The same as somebody would type it.
///
/// # Errors
/// That the file could not be read.
pub fn typed(db: Reader<'_>, policy: &Policy, asked: &Asked, steps: &[Step], now: DateTime<Utc>) -> Result<Vec<Typed>> {
    let teller = Teller { db, policy, asked, now };
    Ok(steps.iter().map(|it| teller.typed(it)).collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
}

/// A role that is made.
pub fn role(it: RoleRecord) -> Typed {
    let (name, platform, permissions) = (shell(&it.name), shell(&it.platform), shell(&it.permissions.join(",")));
    let words = format!("role add {name} --platform {platform} --level {} --permissions {permissions}", it.level.as_str());
    Typed::new(Command::Add(Record::Role(it)), words)
}

struct Teller<'a> {
    db: Reader<'a>,
    policy: &'a Policy,
    asked: &'a Asked,
    now: DateTime<Utc>,
}

impl Teller<'_> {
    fn typed(&self, step: &Step) -> Result<Vec<Typed>> {
        Ok(match step {
            Step::InstallApps(apps) => vec![self.install(apps)?],
            Step::Reopen(it) => vec![self.reopen(it)?],
            Step::Grant(role) => vec![self.toggle(self.key(*role), Switch::Grant)],
            Step::Revoke(role) => vec![self.toggle(self.key(*role), Switch::Revoke)],
            Step::Assign(role, level) => vec![self.give(self.key(*role), *level)],
            Step::Copy(it) => self.copy(it)?,
            Step::Take(it) => vec![self.take(it)?],
            Step::Swap(it) => vec![self.in_place_of(&it.from, self.key(it.to))?, self.take(&it.from)?],
            Step::Reclaim => {
                let site = self.asked.site.key.clone();
                let words = format!("partner reclaim {}", shell(&site));
                vec![Typed::new(Command::Reclaim { site, keep: None }, words)]
            }
            Step::Ceiling(profile) => {
                let platform = self.asked.site.platform.clone();
                let words = format!("ceiling {} {}", shell(&platform), shell(profile));
                vec![Typed::new(Command::Ceiling(CeilingRecord::Each(BTreeMap::from([(platform, profile.clone())]))), words)]
            }
        })
    }

    fn install(&self, apps: &[String]) -> Result<Typed> {
        let before = records::site(self.db, &self.asked.site)?;
        let after = SiteRecord { apps: [before.apps.as_slice(), apps].concat(), ..before.clone() };
        let installs: Vec<String> = apps.iter().map(|app| format!("--install {}", shell(app))).collect();
        let words = format!("site edit {} {}", shell(&before.key), installs.join(" "));
        Ok(Typed::new(Command::Edit { before: Record::Site(before), after: Record::Site(after) }, words))
    }

    /// A role that is over begins anew, and keeps what is not said.
    fn reopen(&self, it: &Assignment) -> Result<Typed> {
        let before = self.held(it)?;
        let after = AssignmentRecord { since: Some(self.now), until: None, ..before.clone() };
        let words = assign(&after);
        Ok(Typed::new(Command::Edit { before: Record::Assignment(before), after: Record::Assignment(after) }, words))
    }

    /// The copy is made, changed, and held in place of the role that it is a copy of.
    fn copy(&self, it: &Copied) -> Result<Vec<Typed>> {
        let (role, name, key) = (self.key(it.from.role), it.copy.name.clone(), it.copy.key.clone());
        let asked = &self.asked.ground.catalog.get(self.asked.permission).id;
        let switch = if it.copy.permissions.contains(asked) { Switch::Grant } else { Switch::Revoke };
        let words = format!("role duplicate {} {} --key {}", shell(&role), shell(&name), shell(&key));
        Ok(vec![
            Typed::new(Command::Duplicate { role, name, key: Some(key.clone()) }, words),
            self.toggle(key.clone(), switch),
            self.in_place_of(&it.from, key)?,
            self.take(&it.from)?,
        ])
    }

    fn key(&self, role: RoleId) -> String {
        self.policy.role(role).map_or_else(String::new, |held| held.role.key.clone())
    }

    fn toggle(&self, role: String, to: Switch) -> Typed {
        let permission = self.asked.ground.catalog.get(self.asked.permission).id.clone();
        let verb = match to {
            Switch::Grant => "grant",
            Switch::Revoke => "revoke",
            Switch::Pin => "pin",
        };
        let words = format!("role {verb} {} {}", shell(&role), shell(&permission));
        Typed::new(Command::Toggle { role, permissions: vec![permission], to }, words)
    }

    fn held(&self, it: &Assignment) -> Result<AssignmentRecord> {
        records::assignment(self.db, self.policy, it)
    }

    fn give(&self, role: String, level: Level) -> Typed {
        let (person, scope) = (self.asked.person.email.clone(), ScopeRecord::Site(self.asked.site.key.clone()));
        let (until, review_on, reason) = (None, None, None);
        self.add(AssignmentRecord { person, role, level, scope, since: Some(self.now), until, review_on, reason })
    }

    /// The other role where this one is held, and as long.
    fn in_place_of(&self, it: &Assignment, role: String) -> Result<Typed> {
        Ok(self.add(AssignmentRecord { role, since: Some(self.now), ..self.held(it)? }))
    }

    fn add(&self, record: AssignmentRecord) -> Typed {
        let until = record.until.map(|at| format!(" --until {}", self.policy.zone.write_until(at)));
        let review = record.review_on.map(|at| format!(" --review {}", time::rfc3339(at)));
        let reason = record.reason.as_ref().map(|it| format!(" --reason {}", shell(it)));
        let words = [Some(assign(&record)), until, review, reason].into_iter().flatten().collect();
        Typed::new(Command::Add(Record::Assignment(record)), words)
    }

    fn take(&self, it: &Assignment) -> Result<Typed> {
        let key = self.held(it)?.key();
        let words = format!("unassign {} {} {}", shell(&key.person), shell(&key.role), place(&key.scope, key.level));
        Ok(Typed::new(Command::Remove(Key::Assignment(key)), words))
    }
}

fn assign(it: &AssignmentRecord) -> String {
    format!("assign {} {} {}", shell(&it.person), shell(&it.role), place(&it.scope, it.level))
}

/// The options that say where a role is held.
fn place(scope: &ScopeRecord, level: Level) -> String {
    let team = if level == Level::Team { " --level team" } else { "" };
    match scope {
        ScopeRecord::Site(key) => format!("--site {}{team}", shell(key)),
        ScopeRecord::Folder(key) => format!("--folder {}", shell(key)),
        ScopeRecord::Everywhere => "--everywhere".to_owned(),
    }
}
