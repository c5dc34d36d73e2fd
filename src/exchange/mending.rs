//! What mends a finding, as commands.

use anyhow::Result;
use chrono::{DateTime, Utc};

use crate::command::{Command, Switch};
use crate::domain::accepted::{Accepted, Evidence};
use crate::domain::audit::{Finding, Mend};
use crate::domain::ids::{AcceptedId, RoleId};
use crate::domain::policy::Policy;
use crate::domain::record::{AssignmentKey, AssignmentRecord, Key, Record, Recorded, RoleRecord};
use crate::domain::text::few;
use crate::domain::things::{Assignment, Person, Role};
use crate::domain::time;
use crate::facts::Reader;
use crate::query::access::scope_record;
use crate::query::records;

/// The commands of these changes, in their order.
///
/// # Errors
/// That the file could not be read, or holds something of this no more.
pub fn commands(db: Reader<'_>, policy: &Policy, mends: &[Mend], now: DateTime<Utc>) -> Result<Vec<Command>> {
    let mender = Mender { db, policy, now, mends };
    Ok(mends.iter().map(|it| mender.commands(it)).collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
}

/// That somebody answers until then for a finding, which is one by what is held; where they or somebody else do already, anew.
///
/// # Errors
/// As [`commands`].
pub fn accept(
    db: Reader<'_>,
    policy: &Policy,
    (finding, held): (&Finding, &[Assignment]),
    until: DateTime<Utc>,
    because: &str,
) -> Result<Command> {
    let row = Accepted {
        id: AcceptedId(0),
        rule: finding.rule.id.to_owned(),
        about: finding.about.clone(),
        severity: finding.severity,
        evidence: held.iter().map(Evidence::from).collect(),
        until,
        because: because.to_owned(),
        by: None,
    };
    let after = Record::Accepted(records::accepted(db, policy, &row)?);
    Ok(match db.accepted(&row.rule, &row.about)? {
        None => Command::Add(after),
        Some(before) => Command::Edit { before: Record::Accepted(records::accepted(db, policy, &before)?), after },
    })
}

/// What a change would do, in a few words.
///
/// # Errors
/// As [`commands`].
pub fn words(db: Reader<'_>, policy: &Policy, mend: &Mend) -> Result<String> {
    let role = |id: RoleId| policy.role(id).map_or("", |it| it.role.name.as_str());
    let held = |it: &Assignment| Ok::<_, anyhow::Error>(format!("{} ({})", role(it.role), scope_record(db, it.scope)?));
    Ok(match mend {
        Mend::Take(it) => format!("take {}", held(it)?),
        Mend::End(it, at) => format!("end {} {}", held(it)?, policy.zone.show_until(*at)),
        Mend::Review(it, at) => format!("look at {} again on {}", held(it)?, policy.zone.day(*at)),
        Mend::Instead(it, other) => format!("{} in place of {}", role(*other), held(it)?),
        Mend::Cancel(offer) => format!("take {offer} back"),
        Mend::RemovePerson(id) => format!("remove {}", db.the::<Person>(*id)?.email),
        Mend::RemoveRole(id) => format!("remove the role {}", role(*id)),
        Mend::Retire(id, other) => format!("{} in place of {}, for all who hold it", role(*other), role(*id)),
        Mend::Pin(id, permissions) => format!("keep {} in {} in their own right", few(permissions), role(*id)),
        Mend::Revoke(id, permissions) => format!("take {} from {}", few(permissions), role(*id)),
    })
}

struct Mender<'a> {
    db: Reader<'a>,
    policy: &'a Policy,
    now: DateTime<Utc>,
    mends: &'a [Mend],
}

impl Mender<'_> {
    fn commands(&self, mend: &Mend) -> Result<Vec<Command>> {
        Ok(match mend {
            Mend::Take(it) => vec![self.take(it)?],
            Mend::End(it, at) => vec![self.edit(it, |it| AssignmentRecord { until: Some(*at), ..it })?],
            Mend::Review(it, at) => vec![self.edit(it, |it| AssignmentRecord { review_on: Some(*at), ..it })?],
            Mend::Instead(it, role) => self.instead(it, *role)?,
            Mend::Cancel(offer) => vec![Command::Cancel(*offer)],
            Mend::RemovePerson(id) => vec![Command::Remove(Key::Person(self.db.the::<Person>(*id)?.email))],
            Mend::RemoveRole(id) => vec![Command::Remove(Key::Role(self.key(*id)))],
            Mend::Retire(id, other) => vec![Command::Retire { role: self.key(*id), replacement: self.key(*other) }],
            Mend::Pin(id, permissions) => vec![self.toggle(*id, permissions, Switch::Pin)],
            Mend::Revoke(id, permissions) => vec![self.revoke(*id, permissions)?],
        })
    }

    /// Two roles that become one there become it once; what is held of it already goes on as long as they would have.
    fn instead(&self, it: &Assignment, role: RoleId) -> Result<Vec<Command>> {
        let place = |it: &Assignment| (it.person, it.level, it.scope);
        let same: Vec<&Assignment> = self
            .mends
            .iter()
            .filter_map(|mend| {
                if let Mend::Instead(other, of) = mend { (*of == role && place(other) == place(it)).then_some(other) } else { None }
            })
            .collect();
        if same.first().is_some_and(|first| first.id != it.id) {
            return Ok(vec![self.take(it)?]);
        }
        let begins = |it: &Assignment| it.since.map_or(self.now, |since| since.max(self.now));
        let (since, until) = (same.iter().map(|it| begins(it)).min(), same.iter().fold(it.until, |until, it| time::later(until, it.until)));
        let twin = self.db.assignment(it.person, role, it.level, it.scope)?;
        let given = match twin {
            Some(twin) => {
                let goes_on = twin.until.is_none_or(|until| self.now < until);
                let since = if goes_on { twin.since.min(since) } else { since };
                let edit = self.edit(&twin, |it| AssignmentRecord { since, until: time::later(it.until, until), ..it })?;
                if matches!(&edit, Command::Edit { before, after } if before == after) { None } else { Some(edit) }
            }
            None => Some(Command::Add(Record::Assignment(AssignmentRecord { role: self.key(role), since, until, ..self.held(it)? }))),
        };
        Ok(given.into_iter().chain([self.take(it)?]).collect())
    }

    /// A toggle knows what the catalog knows; the rest is taken out of the list.
    fn revoke(&self, id: RoleId, permissions: &[String]) -> Result<Command> {
        let row: Role = self.db.the(id)?;
        let catalog = self.policy.catalog(&row.platform);
        if permissions.iter().all(|it| catalog.is_some_and(|catalog| catalog.find(it).is_some())) {
            return Ok(self.toggle(id, permissions, Switch::Revoke));
        }
        let before = records::role(self.policy, &row);
        let stays = before.permissions.iter().filter(|it| !permissions.contains(it)).cloned().collect();
        let after = RoleRecord { permissions: stays, ..before.clone() };
        Ok(Command::Edit { before: Record::Role(before), after: Record::Role(after) })
    }

    fn toggle(&self, id: RoleId, permissions: &[String], to: Switch) -> Command {
        Command::Toggle { role: self.key(id), permissions: permissions.to_vec(), to }
    }

    fn held(&self, it: &Assignment) -> Result<AssignmentRecord> {
        records::assignment(self.db, self.policy, it)
    }

    fn take(&self, it: &Assignment) -> Result<Command> {
        Ok(Command::Remove(Key::Assignment(self.held(it)?.key())))
    }

    fn edit(&self, it: &Assignment, change: impl FnOnce(AssignmentRecord) -> AssignmentRecord) -> Result<Command> {
        let before = self.held(it)?;
        let after = Record::Assignment(change(before.clone()));
        Ok(Command::Edit { before: Record::Assignment(before), after })
    }

    fn key(&self, role: RoleId) -> String {
        self.policy.role(role).map_or_else(String::new, |held| held.role.key.clone())
    }
}

/// Commands that mend one finding after the other, as one list in which none meets another: what one takes the next needs not
/// change, and of what several change each changes its part.
#[derive(Default)]
pub struct Together {
    commands: Vec<Command>,
}

impl Together {
    pub fn add(&mut self, commands: Vec<Command>) {
        let mut rest = commands.into_iter().peekable();
        while let Some(it) = rest.next() {
            // What would stand in the place of what is gone already is not wanted.
            let is_instead = |next: &Command| takes_from(next).is_some_and(|key| gives_there(&it, key) && self.is_gone(key));
            if rest.next_if(is_instead).is_none() {
                self.add_one(it);
            }
        }
    }

    pub fn commands(self) -> Vec<Command> {
        self.commands
    }

    fn add_one(&mut self, command: Command) {
        if self.commands.contains(&command) || self.is_done(&command) {
            return;
        }
        if let Some(key) = takes_from(&command) {
            self.commands.retain(|it| edited(it).is_none_or(|(before, _)| before.key() != *key));
        }
        let met = edited(&command).and_then(|(before, after)| {
            let earlier = self.commands.iter_mut().filter_map(edited_mut).find(|it| it.key() == before.key())?;
            Some((earlier, before.clone(), after.clone()))
        });
        match met {
            Some((earlier, before, after)) => *earlier = both(earlier, &before, &after),
            None => self.commands.push(command),
        }
    }

    /// Whether what it is about is gone by an earlier command, or is wanted by one.
    fn is_done(&self, command: &Command) -> bool {
        if let Some((before, _)) = edited(command) {
            return self.is_gone(&before.key());
        }
        match command {
            Command::Remove(Key::Assignment(key)) => self.is_gone(key),
            Command::Remove(Key::Role(role)) => self.lost_role(role) || self.wants_role(role),
            Command::Retire { role, replacement } => self.lost_role(role) || self.lost_role(replacement) || self.wants_role(role),
            Command::Edit { before: Record::Role(RoleRecord { key, .. }), .. } | Command::Toggle { role: key, .. } => self.lost_role(key),
            Command::Add(Record::Assignment(it)) => self.lost_role(&it.role),
            // Nothing else mends a finding and meets another one.
            _ => false,
        }
    }

    /// Whether an assignment is taken, or its role.
    fn is_gone(&self, key: &AssignmentKey) -> bool {
        self.lost_role(&key.role) || self.commands.iter().any(|it| takes_from(it) == Some(key))
    }

    fn lost_role(&self, key: &str) -> bool {
        let loses = |it: &Command| matches!(it, Command::Remove(Key::Role(role)) | Command::Retire { role, .. } if role == key);
        self.commands.iter().any(loses)
    }

    /// Whether a role is given by an earlier command, or takes the place of another one.
    fn wants_role(&self, key: &str) -> bool {
        let replaces = |it: &Command| matches!(it, Command::Retire { replacement, .. } if replacement == key);
        let gives = |it: &Command| matches!(it, Command::Add(Record::Assignment(it)) if it.role == key);
        self.commands.iter().any(|it| replaces(it) || gives(it))
    }
}

/// The assignment that a command takes.
fn takes_from(command: &Command) -> Option<&AssignmentKey> {
    if let Command::Remove(Key::Assignment(key)) = command { Some(key) } else { None }
}

/// Whether a command gives the same person something in the same place, or keeps it there longer.
fn gives_there(command: &Command, key: &AssignmentKey) -> bool {
    let given = if let Command::Add(Record::Assignment(it)) = command { Some(it) } else { edited(command).map(|(_, after)| after) };
    given.is_some_and(|it| (&it.person, it.level, &it.scope) == (&key.person, key.level, &key.scope) && it.role != key.role)
}

fn edited(command: &Command) -> Option<(&AssignmentRecord, &AssignmentRecord)> {
    let Command::Edit { before: Record::Assignment(before), after: Record::Assignment(after) } = command else { return None };
    Some((before, after))
}

fn edited_mut(command: &mut Command) -> Option<&mut AssignmentRecord> {
    if let Command::Edit { after: Record::Assignment(after), .. } = command { Some(after) } else { None }
}

/// What an earlier change makes of it, with what a later one changes besides.
fn both(earlier: &AssignmentRecord, before: &AssignmentRecord, after: &AssignmentRecord) -> AssignmentRecord {
    fn part<T: PartialEq + Clone>(earlier: &T, before: &T, after: &T) -> T {
        if before == after { earlier.clone() } else { after.clone() }
    }
    AssignmentRecord {
        since: part(&earlier.since, &before.since, &after.since),
        until: part(&earlier.until, &before.until, &after.until),
        review_on: part(&earlier.review_on, &before.review_on, &after.review_on),
        ..earlier.clone()
    }
}
