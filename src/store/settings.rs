//! The workspace's named values.

use anyhow::Result;
use rusqlite::{OptionalExtension, Row, ToSql};

use super::Reader;
use super::table::Table;
use crate::domain::things::Setting;

/// The agency's name.
pub const NAME: &str = "name";
/// The account owner's number.
pub const OWNER: &str = "owner";
/// The ceiling profile.
pub const CEILING: &str = "ceiling";

impl Table for Setting {
    const NOUN: &'static str = "setting";
    const FIND: &'static str = "SELECT name, value FROM setting WHERE name = ?1";
    const INSERT: &'static str = "INSERT INTO setting (name, value) VALUES (?1, ?2)";
    const UPDATE: &'static str = "UPDATE setting SET value = ?2 WHERE name = ?1";
    const DELETE: &'static str = "DELETE FROM setting WHERE name = ?1";

    fn read(row: &Row<'_>) -> rusqlite::Result<Setting> {
        Ok(Setting { name: row.get("name")?, value: row.get("value")? })
    }

    fn bind(&self, write: &mut dyn FnMut(&[&dyn ToSql]) -> rusqlite::Result<usize>) -> rusqlite::Result<usize> {
        write(&[&self.name, &self.value])
    }

    fn id(&self) -> impl ToSql + '_ {
        &self.name
    }
}

impl Reader<'_> {
    pub fn setting(self, name: &str) -> Result<Option<String>> {
        Ok(self.conn.prepare_cached("SELECT value FROM setting WHERE name = ?1")?.query_row([name], |row| row.get(0)).optional()?)
    }
}
