//! Facts about what happened: one row before and after.

use std::collections::HashMap;
use std::mem::{Discriminant, discriminant};

use serde::{Deserialize, Serialize};

use super::kinds::kinds;
use super::offered::Offered;
use super::row::{Numbered, Row, Subject};
use super::things::{Setting, StoredCatalog};

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

    /// Whether it is so of the row before or after.
    pub fn any(&self, is_so: impl FnMut(&T) -> bool) -> bool {
        self.before.iter().chain(&self.after).any(is_so)
    }

    /// The row, where it is made or taken away.
    pub fn moved(&self) -> Option<&T> {
        if self.before.is_some() == self.after.is_some() { None } else { self.either() }
    }

    /// The row as it is afterwards, or as it was.
    pub fn either(&self) -> Option<&T> {
        self.after.as_ref().or(self.before.as_ref())
    }
}

/// What tells a row from the others of its kind.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RowKey {
    Number(i64),
    Name(String),
}

/// A row has a number or a name of its own.
trait Keyed {
    fn key(&self) -> RowKey;
}

impl<T: Numbered> Keyed for T {
    fn key(&self) -> RowKey {
        RowKey::Number(self.number())
    }
}

impl Keyed for Setting {
    fn key(&self) -> RowKey {
        RowKey::Name(self.name.clone())
    }
}

impl Keyed for StoredCatalog {
    fn key(&self) -> RowKey {
        RowKey::Name(self.platform.clone())
    }
}

macro_rules! changes {
    ($($part:ident { $($name:ident($row:ty $(, $id:ident)?) $(as $record:path)?),* $(,)? })*) => {
        /// One change to one row, of any kind.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Change { $($($name(Edit<$row>)),*),* }

        impl Change {
            pub fn inverse(self) -> Change {
                match self { $($(Change::$name(edit) => Change::$name(edit.inverse())),*),* }
            }

            /// The same row goes on to be what this later change makes of it.
            fn go_on(&mut self, later: &Change) {
                match (self, later) {
                    $($((Change::$name(edit), Change::$name(later)) => edit.after = later.after.clone(),)*)*
                    _ => {}
                }
            }
        }

        $($(impl From<Edit<$row>> for Change {
            fn from(edit: Edit<$row>) -> Change {
                Change::$name(edit)
            }
        })*)*
    };
}

kinds!(changes);

macro_rules! make_by_kind {
    ($d:tt $($part:ident { $($name:ident($row:ty $(, $id:ident)?) $(as $record:path)?),* $(,)? })*) => {
        /// The same for the edit of a change, whatever kind of row it is about: `by_kind!(change, edit => apply(edit))`.
        macro_rules! by_kind {
            ($d change:expr, $d edit:ident => $d then:expr) => {
                match $d change { $($($crate::domain::change::Change::$name($d edit) => $d then),*),* }
            };
        }
    };
}

kinds!(make_by_kind $);

pub(crate) use by_kind;

impl Change {
    /// What it is about, before and after.
    pub fn subjects(&self) -> Vec<Subject> {
        fn of<T: Row>(edit: &Edit<T>) -> Vec<Subject> {
            edit.before.iter().chain(&edit.after).flat_map(Row::subjects).collect()
        }
        by_kind!(self, edit => of(edit))
    }

    /// Which row it is about, whatever the kind; none where it says nothing.
    pub fn row(&self) -> Option<(Discriminant<Change>, RowKey)> {
        let key = by_kind!(self, edit => edit.either().map(Keyed::key));
        key.map(|it| (discriminant(self), it))
    }

    /// Whether it leaves everything as it is.
    pub fn is_nothing(&self) -> bool {
        by_kind!(self, edit => edit.before == edit.after)
    }

    /// What changes come to, each row once, in the order in which they were first touched.
    pub fn net<'a>(changes: impl IntoIterator<Item = &'a Change>) -> Vec<Change> {
        let mut net: Vec<Change> = Vec::new();
        let mut places: HashMap<_, usize> = HashMap::new();
        for change in changes {
            let Some(row) = change.row() else { continue };
            if let Some(at) = places.get(&row) {
                net[*at].go_on(change);
            } else {
                places.insert(row, net.len());
                net.push(change.clone());
            }
        }
        net.retain(|it| !it.is_nothing());
        net
    }
}

macro_rules! parts {
    (
        touches { $($touch:ident($touched:ty $(, $touched_id:ident)?) $(as $touched_record:path)?),* $(,)? }
        offers { $($offer:ident($offered:ty $(, $offered_id:ident)?)),* $(,)? }
        apart { $($apart:ident($row:ty $(, $id:ident)?) $(as $record:path)?),* $(,)? }
    ) => {
        /// A change to what access follows from.
        #[derive(Clone, Copy, Debug)]
        pub enum Touch<'a> { $($touch(&'a Edit<$touched>)),* }

        /// A change to what waits for an answer.
        #[derive(Clone, Copy, Debug)]
        pub enum Offering<'a> { $($offer(&'a Edit<$offered>)),* }

        impl Change {
            /// What of access it touches; `None` where nobody's access follows from such a row.
            pub fn touches(&self) -> Option<Touch<'_>> {
                match self {
                    $(Change::$touch(edit) => Some(Touch::$touch(edit)),)*
                    $(Change::$offer(_))|* $(| Change::$apart(_))* => None,
                }
            }

            /// The offer that it is about; `None` where such a row is none.
            pub fn offers(&self) -> Option<Offering<'_>> {
                match self {
                    $(Change::$offer(edit) => Some(Offering::$offer(edit)),)*
                    $(Change::$touch(_))|* $(| Change::$apart(_))* => None,
                }
            }

            /// The same, whatever kind of offer it is.
            pub fn offer(&self) -> Option<Edit<&dyn Offered>> {
                match self.offers()? {
                    $(Offering::$offer(edit) => Some(Edit {
                        before: edit.before.as_ref().map(|it| it as &dyn Offered),
                        after: edit.after.as_ref().map(|it| it as &dyn Offered),
                    })),*
                }
            }

            /// The same, to be written.
            pub fn offer_mut(&mut self) -> Option<Edit<&mut dyn Offered>> {
                fn seen<T: Offered>(row: &mut Option<T>) -> Option<&mut dyn Offered> {
                    row.as_mut().map(|it| it as &mut dyn Offered)
                }
                match self {
                    $(Change::$offer(edit) => Some(Edit { before: seen(&mut edit.before), after: seen(&mut edit.after) }),)*
                    $(Change::$touch(_))|* $(| Change::$apart(_))* => None,
                }
            }
        }
    };
}

kinds!(parts);
