//! What a large import needs: numbers handed out ahead, rows written many at a time,
//! indexes built once at the end.

use anyhow::{Context, Result};

use super::table::Table;
use super::{Reader, Writer};
use crate::domain::change::{Change, Edit};

const INDEXES: &str = include_str!("schema/indexes.sql");

/// Rows that one statement writes.
const BLOCK: usize = 32;

/// New rows of one kind that wait to be written together. Questions do not see them.
#[derive(Default)]
pub struct Bulk {
    /// INVARIANT: creations of people, of sites or of assignments, all of the same kind.
    waiting: Vec<Change>,
}

impl Reader<'_> {
    /// Whether the table has no rows.
    pub fn is_empty<T: Table>(self) -> Result<bool> {
        Ok(!self.conn.prepare(&format!("SELECT 1 FROM {}", T::TABLE))?.exists([])?)
    }

    /// The highest number that was ever given, 0 where there is none: removed rows keep theirs.
    pub fn last_number<T: Table>(self) -> Result<i64> {
        let sql = "SELECT ifnull(max(seq), 0) FROM sqlite_sequence WHERE name = ?1";
        Ok(self.conn.prepare_cached(sql)?.query_row([T::TABLE], |row| row.get(0))?)
    }
}

impl Writer<'_> {
    /// Applies one change now or, where it makes one of many rows, with those that follow.
    /// [`Writer::flush`] writes what still waits.
    ///
    /// # Errors
    /// As [`Writer::apply`], for this change or one before it.
    pub fn apply_in_bulk(&self, bulk: &mut Bulk, change: Change) -> Result<()> {
        if bulk.waiting.len() == BLOCK || bulk.waiting.first().is_some_and(|it| !are_alike(it, &change)) {
            self.flush(bulk)?;
        }
        if are_alike(&change, &change) {
            bulk.waiting.push(change);
            return Ok(());
        }
        self.apply(&change)
    }

    /// Writes what still waits.
    pub fn flush(&self, bulk: &mut Bulk) -> Result<()> {
        let rows = &bulk.waiting;
        self.put_all(rows.iter().filter_map(|it| if let Change::Person(edit) = it { edit.after.as_ref() } else { None }))?;
        self.put_all(rows.iter().filter_map(|it| if let Change::Site(edit) = it { edit.after.as_ref() } else { None }))?;
        self.put_all(rows.iter().filter_map(|it| if let Change::Assignment(edit) = it { edit.after.as_ref() } else { None }))?;
        bulk.waiting.clear();
        Ok(())
    }

    /// One statement for a full block, which also looks up the last number given but once.
    fn put_all<'a, T: Table + 'a>(&self, mut rows: impl Iterator<Item = &'a T> + Clone) -> Result<()> {
        if rows.clone().count() < BLOCK {
            return rows.try_for_each(|it| self.put(T::INSERT, it));
        }
        let mut statement = self.tx.prepare_cached(&for_a_block(T::INSERT))?;
        let mut column = 0;
        let bound = rows.map(|row| {
            row.bind(&mut |params| {
                for param in params {
                    column += 1;
                    statement.raw_bind_parameter(column, param)?;
                }
                Ok(0)
            })
        });
        bound
            .collect::<rusqlite::Result<Vec<_>>>()
            .and_then(|_| statement.raw_execute())
            .with_context(|| format!("writing a {}", T::NOUN))?;
        Ok(())
    }

    /// Lets rows come before what they refer to, until the commit checks them all: the rows
    /// of an import have no order.
    pub fn defer_references(&self) -> Result<()> {
        Ok(self.tx.pragma_update(None, "defer_foreign_keys", true)?)
    }

    /// Writes what changed so far to a file that nobody else sees, so that little is left to the commit.
    pub fn write_ahead(&self) -> Result<()> {
        Ok(self.tx.cache_flush()?)
    }

    /// Whether every row refers to one that is there. Reads all tables.
    pub fn references_hold(&self) -> Result<bool> {
        Ok(!self.tx.prepare("PRAGMA foreign_key_check")?.exists([])?)
    }

    /// Drops the indexes of people, sites and assignments, so that filling those tables is
    /// one sort each instead of a million searches. [`Writer::build_indexes`] brings them
    /// back; a transaction that fails in between leaves them as they were.
    pub fn drop_indexes(&self) -> Result<()> {
        for name in INDEXES.lines().filter_map(|it| it.split_once(" INDEX ")?.1.split(' ').next()) {
            self.tx.execute_batch(&format!("DROP INDEX {name}")).with_context(|| format!("dropping the index {name}"))?;
        }
        Ok(())
    }

    pub fn build_indexes(&self) -> Result<()> {
        self.tx.execute_batch(INDEXES).context("building the indexes")
    }
}

/// Whether both make a row of the same kind, of those that come in great numbers.
fn are_alike(one: &Change, other: &Change) -> bool {
    std::mem::discriminant(one) == std::mem::discriminant(other) && makes_one_of_many(one) && makes_one_of_many(other)
}

/// Whether it makes a row of a kind that comes in great numbers.
fn makes_one_of_many(change: &Change) -> bool {
    matches!(
        change,
        Change::Person(Edit { before: None, after: Some(_) })
            | Change::Site(Edit { before: None, after: Some(_) })
            | Change::Assignment(Edit { before: None, after: Some(_) })
    )
}

/// An `INSERT … VALUES (?1, …)` for as many rows as a block has.
fn for_a_block(insert: &str) -> String {
    let (head, row) = insert.split_once("VALUES").unwrap_or((insert, ""));
    let row = format!("({})", vec!["?"; row.matches('?').count()].join(", "));
    format!("{head}VALUES {}", vec![row; BLOCK].join(", "))
}
