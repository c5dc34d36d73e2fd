//! What every table can do: find a row, and apply one edit to it if nothing moved.

use anyhow::{Context, Result};
use rusqlite::{OptionalExtension, Params, Row, ToSql};

use super::{Reader, Writer};
use crate::domain::change::{Change, Edit};
use crate::domain::life::{Handover, Invitation, Request, WaitingRole};
use crate::domain::things::{Assignment, Contact, Folder, Person, Role, Setting, Site, StoredCatalog};

/// A row type with its statements.
pub trait Table: Sized + PartialEq {
    /// What one row is called in a sentence.
    const NOUN: &'static str;
    /// Selects all columns of the row numbered (or named) `?1`.
    const FIND: &'static str;
    const INSERT: &'static str;
    const UPDATE: &'static str;
    const DELETE: &'static str;

    fn read(row: &Row<'_>) -> rusqlite::Result<Self>;

    /// Runs `statement` with all columns of the row as parameters.
    fn bind(&self, write: &mut dyn FnMut(&[&dyn ToSql]) -> rusqlite::Result<usize>) -> rusqlite::Result<usize>;

    /// Runs `statement` with the row's number or name as its only parameter.
    fn id(&self) -> impl ToSql + '_;
}

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

impl Reader<'_> {
    /// The one row that a constant statement finds.
    pub(super) fn one<T: Table>(self, sql: &str, params: impl Params) -> Result<Option<T>> {
        Ok(self.conn.prepare_cached(sql)?.query_row(params, T::read).optional()?)
    }

    /// All rows that a constant, bounded statement finds.
    pub(super) fn many<T: Table>(self, sql: &str, params: impl Params) -> Result<Vec<T>> {
        self.conn.prepare_cached(sql)?.query_map(params, T::read)?.collect::<rusqlite::Result<_>>().map_err(Into::into)
    }

    /// The same for any shape of row.
    pub(super) fn rows<T>(self, sql: &str, params: impl Params, read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>) -> Result<Vec<T>> {
        self.conn.prepare_cached(sql)?.query_map(params, read)?.collect::<rusqlite::Result<_>>().map_err(Into::into)
    }

    /// Calls `each` with every row of a constant statement, from one pass.
    pub(super) fn each<T: Table>(self, sql: &str, mut each: impl FnMut(T) -> Result<()>) -> Result<()> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            each(T::read(row)?)?;
        }
        Ok(())
    }

    /// The row with this number or name.
    pub fn find<T: Table>(self, id: impl ToSql) -> Result<Option<T>> {
        self.one(T::FIND, [id])
    }
}

impl Writer<'_> {
    /// Applies one change.
    ///
    /// # Errors
    /// [`Moved`] where the row is not as the change expects it.
    pub fn apply(&self, change: &Change) -> Result<()> {
        match change {
            Change::Setting(edit) => self.edit::<Setting>(edit),
            Change::Catalog(edit) => self.edit::<StoredCatalog>(edit),
            Change::Person(edit) => self.edit::<Person>(edit),
            Change::Contact(edit) => self.edit::<Contact>(edit),
            Change::Folder(edit) => self.edit::<Folder>(edit),
            Change::Site(edit) => self.edit::<Site>(edit),
            Change::Role(edit) => self.edit::<Role>(edit),
            Change::Assignment(edit) => self.edit::<Assignment>(edit),
            Change::Request(edit) => self.edit::<Request>(edit),
            Change::Invitation(edit) => self.edit::<Invitation>(edit),
            Change::WaitingRole(edit) => self.edit::<WaitingRole>(edit),
            Change::Handover(edit) => self.edit::<Handover>(edit),
        }
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
