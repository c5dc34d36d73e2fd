//! The workspace as it was: what came after an entry is taken back over the file, which itself is not touched.
//!
//! No more is read than what came after it. Each question is one transaction, so that nobody who writes meanwhile is
//! seen; which entries count is told by their numbers.

use anyhow::{Context, Result};

use super::sight::{Eyes, Sight};
use super::{Reader, Store, Writer};
use crate::domain::change::Change;
use crate::store::journal::Entry;

/// Changes that are handed on together.
const TOGETHER: usize = 1_000;

/// A workspace over which its later entries are taken back.
pub struct Past(Store);

/// Somebody on the way back, entry by entry.
pub trait Walk {
    /// Where it begins: the workspace as the last entry left it.
    fn begin(&mut self, db: Reader<'_>) -> Result<()>;

    /// These are about to be taken back: changes of an entry, inverted, the last first; of a large one, some of them.
    fn before(&mut self, db: Reader<'_>, entry: &Entry, back: &[Change]) -> Result<()>;

    /// They were.
    fn after(&mut self, db: Reader<'_>, entry: &Entry, back: &[Change]) -> Result<()>;

    /// Where it ends.
    fn end(&mut self, db: Reader<'_>) -> Result<()>;
}

impl Past {
    /// Of a workspace, through the eyes of whoever asks it.
    ///
    /// # Errors
    /// That the file could not be opened once more.
    pub fn of(store: &Store) -> Result<Past> {
        if store.sight().is_whole() {
            return Ok(Past(store.staging()?));
        }
        Past::through(store, Eyes::new(store.sight().clone(), Some(store.companion()?)))
    }

    /// Of a workspace, through these eyes.
    ///
    /// # Errors
    /// That the file could not be opened once more.
    pub fn through(store: &Store, eyes: Eyes) -> Result<Past> {
        Ok(Past(store.staging()?.seen_by(eyes)))
    }

    /// Asks the workspace as it was after this entry.
    ///
    /// # Errors
    /// What was asked for, or that the journal could not be read.
    pub fn after<T>(&mut self, seq: i64, ask: impl FnOnce(Reader<'_>) -> Result<T>) -> Result<T> {
        self.0.rehearse(|writer| {
            take_back(writer, seq)?;
            ask(writer.reader())
        })
    }

    /// Goes from what was after entry `last` to what was after entry `first`.
    ///
    /// # Errors
    /// That of whoever walks, or that the journal could not be read.
    pub fn walk(&mut self, first: i64, last: i64, walk: &mut impl Walk) -> Result<()> {
        self.0.rehearse(|writer| {
            take_back(writer, last)?;
            walk.begin(writer.reader())?;
            let newest = newest(writer)?.min(last);
            for seq in (first + 1..=newest).rev() {
                let entry = entry(writer, seq)?;
                in_steps(writer, &entry, |back| {
                    walk.before(writer.reader(), &entry, back)?;
                    back.iter().try_for_each(|it| writer.apply(it))?;
                    walk.after(writer.reader(), &entry, back)
                })?;
            }
            walk.end(writer.reader())
        })
    }

    /// Of a workspace, for many questions: as it was after this entry, with the journal up to it. What is saved beneath
    /// it later is not taken back.
    ///
    /// # Errors
    /// That the file could not be opened once more, or that the journal could not be read.
    pub fn settled(store: &Store, sight: &Sight, seq: i64) -> Result<Store> {
        let mut past = store.staging()?;
        past.write(|writer| {
            take_back(writer, seq)?;
            writer.end_journal(seq)
        })?;
        Ok(past.frozen().seen_by(Eyes::new(sight.clone(), Some(store.companion()?))))
    }
}

/// Takes back what came after an entry.
fn take_back(writer: &Writer<'_>, seq: i64) -> Result<()> {
    for later in (seq + 1..=newest(writer)?).rev() {
        in_steps(writer, &entry(writer, later)?, |back| back.iter().try_for_each(|it| writer.apply(it)))?;
    }
    Ok(())
}

fn newest(writer: &Writer<'_>) -> Result<i64> {
    Ok(writer.reader().head()?.map_or(0, |it| it.seq))
}

fn entry(writer: &Writer<'_>, seq: i64) -> Result<Entry> {
    writer.reader().entry(seq)?.with_context(|| format!("entry {seq} is missing from the journal"))
}

/// Hands on what takes an entry back, some of it at a time.
fn in_steps(writer: &Writer<'_>, entry: &Entry, mut each: impl FnMut(&[Change]) -> Result<()>) -> Result<()> {
    let mut together = Vec::new();
    writer.reader().each_change(entry, true, &mut |change| {
        together.push(change);
        if together.len() < TOGETHER {
            return Ok(());
        }
        each(&std::mem::take(&mut together))
    })?;
    if together.is_empty() { Ok(()) } else { each(&together) }
}
