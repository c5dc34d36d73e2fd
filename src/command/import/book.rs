//! Which number a name has that a file uses: of the row that is there, or of one that is still to come.

use std::collections::HashMap;

use foldhash::quality::RandomState;

use crate::command::refusal::{Error, Refusal};
use crate::domain::text;
use crate::facts::Reader;
use crate::store::table::Table;

/// A name that stands for a row: its number, and whether the row itself was seen.
#[derive(Clone, Copy)]
pub(in crate::command) struct Name {
    pub(super) id: i64,
    /// Whether there is a row, from before or from the file.
    pub(super) defined: bool,
    /// The line of the file on which the row stands.
    here: Option<usize>,
    /// The line that named it first.
    pub(super) line: usize,
    short: Option<Short>,
}

/// A name that stands for a row which has a longer one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Short {
    ForOne,
    /// For rows of which each could be meant.
    ForSeveral,
}

/// The names of one kind of thing, numbered as they are first seen.
///
/// INVARIANT: names are kept as rows hold them, without spaces around: `a ` is `a`.
pub(in crate::command) struct Book {
    kind: &'static str,
    next: i64,
    /// No row was there before, so that none need be looked for.
    fresh: bool,
    names: HashMap<Box<str>, Name, RandomState>,
}

impl Book {
    /// The first new name gets the number so far `ahead` of the next.
    pub(super) fn open<T: Table>(kind: &'static str, db: Reader<'_>, ahead: i64) -> anyhow::Result<Book> {
        Ok(Book { kind, next: db.last_number::<T>()? + 1 + ahead, fresh: db.is_empty::<T>()?, names: HashMap::default() })
    }

    /// The number of a name; `known` looks it up among the rows that were there before.
    pub(super) fn number(
        &mut self,
        name: &str,
        line: usize,
        known: impl FnOnce(&str) -> anyhow::Result<Option<i64>>,
    ) -> anyhow::Result<i64> {
        let name = name.trim();
        if let Some(it) = self.names.get_mut(name) {
            if it.line == 0 {
                it.line = line;
            }
            return Ok(it.id);
        }
        let found = if self.fresh { None } else { known(name)? };
        let id = found.unwrap_or(self.next);
        self.next = self.next.max(id + 1);
        self.names.insert(name.into(), Name { id, defined: found.is_some(), here: None, line, short: None });
        Ok(id)
    }

    /// Notes a row that is there whatever the file says.
    pub(super) fn note(&mut self, name: &str, id: i64) {
        self.next = self.next.max(id + 1);
        self.names.insert(name.into(), Name { id, defined: true, here: None, line: 0, short: None });
    }

    /// The number of a row that may have been named already by a short name of it.
    pub(super) fn waits_for(&self, short: &str) -> Option<i64> {
        self.names.get(short).filter(|it| !it.defined && it.short.is_none()).map(|it| it.id)
    }

    /// Lets a short name stand for a row, until another row wants it too.
    pub(super) fn shorten(&mut self, short: &str, id: i64) {
        let first = Name { id, defined: true, here: None, line: 0, short: Some(Short::ForOne) };
        match self.names.get_mut(short) {
            None => drop(self.names.insert(short.into(), first)),
            Some(it) if it.short == Some(Short::ForOne) && it.id != id => {
                (it.short, it.defined) = (Some(Short::ForSeveral), false);
            }
            Some(it) if !it.defined && it.short.is_none() && it.id == id => *it = Name { line: it.line, ..first },
            Some(_) => {}
        }
    }

    /// Gives a short name that nobody used to a row that has no other.
    pub(in crate::command) fn claim(&mut self, name: &str) {
        if self.names.get(name.trim()).is_some_and(|it| it.short.is_some() && it.line == 0) {
            self.names.remove(name.trim());
        }
    }

    /// What a name stands for, where it was seen.
    pub(in crate::command) fn get(&self, name: &str) -> Option<&Name> {
        self.names.get(name)
    }

    /// The line of the file on which the row of a name stands.
    pub(super) fn line(&self, name: &str) -> Option<usize> {
        self.names.get(name)?.here
    }

    /// Notes that the file has the row of a numbered name. It may have it once.
    pub(in crate::command) fn define(&mut self, name: &str, written: &str, line: usize) -> Result<(), Error> {
        match self.names.get_mut(name.trim()) {
            Some(Name { here: Some(first), .. }) => Err(twice(self.kind, written, *first)),
            Some(it) => {
                (it.defined, it.here) = (true, Some(line));
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// The row as it was before the import, where anything was.
    pub(in crate::command) fn before<T>(&self, find: impl FnOnce() -> anyhow::Result<Option<T>>) -> anyhow::Result<Option<T>> {
        if self.fresh { Ok(None) } else { find() }
    }

    /// The first name that was used but never defined.
    pub(super) fn dangling(&self) -> Option<(usize, String)> {
        let missing = self.names.iter().filter(|(_, it)| !it.defined && it.line > 0);
        missing.min_by_key(|(_, it)| it.line).map(|(name, it)| {
            let mut longer: Vec<String> =
                self.names.keys().filter(|it| it.ends_with(&format!("/{name}"))).map(ToString::to_string).collect();
            longer.sort_unstable();
            let one_of = if it.short.is_some() { format!("; give one of {}", text::few(&longer)) } else { String::new() };
            (it.line, format!("no {} `{}`{one_of}", self.kind, text::display(name)))
        })
    }
}

/// A thing may stand in the file once.
pub(super) fn twice(kind: &str, name: &str, first: usize) -> Error {
    Refusal::Invalid(format!("the {kind} `{}` stands on line {first} already", text::display(name))).into()
}
