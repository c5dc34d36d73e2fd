//! One contact as far as a file speaks of it, and what becomes of the contact that is there.

use std::collections::HashSet;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use super::details::{self, Details};
use crate::domain::contact::ContactRecord;
use crate::domain::text;
use crate::domain::things::ContactStatus;
use crate::facts::Reader;

/// What a file says of one contact; what it does not say stays as it is.
///
/// INVARIANT: there is a name, a company or an e-mail.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Given {
    pub(super) name: Option<String>,
    /// Stands in for a name that is missing.
    pub(super) company: Option<String>,
    pub(super) email: Option<String>,
    pub(super) details: Details,
    pub(super) status: Option<ContactStatus>,
    pub(super) labels: Vec<String>,
    pub(super) notes: String,
}

impl Given {
    /// What the contact is called where nothing is known but the file.
    pub(super) fn title(&self) -> &str {
        [&self.name, &self.company, &self.email].into_iter().flatten().next().map_or("", String::as_str)
    }

    /// Adds a label that is one.
    pub(super) fn label(&mut self, label: &str) {
        if let Ok(label) = text::required("label", label) {
            self.labels = united(&self.labels, &[label]);
        }
    }

    /// Adds what a further row says of the same contact: the first name and status stay.
    pub(super) fn add(&mut self, later: Given) -> Result<(), String> {
        let employer = later.company.iter().filter(|it| self.company.is_some() && **it != self.title()).map(|it| format!("Company: {it}"));
        let (details, others) = details::joined(self.details.clone(), later.details);
        let notes = added_lines(&self.notes, others.into_iter().chain(later.notes.lines().map(str::to_owned)).chain(employer));
        self.details = details;
        self.notes = text::note("notes", &notes)?;
        self.name = self.name.take().or(later.name);
        self.company = self.company.take().or(later.company);
        self.status = self.status.or(later.status);
        self.labels = united(&self.labels, &later.labels);
        Ok(())
    }

    /// The contact after the import: those that are there keep name and status, which is told where the file has others;
    /// labels and notes are added, and details where there were none.
    pub(super) fn over(&self, db: Reader<'_>) -> Result<(ContactRecord, Option<String>)> {
        let present = match &self.email {
            Some(email) => db.contact_by_email(email)?,
            None => db.contact_by_name(self.title())?,
        };
        let Some(present) = present.map(ContactRecord::from) else {
            let new = ContactRecord {
                name: self.title().to_owned(),
                email: self.email.clone(),
                status: self.status.unwrap_or_default(),
                labels: self.labels.clone(),
                notes: self.notes.clone(),
                ..ContactRecord::default()
            };
            return Ok((details::with(self.details.clone(), new), None));
        };
        // An address in place of a name is none.
        let nameless = present.email.as_ref().is_some_and(|it| *it == present.name);
        let name = self.name.clone().filter(|_| nameless).unwrap_or_else(|| present.name.clone());
        let keeps = self.kept_against(&present, &name);
        let employer = self.company.iter().filter(|it| **it != name).map(|it| format!("Company: {it}"));
        let (details, others) = details::joined(details::of(&present), self.details.clone());
        let after = ContactRecord {
            labels: united(&present.labels, &self.labels),
            notes: added_lines(&present.notes, others.into_iter().chain(self.notes.lines().map(str::to_owned)).chain(employer)),
            name,
            ..present
        };
        Ok((details::with(details, after), keeps))
    }

    /// What stays although the file says something else.
    fn kept_against(&self, present: &ContactRecord, name: &str) -> Option<String> {
        let other_name = self.name.as_ref().filter(|it| *it != name).map(|it| format!("not {it}"));
        let other_status =
            self.status.filter(|it| *it != present.status).map(|it| format!("{}, not {}", present.status.as_str(), it.as_str()));
        let others: Vec<String> = other_name.into_iter().chain(other_status).collect();
        (!others.is_empty()).then(|| format!("{name} ({})", others.join("; ")))
    }
}

fn united(present: &[String], new: &[String]) -> Vec<String> {
    let more = new.iter().filter(|it| !present.contains(it));
    present.iter().chain(more).cloned().collect()
}

/// The notes, then every line that is new.
fn added_lines(present: &str, lines: impl Iterator<Item = String>) -> String {
    let known: HashSet<&str> = present.lines().collect();
    let new: Vec<String> = lines.filter(|it| !known.contains(it.as_str())).collect();
    if new.iter().all(|it| it.trim().is_empty()) {
        return present.to_owned();
    }
    let parts = [present.to_owned(), new.join("\n")];
    parts.into_iter().filter(|it| !it.is_empty()).collect::<Vec<_>>().join("\n")
}
