//! Whose turn it is to write: a file beside the database that writers queue for.
//!
//! SQLite lets waiters try again and again; whoever tries at the right moment wins, and some
//! starve. The kernel wakes those who wait for a file's lock in the order they came, and takes
//! it from a process that dies. The queue is a courtesy: SQLite's own lock decides, and where
//! the file cannot be had (a full disk, a folder of somebody else's) writers just try.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Read;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use rustix::fs::OFlags;

/// What the file's name ends in.
pub(super) const SUFFIX: &str = "-queue";

/// The right to write next; dropping it lets the next in line on.
pub struct Turn {
    /// None where there is no queue to stand in.
    _held: Option<File>,
}

/// Who is writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Holder {
    pub pid: u32,
    pub uid: u32,
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "process {} of uid {}", self.pid, self.uid)
    }
}

/// The queue's file of a database.
fn beside(database: &Path) -> PathBuf {
    let mut name = OsString::from(database);
    name.push(SUFFIX);
    PathBuf::from(name)
}

/// A place in the line.
pub(super) struct Line(Stand);

enum Stand {
    /// It is its turn, or there is no line to stand in.
    Front(Option<File>),
    Behind(mpsc::Receiver<File>),
}

impl Stand {
    fn at_front(file: File) -> Stand {
        sign(&file);
        Stand::Front(Some(file))
    }
}

impl Line {
    /// Stands in line from now on, until it is dropped: `None` where no thread can wait.
    pub(super) fn join(database: &Path) -> Option<Line> {
        let Some(file) = open(database) else { return Some(Line(Stand::Front(None))) };
        let stand = match file.try_lock() {
            Ok(()) => Stand::at_front(file),
            Err(TryLockError::WouldBlock) => Stand::Behind(in_line(file)?),
            // A file system without locks has no queue either.
            Err(TryLockError::Error(_)) => Stand::Front(None),
        };
        Some(Line(stand))
    }

    /// Whether it is at the front by then.
    pub(super) fn comes(&mut self, patience: Duration) -> bool {
        if let Stand::Behind(told) = &self.0 {
            match told.recv_timeout(patience) {
                Ok(file) => self.0 = Stand::at_front(file),
                // A file system without locks has no line either.
                Err(RecvTimeoutError::Disconnected) => self.0 = Stand::Front(None),
                Err(RecvTimeoutError::Timeout) => return false,
            }
        }
        true
    }

    /// The turn, or the place in line where it does not come by then.
    pub(super) fn turn(mut self, patience: Duration) -> Result<Turn, Line> {
        self.comes(patience);
        match self.0 {
            Stand::Front(held) => Ok(Turn { _held: held }),
            Stand::Behind(_) => Err(self),
        }
    }
}

/// Whoever is writing now, if they stood in line for it.
pub(super) fn holder(database: &Path) -> Option<Holder> {
    let mut file = File::open(beside(database)).ok()?;
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => {}
        Ok(()) | Err(TryLockError::Error(_)) => return None,
    }
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    let mut numbers = text.split_whitespace().map(str::parse::<u32>);
    let (pid, uid) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
    Some(Holder { pid, uid })
}

/// A wait for a lock has no end of its own: a thread waits, and lets go at once of a lock that comes too late.
fn in_line(file: File) -> Option<mpsc::Receiver<File>> {
    let (tell, told) = mpsc::sync_channel(0);
    let wait = move || {
        if file.lock().is_ok() {
            let _ = tell.send(file);
        }
    };
    std::thread::Builder::new().spawn(wait).ok()?;
    Some(told)
}

/// The file, made if it is missing: for whom the database is, and nothing but a plain file of this one name, since
/// in a shared folder somebody else may have put something there.
fn open(database: &Path) -> Option<File> {
    let path = beside(database);
    let flags = i32::try_from((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits()).ok()?;
    let open = |options: &mut OpenOptions| options.custom_flags(flags).open(&path);
    let made = || {
        let like = fs::metadata(database).ok()?;
        let file = open(OpenOptions::new().read(true).write(true).create_new(true).mode(0o600)).ok()?;
        let _ = std::os::unix::fs::fchown(&file, None, Some(like.gid()));
        let _ = file.set_permissions(fs::Permissions::from_mode(like.mode() & 0o666));
        Some(file)
    };
    let there = || open(OpenOptions::new().read(true).write(true)).or_else(|_| open(OpenOptions::new().read(true))).ok();
    let file = there().or_else(made).or_else(there)?;
    file.metadata().ok().filter(|it| it.is_file() && it.nlink() == 1).map(|_| file)
}

/// Writes down who has the lock, of one length, so that nothing of the last one stays. That it could not be is no harm.
fn sign(file: &File) {
    let line = format!("{:<10} {:<10}\n", std::process::id(), rustix::process::getuid().as_raw());
    let _ = file.write_all_at(line.as_bytes(), 0);
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_millis(20);

    fn take(database: &Path, patience: Duration) -> Option<Turn> {
        Line::join(database)?.turn(patience).ok()
    }

    fn database() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("w.db");
        fs::write(&path, "").unwrap();
        (folder, path)
    }

    #[test]
    fn one_after_the_other_and_a_wait_names_who_is_in_front() {
        let (_folder, path) = database();
        let first = take(&path, SOON).unwrap();
        assert!(take(&path, SOON).is_none());
        let holder = holder(&path).unwrap();
        assert_eq!((holder.pid, holder.uid), (std::process::id(), rustix::process::getuid().as_raw()));
        std::thread::scope(|scope| {
            let next = scope.spawn(|| take(&path, Duration::from_secs(60)).is_some());
            drop(first);
            assert!(next.join().unwrap());
        });
    }

    #[test]
    fn nobody_holds_what_was_given_back() {
        let (_folder, path) = database();
        drop(take(&path, SOON));
        assert_eq!(holder(&path), None);
    }

    #[test]
    fn who_gave_up_keeps_nobody_waiting() {
        let (_folder, path) = database();
        let first = take(&path, SOON).unwrap();
        assert!(take(&path, SOON).is_none());
        drop(first);
        // The thread of the one who gave up may hold the lock for a moment.
        assert!(take(&path, Duration::from_secs(60)).is_some());
    }

    #[test]
    fn what_somebody_else_put_in_its_place_is_left_alone() {
        let (folder, path) = database();
        let precious = folder.path().join("precious");
        fs::write(&precious, "mine").unwrap();
        std::os::unix::fs::symlink(&precious, beside(&path)).unwrap();
        assert!(take(&path, SOON).is_some());
        fs::remove_file(beside(&path)).unwrap();
        fs::hard_link(&precious, beside(&path)).unwrap();
        assert!(take(&path, SOON).is_some());
        assert_eq!(fs::read(&precious).unwrap(), b"mine");
    }

    #[test]
    fn the_queue_is_for_whom_the_database_is() {
        let (_folder, path) = database();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o660)).unwrap();
        drop(take(&path, SOON));
        assert_eq!(fs::metadata(beside(&path)).unwrap().mode() & 0o777, 0o660);
    }
}
