//! Long lists, a window at a time: paged by key, never by position.

use anyhow::Result;
use rusqlite::types::Value;

use super::Reader;
use super::table::Table;
use crate::domain::row::Numbered;

/// A row's place in its list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub fold: String,
    pub id: i64,
}

/// Where a window begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Anchor {
    Start,
    /// The rows behind this place.
    After(Position),
    /// This place and the rows behind it.
    At(Position),
    /// The rows just before this place.
    Before(Position),
    End,
}

/// A table with a sorted list of its own.
pub trait Listed: Table + Numbered {
    /// The column of the name by which one of them is named, which has an index.
    const NAME: &'static str;
}

/// Selects the rows of a list with their places.
fn select<T: Listed>(rest: &str) -> String {
    // The place comes behind what the row is read from.
    T::SELECT.replacen(" FROM ", ", fold FROM ", 1) + rest
}

/// One row with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed<T> {
    pub place: Position,
    pub row: T,
}

impl Reader<'_> {
    /// At most `limit` rows in list order.
    pub fn page<T: Listed>(self, from: &Anchor, limit: usize) -> Result<Vec<Placed<T>>> {
        let (condition, backwards, place) = match from {
            Anchor::Start => ("", false, None),
            Anchor::After(place) => ("WHERE (fold, id) > (?1, ?2)", false, Some(place)),
            Anchor::At(place) => ("WHERE (fold, id) >= (?1, ?2)", false, Some(place)),
            Anchor::Before(place) => ("WHERE (fold, id) < (?1, ?2)", true, Some(place)),
            Anchor::End => ("", true, None),
        };
        let order = if backwards { " ORDER BY fold DESC, id DESC" } else { " ORDER BY fold, id" };
        let sql = select::<T>(&format!("{condition}{order} LIMIT {limit}"));
        let params: Vec<Value> = place.map_or_else(Vec::new, |it| vec![Value::Text(it.fold.clone()), Value::Integer(it.id)]);
        let mut rows = self.rows(&sql, rusqlite::params_from_iter(params), placed)?;
        if backwards {
            rows.reverse();
        }
        Ok(rows)
    }

    /// At most `limit` rows whose names begin with this, in the order of their names.
    pub fn beginning<T: Listed>(self, with: &str, limit: usize) -> Result<Vec<T>> {
        let (select, name) = (T::SELECT, T::NAME);
        let sql = format!("{select} WHERE {name} >= ?1 AND {name} < ?2 ORDER BY {name} LIMIT {limit}");
        self.rows(&sql, (with, format!("{with}\u{10ffff}")), T::read)
    }

    /// The place of one row.
    pub fn place_of<T: Listed>(self, id: i64) -> Result<Option<Placed<T>>> {
        Ok(self.rows(&select::<T>("WHERE id = ?1"), [id], placed)?.pop())
    }

    /// The rows with these numbers, in this order; missing ones are left out.
    pub fn picked<T: Listed>(self, ids: &[i64]) -> Result<Vec<Placed<T>>> {
        ids.iter().filter_map(|id| self.place_of(*id).transpose()).collect()
    }

    /// How many rows a list has.
    pub fn count<T: Listed>(self) -> Result<usize> {
        let sql = format!("SELECT count(*) FROM {}", T::TABLE);
        let count: i64 = self.conn.prepare_cached(&sql)?.query_row([], |row| row.get(0))?;
        Ok(usize::try_from(count).unwrap_or(0))
    }

    /// The numbers of all rows, in list order.
    pub fn numbers<T: Listed>(self) -> Result<Vec<i64>> {
        self.rows(&format!("SELECT id FROM {} ORDER BY fold, id", T::TABLE), [], |row| row.get(0))
    }

    /// Calls `each` with number and search text of every row in list order: what a filter runs over.
    pub fn each_search_text<T: Listed>(self, mut each: impl FnMut(i64, &str)) -> Result<()> {
        let mut statement = self.conn.prepare_cached(&format!("SELECT id, fold FROM {} ORDER BY fold, id", T::TABLE))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            each(row.get(0)?, row.get_ref(1)?.as_str()?);
        }
        Ok(())
    }
}

fn placed<T: Listed>(row: &rusqlite::Row<'_>) -> rusqlite::Result<Placed<T>> {
    let read = T::read(row)?;
    Ok(Placed { place: Position { fold: row.get("fold")?, id: read.number() }, row: read })
}
