//! Adding, editing and removing contacts.

use super::refusal::{Error, expect, free};
use super::scene::Scene;
use super::{build, loose};
use crate::domain::change::{Change, Edit};
use crate::domain::ids::ContactId;
use crate::domain::record::ContactRecord;
use crate::domain::text;
use crate::domain::things::Contact;

pub(super) fn add(scene: Scene<'_>, record: &ContactRecord) -> Result<Change, Error> {
    let row = build::contact(ContactId(scene.next::<Contact>()?), record)?;
    contact_free(scene, &row)?;
    Ok(Edit::create(row).into())
}

pub(super) fn edit(scene: Scene<'_>, old: &ContactRecord, new: &ContactRecord) -> Result<Option<Change>, Error> {
    let row = scene.db.the_contact(old.email.as_deref().unwrap_or(&old.name))?;
    expect(&build::contact(row.id, old)?, &row, || format!("the contact {}", old.name))?;
    let new = build::contact(row.id, new)?;
    let same_email = new.email.as_deref().map(text::email_key) == row.email.as_deref().map(text::email_key);
    if !same_email || (new.email.is_none() && new.name != row.name) {
        contact_free(scene, &new)?;
    }
    Ok(Edit::between(row, new))
}

pub(super) fn remove(scene: Scene<'_>, who: &str) -> Result<Vec<Change>, Error> {
    let row = scene.db.the_contact(who)?;
    let mut changes = loose::contact(scene, &row)?;
    changes.push(Edit::delete(row).into());
    Ok(changes)
}

fn contact_free(scene: Scene<'_>, row: &Contact) -> Result<(), Error> {
    let twin = match &row.email {
        Some(email) => scene.db.contact_by_email(email)?,
        None => scene.db.contact_by_name(&row.name)?,
    };
    let other = twin.filter(|it| it.id != row.id);
    let given = row.email.as_ref().map_or(("contact", "name", &*row.name), |email| ("contact", "address", email));
    free(scene.db, given, other, |it| it.email.as_ref().map_or_else(|| it.name.clone(), |email| format!("{} <{email}>", it.name)))
}
