//! Rows as changes would leave them, for whoever reads: the file itself is not touched.
//!
//! A second connection, which cannot write to the file. Before each table stands a view of its name in a
//! database of this connection's own, in memory: the rows of the file but those that are changed, and the
//! changed ones. So every statement of this room reads through it, in the same order and by the same indexes,
//! and changes are applied to it as they are to the file. New rows have negative numbers: no row that anybody
//! saves meanwhile is taken for one of them.

use anyhow::{Context, Result};

use super::table::{SHAPES, Table};
use super::{Reader, Store, Writer};
use crate::domain::ids::STAGED;

impl Store {
    /// The same workspace with changes laid over it: none at first.
    ///
    /// # Errors
    /// That the file could not be opened once more.
    pub fn staging(&self) -> Result<Store> {
        let mut own = if self.watch.is_some() { Store::connect_to_read(&self.path)? } else { self.copy()? };
        own.conn.pragma_update(None, "query_only", false)?;
        own.keep_little()?;
        own.reader().lay_views().context("laying changes over the workspace")?;
        (own.watch, own.read_only, own.staged) = (None, false, true);
        Ok(own)
    }
}

impl Reader<'_> {
    fn lay_views(self) -> Result<()> {
        SHAPES.iter().try_for_each(|(table, columns)| {
            let typed = "SELECT group_concat(name || ' ' || type) FROM pragma_table_info(?1, 'main')";
            // Of the same types, without which SQLite does not look into each half by its own indexes.
            let typed: String = self.conn.query_row(typed, [table], |row| row.get(0))?;
            Ok(self.conn.execute_batch(&views(table, columns, &typed))?)
        })
    }

    /// The number of the next new row.
    pub fn next_number<T: Table>(self) -> Result<i64> {
        if !self.staged {
            return Ok(self.last_number::<T>()? + 1);
        }
        let sql = format!("SELECT ifnull(max(id), ?1) + 1 FROM own_{} WHERE id < 0", T::TABLE);
        Ok(self.conn.prepare_cached(&sql)?.query_row([STAGED], |row| row.get(0))?)
    }
}

impl Writer<'_> {
    /// From here on the journal ends with this entry, for whoever reads here.
    pub fn end_journal(&self, seq: i64) -> Result<()> {
        let view = |table: &str| format!("CREATE TEMP VIEW {table} AS SELECT * FROM main.{table} WHERE seq <= {seq};");
        Ok(self.tx.execute_batch(&[view("entry"), view("touched")].concat())?)
    }

    /// Takes all changes off again.
    pub fn unstage(&self) -> Result<()> {
        SHAPES.iter().try_for_each(|(table, _)| {
            for part in ["own", "hid"] {
                self.tx.prepare_cached(&format!("DELETE FROM temp.{part}_{table}"))?.execute([])?;
            }
            Ok(())
        })
    }
}

/// What stands before a table: `own` has the rows that are new or changed, `hid` the keys of those that are not
/// to be read from the file.
fn views(table: &str, columns: &str, typed: &str) -> String {
    let key = columns.rsplit(", ").next().unwrap_or(columns);
    let new = columns.split(", ").map(|it| format!("new.{it}")).collect::<Vec<_>>().join(", ");
    let kind = if key == "id" { "INTEGER" } else { "TEXT" };
    format!(
        "CREATE TEMP TABLE own_{table} ({typed}, PRIMARY KEY ({key}));
         CREATE TEMP TABLE hid_{table} ({key} {kind} PRIMARY KEY NOT NULL);
         CREATE TEMP VIEW {table} AS SELECT {columns} FROM main.{table} WHERE {key} NOT IN (SELECT {key} FROM hid_{table})
             UNION ALL SELECT {columns} FROM own_{table};
         CREATE TEMP TRIGGER add_{table} INSTEAD OF INSERT ON {table} BEGIN
             INSERT INTO own_{table} ({columns}) VALUES ({new});
         END;
         CREATE TEMP TRIGGER edit_{table} INSTEAD OF UPDATE ON {table} BEGIN
             INSERT OR IGNORE INTO hid_{table} VALUES (old.{key});
             INSERT OR REPLACE INTO own_{table} ({columns}) VALUES ({new});
         END;
         CREATE TEMP TRIGGER remove_{table} INSTEAD OF DELETE ON {table} BEGIN
             INSERT OR IGNORE INTO hid_{table} VALUES (old.{key});
             DELETE FROM own_{table} WHERE {key} = old.{key};
         END;"
    )
}
