//! In which order rows stand that are sorted by a value of theirs: what has none is last, whichever way round.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use anyhow::Result;
use chrono::{DateTime, Utc};

use crate::domain::policy::Policy;
use crate::domain::text;
use crate::facts::Reader;
use crate::store::page::{Anchor, Listed};

/// Rows that are read at once.
const PAGE: usize = 500;

/// What a row is sorted by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// Counts and days, by their size.
    Number(i64),
    /// As it is searched.
    Text(String),
    Empty,
}

impl Key {
    pub fn text(it: &str) -> Key {
        if it.is_empty() { Key::Empty } else { Key::Text(text::fold(it)) }
    }

    pub fn count(n: usize) -> Key {
        Key::Number(i64::try_from(n).unwrap_or(i64::MAX))
    }

    /// A count that says nothing where there is none.
    pub fn some(n: usize) -> Key {
        if n == 0 { Key::Empty } else { Key::count(n) }
    }

    pub fn day(at: Option<DateTime<Utc>>) -> Key {
        at.map_or(Key::Empty, |it| Key::Number(it.timestamp_micros()))
    }

    /// When something ends that is there; what never ends comes behind all days.
    pub fn end(until: Option<DateTime<Utc>>, is_there: bool) -> Key {
        if is_there && until.is_none() { Key::Number(i64::MAX) } else { Key::day(until) }
    }

    /// What a cell of a table says: a number by its size, else text.
    pub fn of_cell(cell: &str) -> Key {
        cell.parse().map_or_else(|_| Key::text(cell), Key::Number)
    }

    /// The order of two rows; `down` is the larger one first.
    pub fn order(&self, other: &Key, down: bool) -> Ordering {
        let empty = |it: &Key| *it == Key::Empty;
        let order = self.cmp(other);
        if down && !empty(self) && !empty(other) { order.reverse() } else { order }
    }
}

/// A column that rows are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    pub column: &'static str,
    /// The larger one first.
    pub down: bool,
}

/// Where and when it is asked what rows are sorted by, and for whom.
#[derive(Clone, Copy)]
pub struct Ask<'a> {
    pub db: Reader<'a>,
    pub policy: &'a Policy,
    pub now: DateTime<Utc>,
}

/// What a table's rows are sorted by: these rows, or all of them.
///
/// # Errors
/// Those of reading.
pub fn keys<T: Listed>(ask: &Ask<'_>, only: Option<&[i64]>, key: impl Fn(&T) -> Result<Key>) -> Result<Vec<(Key, i64)>> {
    let of =
        |rows: &[crate::store::page::Placed<T>]| rows.iter().map(|it| Ok((key(&it.row)?, it.row.number()))).collect::<Result<Vec<_>>>();
    if let Some(ids) = only {
        return of(&ask.db.picked::<T>(ids)?);
    }
    let (mut all, mut from) = (Vec::new(), Anchor::Start);
    loop {
        let page = ask.db.page::<T>(&from, PAGE)?;
        let Some(last) = page.last() else { return Ok(all) };
        from = Anchor::After(last.place.clone());
        all.extend(of(&page)?);
    }
}

/// Where each row stands, from 0.
pub type Ranks = Arc<HashMap<i64, usize>>;

/// Rows in the order of what they are sorted by.
#[derive(Clone, Debug)]
pub struct Order {
    pub sort: Sort,
    rows: Vec<(Key, i64)>,
    // INVARIANT: the numbers of the rows, in their order.
    ids: Vec<i64>,
    ranks: Ranks,
}

impl Order {
    /// Rows that are alike stay in the order in which they come.
    pub fn of(sort: Sort, mut rows: Vec<(Key, i64)>) -> Order {
        rows.sort_by(|a, b| a.0.order(&b.0, sort.down));
        let ids: Vec<i64> = rows.iter().map(|it| it.1).collect();
        let ranks = Arc::new(ids.iter().copied().zip(0..).collect());
        Order { sort, rows, ids, ranks }
    }

    pub fn turned(self) -> Order {
        Order::of(Sort { down: !self.sort.down, ..self.sort }, self.rows)
    }

    pub fn ids(&self) -> &[i64] {
        &self.ids
    }

    pub fn ranks(&self) -> &Ranks {
        &self.ranks
    }

    /// Where a row stands; one that is not known is behind all.
    pub fn rank(&self, id: i64) -> usize {
        self.ranks.get(&id).copied().unwrap_or(usize::MAX)
    }

    /// Of these rows, those that are not in it.
    pub fn lacks(&self, all: &[i64]) -> Vec<i64> {
        all.iter().copied().filter(|id| !self.ranks.contains_key(id)).collect()
    }

    /// The same without rows that are not among these, and with further ones.
    pub fn with(mut self, all: &[i64], more: Vec<(Key, i64)>) -> Order {
        let there: HashSet<i64> = all.iter().copied().collect();
        self.rows.retain(|it| there.contains(&it.1));
        self.rows.extend(more);
        Order::of(self.sort, self.rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(cells: &[&str]) -> Vec<(Key, i64)> {
        cells.iter().map(|it| Key::of_cell(it)).zip(0..).collect()
    }

    #[test]
    fn numbers_go_by_their_size_words_as_they_are_searched_and_what_is_empty_is_last_both_ways() {
        let order = Order::of(Sort { column: "n", down: false }, rows(&["", "10", "9", "Zoë", "zo", "", "100"]));
        assert_eq!(order.ids(), [2, 1, 6, 4, 3, 0, 5]);
        let order = order.turned();
        assert_eq!(order.ids(), [3, 4, 6, 1, 2, 0, 5]);
        assert_eq!((order.rank(3), order.rank(5), order.rank(77)), (0, 6, usize::MAX));
        assert_eq!(order.turned().ids(), [2, 1, 6, 4, 3, 0, 5]);
    }

    #[test]
    fn what_never_ends_is_behind_every_day_and_before_what_is_not_there() {
        let at = |text: &str| Some(text.parse::<DateTime<Utc>>().unwrap());
        let days = [
            Key::end(None, false),
            Key::end(None, true),
            Key::end(at("2026-12-01T00:00:00Z"), true),
            Key::end(at("2026-02-01T00:00:00Z"), true),
        ];
        let rows = days.into_iter().zip(0..).collect();
        assert_eq!(Order::of(Sort { column: "ends", down: false }, rows).ids(), [3, 2, 1, 0]);
    }

    #[test]
    fn rows_that_come_stand_where_they_sort_and_those_that_go_are_gone() {
        let order = Order::of(Sort { column: "n", down: false }, rows(&["5", "3", "8"]));
        let all = [0, 2, 7];
        assert_eq!(order.lacks(&all), [7]);
        assert_eq!(order.with(&all, vec![(Key::Number(6), 7)]).ids(), [0, 7, 2]);
    }
}
