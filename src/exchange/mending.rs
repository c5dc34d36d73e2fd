//! What mends a finding, as commands.

use anyhow::Result;
use chrono::{DateTime, Utc};

use crate::command::{Command, Switch};
use crate::domain::audit::Mend;
use crate::domain::ids::RoleId;
use crate::domain::policy::Policy;
use crate::domain::record::{AssignmentRecord, Key, Record, Recorded};
use crate::domain::things::{Assignment, Person};
use crate::facts::Reader;
use crate::query::records;

/// The commands of these changes, in their order.
///
/// # Errors
/// That the file could not be read, or holds something of this no more.
pub fn commands(db: Reader<'_>, policy: &Policy, mends: &[Mend], now: DateTime<Utc>) -> Result<Vec<Command>> {
    let mender = Mender { db, policy, now };
    Ok(mends.iter().map(|it| mender.commands(it)).collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
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
