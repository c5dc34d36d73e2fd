//! What every kind of row says of itself, for the journal: what it is called, and what a change of it is about.

use serde::Serialize;

use super::kinds::kinds;

/// A row that changes are about.
pub trait Row: Serialize {
    /// What one is called in a sentence.
    const NOUN: &'static str;
    /// The same in the list of what entries touched, which is on the disk.
    const WORD: &'static str = Self::NOUN;

    /// What a sentence calls it, behind its kind: its key, its address or its number.
    fn title(&self) -> String;

    /// Whose history an entry belongs to that changes it.
    fn subjects(&self) -> Vec<Subject> {
        Vec::new()
    }

    /// What differs afterwards, where that is said otherwise than field by field.
    fn difference(&self, _after: &Self) -> Option<String> {
        None
    }
}

/// A row with a number of its own.
pub trait Numbered: Row {
    fn number(&self) -> i64;
}

macro_rules! numbered {
    ($($part:ident { $($name:ident($row:ty $(, $id:ident)?) $(as $record:path)?),* $(,)? })*) => { $($($(
        impl Numbered for $row {
            fn number(&self) -> i64 {
                let $crate::domain::ids::$id(number) = self.id;
                number
            }
        }
    )?)*)* };
}

kinds!(numbered);

macro_rules! subjects {
    ($($part:ident { $($name:ident($row:ty $(, $id:ident)?) $(as $record:path)?),* $(,)? })*) => {
        /// Something whose history can be asked for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Subject { $($($($name($crate::domain::ids::$id),)?)*)* }

        impl Subject {
            /// Its kind in a word, and its number.
            pub fn columns(self) -> (&'static str, i64) {
                match self { $($($(Subject::$name($crate::domain::ids::$id(number)) => (<$row>::WORD, number),)?)*)* }
            }
        }

        $($($(impl From<$crate::domain::ids::$id> for Subject {
            fn from(id: $crate::domain::ids::$id) -> Subject {
                Subject::$name(id)
            }
        })?)*)*
    };
}

kinds!(subjects);
