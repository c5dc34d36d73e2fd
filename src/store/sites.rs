//! Sites and folders.

use anyhow::Result;
use rusqlite::OptionalExtension;

use super::Reader;
use super::page::Listed;
use super::table::table;
use crate::domain::ids::{FolderId, PersonId, SiteId};
use crate::domain::text;
use crate::domain::things::{Folder, Site};

table! {
    Folder in "folder", it:
    id, key, name, parent
}

table! {
    Site in "site", it:
    id, key, name, url, platform, folder, owner, host, apps as Json, status, editor;
    fold = text::fold(&format!("{} {}", it.name, it.url.trim_start_matches("https://")))
}

impl Listed for Site {
    const NAME: &'static str = "key";
}

impl Reader<'_> {
    pub fn folder_by_key(self, key: &str) -> Result<Option<Folder>> {
        self.one("WHERE key = ?1", [key])
    }

    pub fn folders(self) -> Result<Vec<Folder>> {
        self.many("ORDER BY key", [])
    }

    pub fn site_by_key(self, key: &str) -> Result<Option<Site>> {
        self.one("WHERE key = ?1", [key])
    }

    /// The key of a site, without reading the rest of it.
    pub fn site_key(self, id: SiteId) -> Result<Option<String>> {
        Ok(self.conn.prepare_cached("SELECT key FROM site WHERE id = ?1")?.query_row([id], |row| row.get(0)).optional()?)
    }

    /// The sites with this address, with or without `https://`, the usual port and a final slash, its host in whichever letters;
    /// none where it is a bare word: that is a key.
    pub fn sites_by_url(self, url: &str) -> Result<Vec<Site>> {
        let bare = url.trim_end_matches('/');
        if !text::is_address(bare) {
            return Ok(Vec::new());
        }
        let full = if bare.contains("://") { bare.to_owned() } else { format!("https://{bare}") };
        let plain = text::plain_address(&full);
        self.many("WHERE url IN (?1, ?1 || '/', ?2, ?2 || '/', ?3, ?3 || '/') ORDER BY key LIMIT 20", [bare, &full, &plain])
    }

    /// The keys that may be read as addresses, too.
    pub fn site_keys_with_a_dot(self) -> Result<Vec<String>> {
        self.rows("SELECT key FROM site WHERE instr(key, '.') > 0 ORDER BY key", [], |row| row.get(0))
    }

    /// The sites of one folder itself, not of those inside it.
    pub fn sites_in(self, folder: FolderId) -> Result<Vec<SiteId>> {
        self.rows("SELECT id FROM site WHERE folder = ?1", [folder], |row| row.get(0))
    }

    /// The sites on which the team counts: those the agency owns or hosts; `limit` at most.
    pub fn sites_of_team(self, agency: PersonId, limit: usize) -> Result<Vec<SiteId>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.rows("SELECT id FROM site WHERE owner = ?1 OR host = 'agency' LIMIT ?2", (agency, limit), |row| row.get(0))
    }

    pub fn sites_owned_by(self, person: PersonId) -> Result<Vec<SiteId>> {
        self.rows("SELECT id FROM site WHERE owner = ?1 ORDER BY fold, id", [person], |row| row.get(0))
    }

    /// The sites that a person owns or holds a role on at site level, in list order, no more of them than are `enough`.
    pub fn sites_near(self, person: PersonId, enough: usize) -> Result<Vec<SiteId>> {
        let sql = "SELECT id FROM site WHERE id IN (
                       SELECT id FROM (SELECT id FROM site WHERE owner = ?1 LIMIT ?2)
                       UNION SELECT site FROM assignment WHERE person = ?1 AND site IS NOT NULL AND level = 'site')
                   ORDER BY fold, id LIMIT ?2";
        let enough = i64::try_from(enough).unwrap_or(i64::MAX);
        self.rows(sql, (person, enough), |row| row.get(0))
    }

    /// How many sites a person owns.
    pub fn n_sites_owned_by(self, person: PersonId) -> Result<usize> {
        let sql = "SELECT count(*) FROM site WHERE owner = ?1";
        let count: i64 = self.conn.prepare_cached(sql)?.query_row([person], |row| row.get(0))?;
        Ok(usize::try_from(count).unwrap_or(0))
    }

    /// The sites whose keys come after `key`, by key, `limit` at most.
    pub fn sites_after(self, key: &str, limit: usize) -> Result<Vec<Site>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.many("WHERE key > ?1 ORDER BY key LIMIT ?2", (key, limit))
    }

    /// Calls `each` with every site, in the order of their numbers.
    pub fn each_site(self, each: impl FnMut(Site) -> Result<()>) -> Result<()> {
        self.each("ORDER BY id", each)
    }

    /// Calls `each` with every site, by key.
    pub fn each_site_by_key(self, each: impl FnMut(Site) -> Result<()>) -> Result<()> {
        self.each("ORDER BY key", each)
    }
}
