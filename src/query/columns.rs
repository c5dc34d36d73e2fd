//! The columns of a row, said once: lists, pages, tables, CSV, Markdown, the keys of JSON and what a filter names follow.

use serde::Serialize;

use crate::domain::accepted::AcceptedRecord;
use crate::domain::contact::ContactRecord;
use crate::domain::kinds::kinds;
use crate::domain::record::{AssignmentRecord, FolderRecord, PersonRecord, Recorded, RoleRecord, SiteRecord};
use crate::domain::time::Zone;

/// One column of a row.
pub struct Column<T> {
    pub name: &'static str,
    /// What JSON calls it.
    pub key: &'static str,
    /// Whether a list has it unasked.
    pub usual: bool,
    cell: fn(&T, Zone) -> String,
}

/// A column with this name, here and in JSON.
pub const fn column<T>(name: &'static str, cell: fn(&T, Zone) -> String) -> Column<T> {
    Column { name, key: name, usual: true, cell }
}

/// A column that JSON calls otherwise.
pub const fn keyed<T>(name: &'static str, key: &'static str, cell: fn(&T, Zone) -> String) -> Column<T> {
    Column { name, key, usual: true, cell }
}

/// A column that a list has only when it is asked for.
pub const fn on_demand<T>(name: &'static str, cell: fn(&T, Zone) -> String) -> Column<T> {
    Column { name, key: name, usual: false, cell }
}

/// Something that lists and pages print. JSON has the same fields under the same names, whole where a table counts or
/// shortens them: a role's `permissions` are a number here and a list there.
pub trait Columns: Serialize + Sized + 'static {
    const COLUMNS: &'static [Column<Self>];

    fn cells(&self, zone: Zone) -> Vec<String> {
        Self::COLUMNS.iter().map(|it| (it.cell)(self, zone)).collect()
    }

    fn names() -> Vec<String> {
        Self::COLUMNS.iter().map(|it| it.name.to_owned()).collect()
    }
}

macro_rules! names {
    ($($part:ident { $($name:ident($row:ty $(, $id:ident)?) $(as $record:path)?),* $(,)? })*) => {
        /// The names of all columns of what a workspace keeps.
        pub fn all_names() -> impl Iterator<Item = &'static str> {
            std::iter::empty()$($($(.chain(<$record>::COLUMNS.iter().map(|it| it.name)))?)*)*
        }
    };
}

kinds!(names);

impl Columns for ContactRecord {
    const COLUMNS: &'static [Column<ContactRecord>] = &[
        column("name", |it, _| it.name.clone()),
        column("email", |it, _| it.email.clone().unwrap_or_default()),
        on_demand("phone", |it, _| it.phone.clone().unwrap_or_default()),
        column("status", |it, _| it.status.to_string()),
        column("labels", |it, _| it.labels.join(", ")),
        column("notes", |it, _| it.notes.clone()),
    ];
}

impl Columns for AcceptedRecord {
    const COLUMNS: &'static [Column<AcceptedRecord>] = &[
        column("finding", |it, _| it.key().to_string()),
        column("until", |it, zone| zone.show_until(it.until)),
        column("because", |it, _| it.because.clone()),
        column("by", |it, _| it.by.clone().unwrap_or_default()),
    ];
}

impl Columns for PersonRecord {
    const COLUMNS: &'static [Column<PersonRecord>] = &[column("email", |it, _| it.email.clone()), column("name", |it, _| it.name.clone())];
}

impl Columns for FolderRecord {
    const COLUMNS: &'static [Column<FolderRecord>] = &[
        column("key", |it, _| it.key.clone()),
        column("name", |it, _| it.name.clone()),
        column("parent", |it, _| it.parent.clone().unwrap_or_default()),
    ];
}

impl Columns for SiteRecord {
    const COLUMNS: &'static [Column<SiteRecord>] = &[
        column("key", |it, _| it.key.clone()),
        column("name", |it, _| it.name.clone()),
        column("url", |it, _| it.url.clone()),
        column("platform", |it, _| it.platform.clone()),
        column("folder", |it, _| it.folder.clone().unwrap_or_default()),
        column("owner", |it, _| it.owner.clone()),
        column("host", |it, _| it.host.to_string()),
        column("status", |it, _| it.status.to_string()),
        column("apps", |it, _| it.apps.join(", ")),
        column("editor", |it, _| it.editor.clone().unwrap_or_default()),
    ];
}

impl Columns for RoleRecord {
    const COLUMNS: &'static [Column<RoleRecord>] = &[
        column("key", |it, _| it.key.clone()),
        column("name", |it, _| it.name.clone()),
        column("platform", |it, _| it.platform.clone()),
        column("level", |it, _| it.level.as_str().to_owned()),
        column("permissions", |it, _| it.permissions.len().to_string()),
        column("about", |it, _| it.about.clone()),
    ];
}

impl Columns for AssignmentRecord {
    const COLUMNS: &'static [Column<AssignmentRecord>] = &[
        column("person", |it, _| it.person.clone()),
        column("role", |it, _| it.role.clone()),
        column("level", |it, _| it.level.to_string()),
        column("scope", |it, _| it.scope.to_string()),
        column("since", |it, zone| it.since.map_or_else(String::new, |it| zone.show_since(it))),
        column("until", |it, zone| it.until.map_or_else(String::new, |it| zone.show_until(it))),
        keyed("review", "review_on", |it, zone| it.review_on.map_or_else(String::new, |it| zone.show_since(it))),
        column("reason", |it, _| it.reason.clone().unwrap_or_default()),
    ];
}
