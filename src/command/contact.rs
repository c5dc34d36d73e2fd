//! Adding, editing and removing contacts.

use super::authority::{Guarded, Need, Scales, Where};
use super::import::{Import, Taken};
use super::records::Kept;
use super::refusal::{Error, free, valid};
use super::scene::{Names, Scene};
use super::{Note, mentions};
use crate::domain::change::{Change, Edit};
use crate::domain::contact::{Contact, ContactRecord};
use crate::domain::deed::Deed;
use crate::domain::ids::ContactId;
use crate::domain::text;
use crate::facts::Reader;

impl Kept for ContactRecord {
    fn row(&self, id: i64, _: &mut impl Names) -> Result<Contact, Error> {
        valid(self.as_row(ContactId(id)))
    }

    fn find(scene: Scene<'_>, who: &String) -> Result<Contact, Error> {
        Ok(scene.db.the_contact(who)?)
    }

    fn check(scene: Scene<'_>, row: &Contact) -> Result<(), Error> {
        let other = twin(scene.db, row)?.filter(|it| it.id != row.id);
        let given = row.email.as_ref().map_or(("contact", "name", &*row.name), |email| ("contact", "address", email));
        free(scene.db, given, other, |it| it.email.as_ref().map_or_else(|| it.name.clone(), |email| format!("{} <{email}>", it.name)))
    }

    fn edit(&self, new: &ContactRecord, scene: Scene<'_>, _: &mut Vec<Note>) -> Result<(Contact, Contact), Error> {
        let (row, new) = self.both(new, scene)?;
        let same_email = new.email.as_deref().map(text::email_key) == row.email.as_deref().map(text::email_key);
        if !same_email || (new.email.is_none() && new.name != row.name) {
            Self::check(scene, &new)?;
        }
        Ok((row, new))
    }

    fn remove(who: &String, scene: Scene<'_>) -> Result<Vec<Change>, Error> {
        let row = scene.db.the_contact(who)?;
        let mut changes = mentions::contact(scene, &row)?;
        changes.push(Edit::delete(row).into());
        Ok(changes)
    }
}

impl Taken for ContactRecord {
    const PLURAL: &'static str = "contacts";

    fn taken(&self, import: &mut Import<'_>) -> Result<(Option<Contact>, Contact), Error> {
        import.unnamed(self, twin)
    }
}

impl Guarded for Contact {
    fn needs(_: &Edit<Contact>, _: &Scales<'_>) -> Result<Vec<Need>, Error> {
        Ok(vec![Need::of(Deed::ManageContacts, Where::Account)])
    }
}

/// The contact that has its address or, where it has none, its name.
fn twin(db: Reader<'_>, row: &Contact) -> anyhow::Result<Option<Contact>> {
    match &row.email {
        Some(email) => db.contact_by_email(email),
        None => db.contact_by_name(&row.name),
    }
}
