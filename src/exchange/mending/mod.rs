//! What mends findings, as commands: of one, or of many as one list in which none meets another.
//!
//! Mends are put together before any becomes a command. Each says what something is to be, an assignment, a role, a person, an
//! offer; so that of what several are about there is one end, and the commands are the way from what there is to that. Nothing
//! is tried out and nothing audited anew: what it takes grows with the mends alone.

mod held;
mod roles;

use std::collections::BTreeSet;

use anyhow::Result;
use chrono::{DateTime, Utc};

use crate::command::Command;
use crate::domain::accepted::{Accepted, Evidence};
use crate::domain::audit::{Finding, Mend};
use crate::domain::ids::{AcceptedId, PersonId, RoleId};
use crate::domain::policy::Policy;
use crate::domain::record::{Key, OfferKey, Record};
use crate::domain::text::few;
use crate::domain::things::{Assignment, Person};
use crate::facts::Reader;
use crate::query::access::scope_record;
use crate::query::records;

/// The commands of what mends one finding.
///
/// # Errors
/// That the file could not be read, or holds something of this no more.
pub fn commands(db: Reader<'_>, policy: &Policy, mends: &[Mend], now: DateTime<Utc>) -> Result<Vec<Command>> {
    let mut together = Together::default();
    together.add("", mends);
    Ok(together.mended(db, policy, now)?.commands)
}

/// What mends findings, put together.
#[derive(Default)]
pub struct Together {
    offers: BTreeSet<OfferKey>,
    held: held::Ends,
    roles: roles::Ends,
    people: BTreeSet<PersonId>,
}

/// What mends findings together, and which it leaves.
#[derive(Debug, Default)]
pub struct Mended {
    pub commands: Vec<Command>,
    pub left: Vec<Left>,
}

/// A finding that is not mended beside the others, or not wholly.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Left {
    pub key: String,
    pub why: String,
}

impl Together {
    /// Adds what mends the finding with this key.
    pub fn add(&mut self, key: &str, mends: &[Mend]) {
        for mend in mends {
            match mend {
                Mend::Take(it) => self.held.take(it),
                Mend::End(it, at) => self.held.end(it, *at),
                Mend::Review(it, at) => self.held.review(it, *at),
                Mend::Instead(it, role) => self.held.instead(it, *role),
                Mend::Narrow(it, role, unwanted) => self.held.narrow(it, *role, **unwanted, key),
                Mend::Cancel(offer) => drop(self.offers.insert(*offer)),
                Mend::RemovePerson(id) => drop(self.people.insert(*id)),
                Mend::RemoveRole(id) => self.roles.remove(*id, key),
                Mend::Retire(id, other) => self.roles.retire(*id, *other),
                Mend::Pin(id, permissions) => self.roles.pin(*id, permissions, key),
                Mend::Revoke(id, permissions) => self.roles.revoke(*id, permissions, key),
            }
        }
    }

    /// What mends them all.
    ///
    /// # Errors
    /// As [`commands`].
    pub fn mended(self, db: Reader<'_>, policy: &Policy, now: DateTime<Utc>) -> Result<Mended> {
        let mut left = Vec::new();
        let mut commands: Vec<Command> = self.offers.into_iter().map(Command::Cancel).collect();
        // What is held is called by its roles as they are now; roles and people can go when nothing is held of them any more.
        let held = held::Mender { db, policy, now, left: &mut left }.commands(&self.held)?;
        commands.extend(held.commands);
        commands.extend(roles::Mender { db, policy, left: &mut left }.commands(self.roles, held.given)?);
        for id in self.people {
            commands.push(Command::Remove(Key::Person(db.the::<Person>(id)?.email)));
        }
        left.sort();
        left.dedup_by(|a, b| a.key == b.key);
        Ok(Mended { commands, left })
    }
}

/// That somebody answers until then for a finding, which is one also by what is held; where they or somebody else do already, anew.
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
        evidence: Evidence::of(held, &finding.besides),
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
        Mend::Instead(it, other) | Mend::Narrow(it, other, _) => format!("{} in place of {}", role(*other), held(it)?),
        Mend::Cancel(offer) => format!("take {offer} back"),
        Mend::RemovePerson(id) => format!("remove {}", db.the::<Person>(*id)?.email),
        Mend::RemoveRole(id) => format!("remove the role {}", role(*id)),
        Mend::Retire(id, other) => format!("{} in place of {}, for all who hold it", role(*other), role(*id)),
        Mend::Pin(id, permissions) => format!("keep {} in {} in their own right", few(permissions), role(*id)),
        Mend::Revoke(id, permissions) => format!("take {} from {}", few(permissions), role(*id)),
    })
}
