//! Adding, editing and removing people.

use super::authority::{Guarded, Need, Scales, Where};
use super::import::{Import, Taken};
use super::records::Kept;
use super::refusal::{Error, Refusal, free, in_use};
use super::scene::{Names, Scene};
use super::{Note, bind, foundation, mentions};
use crate::domain::change::{Change, Edit};
use crate::domain::deed::Deed;
use crate::domain::ids::PersonId;
use crate::domain::record::PersonRecord;
use crate::domain::text;
use crate::domain::things::{Assignment, Person};

impl Kept for PersonRecord {
    fn row(&self, id: i64, _: &mut impl Names) -> Result<Person, Error> {
        foundation::person(PersonId(id), self)
    }

    fn find(scene: Scene<'_>, email: &String) -> Result<Person, Error> {
        Ok(scene.db.the_person(email)?)
    }

    fn check(scene: Scene<'_>, row: &Person) -> Result<(), Error> {
        free(scene.db, ("person", "address", &row.email), scene.db.person_by_email(&row.email)?, |it| it.email.clone())
    }

    fn edit(&self, new: &PersonRecord, scene: Scene<'_>, _: &mut Vec<Note>) -> Result<(Person, Person), Error> {
        let (row, mut new) = self.both(new, scene)?;
        // Whoever has no other name than their address is called by the one they have.
        if row.name == row.email && new.name == row.name {
            new.name.clone_from(&new.email);
        }
        if text::email_key(&new.email) != text::email_key(&row.email) {
            Self::check(scene, &new)?;
        }
        Ok((row, new))
    }

    /// What the person once gave to others stays; that it came from them is in the journal.
    fn remove(email: &String, scene: Scene<'_>) -> Result<Vec<Change>, Error> {
        let row = scene.db.the_person(email)?;
        if row.id == scene.policy.owner {
            return Err(Refusal::Owner(format!("{} owns this workspace and cannot be removed", row.email)).into());
        }
        let owned = scene.db.n_sites_owned_by(row.id)?;
        if owned > 0 {
            return Err(in_use(
                &row.email,
                format!("they own {}", text::plural(owned, "site")),
                "a site always has an owner, so hand those over first".to_owned(),
            ));
        }
        let held = scene.db.assignments_of(row.id)?.len();
        if held > 0 {
            return Err(in_use(
                &row.email,
                format!("they hold {}", text::plural(held, "role")),
                format!("take those first: rolecall offboard {}", text::shell(&row.email)),
            ));
        }
        let given = scene.db.assignments_given_by(row.id)?.into_iter();
        let given = given.map(|it| Edit::update(it.clone(), Assignment { granted_by: None, ..it }).into());
        Ok(given.chain(mentions::person(scene, &row)?).chain(bind::forget(scene.db, row.id)?).chain([Edit::delete(row).into()]).collect())
    }
}

impl Taken for PersonRecord {
    const PLURAL: &'static str = "people";

    fn taken(&self, import: &mut Import<'_>) -> Result<(Option<Person>, Person), Error> {
        let row = foundation::person(import.person(&self.email)?, self)?;
        import.people.define(&text::email_key(&self.email), &self.email, import.line)?;
        Ok((import.people.before(|| import.db.find(row.id))?, row))
    }

    /// One whom the file names, or whose word it is.
    fn minded(edit: &Edit<Person>, import: &Import<'_>) -> anyhow::Result<bool> {
        Ok(edit.any(|it| Some(it.id) == import.account_owner || import.names(it)))
    }
}

impl Guarded for Person {
    fn needs(edit: &Edit<Person>, scales: &Scales<'_>) -> Result<Vec<Need>, Error> {
        match &edit.before {
            Some(old) if old.id != scales.me.id => of_others(scales, old, edit.after.is_none()),
            Some(_) | None => Ok(vec![Need::anybodys()]),
        }
    }
}

/// Somebody is edited by those who may change their roles, and removed by those who may take
/// them, wherever they have any; who has none is a matter of the account.
fn of_others(scales: &Scales<'_>, old: &Person, removed: bool) -> Result<Vec<Need>, Error> {
    let after = scales.db.assignments_of(old.id)?;
    let mut held = scales.overlay.assignments(old.id, after.clone());
    held.extend(after);
    let (on_site, in_team) = if removed { (Deed::RemovePeople, Deed::RemoveTeam) } else { (Deed::ChangeRoles, Deed::ChangeTeam) };
    if held.is_empty() {
        return Ok(if removed && scales.own_step { Vec::new() } else { vec![Need::of(in_team, Where::Account)] });
    }
    Ok(held.iter().map(|it| scales.people_need(it, on_site, in_team)).collect())
}
