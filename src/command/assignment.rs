//! Giving, changing and taking roles, one at a time.

use super::refusal::{Error, Refusal, expect};
use super::scene::Scene;
use super::{Note, build, fit};
use crate::domain::change::{Change, Edit};
use crate::domain::ids::AssignmentId;
use crate::domain::record::{AssignmentRecord, ScopeRecord};
use crate::domain::things::{Assignment, Level};
use crate::facts::names::the_role;

pub(super) fn add(mut scene: Scene<'_>, record: &AssignmentRecord, notes: &mut Vec<Note>) -> Result<Change, Error> {
    let mut row = build::assignment(AssignmentId(scene.next::<Assignment>()?), record, &mut scene)?;
    row.granted_by = scene.db.person_by_email(&scene.actor.email)?.map(|it| it.id);
    let held = the_role(scene.db, scene.policy, &record.role)?;
    fit::check(scene, &row, held, notes)?;
    if scene.db.assignment(row.person, row.role, row.level, row.scope)?.is_some() {
        return Err(Refusal::Exists { kind: "role", name: format!("{} for {} ({})", held.role.name, record.person, record.scope) }.into());
    }
    Ok(Edit::create(row).into())
}

pub(super) fn edit(
    mut scene: Scene<'_>,
    old: &AssignmentRecord,
    new: &AssignmentRecord,
    notes: &mut Vec<Note>,
) -> Result<Option<Change>, Error> {
    let row = find(scene, &old.person, &old.role, old.level, &old.scope)?;
    let mut seen = build::assignment(row.id, old, &mut scene)?;
    seen.granted_by = row.granted_by;
    expect(&seen, &row, || format!("the role {} of {}", old.role, old.person))?;
    apart_from_partnership(scene, &row)?;
    let mut new_row = build::assignment(row.id, new, &mut scene)?;
    new_row.granted_by = row.granted_by;
    let moved = (new_row.person, new_row.role, new_row.level, new_row.scope) != (row.person, row.role, row.level, row.scope);
    if moved {
        fit::check(scene, &new_row, the_role(scene.db, scene.policy, &new.role)?, notes)?;
        if scene.db.assignment(new_row.person, new_row.role, new_row.level, new_row.scope)?.is_some() {
            return Err(Refusal::Exists { kind: "role", name: format!("{} for {}", new.role, new.person) }.into());
        }
    }
    Ok(Edit::between(row, new_row))
}

pub(super) fn remove(scene: Scene<'_>, person: &str, role: &str, level: Level, scope: &ScopeRecord) -> Result<Vec<Change>, Error> {
    let row = find(scene, person, role, level, scope)?;
    apart_from_partnership(scene, &row)?;
    Ok(vec![Edit::delete(row).into()])
}

fn find(mut scene: Scene<'_>, who: &str, which: &str, level: Level, scope: &ScopeRecord) -> Result<Assignment, Error> {
    let person = scene.db.the_person(who)?;
    let held = the_role(scene.db, scene.policy, which)?;
    let place = build::scope(scope, &mut scene)?;
    let found = scene.db.assignment(person.id, held.role.id, level, place)?;
    let other = if level == Level::Site { Level::Team } else { Level::Site };
    let elsewhere = found.is_none() && scene.db.assignment(person.id, held.role.id, other, place).is_ok_and(|it| it.is_some());
    let hint = if elsewhere { format!("; it is held at {other} level: --level {other}") } else { String::new() };
    let not_held =
        || Refusal::NotHeld { who: person.email, role: held.role.key.clone(), place: format!("at {level} level ({scope})"), hint };
    found.ok_or_else(|| not_held().into())
}

/// R10: a partnership ends as a whole.
fn apart_from_partnership(scene: Scene<'_>, row: &Assignment) -> Result<(), Error> {
    let Some(held) = scene.policy.role(row.role).filter(|it| it.side.is_some()) else { return Ok(()) };
    let sentence = format!("{} comes and goes with a partnership, which the client ends: rolecall partner reclaim SITE", held.role.name);
    Err(Refusal::Owner(sentence).into())
}
