//! Whether the file is still the one that was opened, and its journal still the one that was seen.
//!
//! A name can come to lead to another file (`mv`), or to none (`rm`); and other content can come
//! into the same file (`cp`), which SQLite does not notice: it goes by its locks and its log.

use std::cell::Cell;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Error, Result, anyhow};
use rusqlite::ErrorCode;

use super::journal::Head;
use super::{Reader, mixed};

/// Most entries that are looked for where the file was written by others.
const SAMPLE: i64 = 256;

/// When a file was last written, and how large it is then.
type Stamp = (i64, i64, u64);

pub(super) struct Watch {
    path: PathBuf,
    /// Device and number of the file that was opened.
    file: (u64, u64),
    stamp: Cell<Stamp>,
    /// The newest entry that this connection saw.
    head: Cell<Option<Head>>,
}

fn stamp(it: &Metadata) -> Stamp {
    (it.ctime(), it.ctime_nsec(), it.size())
}

impl Watch {
    pub(super) fn of(path: &Path) -> io::Result<Watch> {
        let it = fs::metadata(path)?;
        Ok(Watch { path: path.to_owned(), file: (it.dev(), it.ino()), stamp: Cell::new(stamp(&it)), head: Cell::new(None) })
    }

    /// # Errors
    /// That the name leads elsewhere. Only asks for the number: to open the file would drop SQLite's locks.
    pub(super) fn check_name(&self) -> Result<Stamp> {
        let it = fs::metadata(&self.path).with_context(|| self.replaced())?;
        if (it.dev(), it.ino()) == self.file { Ok(stamp(&it)) } else { Err(anyhow!(self.replaced())) }
    }

    /// Whether the file was written since it was looked at last.
    ///
    /// # Errors
    /// That the name leads elsewhere.
    pub(super) fn is_written(&self) -> Result<bool> {
        Ok(self.check_name()? != self.stamp.get())
    }

    /// # Errors
    /// That the file was written since it was opened: of what is read without locks nothing is sure then.
    pub(super) fn check_still(&self) -> Result<()> {
        if self.check_name()? == self.stamp.get() {
            return Ok(());
        }
        Err(anyhow!("{} was written by another program while it was read; ask again", self.path.display()))
    }

    /// Sees that the journal goes on from what was seen of it. Inside a transaction, or the answer may be old.
    ///
    /// # Errors
    /// That the file was replaced.
    pub(super) fn follow(&self, db: Reader<'_>) -> Result<()> {
        let stamp = self.check_name()?;
        let Some(head) = self.head.get() else { return self.note(db, stamp) };
        let written = stamp != self.stamp.get();
        if written {
            // What was read before would hide what is there.
            db.conn.release_memory()?;
        }
        let goes_on = db.has_entry(head).and_then(|it| if it && written { has_all(db, head) } else { Ok(it) });
        if !goes_on.unwrap_or(false) || written && mixed::is_mixed(db, &self.path)? {
            mixed::leave_log(db, true)?;
            return Err(anyhow!(self.replaced()));
        }
        self.note(db, stamp)
    }

    /// What makes no sense in a file that was written since it was looked at last is of another that was put in its place.
    pub(super) fn why_nonsense(&self, error: &Error) -> Option<String> {
        let is = |it: &rusqlite::Error| matches!(it.sqlite_error_code(), Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt));
        let is_nonsense = error.chain().filter_map(|it| it.downcast_ref()).any(is);
        (is_nonsense && self.is_written().unwrap_or(true)).then(|| self.replaced())
    }

    fn note(&self, db: Reader<'_>, stamp: Stamp) -> Result<()> {
        self.head.set(db.head()?);
        self.stamp.set(stamp);
        Ok(())
    }

    /// After a commit of one's own, which may have written to the file.
    pub(super) fn wrote(&self, head: Option<Head>) {
        self.head.set(head);
        if let Ok(stamp) = self.check_name() {
            self.stamp.set(stamp);
        }
    }

    fn replaced(&self) -> String {
        format!("{} was replaced while open; nothing more is written to it, leave and open it again", self.path.display())
    }
}

/// Whether the entries are all there, by a sample of them: other content under the same log has gaps.
fn has_all(db: Reader<'_>, head: Head) -> Result<bool> {
    let mut statement = db.conn.prepare_cached("SELECT 1 FROM entry WHERE seq = ?1")?;
    let step = usize::try_from(head.seq / SAMPLE).unwrap_or(0).max(1);
    for seq in (1..=head.seq).step_by(step) {
        if !statement.exists([seq])? {
            return Ok(false);
        }
    }
    Ok(true)
}
