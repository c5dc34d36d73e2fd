//! Taking over what was made of a copy: long work leaves the file to others, and its outcome comes into it at once.

use std::fs::File;
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rusqlite::backup::{Backup, StepResult};

use super::journal::Head;
use super::queue::Turn;
use super::{Store, files, not_saved};

/// How long a disk is left alone with what it was given.
const PAUSE: Duration = Duration::from_millis(20);

impl Store {
    /// Puts a copy of this workspace that was changed meanwhile into the place of what it was: in the same file, as one
    /// transaction, in one's turn. Answers `false`, and changes nothing, where the newest entry of the file is not this one.
    ///
    /// # Errors
    /// That the file could not be written.
    pub fn take_over(&mut self, turn: Turn, copy: &Store, newest: Option<Head>) -> Result<bool> {
        if self.read_only {
            bail!("{} is open read-only", self.path.display());
        }
        // Sees what is committed, while the other connection holds the lock.
        let beside = self.companion()?;
        let name = self.path.display().to_string();
        // Nobody else changes the copy, so that it need not be read page by page.
        copy.conn.pragma_update(None, "mmap_size", i32::MAX)?;
        let pages = {
            let backup = Backup::new(&copy.conn, &mut self.conn).with_context(|| format!("saving to {name}"))?;
            // No page yet, but the lock: from here on nobody else commits.
            if let StepResult::Busy | StepResult::Locked = backup.step(0).map_err(|error| not_saved(error, &name))? {
                bail!(super::busy(&name, "another program"));
            }
            if beside.reader().head()? != newest {
                return Ok(false);
            }
            while_syncing(&files::log_of(&self.path), || backup.run_to_completion(i32::MAX, Duration::ZERO, None))
        };
        let head = copy.reader().head()?;
        self.forget();
        match pages {
            Ok(()) => self.watch.iter().for_each(|it| it.wrote(head)),
            Err(error) => self.look_up(head, error)?,
        }
        drop((turn, beside));
        // So much in the log slows everybody down until somebody brings it home; whoever reads just now puts it off.
        let _ = self.conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
        self.watch.iter().for_each(|it| it.wrote(head));
        Ok(true)
    }
}

/// Has the disk take what is written to a file while it is being written, so that whoever commits in the end, and all who
/// wait for them, wait for the last of it only.
fn while_syncing<T>(path: &Path, write: impl FnOnce() -> T) -> T {
    let (written, is_written) = mpsc::channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            let file = File::open(path)?;
            while is_written.recv_timeout(PAUSE) == Err(RecvTimeoutError::Timeout) {
                // Whoever commits asks for the same, and hears of what went wrong.
                file.sync_data()?;
            }
            std::io::Result::Ok(())
        });
        let done = write();
        drop(written);
        done
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::change::Edit;
    use crate::domain::things::Setting;

    fn put(store: &mut Store, name: &str) -> Result<()> {
        let row = Setting { name: name.to_owned(), value: "here".to_owned() };
        store.write(|writer| writer.apply(&Edit::create(row).into()))
    }

    #[test]
    fn a_copy_is_taken_over_whole_and_is_there_for_everybody() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = Store::create(&folder.path().join("w.db")).expect("a workspace");
        let other = Store::open(&folder.path().join("w.db"), true).expect("open");
        let before = other.data_version().expect("a version");
        let mut copy = store.copy().expect("a copy");
        put(&mut copy, "one").expect("one row");
        assert!(store.take_over(store.turn().expect("a turn"), &copy, None).expect("taken over"));
        assert_eq!(other.reader().setting("one").expect("a setting").as_deref(), Some("here"));
        assert_ne!(other.data_version().expect("a version"), before);
        put(&mut store, "two").expect("another row");
        assert_eq!(other.reader().first_flaw().expect("read"), None);
    }

    #[test]
    fn what_somebody_wrote_meanwhile_is_never_lost() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = Store::create(&folder.path().join("w.db")).expect("a workspace");
        let mut copy = store.copy().expect("a copy");
        put(&mut copy, "one").expect("one row");
        put(&mut store, "two").expect("another row");
        // Nobody wrote an entry; so that one was there is said in its stead.
        let entry = Head { seq: 1, hash: [7; 32] };
        assert!(!store.take_over(store.turn().expect("a turn"), &copy, Some(entry)).expect("asked"));
        assert_eq!(store.reader().setting("one").expect("a setting"), None);
        put(&mut store, "three").expect("the lock is given back");
    }
}
