//! The workspace's named values.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use rusqlite::OptionalExtension;

use super::Reader;
use super::table::table;
use crate::domain::audit::Settings;
use crate::domain::ids::PersonId;
use crate::domain::record::Profile;
use crate::domain::things::Setting;
use crate::domain::time::Zone;

/// The agency's name.
pub const NAME: &str = "name";
/// The account owner's number.
pub const OWNER: &str = "owner";
/// The ceiling profile of every platform that has none of its own.
pub const CEILING: &str = "ceiling";
/// How the agency shows itself, and its limits, as JSON.
pub const PROFILE: &str = "profile";

/// What is set of audit rules, as JSON.
pub const AUDIT: &str = "audit";

/// The setting that holds a platform's own ceiling profile.
pub fn own_ceiling(platform: &str) -> String {
    format!("ceiling:{platform}")
}

/// Whose ceiling profile a setting holds: a platform's, or (`None` inside) of all without one of their own.
pub fn whose_ceiling(name: &str) -> Option<Option<&str>> {
    let rest = name.strip_prefix(CEILING)?;
    if rest.is_empty() { Some(None) } else { rest.strip_prefix(':').map(Some) }
}

/// The setting that says which person a Unix user is.
pub fn user(uid: u32) -> String {
    format!("user:{uid}")
}

table! {
    Setting in "setting", it:
    name, value
}

impl Reader<'_> {
    /// The person that each bound Unix user is.
    pub fn users(self) -> Result<Vec<(u32, PersonId)>> {
        let sql = "SELECT name, value FROM setting WHERE name > 'user:' AND name < 'user;' ORDER BY name";
        let rows: Vec<(String, String)> = self.rows(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows
            .iter()
            .filter_map(|(name, value)| Some((name.strip_prefix("user:")?.parse().ok()?, PersonId(value.parse().ok()?))))
            .collect())
    }

    /// R8: the ceiling profiles that platforms have of their own.
    pub fn own_ceilings(self) -> Result<BTreeMap<String, String>> {
        let sql = "SELECT substr(name, 9), value FROM setting WHERE name > 'ceiling:' AND name < 'ceiling;' ORDER BY name";
        Ok(self.rows(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?.into_iter().collect())
    }

    /// How the agency shows itself, and its limits.
    pub fn profile(self) -> Result<Profile> {
        let stored = self.setting(PROFILE)?;
        stored.map_or_else(|| Ok(Profile::default()), |it| serde_json::from_str(&it).context("reading the profile of the workspace"))
    }

    /// What is set of audit rules.
    pub fn audit_settings(self) -> Result<Settings> {
        let stored = self.setting(AUDIT)?;
        stored.map_or_else(|| Ok(Settings::default()), |it| serde_json::from_str(&it).context("reading the settings of the audit"))
    }

    /// In which time zone the agency reckons its days.
    pub fn zone(self) -> Result<Zone> {
        Ok(self.profile()?.zone)
    }

    pub fn setting(self, name: &str) -> Result<Option<String>> {
        Ok(self.conn.prepare_cached("SELECT value FROM setting WHERE name = ?1")?.query_row([name], |row| row.get(0)).optional()?)
    }
}
