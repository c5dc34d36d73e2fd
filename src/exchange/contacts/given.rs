//! One contact as far as a file speaks of it, and what becomes of the contact that is there.

use std::collections::HashSet;

use anyhow::Result;

use crate::domain::record::ContactRecord;
use crate::domain::things::ContactStatus;
use crate::query::records;
use crate::store::Reader;

/// What a file says of one contact; what it does not say stays as it is.
///
/// INVARIANT: there is a name, a company or an e-mail.
#[derive(Clone, Debug)]
pub struct Given {
    pub(super) name: Option<String>,
    /// Stands in for a name that is missing.
    pub(super) company: Option<String>,
    pub(super) email: Option<String>,
    pub(super) status: Option<ContactStatus>,
    pub(super) labels: Vec<String>,
    pub(super) notes: String,
}

impl Given {
    /// What the contact is called where nothing is known but the file.
    pub(super) fn title(&self) -> &str {
        [&self.name, &self.company, &self.email].into_iter().flatten().next().map_or("", String::as_str)
    }

    /// The contact after the import: the file's name and status if it gives them, labels and
    /// notes besides those that are there.
    pub(super) fn over(&self, db: Reader<'_>) -> Result<ContactRecord> {
        let present = match &self.email {
            Some(email) => db.contact_by_email(email)?,
            None => db.contact_by_name(self.title())?,
        };
        let Some(present) = present.as_ref().map(records::contact) else {
            return Ok(ContactRecord {
                name: self.title().to_owned(),
                email: self.email.clone(),
                status: self.status.unwrap_or_default(),
                labels: self.labels.clone(),
                notes: self.notes.clone(),
            });
        };
        let new_labels = self.labels.iter().filter(|it| !present.labels.contains(it));
        Ok(ContactRecord {
            labels: present.labels.iter().chain(new_labels).cloned().collect(),
            notes: self.notes_after(&present),
            status: self.status.unwrap_or(present.status),
            email: present.email,
            name: self.name.clone().unwrap_or(present.name),
        })
    }

    /// The notes that are there, then every line of the file's that is new.
    fn notes_after(&self, present: &ContactRecord) -> String {
        let known: HashSet<&str> = present.notes.lines().collect();
        let employer = self.company.iter().filter(|it| **it != present.name).map(|it| format!("Company: {it}"));
        let given = self.notes.lines().map(str::to_owned).chain(employer);
        let new: Vec<String> = given.filter(|it| !known.contains(it.as_str())).collect();
        if new.iter().all(|it| it.trim().is_empty()) {
            return present.notes.clone();
        }
        let parts = [present.notes.clone(), new.join("\n")];
        parts.into_iter().filter(|it| !it.is_empty()).collect::<Vec<_>>().join("\n")
    }
}
