//! History, a page at a time, and what one entry changed.

use std::collections::HashSet;

use anyhow::Result;

use crate::domain::change::Change;
use crate::facts::Reader;
use crate::store::journal::Entry;

/// The entries that were taken back, by what the newest `steps` did.
pub fn taken_back(db: Reader<'_>, steps: usize) -> Result<HashSet<i64>> {
    let (mut cancelled, mut n) = (HashSet::new(), 0);
    db.walk_back(|seq, takes_back| {
        // What took something back and was itself taken back did nothing.
        if !cancelled.contains(&seq) {
            cancelled.extend(takes_back);
        }
        n += 1;
        (n == steps).then_some(())
    })?;
    Ok(cancelled)
}

/// Entries before `seq` (or the newest), newest first.
pub fn page(db: Reader<'_>, before: Option<i64>, limit: usize) -> Result<Vec<Entry>> {
    db.entries(before, limit)
}

/// The first changes of an entry as it was made, `limit` at most, and whether there are more.
pub fn changes(db: Reader<'_>, entry: &Entry, limit: usize) -> Result<(Vec<Change>, bool)> {
    let mut list = Vec::new();
    let mut more = false;
    db.each_change(entry, false, &mut |change| {
        if list.len() < limit {
            list.push(change);
        } else {
            more = true;
        }
        Ok(())
    })?;
    Ok((list, more))
}
