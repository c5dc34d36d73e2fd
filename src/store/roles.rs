//! Roles and the catalogs that came with the workspace.

use anyhow::Result;
use rusqlite::{Row, ToSql};

use super::Reader;
use super::sql_types::Json;
use super::table::Table;
use crate::domain::things::{Role, StoredCatalog};

impl Table for Role {
    const NOUN: &'static str = "role";
    const FIND: &'static str = "SELECT id, key, name, about, platform, level, builtin, permissions FROM role WHERE id = ?1";
    const INSERT: &'static str =
        "INSERT INTO role (id, key, name, about, platform, level, builtin, permissions) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    const UPDATE: &'static str =
        "UPDATE role SET key = ?2, name = ?3, about = ?4, platform = ?5, level = ?6, builtin = ?7, permissions = ?8 WHERE id = ?1";
    const DELETE: &'static str = "DELETE FROM role WHERE id = ?1";

    fn read(row: &Row<'_>) -> rusqlite::Result<Role> {
        Ok(Role {
            id: row.get(0)?,
            key: row.get(1)?,
            name: row.get(2)?,
            about: row.get(3)?,
            platform: row.get(4)?,
            level: row.get(5)?,
            builtin: row.get(6)?,
            permissions: row.get::<_, Json<Vec<String>>>(7)?.0.into_iter().collect(),
        })
    }

    fn bind(&self, write: &mut dyn FnMut(&[&dyn ToSql]) -> rusqlite::Result<usize>) -> rusqlite::Result<usize> {
        write(&[&self.id, &self.key, &self.name, &self.about, &self.platform, &self.level, &self.builtin, &Json(&self.permissions)])
    }

    fn id(&self) -> impl ToSql + '_ {
        self.id
    }
}

impl Table for StoredCatalog {
    const NOUN: &'static str = "catalog";
    const FIND: &'static str = "SELECT platform, data FROM catalog WHERE platform = ?1";
    const INSERT: &'static str = "INSERT INTO catalog (platform, data) VALUES (?1, ?2)";
    const UPDATE: &'static str = "UPDATE catalog SET data = ?2 WHERE platform = ?1";
    const DELETE: &'static str = "DELETE FROM catalog WHERE platform = ?1";

    fn read(row: &Row<'_>) -> rusqlite::Result<StoredCatalog> {
        Ok(StoredCatalog { platform: row.get("platform")?, data: row.get("data")? })
    }

    fn bind(&self, write: &mut dyn FnMut(&[&dyn ToSql]) -> rusqlite::Result<usize>) -> rusqlite::Result<usize> {
        write(&[&self.platform, &self.data])
    }

    fn id(&self) -> impl ToSql + '_ {
        &self.platform
    }
}

impl Reader<'_> {
    pub fn role_by_key(self, key: &str) -> Result<Option<Role>> {
        self.one("SELECT id, key, name, about, platform, level, builtin, permissions FROM role WHERE key = ?1", [key])
    }

    /// Every role: they are few. `platform` narrows to one.
    pub fn roles(self, platform: Option<&str>) -> Result<Vec<Role>> {
        self.many(
            "SELECT id, key, name, about, platform, level, builtin, permissions FROM role WHERE ?1 IS NULL OR platform = ?1 ORDER BY id",
            [platform],
        )
    }

    pub fn catalogs(self) -> Result<Vec<StoredCatalog>> {
        self.many("SELECT platform, data FROM catalog ORDER BY platform", [])
    }
}
