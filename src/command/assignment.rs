//! Giving, changing and taking roles, one at a time.

use super::authority::{Guarded, Need, Scales, is_forgotten};
use super::declare::Declared;
use super::import::{Given, Import, Taken};
use super::records::Kept;
use super::refusal::{Error, Refusal, expect, valid};
use super::scene::{Names, Scene, scope};
use super::{Note, fit, partnership};
use crate::domain::change::{Change, Edit};
use crate::domain::deed::Deed;
use crate::domain::ids::AssignmentId;
use crate::domain::record::{AssignmentKey, AssignmentRecord, Recorded};
use crate::domain::text;
use crate::domain::things::{Assignment, Level, Scope};
use crate::domain::time;
use crate::facts::names::the_role;

impl Kept for AssignmentRecord {
    fn row(&self, id: i64, names: &mut impl Names) -> Result<Assignment, Error> {
        let at = scope(&self.scope, names)?;
        if self.level == Level::Site && !matches!(at, Scope::Site(_)) {
            let sentence = "a site-level role is for one site; folders and everywhere are for the team (level team)";
            return Err(Refusal::Misfit(sentence.to_owned()).into());
        }
        let dated = |it: Option<_>| valid(it.map(time::dated).transpose());
        let (since, until, review_on) = (dated(self.since)?, dated(self.until)?, dated(self.review_on)?);
        if let (Some(since), Some(until)) = (since, until)
            && until <= since
        {
            return Err(Refusal::Invalid("the access would end before it begins".to_owned()).into());
        }
        Ok(Assignment {
            id: AssignmentId(id),
            person: names.recipient(&self.person)?,
            role: names.role(&self.role)?,
            level: self.level,
            scope: at,
            since,
            until,
            review_on,
            reason: self.reason.as_deref().map(|it| valid(text::line("reason", it))).transpose()?.filter(|it| !it.is_empty()),
            granted_by: None,
        })
    }

    fn find(mut scene: Scene<'_>, key: &AssignmentKey) -> Result<Assignment, Error> {
        let AssignmentKey { level, scope: at, .. } = key;
        let person = scene.db.the_person(&key.person)?;
        let held = the_role(scene.db, scene.policy, &key.role)?;
        let place = scope(&key.scope, &mut scene)?;
        let found = scene.db.assignment(person.id, held.role.id, *level, place)?;
        let other = if *level == Level::Site { Level::Team } else { Level::Site };
        let elsewhere = found.is_none() && scene.db.assignment(person.id, held.role.id, other, place).is_ok_and(|it| it.is_some());
        let hint = if elsewhere { format!("; it is held at {other} level: --level {other}") } else { String::new() };
        let not_held =
            || Refusal::NotHeld { who: person.email, role: held.role.key.clone(), place: format!("at {level} level ({at})"), hint };
        found.ok_or_else(|| not_held().into())
    }

    fn add(&self, mut scene: Scene<'_>, notes: &mut Vec<Note>) -> Result<Assignment, Error> {
        let mut row = self.row(scene.next::<Assignment>()?, &mut scene)?;
        row.granted_by = scene.db.person_by_email(&scene.actor.email)?.map(|it| it.id);
        let held = the_role(scene.db, scene.policy, &self.role)?;
        fit::check(scene, &row, held, notes)?;
        if scene.db.assignment(row.person, row.role, row.level, row.scope)?.is_some() {
            return Err(Refusal::Exists { kind: "role", name: format!("{} for {} ({})", held.role.name, self.person, self.scope) }.into());
        }
        Ok(row)
    }

    fn edit(&self, new: &AssignmentRecord, mut scene: Scene<'_>, notes: &mut Vec<Note>) -> Result<(Assignment, Assignment), Error> {
        let row = Self::find(scene, &self.key())?;
        let mut seen = self.row(row.id.0, &mut scene)?;
        seen.granted_by = row.granted_by;
        expect(&seen, &row, || format!("the role {} of {}", self.role, self.person))?;
        apart_from_partnership(scene, &row)?;
        let mut new_row = new.row(row.id.0, &mut scene)?;
        new_row.granted_by = row.granted_by;
        let moved = (new_row.person, new_row.role, new_row.level, new_row.scope) != (row.person, row.role, row.level, row.scope);
        if moved {
            fit::check(scene, &new_row, the_role(scene.db, scene.policy, &new.role)?, notes)?;
            if scene.db.assignment(new_row.person, new_row.role, new_row.level, new_row.scope)?.is_some() {
                return Err(Refusal::Exists { kind: "role", name: format!("{} for {}", new.role, new.person) }.into());
            }
        }
        Ok((row, new_row))
    }

    fn remove(key: &AssignmentKey, scene: Scene<'_>) -> Result<Vec<Change>, Error> {
        let row = Self::find(scene, key)?;
        apart_from_partnership(scene, &row)?;
        Ok(vec![Edit::delete(row).into()])
    }

    /// Whether it is held is told to whoever may take it.
    fn editing(&self, after: &AssignmentRecord, mut scene: Scene<'_>) -> Result<Edit<Assignment>, Error> {
        Ok(Edit::update(self.row(0, &mut scene)?, after.row(0, &mut scene)?))
    }

    /// The same.
    fn removing(key: &AssignmentKey, mut scene: Scene<'_>) -> Result<Edit<Assignment>, Error> {
        let person = scene.db.the_person(&key.person)?;
        let role = scene.role(&key.role)?;
        Ok(Edit::delete(Assignment::plain(person.id, role, key.level, scope(&key.scope, &mut scene)?)))
    }
}

impl Taken for AssignmentRecord {
    const PLURAL: &'static str = "assignments";

    fn taken(&self, import: &mut Import<'_>) -> Result<(Option<Assignment>, Assignment), Error> {
        let mut row = self.row(import.assignments + 1, import)?;
        let before = if import.fresh { None } else { import.db.assignment(row.person, row.role, row.level, row.scope)? };
        match &before {
            Some(it) => (row.id, row.granted_by) = (it.id, it.granted_by),
            None => import.assignments += 1,
        }
        import.given.push(Given::of(&row, before.is_none(), import.line));
        Ok((before, row))
    }

    /// One of somebody whom the file names, that was there before.
    fn minded(edit: &Edit<Assignment>, import: &Import<'_>) -> anyhow::Result<bool> {
        let Some(before) = &edit.before else { return Ok(false) };
        Ok(import.db.find(before.person)?.is_some_and(|it| import.names(&it)))
    }
}

/// Of a role that is given to nobody any more and of a partnership, too.
impl Declared for AssignmentRecord {
    fn unsaid(from: &Assignment, row: Assignment) -> Assignment {
        Assignment { granted_by: from.granted_by, ..row }
    }

    fn check_declared(scene: Scene<'_>, _: Option<&Assignment>, row: &Assignment, notes: &mut Vec<Note>) -> Result<(), Error> {
        let Some(held) = scene.policy.role(row.role) else { return Ok(()) };
        fit::check_not_owners(scene, held)?;
        held.side.map_or(Ok(()), |side| partnership::check_side(scene, row, side))?;
        fit::belongs(scene, row, held, notes)
    }
}

/// R10: a partnership ends as a whole.
fn apart_from_partnership(scene: Scene<'_>, row: &Assignment) -> Result<(), Error> {
    let Some(held) = scene.policy.role(row.role).filter(|it| it.side.is_some()) else { return Ok(()) };
    let sentence = format!("{} comes and goes with a partnership, which the client ends: rolecall partner reclaim SITE", held.role.name);
    Err(Refusal::Owner(sentence).into())
}

impl Guarded for Assignment {
    fn needs(edit: &Edit<Assignment>, scales: &Scales<'_>) -> Result<Vec<Need>, Error> {
        let place = |it: &Assignment| (it.person, it.level, it.scope);
        Ok(match (&edit.before, &edit.after) {
            _ if is_forgotten(edit) => Vec::new(),
            (Some(old), Some(new)) if place(old) == place(new) => vec![scales.people_need(new, Deed::ChangeRoles, Deed::ChangeTeam)],
            (old, new) => {
                let taken = old.iter().map(|it| scales.people_need(it, Deed::RemovePeople, Deed::RemoveTeam));
                taken.chain(new.iter().map(|it| scales.people_need(it, Deed::InvitePeople, Deed::InviteTeam))).collect()
            }
        })
    }
}
