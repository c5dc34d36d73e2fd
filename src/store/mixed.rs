//! Whether the log beside the file is the log of this file.
//!
//! SQLite ties the two together by their names alone. Where a backup is put over the file while the log of the former one
//! holds anything, it reads the pages of the log from the log and all others from the backup. The log tells after which
//! entry it was begun: a file that lacks that one is older than its log, and one that has more than the log is newer. Both
//! may be so too of a file into which its own log was written in part when the power failed. Of both together its journal
//! then explains its tables; of a mixture it does not.

use std::path::Path;
use std::time::Duration;

use anyhow::{Error, Result, anyhow};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::journal::Head;
use super::ledger::Ledger;
use super::log::Log;
use super::{Reader, files, is_corrupt, migrate};

/// How often it is looked again: of a file that is just being written something may not fit for a moment.
const TRIES: usize = 3;
const A_MOMENT: Duration = Duration::from_millis(20);

/// Sees that they belong together; only then the log is brought home by whoever closes the file last.
///
/// # Errors
/// That they are of two files, and what to do.
pub(super) fn check(db: Reader<'_>, path: &Path) -> Result<()> {
    if is_mixed(db, path)? { Err(mixture(path)) } else { leave_log(db, false) }
}

fn mixture(path: &Path) -> Error {
    let name = path.display();
    anyhow!(
        "{name} is a mixture of two files: a backup was put in its place while {name}-wal of the former one lay beside it; nothing was \
         read or saved. Move {name}-wal and {name}-shm away, and put the backup there once more"
    )
}

/// Why the file cannot be opened: what makes no sense may be of two files.
pub(super) fn or_mixture(error: Error, path: &Path) -> Error {
    if is_corrupt(&error) && !may_fit(path) { mixture(path) } else { error }
}

/// The same as an answer. Of a mixture the log stays beside the file when it is closed: brought home, it would destroy the
/// backup, and nothing would tell.
pub(super) fn is_mixed(db: Reader<'_>, path: &Path) -> Result<bool> {
    for _ in 0..TRIES {
        if fits(db, path)? {
            return Ok(false);
        }
        std::thread::sleep(A_MOMENT);
    }
    let is_one = is_one_state(db);
    if !matches!(is_one, Ok(true)) {
        leave_log(db, true)?;
    }
    is_one.map(|it| !it)
}

/// Whether the log stays as it is when this is the last one to close the file.
pub(super) fn leave_log(db: Reader<'_>, stays: bool) -> Result<()> {
    db.conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, stays)?;
    Ok(())
}

fn fits(db: Reader<'_>, path: &Path) -> Result<bool> {
    let Some(Pair { log, alone }) = Pair::of(path) else { return Ok(true) };
    if !log.follows(alone.map_or(0, |it| it.seq)) {
        return Ok(false);
    }
    // What the log has of the journal is what is read of it.
    let newest = db.head()?.map_or(0, |it| it.seq);
    Ok(log.journal.is_none_or(|it| newest >= it.settled) && alone.map_or(Ok(true), |it| db.has_entry(it))?)
}

/// Whether the log may be that of the file, as far as the two tell without each other.
fn may_fit(path: &Path) -> bool {
    Pair::of(path).is_none_or(|it| it.log.follows(it.alone.map_or(0, |it| it.seq)))
}

/// A log and what is known of its file: the newest entry in it, if it has any.
struct Pair {
    log: Log,
    alone: Option<Head>,
}

impl Pair {
    /// Nothing where there is no log. Nor where nothing is known of the file: its log may hold what it lacks.
    fn of(path: &Path) -> Option<Pair> {
        let place = files::log_of(path);
        loop {
            // In this order: meanwhile others add to the log, and bring it home.
            let salts = Log::salts(&place).ok()?;
            let alone = newest_alone(path).ok()?;
            let log = Log::read(&place).ok()?;
            // Begun anew in between, it says nothing of what the file was before.
            if log.salts == salts {
                return Some(Pair { log, alone });
            }
        }
    }
}

/// Whether what is read of both is sound, its journal whole, and in its tables what the journal leaves there. Takes as long
/// as a `verify`. Tables of an older schema are not compared: they say less than its journal does.
fn is_one_state(db: Reader<'_>) -> Result<bool> {
    // What was read before would hide what is there.
    db.conn.release_memory()?;
    // What others write meanwhile is another state.
    db.conn.execute_batch("SAVEPOINT one_state")?;
    let is_latest = migrate::version(db.conn)? == migrate::LATEST;
    let mut ledger = Ledger::default();
    let is_whole = db.check_chain(|entry| if is_latest { ledger.take(db, entry, &mut |_| ()) } else { Ok(()) }).is_ok();
    let none = |flaw: Result<Option<String>>| matches!(flaw, Ok(None));
    let is_sound = || if is_latest { none(ledger.first_difference(db)) && none(db.first_flaw()) } else { none(db.first_damage()) };
    let is_one = is_whole && is_sound();
    db.conn.execute_batch("RELEASE one_state")?;
    Ok(is_one)
}

/// The newest entry of the file without its log. SQLite closes no file on which this process holds locks, so that those of
/// other connections stay.
fn newest_alone(path: &Path) -> Result<Option<Head>> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let conn = Connection::open_with_flags(files::as_it_is(path), flags)?;
    Reader { conn: &conn, staged: false }.head()
}
