//! The entry by which one role takes the place of several that people hold together.

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use crate::command::Command;
use crate::domain::mining::{Bundle, Group};
use crate::domain::policy::Policy;
use crate::domain::record::{AssignmentRecord, Key, Record, Recorded, RoleRecord};
use crate::domain::text;
use crate::facts::Reader;
use crate::query::records;

/// The role, and all that makes it theirs in place of the others.
///
/// # Errors
/// That the file could not be read.
pub fn entry(db: Reader<'_>, policy: &Policy, group: &Group, role: &RoleRecord, now: DateTime<Utc>) -> Result<Command> {
    let mut commands = vec![Command::Add(Record::Role(role.clone()))];
    for bundle in &group.bundles {
        let held = bundle.iter().map(|it| records::assignment(db, policy, it)).collect::<Result<Vec<_>>>()?;
        commands.push(Command::Add(Record::Assignment(in_place_of(bundle, &held, role, now)?)));
        commands.extend(held.iter().map(|it| Command::Remove(Key::Assignment(it.key()))));
    }
    Ok(Command::all(commands))
}

/// How the role is held: as long as the others, looked at when the first of them is, for the reasons of all.
fn in_place_of(bundle: &Bundle, held: &[AssignmentRecord], role: &RoleRecord, now: DateTime<Utc>) -> Result<AssignmentRecord> {
    let first = held.first().context("a bundle of nothing")?;
    let mut reasons: Vec<&str> = held.iter().filter_map(|it| it.reason.as_deref()).collect();
    reasons.dedup();
    let reason = Some(reasons.join("; ")).filter(|it| text::line("reason", it).is_ok() && !it.is_empty());
    Ok(AssignmentRecord {
        role: role.key.clone(),
        since: Some(now),
        review_on: bundle.iter().filter_map(|it| it.review_on).min(),
        reason: reason.or_else(|| first.reason.clone()),
        ..first.clone()
    })
}
