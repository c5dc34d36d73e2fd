//! What every table can do: find a row, and apply one edit to it if nothing moved.

use anyhow::{Context, Result};
use rusqlite::{OptionalExtension, Params, ToSql};

use super::{Reader, Writer};
use crate::domain::change::{Change, Edit, by_kind};
use crate::domain::kinds::kinds;
use crate::domain::row::{Numbered, Row};

/// A row type with its statements, which [`table`] makes from one list of columns.
pub trait Table: Row + Sized + PartialEq {
    const TABLE: &'static str;
    /// All columns, derived ones too, in the order in which they are bound: the key is the last, where an `UPDATE` has it.
    const COLUMNS: &'static str;
    /// Selects what [`Table::read`] reads, without a condition.
    const SELECT: &'static str;
    /// Selects the row numbered (or named) `?1`.
    const FIND: &'static str;
    const INSERT: &'static str;
    const UPDATE: &'static str;
    const DELETE: &'static str;

    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self>;

    /// Calls `write` with all columns of the row as parameters.
    fn bind(&self, write: &mut dyn FnMut(&[&dyn ToSql]) -> rusqlite::Result<usize>) -> rusqlite::Result<usize>;

    /// The row's number or name.
    fn id(&self) -> impl ToSql + '_;
}

/// Makes a [`Table`]: `table! { Row in "table", it: columns; derived columns => the row of its columns }`.
///
/// The first column is the key. A column holds the field of its name, a list `as Json`, unless it says what it holds of
/// the row, `it`. Where all of them are fields, the row need not be said. Derived columns are written and never read.
macro_rules! table {
    (
        $row:ident in $table:literal, $it:ident:
        $key:ident, $first:ident $(= $first_value:expr)? $(, $col:ident $(as $json:ident)? $(= $value:expr)?)*
        $(; $($derived:ident = $derive:expr),*)?
        $(=> $read:expr)?
    ) => {
        impl $crate::store::table::Table for $row {
            const TABLE: &'static str = $table;
            const COLUMNS: &'static str = concat!(
                stringify!($first), ", ", $(stringify!($col), ", ",)* $($(stringify!($derived), ", ",)*)? stringify!($key)
            );
            const SELECT: &'static str = concat!(
                "SELECT ", stringify!($key), ", ", stringify!($first), $(", ", stringify!($col),)* " FROM ", $table, " "
            );
            const FIND: &'static str = concat!(
                "SELECT ", stringify!($key), ", ", stringify!($first), $(", ", stringify!($col),)*
                " FROM ", $table, " WHERE ", stringify!($key), " = ?1"
            );
            const INSERT: &'static str = concat!(
                "INSERT INTO ", $table, " (",
                stringify!($first), ", ", $(stringify!($col), ", ",)* $($(stringify!($derived), ", ",)*)? stringify!($key),
                ") VALUES (?, ", $($crate::store::table::each!($col "?, "),)* $($($crate::store::table::each!($derived "?, "),)*)? "?)"
            );
            const UPDATE: &'static str = concat!(
                "UPDATE ", $table, " SET ", stringify!($first), " = ?",
                $(", ", stringify!($col), " = ?",)* $($(", ", stringify!($derived), " = ?",)*)? " WHERE ", stringify!($key), " = ?"
            );
            const DELETE: &'static str = concat!("DELETE FROM ", $table, " WHERE ", stringify!($key), " = ?1");

            fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<$row> {
                let mut n_read = 0;
                let mut next = || {
                    n_read += 1;
                    n_read - 1
                };
                let $key = row.get(next())?;
                let $first = row.get(next())?;
                $(let $col = row.get(next())?;)*
                Ok($crate::store::table::made!($row { $key, $first $(, $col $(as $json)?)* } $($read)?))
            }

            fn bind(
                &self,
                write: &mut dyn FnMut(&[&dyn rusqlite::ToSql]) -> rusqlite::Result<usize>,
            ) -> rusqlite::Result<usize> {
                let $it = self;
                write(&[
                    $crate::store::table::held!($it.$first $(= $first_value)?),
                    $($crate::store::table::held!($it.$col $(as $json)? $(= $value)?),)*
                    $($(&$derive,)*)?
                    &$it.$key,
                ])
            }

            fn id(&self) -> impl rusqlite::ToSql + '_ {
                &self.$key
            }
        }
    };
}

/// The text, whatever the column.
macro_rules! each {
    ($column:ident $text:literal) => {
        $text
    };
}

/// What a column holds of a row.
macro_rules! held {
    ($it:ident.$field:ident) => {
        &$it.$field
    };
    ($it:ident.$field:ident as $json:ident) => {
        &$crate::store::sql_types::$json(&$it.$field)
    };
    ($it:ident.$field:ident = $value:expr) => {
        &$value
    };
}

/// What a field is of a column.
macro_rules! read {
    ($column:ident) => {
        $column
    };
    ($column:ident as $json:ident) => {
        $crate::store::sql_types::$json::inside($column)
    };
}

/// The row of its columns.
macro_rules! made {
    ($row:ident { $($col:ident $(as $json:ident)?),* }) => {
        $row { $($col: $crate::store::table::read!($col $(as $json)?)),* }
    };
    ($row:ident { $($col:ident $(as $json:ident)?),* } $read:expr) => {
        $read
    };
}

pub(super) use {each, held, made, read, table};

macro_rules! tables {
    ($($part:ident { $($name:ident($row:ty $(, $id:ident)?) $(as $record:path)?),* $(,)? })*) => {
        /// Every table that the journal explains, with all its columns: the key is the last.
        pub(super) const SHAPES: &[(&str, &str)] = &[$($((<$row as Table>::TABLE, <$row as Table>::COLUMNS)),*),*];
    };
}

kinds!(tables);

/// A row was not as the change expected: somebody else wrote it meanwhile.
#[derive(Debug, PartialEq, Eq)]
pub struct Moved {
    pub noun: &'static str,
}

impl std::fmt::Display for Moved {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the {} was changed meanwhile", self.noun)
    }
}

impl std::error::Error for Moved {}

fn select<T: Table>(rest: &str) -> String {
    [T::SELECT, rest].concat()
}

impl Reader<'_> {
    /// The one row that a constant condition finds.
    pub(super) fn one<T: Table>(self, which: &str, params: impl Params) -> Result<Option<T>> {
        Ok(self.conn.prepare_cached(&select::<T>(which))?.query_row(params, T::read).optional()?)
    }

    /// All rows that a constant, bounded condition finds.
    pub(super) fn many<T: Table>(self, which: &str, params: impl Params) -> Result<Vec<T>> {
        self.rows(&select::<T>(which), params, T::read)
    }

    /// All rows of a constant, bounded statement, of any shape.
    pub(super) fn rows<T>(
        self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>> {
        self.conn.prepare_cached(sql)?.query_map(params, read)?.collect::<rusqlite::Result<_>>().map_err(Into::into)
    }

    /// All rows of a table, by their numbers: for what looks at all of them anyway.
    pub fn all<T: Table + Numbered>(self) -> Result<Vec<T>> {
        self.many("ORDER BY id", [])
    }

    /// Calls `each` with every row in a constant order, from one pass.
    pub(super) fn each<T: Table>(self, order: &str, mut each: impl FnMut(T) -> Result<()>) -> Result<()> {
        let mut statement = self.conn.prepare_cached(&select::<T>(order))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            each(T::read(row)?)?;
        }
        Ok(())
    }

    /// The row with this number or name.
    pub fn find<T: Table>(self, id: impl ToSql) -> Result<Option<T>> {
        Ok(self.conn.prepare_cached(T::FIND)?.query_row([id], T::read).optional()?)
    }

    /// What was made of a row since a change of it was planned: from what it was then to what it is now.
    pub fn meanwhile(self, planned: &Change) -> Result<Option<Change>> {
        Ok(by_kind!(planned, edit => self.since(edit.before.as_ref())?.map(Change::from)))
    }

    fn since<T: Table + Clone>(self, before: Option<&T>) -> Result<Option<Edit<T>>> {
        let Some(before) = before else { return Ok(None) };
        let now = self.find::<T>(before.id())?;
        Ok((now.as_ref() != Some(before)).then(|| Edit { before: Some(before.clone()), after: now }))
    }

    /// The row that another one refers to.
    ///
    /// # Errors
    /// That it is gone, which a sound file rules out.
    pub fn the<T: Table>(self, id: impl ToSql) -> Result<T> {
        self.find(id)?.with_context(|| format!("a {} is missing that others refer to; rolecall verify says what is wrong", T::NOUN))
    }
}

impl Writer<'_> {
    /// Applies one change.
    ///
    /// # Errors
    /// [`Moved`] where the row is not as the change expects it.
    pub fn apply(&self, change: &Change) -> Result<()> {
        by_kind!(change, edit => self.edit(edit))
    }

    fn edit<T: Table>(&self, edit: &Edit<T>) -> Result<()> {
        match (&edit.before, &edit.after) {
            (None, Some(after)) => self.put(T::INSERT, after),
            (Some(before), Some(after)) => self.expect(before).and_then(|()| self.put(T::UPDATE, after)),
            (Some(before), None) => {
                self.expect(before)?;
                self.tx.prepare_cached(T::DELETE)?.execute([before.id()])?;
                Ok(())
            }
            (None, None) => Ok(()),
        }
    }

    fn expect<T: Table>(&self, before: &T) -> Result<()> {
        let now: Option<T> = self.reader().find(before.id())?;
        if now.as_ref() == Some(before) { Ok(()) } else { Err(Moved { noun: T::NOUN }.into()) }
    }

    pub(super) fn put<T: Table>(&self, sql: &str, row: &T) -> Result<()> {
        let mut statement = self.tx.prepare_cached(sql)?;
        row.bind(&mut |params| statement.execute(params)).with_context(|| format!("writing a {}", T::NOUN))?;
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]
mod tests {
    use crate::domain::ids::PersonId;
    use crate::domain::things::Person;
    use crate::store::Store;

    #[test]
    fn a_row_that_others_refer_to_is_there_or_an_error() {
        let store = Store::memory().unwrap();
        let error = store.reader().the::<Person>(PersonId(7)).unwrap_err();
        assert_eq!(error.to_string(), "a person is missing that others refer to; rolecall verify says what is wrong");
    }
}
