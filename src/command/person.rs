//! Adding, editing and removing people.

use super::refusal::{Error, Refusal, expect, free, in_use};
use super::scene::Scene;
use super::{bind, build, loose};
use crate::domain::change::{Change, Edit};
use crate::domain::ids::PersonId;
use crate::domain::record::PersonRecord;
use crate::domain::text;
use crate::domain::things::{Assignment, Person};

pub(super) fn add(scene: Scene<'_>, record: &PersonRecord) -> Result<Change, Error> {
    let row = build::person(PersonId(scene.next::<Person>()?), record)?;
    check_email(scene, &row)?;
    Ok(Edit::create(row).into())
}

pub(super) fn edit(scene: Scene<'_>, old: &PersonRecord, new: &PersonRecord) -> Result<Option<Change>, Error> {
    let row = scene.db.the_person(&old.email)?;
    expect(&build::person(row.id, old)?, &row, || format!("the person {}", old.email))?;
    let new = build::person(row.id, new)?;
    if text::email_key(&new.email) != text::email_key(&row.email) {
        check_email(scene, &new)?;
    }
    Ok(Edit::between(row, new))
}

/// What the person once gave to others stays; that it came from them is in the journal.
pub(super) fn remove(scene: Scene<'_>, email: &str) -> Result<Vec<Change>, Error> {
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
    Ok(given.chain(loose::person(scene, &row)?).chain(bind::forget(scene.db, row.id)?).chain([Edit::delete(row).into()]).collect())
}

fn check_email(scene: Scene<'_>, row: &Person) -> Result<(), Error> {
    free(scene.db, ("person", "address", &row.email), scene.db.person_by_email(&row.email)?, |it| it.email.clone())
}
