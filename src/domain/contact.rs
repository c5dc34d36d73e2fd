//! Contacts: whom the agency deals with, as a row and in portable form.

use serde::{Deserialize, Serialize};

use super::ids::ContactId;
use super::record::Recorded;
use super::row::{Row, Subject};
use super::text;
use super::things::ContactStatus;

/// Somebody the agency deals with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    pub id: ContactId,
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    pub status: ContactStatus,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub notes: String,
}

impl Row for Contact {
    const NOUN: &'static str = "contact";

    fn title(&self) -> String {
        self.name.clone()
    }

    fn subjects(&self) -> Vec<Subject> {
        vec![self.id.into()]
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactRecord {
    pub name: String,
    pub email: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    #[serde(default)]
    pub status: ContactStatus,
    #[serde(default)]
    pub labels: Vec<String>,
    #[serde(default)]
    pub notes: String,
}

impl From<Contact> for ContactRecord {
    fn from(row: Contact) -> ContactRecord {
        let Contact { id: _, name, email, phone, status, labels, notes } = row;
        ContactRecord { name, email, phone, status, labels, notes }
    }
}

impl ContactRecord {
    /// The row with this number.
    ///
    /// # Errors
    /// A sentence about the first field that cannot be so.
    pub fn as_row(&self, id: ContactId) -> Result<Contact, String> {
        Ok(Contact {
            id,
            name: text::required("name", &self.name)?,
            email: text::optional(self.email.as_deref(), text::email)?,
            phone: text::optional(self.phone.as_deref(), text::phone)?,
            status: self.status,
            labels: self.labels.iter().map(|it| text::required("label", it)).collect::<Result<_, _>>()?,
            notes: text::note("notes", &self.notes)?,
        })
    }
}

impl Recorded for ContactRecord {
    type Row = Contact;
    type Key = String;

    /// Its e-mail, or its name where it has none.
    fn key(&self) -> String {
        self.email.as_deref().filter(|it| !it.trim().is_empty()).unwrap_or(&self.name).to_owned()
    }

    fn title(&self) -> String {
        text::display(&self.name).into_owned()
    }
}
