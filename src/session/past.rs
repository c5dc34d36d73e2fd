//! Looking back: what differs between two states of the workspace.

use anyhow::Result;

use super::Session;
use crate::domain::suggest::Unknown;
use crate::facts::past::Past;
use crate::query::diff::{Comparison, Difference, Point, Wanted};

impl Session {
    /// Who gained and lost what between two states, as far as that is shown, and the entries that did it. What is named is
    /// looked for in the later state first: what is gone has the name that it had.
    ///
    /// # Errors
    /// That nothing has a name, or that the file could not be read.
    pub fn difference(&self, wanted: &Wanted, from: Point, to: Point) -> Result<Difference> {
        let mut past = Past::of(&self.store)?;
        let only = match past.after(to.entry, |db| wanted.find(db)) {
            Err(error) if error.is::<Unknown>() => past.after(from.entry, |db| wanted.find(db)).map_err(|_| error)?,
            found => found?,
        };
        let mut comparison = Comparison::new(from, to, only);
        past.walk(from.entry, to.entry, &mut comparison)?;
        past.after(to.entry, |db| comparison.difference(db))
    }
}
