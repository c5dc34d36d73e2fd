//! The things of a workspace as rows and as pages.

use anyhow::Result;
use serde::Serialize;

use super::args::Format;
use super::print::Out;
use crate::domain::record::{AssignmentRecord, ContactRecord, FolderRecord, PersonRecord, RoleRecord, SiteRecord};
use crate::domain::time::Zone;

/// Something that lists and pages print. JSON has the same fields under the same names, whole where a table counts or
/// shortens them: a role's `permissions` are a number here and a list there.
pub(super) trait Shown: Serialize {
    const FIELDS: &'static [&'static str];
    fn cells(&self, zone: Zone) -> Vec<String>;
}

impl Shown for ContactRecord {
    const FIELDS: &'static [&'static str] = &["name", "email", "status", "labels", "notes"];

    fn cells(&self, _: Zone) -> Vec<String> {
        let status = self.status.as_str().to_owned();
        vec![self.name.clone(), self.email.clone().unwrap_or_default(), status, self.labels.join(", "), self.notes.clone()]
    }
}

impl Shown for PersonRecord {
    const FIELDS: &'static [&'static str] = &["email", "name"];

    fn cells(&self, _: Zone) -> Vec<String> {
        vec![self.email.clone(), self.name.clone()]
    }
}

impl Shown for FolderRecord {
    const FIELDS: &'static [&'static str] = &["key", "name", "parent"];

    fn cells(&self, _: Zone) -> Vec<String> {
        vec![self.key.clone(), self.name.clone(), self.parent.clone().unwrap_or_default()]
    }
}

impl Shown for SiteRecord {
    const FIELDS: &'static [&'static str] = &["key", "name", "url", "platform", "folder", "owner", "host", "status", "apps", "editor"];

    fn cells(&self, _: Zone) -> Vec<String> {
        vec![
            self.key.clone(),
            self.name.clone(),
            self.url.clone(),
            self.platform.clone(),
            self.folder.clone().unwrap_or_default(),
            self.owner.clone(),
            self.host.to_string(),
            self.status.to_string(),
            self.apps.join(", "),
            self.editor.clone().unwrap_or_default(),
        ]
    }
}

impl Shown for RoleRecord {
    const FIELDS: &'static [&'static str] = &["key", "name", "platform", "level", "permissions", "about"];

    fn cells(&self, _: Zone) -> Vec<String> {
        let n = self.permissions.len().to_string();
        vec![self.key.clone(), self.name.clone(), self.platform.clone(), self.level.as_str().to_owned(), n, self.about.clone()]
    }
}

impl Shown for AssignmentRecord {
    const FIELDS: &'static [&'static str] = &["person", "role", "level", "scope", "since", "until", "review", "reason"];

    fn cells(&self, zone: Zone) -> Vec<String> {
        vec![
            self.person.clone(),
            self.role.clone(),
            self.level.to_string(),
            self.scope.to_string(),
            self.since.map_or_else(String::new, |it| zone.show_since(it)),
            self.until.map_or_else(String::new, |it| zone.show_until(it)),
            self.review_on.map_or_else(String::new, |it| zone.show_since(it)),
            self.reason.clone().unwrap_or_default(),
        ]
    }
}

/// One thing as a page: a line a field.
pub(super) fn page<T: Shown>(out: &mut Out, zone: Zone, it: &T) -> Result<()> {
    match out.format {
        Format::Json => out.json(it),
        Format::Csv | Format::Md => {
            let mut rows = out.rows(T::FIELDS.iter().copied());
            rows.add(it.cells(zone), it)?;
            rows.end()
        }
        Format::Table => {
            fields(out, T::FIELDS.iter().zip(it.cells(zone)).filter(|(_, cell)| !cell.is_empty()));
            Ok(())
        }
    }
}

/// `name   value`, a line each; further lines of a value stand under its first.
pub(super) fn fields<K: AsRef<str>>(out: &mut Out, fields: impl IntoIterator<Item = (K, String)>) {
    for (name, value) in fields {
        let mut lines = value.lines();
        out.line(format!("{:<9} {}", name.as_ref(), lines.next().unwrap_or_default()).trim_end());
        lines.for_each(|line| out.line(&format!("{:<10}{line}", "")));
    }
}
