//! What mends a finding, as commands.

use anyhow::Result;
use chrono::{DateTime, Utc};

use crate::command::{Command, Switch};
use crate::domain::audit::Mend;
use crate::domain::ids::RoleId;
use crate::domain::policy::Policy;
use crate::domain::record::{AssignmentRecord, Key, Record, Recorded, RoleRecord};
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
