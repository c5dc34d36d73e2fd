//! A new workspace: made in a folder where nobody looks, and put in its place when it is whole.
//!
//! Whatever kills the program before leaves the place as it was, and a folder that the next one
//! to make a workspace there knows for dead: nobody holds its lock any more.

use std::ffi::{OsStr, OsString};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use rustix::fs::{CWD, FlockOperation, RenameFlags};
use tempfile::TempDir;

use super::files::Rights;
use super::{Store, Unfinished, files, migrate, settings_of_connection, sort_aside};

const ENDING: &str = ".making";

/// What of a workspace may stand at its place before it is made.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    /// Nothing, or what a set-up that was cut short left.
    Nothing,
    /// One that is given up.
    Another,
}

impl Store {
    /// Makes a workspace where there is none: `fill` writes what it is to hold, and only then it is there.
    ///
    /// # Errors
    /// What `fill` returns; that there is something else; that the file could not be written.
    pub fn make<T, E: From<anyhow::Error>>(path: &Path, fill: impl FnOnce(Store) -> Result<(Store, T), E>) -> Result<T, E> {
        make(path, Before::Nothing, Rights::Private, fill)
    }

    /// The same for everybody of a group, in a folder that is shared where it is new.
    ///
    /// # Errors
    /// As [`Store::make`].
    pub fn make_shared<T, E: From<anyhow::Error>>(
        path: &Path,
        group: u32,
        fill: impl FnOnce(Store) -> Result<(Store, T), E>,
    ) -> Result<T, E> {
        make(path, Before::Nothing, Rights::Shared(group), fill)
    }

    /// The same in place of another workspace, which is given up once the new one is whole.
    ///
    /// # Errors
    /// As [`Store::make`].
    pub fn make_anew<T, E: From<anyhow::Error>>(path: &Path, fill: impl FnOnce(Store) -> Result<(Store, T), E>) -> Result<T, E> {
        make(path, Before::Another, Rights::of(path), fill)
    }

    /// Removes what those who were killed left beside the place.
    pub fn sweep(path: &Path) {
        let (folder, start) = (folder_of(path), beginning(path));
        let Ok(found) = fs::read_dir(folder) else { return };
        let names = found.filter_map(|it| it.ok().map(|it| it.file_name()));
        for name in names.filter(|it| it.as_bytes().starts_with(start.as_bytes()) && it.as_bytes().ends_with(ENDING.as_bytes())) {
            let dead = folder.join(name);
            if let Some(_lock) = hold(&dead) {
                // One that cannot be removed harms nobody.
                let _ = fs::remove_dir_all(&dead);
            }
        }
    }

    /// Makes an empty workspace file and opens it.
    pub fn create(path: &Path) -> Result<Store> {
        Store::make(path, |store| anyhow::Ok((store, ())))?;
        Store::open(path, false)
    }
}

fn make<T, E: From<anyhow::Error>>(
    path: &Path,
    before: Before,
    rights: Rights,
    fill: impl FnOnce(Store) -> Result<(Store, T), E>,
) -> Result<T, E> {
    let aside = begin(path, before, rights)?;
    let (store, filled) = fill(open(&aside.file(), path)?)?;
    finish(store, &aside, path, before, rights).with_context(|| format!("creating {}", path.display()))?;
    Ok(filled)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A folder beside the place, and the lock that says that its maker lives.
struct Aside {
    folder: TempDir,
    _lock: File,
}

impl Aside {
    fn file(&self) -> PathBuf {
        self.folder.path().join("workspace.db")
    }
}

fn begin(path: &Path, before: Before, rights: Rights) -> Result<Aside> {
    let folder = folder_of(path);
    if !folder.exists() {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.and_then(|()| rights.give_folder(folder)).with_context(|| format!("creating the folder {}", folder.display()))?;
    }
    if before == Before::Nothing {
        clear(path)?;
    }
    Store::sweep(path);
    let start = beginning(path);
    loop {
        let made = tempfile::Builder::new().prefix(&start).suffix(ENDING).tempdir_in(folder);
        let made = made.with_context(|| format!("creating {}", path.display()))?;
        // Somebody who sweeps just now may take it for a dead one, before it is locked.
        if let Some(lock) = hold(made.path()).filter(|_| made.path().exists()) {
            return Ok(Aside { folder: made, _lock: lock });
        }
    }
}

/// The lock of a folder that is being filled, unless another has it.
fn hold(folder: &Path) -> Option<File> {
    let lock = File::open(folder).ok()?;
    rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive).ok().map(|()| lock)
}

/// How the names of the folders of those begin who make a workspace at this place.
fn beginning(path: &Path) -> OsString {
    let mut start = OsString::from(".");
    start.push(path.file_name().unwrap_or(OsStr::new("workspace")));
    start.push(".");
    start
}

/// Removes what a set-up that was cut short left at the place, and refuses anything else.
fn clear(path: &Path) -> Result<()> {
    let log = files::side_files(path).find(|it| fs::symlink_metadata(it).is_ok_and(|it| it.len() > 0 && it.is_file()) && is_log(it));
    match fs::symlink_metadata(path) {
        Ok(_) if is_unfinished(path)? => fs::remove_file(path).with_context(|| format!("creating {}", path.display()))?,
        Ok(_) => bail!("there is something at {} already", path.display()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            if let Some(log) = log {
                // SQLite would take it for the new file's own.
                bail!("{} is left of a workspace that is gone and may hold its last changes; move it away first", log.display());
            }
        }
        Err(error) => return Err(error).with_context(|| format!("creating {}", path.display())),
    }
    remove_side_files(path)
}

fn is_log(side: &Path) -> bool {
    side.as_os_str().as_bytes().ends_with(b"-wal") || side.as_os_str().as_bytes().ends_with(b"-journal")
}

fn remove_side_files(path: &Path) -> Result<()> {
    for side in files::side_files(path) {
        match fs::remove_file(&side) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("removing {}", side.display()));
            }
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

/// Whether a set-up that was cut short left the file: of ours or of nobody's, and without a single entry.
fn is_unfinished(path: &Path) -> Result<bool> {
    match Store::open(path, false) {
        Err(error) if error.is::<Unfinished>() => {}
        Err(_) => return Ok(false),
        Ok(store) if store.reader().head()?.is_some() => return Ok(false),
        Ok(_) => {}
    }
    let mut conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    let free = conn.transaction_with_behavior(TransactionBehavior::Exclusive);
    free.map(drop).with_context(|| format!("another program is setting {} up; try again", path.display()))?;
    Ok(true)
}

/// The file aside: nobody reads it and nobody misses it, so that it needs neither a log nor patience.
fn open(file: &Path, place: &Path) -> Result<Store> {
    let making = || format!("creating {}", place.display());
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(file).with_context(making)?;
    let mut conn = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    settings_of_connection(&mut conn).with_context(making)?;
    conn.execute_batch("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF;").with_context(making)?;
    sort_aside(&conn).with_context(making)?;
    migrate::migrate(&mut conn).with_context(making)?;
    Ok(Store::of(conn, place))
}

fn finish(store: Store, aside: &Aside, path: &Path, before: Before, rights: Rights) -> Result<()> {
    store.use_wal()?;
    drop(store);
    let file = aside.file();
    let whole = File::open(&file)?;
    rights.give(&whole).and_then(|()| whole.sync_all())?;
    let options = match before {
        Before::Nothing => RenameFlags::NOREPLACE,
        Before::Another => {
            give_up(path)?;
            RenameFlags::empty()
        }
    };
    match rustix::fs::renameat_with(CWD, &file, CWD, path, options) {
        Ok(()) => {}
        Err(rustix::io::Errno::EXIST) => bail!("somebody else has made it meanwhile; it stays as it is"),
        // A file system that knows no careful renaming knows second names.
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => fs::hard_link(&file, path).and_then(|()| fs::remove_file(&file))?,
        Err(error) => return Err(error.into()),
    }
    files::sync_folder(folder_of(path));
    Ok(())
}

/// Brings the old workspace's log home, so that the file alone is all of it until the new one takes its place.
fn give_up(path: &Path) -> Result<()> {
    if let Ok(store) = Store::open(path, false) {
        store.conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    }
    remove_side_files(path)
}
