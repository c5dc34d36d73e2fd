//! What others wrote to the file while records were taken in on a copy: it is done there too, before the import's entry.

use super::{Import, ImportError, Taken};
use crate::command::history;
use crate::domain::change::Change;
use crate::domain::record::by_brought;
use crate::facts::{Reader, Store};
use crate::store::journal::{Entry, Head};
use crate::store::table::Moved;
use crate::store::{Turn, is_constraint};

/// Why a try on a copy came to nothing.
pub(super) enum Stopped {
    /// What others wrote does not go together with it.
    Apart,
    Failed(ImportError),
}

impl From<ImportError> for Stopped {
    fn from(error: ImportError) -> Stopped {
        Stopped::Failed(error)
    }
}

impl From<anyhow::Error> for Stopped {
    fn from(error: anyhow::Error) -> Stopped {
        if error.is::<Moved>() || is_constraint(&error) { Stopped::Apart } else { Stopped::Failed(error.into()) }
    }
}

impl Import<'_> {
    /// Does on the copy what others did in the file since it was made, until nothing is left and nobody can write more:
    /// the turn to write is given back, and the newest of their entries.
    ///
    /// The file becomes what it would be had all of them come first and the import after them. So it must not matter to
    /// the import that it did not see what they wrote: nothing that it names, looked for or counts on is another
    /// now ([`Import::minds`]), nothing that they made is what it makes, and the rules that an import keeps hold for both.
    ///
    /// # Errors
    /// [`Stopped::Apart`] where that is not so, or may not be.
    pub(super) fn follow(&self, file: &Store) -> Result<(Turn, Option<Head>), Stopped> {
        let file_now = file.reader();
        loop {
            while let Some(entry) = self.next(file_now)? {
                self.lay(file_now, &entry)?;
            }
            self.writer.write_ahead()?;
            let turn = file.turn()?;
            // Who stood in line before us wrote a little more; nobody is to wait while what is large is done again.
            while let Some(entry) = self.next(file_now)? {
                if file_now.origin(&entry)?.parts > 0 {
                    break;
                }
                self.lay(file_now, &entry)?;
            }
            if self.next(file_now)?.is_none() {
                return Ok((turn, self.db.head()?));
            }
        }
    }

    /// The first entry that the file has and the copy has not.
    fn next(&self, file: Reader<'_>) -> anyhow::Result<Option<Entry>> {
        file.entry(self.db.head()?.map_or(1, |it| it.seq + 1))
    }

    fn lay(&self, file: Reader<'_>, entry: &Entry) -> Result<(), Stopped> {
        let mut apart = false;
        file.each_change(entry, false, &mut |change| {
            apart = apart || self.minds(&change)?;
            if apart { Ok(()) } else { self.writer.apply(&change) }
        })?;
        if apart || !self.writer.append_again(*file, entry)? || !history::rules_hold(self.db, entry, false)? {
            return Err(Stopped::Apart);
        }
        Ok(())
    }

    /// Whether the import might have come out otherwise after this change: it is to a row that the file names, to an
    /// assignment of somebody whom it names, to the account owner, whose word it is, or to settings and catalogs, on which
    /// all depends. That the same row was made twice is told by its key.
    fn minds(&self, change: &Change) -> anyhow::Result<bool> {
        by_brought!(change, (Kind, edit) => Kind::minded(edit, self), {
            Change::Setting(_) | Change::Catalog(_) => Ok(true),
            // No file brings an offer, and none is asked about.
            Change::Request(_) | Change::Invitation(_) | Change::Handover(_) | Change::WaitingRole(_) => Ok(false),
            // Nor a review.
            Change::Review(_) | Change::ReviewItem(_) => Ok(false),
        })
    }
}
