//! Roles and the catalogs that came with the workspace.

use anyhow::Result;

use super::Reader;
use super::table::table;
use crate::domain::things::{Role, StoredCatalog};

table! {
    Role in "role", it:
    id, key, name, about, platform, level, builtin, permissions as Json
}

table! {
    StoredCatalog in "catalog", it:
    platform, data
}

impl Reader<'_> {
    pub fn role_by_key(self, key: &str) -> Result<Option<Role>> {
        self.one("WHERE key = ?1", [key])
    }

    /// The role with this key, or the only one that has it on its platform.
    pub fn role_called(self, key: &str) -> Result<Option<Role>> {
        if let Some(role) = self.role_by_key(key)? {
            return Ok(Some(role));
        }
        let mut same = self.many("WHERE builtin = 1 AND substr(key, instr(key, '/') + 1) = ?1 LIMIT 2", [key])?;
        Ok(same.pop().filter(|_| same.is_empty()))
    }

    /// Every role: they are few. `platform` narrows to one.
    pub fn roles(self, platform: Option<&str>) -> Result<Vec<Role>> {
        self.many("WHERE ?1 IS NULL OR platform = ?1 ORDER BY id", [platform])
    }

    /// Whether a role of this platform came with its catalog.
    pub fn has_roles_of(self, platform: &str) -> Result<bool> {
        Ok(self.conn.prepare_cached("SELECT 1 FROM role WHERE builtin = 1 AND platform = ?1")?.exists([platform])?)
    }

    pub fn catalogs(self) -> Result<Vec<StoredCatalog>> {
        self.many("ORDER BY platform", [])
    }
}
