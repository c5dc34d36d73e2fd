//! What the journal says the tables hold: one digest a row, far smaller than the rows, and compared with them in one pass.
//!
//! A row is digested as it stands in its columns, derived ones included. The digests are keyed
//! by chance, so that two different rows never agree but by one chance in 2⁶⁴.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{BuildHasher, Hasher};

use anyhow::{Context, Result, bail};
use foldhash::quality::RandomState;
use rusqlite::Row;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

use super::Reader;
use super::journal::Entry;
use super::table::{Moved, SHAPES, Table};
use crate::domain::change::{Edit, by_kind};

/// Numbers are handed out one after the other: one that is farther off than this gets a place of its own.
const FAR: usize = 1 << 20;

/// What a chain of entries leaves.
#[derive(Default)]
pub struct Ledger {
    random: RandomState,
    tables: BTreeMap<&'static str, Rows>,
    touched: Sum,
    n_changes: usize,
    /// The one row whose columns are kept, a digest each.
    watched: Option<(&'static str, Key)>,
    kept: Vec<u64>,
}

/// What tells the rows of a table apart: its key.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Key {
    Number(i64),
    Name(String),
}

impl Key {
    fn of(value: ValueRef<'_>) -> Result<Key> {
        match value {
            ValueRef::Integer(number) => Ok(Key::Number(number)),
            ValueRef::Text(name) => Ok(Key::Name(String::from_utf8_lossy(name).into_owned())),
            ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_) => bail!("a row has neither number nor name"),
        }
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Key::Number(number) => number.fmt(f),
            Key::Name(name) => name.fmt(f),
        }
    }
}

/// The rows of one table. A digest of 0 means that there is none.
#[derive(Default)]
struct Rows {
    near: Vec<u64>,
    far: BTreeMap<i64, u64>,
    named: HashMap<String, u64>,
    highest: i64,
}

impl Rows {
    fn place(&mut self, key: &Key) -> &mut u64 {
        let number = match key {
            Key::Number(number) => *number,
            Key::Name(name) => return self.named.entry(name.clone()).or_default(),
        };
        self.highest = self.highest.max(number);
        match usize::try_from(number).ok().filter(|at| *at < self.near.len() + FAR && !self.far.contains_key(&number)) {
            Some(at) => {
                if self.near.len() <= at {
                    self.near.resize(at + 1, 0);
                }
                &mut self.near[at]
            }
            None => self.far.entry(number).or_default(),
        }
    }

    /// A row that is still there.
    fn any(&self) -> Option<Key> {
        let near = self.near.iter().position(|it| *it != 0).and_then(|at| i64::try_from(at).ok());
        let far = || self.far.iter().find(|it| *it.1 != 0).map(|it| *it.0);
        let named = || self.named.iter().find(|it| *it.1 != 0).map(|it| Key::Name(it.0.clone()));
        near.or_else(far).map(Key::Number).or_else(named)
    }
}

/// Many things at once, in any order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sum {
    count: u64,
    digests: u64,
}

impl ToSql for Sum {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(format!("{}:{}", self.count, self.digests).into())
    }
}

impl FromSql for Sum {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Sum> {
        let (count, digests) = value.as_str()?.split_once(':').ok_or(FromSqlError::InvalidType)?;
        let number = |it: &str| it.parse().map_err(FromSqlError::other);
        Ok(Sum { count: number(count)?, digests: number(digests)? })
    }
}

impl Sum {
    pub(super) fn add(&mut self, digest: u64) {
        self.count += 1;
        self.digests = self.digests.wrapping_add(digest);
    }
}

/// Takes one column in: what it holds, and of which kind.
fn feed(hasher: &mut impl Hasher, value: ValueRef<'_>) {
    match value {
        ValueRef::Null => hasher.write_u8(0),
        ValueRef::Integer(number) => {
            hasher.write_u8(1);
            hasher.write_i64(number);
        }
        ValueRef::Real(number) => {
            hasher.write_u8(2);
            hasher.write_u64(number.to_bits());
        }
        ValueRef::Text(bytes) => {
            hasher.write_u8(3);
            hasher.write_usize(bytes.len());
            hasher.write(bytes);
        }
        ValueRef::Blob(bytes) => {
            hasher.write_u8(4);
            hasher.write_usize(bytes.len());
            hasher.write(bytes);
        }
    }
}

impl Ledger {
    fn edit<T: Table>(&mut self, edit: &Edit<T>) -> Result<()> {
        if let Some(before) = &edit.before {
            let (key, digest) = self.digest(before)?;
            let place = self.tables.entry(T::TABLE).or_default().place(&key);
            if std::mem::take(place) != digest {
                return Err(Moved { noun: T::NOUN }.into());
            }
        }
        if let Some(after) = &edit.after {
            let (key, digest) = self.digest(after)?;
            let place = self.tables.entry(T::TABLE).or_default().place(&key);
            if std::mem::replace(place, digest) != 0 {
                return Err(Moved { noun: T::NOUN }.into());
            }
        }
        Ok(())
    }

    /// Takes in what an entry did. `progress` hears every few thousand how many changes there were so far.
    ///
    /// # Errors
    /// [`Moved`] where the entry expects a row to be otherwise than those before it left it.
    pub fn take(&mut self, db: Reader<'_>, entry: &Entry, progress: &mut dyn FnMut(usize)) -> Result<()> {
        let listed = db.origin(entry)?.parts == 0;
        let mut touched = BTreeSet::new();
        db.each_change(entry, false, &mut |change| {
            if listed {
                touched.extend(change.subjects());
            }
            self.n_changes += 1;
            if self.n_changes.is_multiple_of(4096) {
                progress(self.n_changes);
            }
            by_kind!(&change, edit => self.edit(edit))
        })?;
        for (kind, id) in touched.iter().map(|it| it.columns()) {
            self.touched.add(self.random.hash_one((kind, id, entry.seq)));
        }
        Ok(())
    }

    /// The key and the digest of a row as it would be stored.
    fn digest<T: Table>(&mut self, row: &T) -> Result<(Key, u64)> {
        let mut hasher = self.random.build_hasher();
        let (mut key, mut columns) = (None, Vec::new());
        row.bind(&mut |params| {
            for (at, param) in params.iter().enumerate() {
                let stored = param.to_sql()?;
                let value = match &stored {
                    ToSqlOutput::Borrowed(value) => *value,
                    ToSqlOutput::Owned(value) => ValueRef::from(value),
                    other => return Err(rusqlite::Error::ToSqlConversionFailure(format!("{other:?} is no column").into())),
                };
                if at + 1 == params.len() {
                    key = Some(Key::of(value));
                }
                if self.watched.is_some() {
                    columns.push(self.of_column(value));
                }
                feed(&mut hasher, value);
            }
            Ok(0)
        })?;
        let key = key.context("a row without columns")??;
        if self.watched.as_ref().is_some_and(|it| it.0 == T::TABLE && it.1 == key) {
            self.kept = columns;
        }
        Ok((key, hasher.finish().max(1)))
    }

    fn of_column(&self, value: ValueRef<'_>) -> u64 {
        let mut hasher = self.random.build_hasher();
        feed(&mut hasher, value);
        hasher.finish()
    }

    /// The first thing that is not as the entries left it. Uses the ledger up.
    pub fn first_difference(mut self, db: Reader<'_>) -> Result<Option<String>> {
        for (table, columns) in SHAPES {
            let difference = match self.compare(db, table, columns)? {
                Some((key, Fault::Extra)) => format!("{table} {key} is in the table but not in the journal"),
                Some((key, Fault::Missing)) => format!("{table} {key} is in the journal but not in the table"),
                Some((key, Fault::Differs)) => {
                    let column = self.column_that_differs(db, table, columns, &key)?;
                    format!("{table} {key} is not as the journal says: its {column} differs")
                }
                None if !self.numbers_go_on(db, table)? => {
                    format!("the next {table} could get a number that was given before: the count of numbers was set back")
                }
                None => continue,
            };
            return Ok(Some(difference));
        }
        if self.touched_by_file(db)? != self.touched {
            return Ok(Some(
                "the list of what the entries touched is not as the journal says: histories would leave something out".to_owned(),
            ));
        }
        Ok(None)
    }

    fn compare(&mut self, db: Reader<'_>, table: &'static str, columns: &str) -> Result<Option<(Key, Fault)>> {
        let rows = self.tables.entry(table).or_default();
        let mut statement = db.conn.prepare(&format!("SELECT {columns} FROM {table} NOT INDEXED"))?;
        let n_columns = statement.column_count();
        let mut stored = statement.query([])?;
        while let Some(row) = stored.next()? {
            let mut hasher = self.random.build_hasher();
            for column in 0..n_columns {
                feed(&mut hasher, row.get_ref(column)?);
            }
            let key = Key::of(row.get_ref(n_columns - 1)?)?;
            let place = rows.place(&key);
            match *place {
                0 => return Ok(Some((key, Fault::Extra))),
                expected if expected != hasher.finish().max(1) => return Ok(Some((key, Fault::Differs))),
                _ => *place = 0,
            }
        }
        Ok(rows.any().map(|key| (key, Fault::Missing)))
    }

    /// Goes through the journal once more to see what the row should hold.
    fn column_that_differs(&self, db: Reader<'_>, table: &'static str, columns: &str, key: &Key) -> Result<String> {
        let mut again = Ledger { random: self.random.clone(), watched: Some((table, key.clone())), ..Ledger::default() };
        for seq in 1..=db.head()?.map_or(0, |it| it.seq) {
            let entry = db.entry(seq)?.with_context(|| format!("entry {seq} is missing"))?;
            again.take(db, &entry, &mut |_| ())?;
        }
        let names: Vec<&str> = columns.split(',').map(str::trim).collect();
        let of_row =
            |row: &Row<'_>| (0..names.len()).map(|at| Ok(self.of_column(row.get_ref(at)?))).collect::<rusqlite::Result<Vec<u64>>>();
        let mut statement = db.conn.prepare(&format!("SELECT {columns} FROM {table} NOT INDEXED WHERE {} = ?1", names[names.len() - 1]))?;
        let stored = match key {
            Key::Number(number) => statement.query_row([number], of_row),
            Key::Name(name) => statement.query_row([name], of_row),
        }?;
        let differs = stored.iter().zip(&again.kept).position(|(stored, said)| stored != said);
        Ok(differs.map_or("row", |at| names[at]).to_owned())
    }

    /// Whether the next row gets a number that no row ever had.
    fn numbers_go_on(&self, db: Reader<'_>, table: &str) -> Result<bool> {
        let highest = self.tables.get(table).map_or(0, |it| it.highest);
        let sql = "SELECT count(*), total(typeof(seq) = 'integer' AND seq >= ?2) FROM sqlite_sequence WHERE name = ?1";
        let (n, sound): (i64, f64) = db.conn.prepare_cached(sql)?.query_row((table, highest), |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(highest == 0 || n == 1 && sound > 0.5)
    }

    fn touched_by_file(&self, db: Reader<'_>) -> Result<Sum> {
        let mut sum = Sum::default();
        let mut statement = db.conn.prepare("SELECT kind, id, seq FROM touched")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            sum.add(self.random.hash_one((row.get_ref(0)?.as_str()?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?)));
        }
        Ok(sum)
    }
}

enum Fault {
    Extra,
    Missing,
    Differs,
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]
mod tests {
    use super::*;
    use crate::store::Store;

    #[test]
    fn every_table_is_compared_with_all_its_columns() {
        let store = Store::memory().unwrap();
        let db = store.reader();
        let tables =
            db.rows("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name", [], |row| row.get::<_, String>(0)).unwrap();
        let elsewhere = ["entry", "entry_part", "sqlite_sequence", "touched"];
        let mut compared: Vec<&str> = SHAPES.iter().map(|it| it.0).chain(elsewhere).collect();
        compared.sort_unstable();
        assert_eq!(tables, compared);
        for (table, columns) in SHAPES {
            let mut all = db.rows("SELECT name FROM pragma_table_info(?1)", [table], |row| row.get::<_, String>(0)).unwrap();
            let mut named: Vec<&str> = columns.split(',').map(str::trim).collect();
            all.sort_unstable();
            named.sort_unstable();
            assert_eq!(all, named, "{table}");
        }
    }

    #[test]
    fn rows_far_off_have_a_place_of_their_own() {
        let mut rows = Rows::default();
        for number in [1, 2, i64::MAX, -7, 2_000_000, 1_000_000, 1_500_000] {
            *rows.place(&Key::Number(number)) = 1;
        }
        for number in [1, 2, i64::MAX, -7, 2_000_000, 1_000_000, 1_500_000] {
            assert_eq!(std::mem::take(rows.place(&Key::Number(number))), 1, "{number}");
        }
        assert!(rows.any().is_none() && rows.near.len() < 3_000_000);
    }
}
