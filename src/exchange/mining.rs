//! The entry by which one role takes the place of several that people hold together.

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use crate::command::Command;
use crate::domain::change::{Change, Edit};
use crate::domain::ids::{AssignmentId, RoleId};
use crate::domain::mining::{Bundle, Group};
use crate::domain::policy::Policy;
use crate::domain::record::{AssignmentRecord, Key, Record, Recorded, RoleRecord};
use crate::domain::text;
use crate::domain::things::{Assignment, Role};
use crate::facts::Reader;
use crate::query::impact::{self, Budget};
use crate::query::records;

/// The numbers of the role and of what is given of it, that are not there yet. That of a role which is staged: of those, a policy
/// takes one more in without a copy of all the others.
const STAGED: RoleId = RoleId(-1);
const SPARE: AssignmentId = AssignmentId(0);

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

/// What the entry changes of rows that access depends on: the role, and who holds it in place of the others.
fn changes(group: &Group, role: &RoleRecord, now: DateTime<Utc>) -> Vec<Change> {
    let RoleRecord { key, name, about, platform, level, permissions } = role.clone();
    let role = Role { id: STAGED, key, name, about, platform, level, builtin: false, permissions: permissions.into_iter().collect() };
    let given = |first: &Assignment| Assignment { id: SPARE, role: STAGED, since: Some(now), ..first.clone() };
    let of = |bundle: &Bundle| {
        let taken = bundle.iter().map(|it| Edit { before: Some(it.clone()), after: None });
        bundle.first().map(|it| Edit::create(given(it))).into_iter().chain(taken).map(Change::Assignment).collect::<Vec<_>>()
    };
    std::iter::once(Change::Role(Edit::create(role))).chain(group.bundles.iter().flat_map(of)).collect()
}

/// Whether nobody would gain or lose anything by it.
///
/// # Errors
/// That the file could not be read.
pub fn is_proved(db: Reader<'_>, policy: &Policy, group: &Group, role: &RoleRecord, now: DateTime<Utc>) -> Result<bool> {
    let changes = changes(group, role, now);
    let mut proved = true;
    let counted = impact::compare(db, policy, &changes, now, &Budget::ALL, &mut |_, _, _, had, has| {
        proved &= had == has;
        Ok(())
    })?;
    Ok(proved && counted.is_ok())
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
