//! Whether the log beside the file is the log of this file.
//!
//! SQLite ties the two together by their names alone. Where a backup is put over the file while the log of the former one
//! holds anything, it reads the pages of the log from the log and all others from the backup. Two things make one look:
//! the newest entry of the file alone is not in the journal then, or more entries came after it than the log has commits.
//! Both are so too of a file into which its own log was written in part when the power failed. Of both together its journal
//! then explains its tables; of a mixture it does not.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::time::Duration;

use anyhow::{Result, bail};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::journal::Head;
use super::ledger::Ledger;
use super::{Reader, files, migrate};

/// How often it is looked again: of a file that is just being written something may not fit for a moment.
const TRIES: usize = 3;
const A_MOMENT: Duration = Duration::from_millis(20);

const HEADER: usize = 32;
const FRAME_HEADER: usize = 24;

/// # Errors
/// That they are of two files, and what to do.
pub(super) fn check(db: Reader<'_>, path: &Path) -> Result<()> {
    if !is_mixed(db, path)? {
        return Ok(());
    }
    let name = path.display();
    bail!(
        "{name} is a mixture of two files: a backup was put in its place while {name}-wal of the former one lay beside it; nothing was \
         read or saved. Move {name}-wal and {name}-shm away, and put the backup there once more"
    )
}

/// The same as an answer. Of a mixture the log stays beside the file when it is closed: brought home, nothing would tell.
pub(super) fn is_mixed(db: Reader<'_>, path: &Path) -> Result<bool> {
    for _ in 0..TRIES {
        if fits(db, path)? {
            return Ok(false);
        }
        std::thread::sleep(A_MOMENT);
    }
    if is_one_state(db)? {
        return Ok(false);
    }
    leave_log(db)?;
    Ok(true)
}

/// When this is the last one to close the file, its log stays as it is.
pub(super) fn leave_log(db: Reader<'_>) -> Result<()> {
    db.conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    Ok(())
}

fn fits(db: Reader<'_>, path: &Path) -> Result<bool> {
    // In this order: what others write meanwhile can only make it fit.
    let Some(newest) = db.head()? else { return Ok(true) };
    let commits = commits(&files::log_of(path)).unwrap_or(0);
    // Nothing is known of a file that cannot be read by itself: its log may hold what it lacks.
    let Some(alone) = Some(path).filter(|_| commits > 0).and_then(|it| newest_alone(it).ok().flatten()) else { return Ok(true) };
    Ok(newest.seq - alone.seq <= commits && db.has_entry(alone)?)
}

/// Whether what is read of both is sound, its journal whole, and in its tables what the journal leaves there. Takes as long
/// as a `verify`. Tables of an older schema are not compared: they say less than its journal does.
fn is_one_state(db: Reader<'_>) -> Result<bool> {
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

/// How many commits the log has, since it was begun anew.
fn commits(log: &Path) -> io::Result<i64> {
    let mut log = BufReader::new(File::open(log)?);
    let mut header = [0; HEADER];
    log.read_exact(&mut header)?;
    let number = |bytes: &[u8], at: usize| u32::from_be_bytes(std::array::from_fn(|n| bytes[at + n]));
    let page = number(&header, 8);
    let (mut commits, mut frame) = (0, [0; FRAME_HEADER]);
    // Frames of the time before have other salts.
    while log.read_exact(&mut frame).is_ok() && frame[8..16] == header[16..24] {
        // The last frame of a commit says how many pages the file has then.
        commits += i64::from(number(&frame, 4) != 0);
        log.seek_relative(page.into())?;
    }
    Ok(commits)
}
