//! Facts about what happened: one row before and after.

use serde::{Deserialize, Serialize};

use super::life::{Handover, Invitation, Request, WaitingRole};
use super::things::{Assignment, Contact, Folder, Person, Role, Setting, Site, StoredCatalog};

/// One row, before and after; one of the two is missing where the row came or went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit<T> {
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    pub before: Option<T>,
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    pub after: Option<T>,
}

impl<T> Edit<T> {
    pub fn create(after: T) -> Edit<T> {
        Edit { before: None, after: Some(after) }
    }

    pub fn update(before: T, after: T) -> Edit<T> {
        Edit { before: Some(before), after: Some(after) }
    }

    pub fn delete(before: T) -> Edit<T> {
        Edit { before: Some(before), after: None }
    }

    /// What leads from one state of a row to another, where they differ.
    pub fn between(before: T, after: T) -> Option<Change>
    where
        T: PartialEq,
        Edit<T>: Into<Change>,
    {
        (before != after).then(|| Edit::update(before, after).into())
    }

    pub fn inverse(self) -> Edit<T> {
        Edit { before: self.after, after: self.before }
    }

    /// The row as it is afterwards, or as it was.
    pub fn either(&self) -> Option<&T> {
        self.after.as_ref().or(self.before.as_ref())
    }
}

/// Declares [`Change`] from the list of row types.
macro_rules! changes {
    ($($name:ident($row:ty)),* $(,)?) => {
        /// One change to one row, of any kind.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Change { $($name(Edit<$row>)),* }

        impl Change {
            pub fn inverse(self) -> Change {
                match self { $(Change::$name(edit) => Change::$name(edit.inverse())),* }
            }
        }

        $(impl From<Edit<$row>> for Change {
            fn from(edit: Edit<$row>) -> Change {
                Change::$name(edit)
            }
        })*
    };
}

changes! {
    Setting(Setting),
    Catalog(StoredCatalog),
    Person(Person),
    Contact(Contact),
    Folder(Folder),
    Site(Site),
    Role(Role),
    Assignment(Assignment),
    Request(Request),
    Invitation(Invitation),
    WaitingRole(WaitingRole),
    Handover(Handover),
}
