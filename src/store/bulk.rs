//! What a large import needs: numbers handed out ahead, indexes built once at the end.

use anyhow::{Context, Result};

use super::{Reader, Writer};

const INDEXES: &str = include_str!("schema/assignment_indexes.sql");

/// The tables whose rows are numbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbered {
    Contact,
    Person,
    Folder,
    Site,
    Role,
    Assignment,
}

impl Numbered {
    fn table(self) -> &'static str {
        match self {
            Numbered::Contact => "contact",
            Numbered::Person => "person",
            Numbered::Folder => "folder",
            Numbered::Site => "site",
            Numbered::Role => "role",
            Numbered::Assignment => "assignment",
        }
    }
}

impl Reader<'_> {
    /// The highest number that was ever given, 0 where there is none: removed rows keep theirs.
    pub fn last_number(self, table: Numbered) -> Result<i64> {
        let sql = "SELECT ifnull(max(seq), 0) FROM sqlite_sequence WHERE name = ?1";
        Ok(self.conn.prepare_cached(sql)?.query_row([table.table()], |row| row.get(0))?)
    }
}

impl Writer<'_> {
    /// Lets rows come before what they refer to, until the commit checks them all: the rows
    /// of an import have no order.
    pub fn defer_references(&self) -> Result<()> {
        Ok(self.tx.pragma_update(None, "defer_foreign_keys", true)?)
    }

    /// Whether every row refers to one that is there. Reads all tables.
    pub fn references_hold(&self) -> Result<bool> {
        Ok(!self.tx.prepare("PRAGMA foreign_key_check")?.exists([])?)
    }

    /// Drops the indexes of an empty assignment table, so that filling it is one sort each
    /// instead of a million searches. [`Writer::build_indexes`] brings them back; a
    /// transaction that fails in between leaves them as they were.
    pub fn drop_indexes(&self) -> Result<()> {
        for name in ["assignment_once", "assignment_by_site", "assignment_wide", "assignment_by_role", "assignment_by_giver"] {
            self.tx.execute_batch(&format!("DROP INDEX {name}")).with_context(|| format!("dropping the index {name}"))?;
        }
        Ok(())
    }

    pub fn build_indexes(&self) -> Result<()> {
        self.tx.execute_batch(INDEXES).context("building the indexes of the assignments")
    }
}
