//! Reading where nothing may be written: a full disk, a file system or a folder that is only to be read.
//!
//! SQLite keeps a log and its index beside a workspace, also for those who only read. Where it can
//! make neither, the file is read alone: as it is where its log is empty, as a copy where it is not.

use std::fmt;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use rusqlite::{Connection, ErrorCode, OpenFlags, ffi};

use super::watch::Watch;
use super::{Store, files, settings_of_connection};

/// Room for the smallest log and its index.
const BESIDE: u64 = 64 << 10;

/// Why a workspace cannot be opened to write to it, where it can be read.
#[derive(Debug)]
pub struct OnlyToRead {
    path: PathBuf,
    /// Whether there is no room on its disk for what SQLite keeps beside it.
    is_full: bool,
}

impl OnlyToRead {
    fn of(path: &Path) -> OnlyToRead {
        let room = rustix::fs::statvfs(path).map(|it| it.f_bavail.saturating_mul(it.f_frsize));
        OnlyToRead { path: path.to_owned(), is_full: room.is_ok_and(|it| it < BESIDE) }
    }
}

impl fmt::Display for OnlyToRead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.path.display();
        if self.is_full {
            return write!(f, "{name} can only be read: its disk is full; free some space and try again");
        }
        write!(f, "{name} can only be read: the file, its folder or its disk takes nothing")
    }
}

impl Store {
    /// Opens the file to read it, wherever it lies.
    pub(super) fn connect_to_read(path: &Path) -> Result<Store> {
        match Store::connect(path, true).and_then(Store::probed) {
            Err(error) if wants_to_write(&error) => read_alone(path).with_context(|| format!("reading {}", path.display())),
            other => other,
        }
    }

    /// Opens the file to write to it.
    pub(super) fn connect_to_write(path: &Path) -> Result<Store> {
        let opened = Store::connect(path, false).and_then(Store::probed);
        let store = opened.map_err(|error| if wants_to_write(&error) { only_to_read(path, error) } else { error })?;
        if store.conn.is_readonly(rusqlite::MAIN_DB)? {
            return Err(only_to_read(path, anyhow!("the file may not be written")));
        }
        Ok(store)
    }

    /// Only the first look at the tables tells whether the file can be opened.
    fn probed(self) -> Result<Store> {
        self.conn.prepare("SELECT 1 FROM sqlite_schema")?.exists([]).with_context(|| format!("opening {}", self.path.display()))?;
        Ok(self)
    }
}

/// The error in words. Of a full disk there is no more to say.
fn only_to_read(path: &Path, error: anyhow::Error) -> anyhow::Error {
    let it = OnlyToRead::of(path);
    if it.is_full { anyhow::Error::msg(it) } else { error.context(it) }
}

/// Whether the error says that something beside the file could not be made or written.
fn wants_to_write(error: &anyhow::Error) -> bool {
    let is = |it: &rusqlite::Error| match (it.sqlite_error_code(), it.sqlite_error().map(|it| it.extended_code)) {
        (Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::DiskFull), _) => true,
        (_, Some(code)) => [ffi::SQLITE_IOERR_SHMOPEN, ffi::SQLITE_IOERR_SHMSIZE, ffi::SQLITE_IOERR_SHMMAP].contains(&code),
        (_, None) => false,
    };
    error.chain().filter_map(|it| it.downcast_ref::<rusqlite::Error>()).any(is)
}

fn read_alone(path: &Path) -> Result<Store> {
    let real = path.canonicalize()?;
    let watch = Watch::of(&real)?;
    let log = files::log_of(&real);
    if fs::metadata(&log).is_ok_and(|it| it.len() > 0) {
        return read_copy(&real, &log, watch);
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    // Nobody writes where nothing can be written, and `Store::snapshot` sees to it that nobody did.
    let conn = Connection::open_with_flags(files::as_it_is(&real), flags)?;
    let mut store = reading(conn, &real, watch)?;
    store.alone = true;
    store.probed()
}

/// Of file and log, in a folder of this process's own.
fn read_copy(real: &Path, log: &Path, watch: Watch) -> Result<Store> {
    let folder = tempfile::tempdir().context("making a temporary folder")?;
    let file = folder.path().join("workspace.db");
    copy(real, &file)?;
    copy(log, &files::log_of(&file))?;
    watch.check_still()?;
    let mut store =
        reading(Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?, real, watch)?;
    store.copied_in = Some(folder);
    store.probed()
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    io::copy(&mut File::open(from)?, &mut File::create(to)?).map(drop)
}

fn reading(mut conn: Connection, real: &Path, watch: Watch) -> Result<Store> {
    settings_of_connection(&mut conn)?;
    conn.pragma_update(None, "query_only", true)?;
    let mut store = Store::of(conn, real);
    (store.read_only, store.watch) = (true, Some(watch));
    Ok(store)
}
