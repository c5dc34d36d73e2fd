//! Sites and folders.

use anyhow::Result;
use rusqlite::{Row, ToSql};

use super::Reader;
use super::sql_types::Json;
use super::table::Table;
use crate::domain::ids::{FolderId, PersonId, SiteId};
use crate::domain::text;
use crate::domain::things::{Folder, Site};

impl Table for Folder {
    const NOUN: &'static str = "folder";
    const FIND: &'static str = "SELECT id, key, name, parent FROM folder WHERE id = ?1";
    const INSERT: &'static str = "INSERT INTO folder (id, key, name, parent) VALUES (?1, ?2, ?3, ?4)";
    const UPDATE: &'static str = "UPDATE folder SET key = ?2, name = ?3, parent = ?4 WHERE id = ?1";
    const DELETE: &'static str = "DELETE FROM folder WHERE id = ?1";

    fn read(row: &Row<'_>) -> rusqlite::Result<Folder> {
        Ok(Folder { id: row.get(0)?, key: row.get(1)?, name: row.get(2)?, parent: row.get(3)? })
    }

    fn bind(&self, write: &mut dyn FnMut(&[&dyn ToSql]) -> rusqlite::Result<usize>) -> rusqlite::Result<usize> {
        write(&[&self.id, &self.key, &self.name, &self.parent])
    }

    fn id(&self) -> impl ToSql + '_ {
        self.id
    }
}

impl Table for Site {
    const NOUN: &'static str = "site";
    const FIND: &'static str = "SELECT id, key, name, url, platform, folder, owner, host, apps, status, editor FROM site WHERE id = ?1";
    const INSERT: &'static str = "INSERT INTO site (id, key, name, url, platform, folder, owner, host, apps, status, fold, editor)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
    const UPDATE: &'static str =
        "UPDATE site SET key = ?2, name = ?3, url = ?4, platform = ?5, folder = ?6, owner = ?7, host = ?8, apps = ?9,
         status = ?10, fold = ?11, editor = ?12 WHERE id = ?1";
    const DELETE: &'static str = "DELETE FROM site WHERE id = ?1";

    fn read(row: &Row<'_>) -> rusqlite::Result<Site> {
        Ok(Site {
            id: row.get(0)?,
            key: row.get(1)?,
            name: row.get(2)?,
            url: row.get(3)?,
            platform: row.get(4)?,
            folder: row.get(5)?,
            owner: row.get(6)?,
            host: row.get(7)?,
            apps: row.get::<_, Json<_>>(8)?.0,
            status: row.get(9)?,
            editor: row.get(10)?,
        })
    }

    fn bind(&self, write: &mut dyn FnMut(&[&dyn ToSql]) -> rusqlite::Result<usize>) -> rusqlite::Result<usize> {
        let fold = text::fold(&format!("{} {}", self.name, self.url.trim_start_matches("https://")));
        write(&[
            &self.id,
            &self.key,
            &self.name,
            &self.url,
            &self.platform,
            &self.folder,
            &self.owner,
            &self.host,
            &Json(&self.apps),
            &self.status,
            &fold,
            &self.editor,
        ])
    }

    fn id(&self) -> impl ToSql + '_ {
        self.id
    }
}

impl Reader<'_> {
    pub fn folder_by_key(self, key: &str) -> Result<Option<Folder>> {
        self.one("SELECT id, key, name, parent FROM folder WHERE key = ?1", [key])
    }

    pub fn folders(self) -> Result<Vec<Folder>> {
        self.many("SELECT id, key, name, parent FROM folder ORDER BY key", [])
    }

    pub fn site_by_key(self, key: &str) -> Result<Option<Site>> {
        self.one("SELECT id, key, name, url, platform, folder, owner, host, apps, status, editor FROM site WHERE key = ?1", [key])
    }

    /// The sites with this address, with or without `https://` and a final slash; none where it
    /// is a bare word: that is a key.
    pub fn sites_by_url(self, url: &str) -> Result<Vec<Site>> {
        let bare = url.trim_end_matches('/');
        if !text::is_address(bare) {
            return Ok(Vec::new());
        }
        let full = if bare.contains("://") { bare.to_owned() } else { format!("https://{bare}") };
        self.many(
            "SELECT id, key, name, url, platform, folder, owner, host, apps, status, editor FROM site
             WHERE url IN (?1, ?1 || '/', ?2, ?2 || '/') ORDER BY key LIMIT 20",
            [bare, full.as_str()],
        )
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

    /// How many sites a person owns.
    pub fn n_sites_owned_by(self, person: PersonId) -> Result<usize> {
        let sql = "SELECT count(*) FROM site WHERE owner = ?1";
        let count: i64 = self.conn.prepare_cached(sql)?.query_row([person], |row| row.get(0))?;
        Ok(usize::try_from(count).unwrap_or(0))
    }

    /// The sites whose keys come after `key`, by key, `limit` at most.
    pub fn sites_after(self, key: &str, limit: usize) -> Result<Vec<Site>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.many(
            "SELECT id, key, name, url, platform, folder, owner, host, apps, status, editor FROM site WHERE key > ?1 ORDER BY key LIMIT ?2",
            (key, limit),
        )
    }

    /// Calls `each` with every site, in the order of their numbers.
    pub fn each_site(self, each: impl FnMut(Site) -> Result<()>) -> Result<()> {
        self.each("SELECT id, key, name, url, platform, folder, owner, host, apps, status, editor FROM site ORDER BY id", each)
    }

    /// Calls `each` with every site, by key.
    pub fn each_site_by_key(self, each: impl FnMut(Site) -> Result<()>) -> Result<()> {
        self.each("SELECT id, key, name, url, platform, folder, owner, host, apps, status, editor FROM site ORDER BY key", each)
    }
}
