//! What mends a finding, as commands.

use anyhow::Result;
use chrono::{DateTime, Utc};

use crate::command::{Command, Switch};
use crate::domain::audit::Mend;
use crate::domain::ids::RoleId;
use crate::domain::policy::Policy;
use crate::domain::record::{AssignmentRecord, Key, Record, Recorded};
use crate::domain::text::few;
use crate::domain::things::{Assignment, Person};
use crate::facts::Reader;
use crate::query::access::scope_record;
use crate::query::records;

/// The commands of these changes, in their order.
///
/// # Errors
/// That the file could not be read, or holds something of this no more.
pub fn commands(db: Reader<'_>, policy: &Policy, mends: &[Mend], now: DateTime<Utc>) -> Result<Vec<Command>> {
    let mender = Mender { db, policy, now };
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
        Mend::Revoke(id, permissions) => format!("take {} from {}", few(permissions), role(*id)),
    })
}

struct Mender<'a> {
    db: Reader<'a>,
    policy: &'a Policy,
    now: DateTime<Utc>,
}

impl Mender<'_> {
    fn commands(&self, mend: &Mend) -> Result<Vec<Command>> {
        Ok(match mend {
            Mend::Take(it) => vec![self.take(it)?],
            Mend::End(it, at) => vec![self.edit(it, |it| AssignmentRecord { until: Some(*at), ..it })?],
            Mend::Review(it, at) => vec![self.edit(it, |it| AssignmentRecord { review_on: Some(*at), ..it })?],
            Mend::Instead(it, role) => {
                let other = AssignmentRecord { role: self.key(*role), since: Some(self.now), ..self.held(it)? };
                vec![Command::Add(Record::Assignment(other)), self.take(it)?]
            }
            Mend::Cancel(offer) => vec![Command::Cancel(*offer)],
            Mend::RemovePerson(id) => vec![Command::Remove(Key::Person(self.db.the::<Person>(*id)?.email))],
            Mend::RemoveRole(id) => vec![Command::Remove(Key::Role(self.key(*id)))],
            Mend::Retire(id, other) => vec![Command::Retire { role: self.key(*id), replacement: self.key(*other) }],
            Mend::Revoke(id, permissions) => {
                vec![Command::Toggle { role: self.key(*id), permissions: permissions.clone(), to: Switch::Revoke }]
            }
        })
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
