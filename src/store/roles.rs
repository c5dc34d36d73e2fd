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

    /// Every role: they are few. `platform` narrows to one.
    pub fn roles(self, platform: Option<&str>) -> Result<Vec<Role>> {
        self.many("WHERE ?1 IS NULL OR platform = ?1 ORDER BY id", [platform])
    }

    pub fn catalogs(self) -> Result<Vec<StoredCatalog>> {
        self.many("ORDER BY platform", [])
    }
}
