//! What both sides look up: the policy, names as somebody may know them, and whom a change reaches.
//!
//! [`Store`], [`Reader`] and [`Writer`] are those of the store with what is put together from rows: the
//! policy as it was last read, and through whose eyes names are looked up. The rooms above speak to these.

pub mod names;
pub mod overlay;
pub mod past;
pub mod policy;
pub mod sight;

use std::ops::Deref;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use crate::domain::change::Change;
use crate::store::bulk::Bulk;
use crate::store::journal::Head;
use crate::store::{self, Turn};
use policy::Known;
use sight::{Eyes, Sight};

/// An open workspace file, with what is known of it.
pub struct Store {
    rows: store::Store,
    known: Known,
    eyes: Option<Box<Eyes>>,
}

/// Asks. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    rows: store::Reader<'a>,
    known: &'a Known,
    eyes: Option<&'a Eyes>,
}

/// Asks and changes, inside one transaction.
pub struct Writer<'a> {
    rows: &'a store::Writer<'a>,
    known: &'a Known,
    eyes: Option<&'a Eyes>,
}

impl Deref for Store {
    type Target = store::Store;

    fn deref(&self) -> &store::Store {
        &self.rows
    }
}

impl<'a> Deref for Reader<'a> {
    type Target = store::Reader<'a>;

    fn deref(&self) -> &store::Reader<'a> {
        &self.rows
    }
}

impl<'a> Deref for Writer<'a> {
    type Target = store::Writer<'a>;

    fn deref(&self) -> &store::Writer<'a> {
        self.rows
    }
}

impl From<store::Store> for Store {
    fn from(rows: store::Store) -> Store {
        Store { rows, known: Known::default(), eyes: None }
    }
}

/// The store's ways to a workspace; each says there what it does and what goes wrong.
impl Store {
    pub fn find(path: &Path, read_only: bool) -> Result<Option<Store>> {
        Ok(store::Store::find(path, read_only)?.map(Store::from))
    }

    pub fn open(path: &Path, read_only: bool) -> Result<Store> {
        store::Store::open(path, read_only).map(Store::from)
    }

    pub fn create(path: &Path) -> Result<Store> {
        store::Store::create(path).map(Store::from)
    }

    pub fn memory() -> Result<Store> {
        store::Store::memory().map(Store::from)
    }

    pub fn make<T, E: From<anyhow::Error>>(path: &Path, fill: impl FnOnce(&mut Store) -> Result<T, E>) -> Result<T, E> {
        store::Store::make(path, filled(fill))
    }

    pub fn make_shared<T, E: From<anyhow::Error>>(path: &Path, group: u32, fill: impl FnOnce(&mut Store) -> Result<T, E>) -> Result<T, E> {
        store::Store::make_shared(path, group, filled(fill))
    }

    pub fn make_anew<T, E: From<anyhow::Error>>(path: &Path, fill: impl FnOnce(&mut Store) -> Result<T, E>) -> Result<T, E> {
        store::Store::make_anew(path, filled(fill))
    }

    pub fn sweep(path: &Path) {
        store::Store::sweep(path);
    }

    pub fn copy(&self) -> Result<Store> {
        self.rows.copy().map(Store::from)
    }

    pub fn companion(&self) -> Result<Store> {
        self.rows.companion().map(Store::from)
    }

    pub fn staging(&self) -> Result<Store> {
        self.rows.staging().map(Store::from)
    }

    /// Lays these changes over the workspace, and no others.
    ///
    /// # Errors
    /// That one of them does not fit, after which those that lay there before still do.
    pub fn restage<'a>(&mut self, changes: impl IntoIterator<Item = &'a Change>) -> Result<()> {
        let staged = self.write(|writer| {
            writer.unstage()?;
            changes.into_iter().try_for_each(|it| writer.apply(it))
        });
        self.known = Known::default();
        staged
    }

    /// Lays these changes over those that lie there.
    ///
    /// # Errors
    /// That one of them does not fit.
    pub fn add_staged<'a>(&mut self, changes: impl IntoIterator<Item = &'a Change>) -> Result<()> {
        self.write(|writer| changes.into_iter().try_for_each(|it| writer.apply(it)))
    }

    pub fn frozen(self) -> Store {
        Store { rows: self.rows.frozen(), ..self }
    }

    pub fn can_write(&mut self, patience: Duration) -> bool {
        self.rows.can_write(patience)
    }

    pub fn take_over(&mut self, turn: Turn, copy: &Store, newest: Option<Head>) -> Result<bool> {
        self.writing(|rows, _| rows.take_over(turn, &copy.rows, newest))
    }

    /// The same store with names looked up through somebody's eyes.
    pub fn seen_by(self, eyes: Eyes) -> Store {
        Store { eyes: Some(Box::new(eyes)), ..self }
    }

    /// From now on through the same eyes as somebody who sees this.
    pub fn see_as(&mut self, sight: Sight) {
        if let Some(eyes) = &mut self.eyes {
            eyes.see_as(sight);
        }
    }

    /// What is seen; everything, where nobody's eyes were put on.
    pub fn sight(&self) -> &Sight {
        self.eyes.as_ref().map_or(&Sight::Everything, |it| it.sight())
    }

    /// The workspace as it is, where this shows another instant of it.
    pub fn elsewhere(&self) -> Option<Reader<'_>> {
        self.eyes.as_ref().and_then(|it| it.present())
    }

    /// The store of that.
    pub fn beneath(&self) -> Option<&Store> {
        self.eyes.as_ref().and_then(|it| it.whole())
    }

    /// The workspace as it is, whatever this shows.
    pub fn present(&self) -> Reader<'_> {
        self.elsewhere().unwrap_or_else(|| self.reader())
    }

    pub fn reader(&self) -> Reader<'_> {
        Reader { rows: self.rows.reader(), known: &self.known, eyes: self.eyes.as_deref() }
    }

    pub fn snapshot<T>(&self, ask: impl FnOnce(Reader<'_>) -> Result<T>) -> Result<T> {
        self.rows.snapshot(|rows| ask(Reader { rows, known: &self.known, eyes: self.eyes.as_deref() }))
    }

    pub fn write<T, E: From<anyhow::Error>>(&mut self, change: impl FnOnce(&Writer<'_>) -> Result<T, E>) -> Result<T, E> {
        self.writing(|rows, (known, eyes)| rows.write(|rows| change(&Writer { rows, known, eyes })))
    }

    pub fn rehearse<T, E: From<anyhow::Error>>(&mut self, change: impl FnOnce(&Writer<'_>) -> Result<T, E>) -> Result<T, E> {
        self.writing(|rows, (known, eyes)| rows.rehearse(|rows| change(&Writer { rows, known, eyes })))
    }

    /// Keeps what is known true, however a transaction ends. Where the workspace itself is written to, what
    /// one may know is found out in the transaction.
    fn writing<T>(&mut self, act: impl FnOnce(&mut store::Store, (&Known, Option<&Eyes>)) -> T) -> T {
        let before = self.rows.times_opened();
        let eyes = self.eyes.as_deref().filter(|it| it.present().is_some());
        let done = act(&mut self.rows, (&self.known, eyes));
        self.known.settle();
        if self.rows.times_opened() != before {
            self.known = Known::default();
        }
        done
    }
}

fn filled<T, E>(fill: impl FnOnce(&mut Store) -> Result<T, E>) -> impl FnOnce(store::Store) -> Result<(store::Store, T), E> {
    |rows| {
        let mut store = Store::from(rows);
        let filled = fill(&mut store)?;
        Ok((store.rows, filled))
    }
}

impl Writer<'_> {
    pub fn reader(&self) -> Reader<'_> {
        Reader { rows: self.rows.reader(), known: self.known, eyes: self.eyes }
    }

    pub fn apply(&self, change: &Change) -> Result<()> {
        self.known.note(change);
        self.rows.apply(change)
    }

    pub fn apply_in_bulk(&self, bulk: &mut Bulk, change: Change) -> Result<()> {
        self.known.note(&change);
        self.rows.apply_in_bulk(bulk, change)
    }
}
