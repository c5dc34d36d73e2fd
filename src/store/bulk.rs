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
    fn last(self) -> &'static str {
        match self {
            Numbered::Contact => "SELECT ifnull(max(id), 0) FROM contact",
            Numbered::Person => "SELECT ifnull(max(id), 0) FROM person",
            Numbered::Folder => "SELECT ifnull(max(id), 0) FROM folder",
            Numbered::Site => "SELECT ifnull(max(id), 0) FROM site",
            Numbered::Role => "SELECT ifnull(max(id), 0) FROM role",
            Numbered::Assignment => "SELECT ifnull(max(id), 0) FROM assignment",
        }
    }
}

impl Reader<'_> {
    /// The highest number in use, 0 where there is none.
    pub fn last_number(self, table: Numbered) -> Result<i64> {
        Ok(self.conn.prepare_cached(table.last())?.query_row([], |row| row.get(0))?)
    }
}

impl Writer<'_> {
    /// Drops the indexes of an empty assignment table, so that filling it is one sort each
    /// instead of a million searches. [`Writer::build_indexes`] brings them back; a
    /// transaction that fails in between leaves them as they were.
    pub fn drop_indexes(&self) -> Result<()> {
        for name in ["assignment_once", "assignment_by_site", "assignment_wide", "assignment_by_role"] {
            self.tx.execute_batch(&format!("DROP INDEX {name}")).with_context(|| format!("dropping the index {name}"))?;
        }
        Ok(())
    }

    pub fn build_indexes(&self) -> Result<()> {
        self.tx.execute_batch(INDEXES).context("building the indexes of the assignments")
    }
}
