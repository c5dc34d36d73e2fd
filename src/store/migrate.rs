//! The schema, step by step, counted by `user_version`. A step that shipped is never edited.

use anyhow::{Context, Result, bail};
use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::domain::text;

/// `rlcl`: what `file` and SQLite see in the header.
pub(super) const APPLICATION_ID: i32 = 0x726c_636c;

/// What takes a file from one version to the next: statements, then what SQL cannot say.
struct Step {
    sql: &'static [&'static str],
    then: &'static [fn(&Transaction<'_>) -> Result<()>],
}

const STEPS: &[Step] = &[
    Step { sql: &[include_str!("schema/001_start.sql"), include_str!("schema/indexes.sql")], then: &[] },
    Step { sql: &[include_str!("schema/002_life.sql")], then: &[] },
    Step { sql: &[include_str!("schema/003_sound.sql")], then: &[super::journal::touch_again, fold_anew] },
    Step { sql: &[include_str!("schema/004_phone.sql")], then: &[] },
    Step { sql: &[include_str!("schema/005_accepted.sql")], then: &[] },
    Step { sql: &[include_str!("schema/006_review.sql")], then: &[] },
    Step { sql: &[include_str!("schema/007_references.sql")], then: &[] },
];

#[expect(clippy::cast_possible_wrap, clippy::cast_possible_truncation, reason = "a handful of steps")]
pub(super) const LATEST: i32 = STEPS.len() as i32;

/// The file's schema version; an error where it is not a workspace.
pub(super) fn version(conn: &Connection) -> Result<i32> {
    let id: i32 = conn.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let version: i32 = conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if id != APPLICATION_ID {
        bail!("its header says that another program made it");
    }
    Ok(version)
}

/// Whether nobody has written anything to the file yet.
pub(super) fn is_blank(conn: &Connection) -> Result<bool> {
    let id: i32 = conn.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let version: i32 = conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(id == 0 && version == 0 && !conn.prepare("SELECT 1 FROM sqlite_schema")?.exists([])?)
}

/// Takes the file to the latest schema in one transaction.
pub(super) fn migrate(conn: &mut Connection) -> Result<()> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let from: i32 = tx.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let done = usize::try_from(from).context("reading the schema version")?;
    for step in STEPS.iter().skip(done) {
        step.sql.iter().try_for_each(|it| tx.execute_batch(it)).context("bringing the schema up to date")?;
        step.then.iter().try_for_each(|it| it(&tx)).context("bringing the schema up to date")?;
    }
    tx.pragma_update(None, "application_id", APPLICATION_ID)?;
    tx.pragma_update(None, "user_version", LATEST)?;
    tx.commit()?;
    Ok(())
}

/// Lists sort names with accents among those without: the Latin letters come first in what they sort by.
fn fold_anew(conn: &Transaction<'_>) -> Result<()> {
    for (table, second) in [("person", "email"), ("contact", "ifnull(email, '')"), ("site", "url")] {
        let mut accented = conn.prepare(&format!("SELECT id, name, {second} FROM {table} WHERE fold GLOB '*[^ -~]*'"))?;
        let mut update = conn.prepare(&format!("UPDATE {table} SET fold = ?2 WHERE id = ?1"))?;
        let rows: Vec<(i64, String, String)> =
            accented.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect::<rusqlite::Result<_>>()?;
        for (id, name, second) in rows {
            update.execute((id, text::fold(&format!("{name} {}", second.trim_start_matches("https://")))))?;
        }
    }
    Ok(())
}
