//! Whether the file is sound as a database: its pages, its schema, and every index against its table.
//!
//! SQLite's `integrity_check` looks every row up in every index, which takes longer than all
//! else together. Here its check of the pages and rows (`quick_check`) is followed by one pass
//! over each table and one over each index: the entries have to be in order, and the same as
//! the rows say. Where an index cannot be read without its table, or not all of it can be asked for, every row is looked up
//! after all: that is so of small ones only.

use std::hash::BuildHasher;

use anyhow::{Context, Result, anyhow};
use foldhash::quality::RandomState;
use rusqlite::Row;
use rusqlite::functions::{Aggregate, Context as Arguments, FunctionFlags};
use rusqlite::types::{Value, ValueRef};

use super::ledger::Sum;
use super::{Reader, Store};

/// An index as the schema has it.
struct Index {
    name: String,
    /// Its columns as SQL, expressions included.
    columns: String,
    n_columns: usize,
    unique: bool,
    /// Which rows it holds, where not all.
    only: Option<String>,
    /// Whether SQLite reads all of it without its table.
    alone: bool,
    /// Whether it has the row's number among its columns: that is stored twice, and only one of the two can be asked for.
    repeats: bool,
}

impl Index {
    /// Sums its entries up, in its own order.
    fn sum(&self, table: &str) -> String {
        let only = self.only.as_ref().map_or_else(String::new, |it| format!(" WHERE {it}"));
        let order = if self.unique { Order::Distinct } else { Order::Sorted };
        format!("SELECT {}({}, rowid) FROM {table} INDEXED BY {}{only}", order.name(), self.columns, self.name)
    }

    /// Sums up what the rows say that it holds: one column of a query.
    fn expected(&self) -> String {
        let only = self.only.as_ref().map_or_else(String::new, |it| format!(" FILTER (WHERE {it})"));
        format!("{}({}, rowid){only}", Order::Any.name(), self.columns)
    }

    /// Finds the row numbered `?1` by its columns, `?2` and on.
    fn find(&self, table: &str) -> String {
        let columns: Vec<String> = self.columns.split(", ").zip(2..).map(|(column, at)| format!("{column} IS ?{at}")).collect();
        let only = self.only.as_deref().unwrap_or("1");
        format!("SELECT 1 FROM {table} INDEXED BY {} WHERE {} AND rowid = ?1 AND {only}", self.name, columns.join(" AND "))
    }
}

impl Reader<'_> {
    /// The first thing that is wrong with the file as a database.
    ///
    /// # Errors
    /// That it could not be read at all.
    pub fn first_flaw(self) -> Result<Option<String>> {
        let empty = Store::memory()?;
        self.learn_sums()?;
        empty.reader().learn_sums()?;
        if let Some(flaw) = self.schema_differs(empty.reader())? {
            return Ok(Some(flaw));
        }
        if let Some(flaw) = self.first_damage()? {
            return Ok(Some(flaw));
        }
        for table in empty.reader().names("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name", [])? {
            let indexes = empty.reader().indexes(&table)?;
            if let Some(flaw) = self.index_differs(&table, &indexes)? {
                return Ok(Some(flaw));
            }
        }
        Ok(None)
    }

    /// The first thing that is wrong with its pages and rows.
    pub(super) fn first_damage(self) -> Result<Option<String>> {
        let said: String = self.conn.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        Ok((said != "ok").then(|| format!("the file is damaged: {said}")))
    }

    /// Lets SQL sum entries up, digested by chance, the same for all orders.
    fn learn_sums(self) -> Result<()> {
        let random = RandomState::default();
        for order in [Order::Any, Order::Sorted, Order::Distinct] {
            let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DIRECTONLY;
            self.conn.create_aggregate_function(order.name(), -1, flags, Entries { random: random.clone(), order })?;
        }
        Ok(())
    }

    fn names(self, sql: &str, params: impl rusqlite::Params) -> Result<Vec<String>> {
        self.rows(sql, params, |row| row.get(0))
    }

    /// Tables, indexes, triggers and views have to be those of an empty workspace: no more, no fewer, no others.
    fn schema_differs(self, empty: Reader<'_>) -> Result<Option<String>> {
        type Object = (String, String, String, Option<String>);
        let sql = "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name";
        let read = |row: &Row<'_>| -> rusqlite::Result<Object> { Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)) };
        let (here, expected) = (self.rows(sql, [], read)?, empty.rows(sql, [], read)?);
        let named = |list: &[Object], it: &Object| list.iter().any(|other| (&other.0, &other.1) == (&it.0, &it.1));
        let flaw = if let Some(it) = expected.iter().find(|it| !named(&here, it)) {
            format!("the {} {} is missing", it.0, it.1)
        } else if let Some(it) = here.iter().find(|it| !named(&expected, it)) {
            format!("the {} {} does not belong to a workspace", it.0, it.1)
        } else if let Some((it, _)) = here.iter().zip(&expected).find(|(it, other)| it != other) {
            format!("the {} {} is not as a workspace has it", it.0, it.1)
        } else {
            return Ok(None);
        };
        Ok(Some(flaw))
    }

    /// The indexes of a table, asked of a schema that can be trusted.
    fn indexes(self, table: &str) -> Result<Vec<Index>> {
        let sql = "SELECT i.name, i.[unique], s.sql FROM pragma_index_list(?1) i LEFT JOIN sqlite_schema s ON s.name = i.name
                   WHERE i.origin <> 'pk' ORDER BY i.name";
        let read = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, bool>(1)?, row.get::<_, Option<String>>(2)?));
        self.rows(sql, [table], read)?.into_iter().map(|(name, unique, sql)| self.index(table, name, unique, sql.as_deref())).collect()
    }

    fn index(self, table: &str, name: String, unique: bool, sql: Option<&str>) -> Result<Index> {
        let n_columns: i64 = self.conn.query_row("SELECT count(*) FROM pragma_index_info(?1)", [&name], |row| row.get(0))?;
        let n_columns = usize::try_from(n_columns)?;
        let Some(sql) = sql else {
            let columns = self.names("SELECT name FROM pragma_index_info(?1) ORDER BY seqno", [&name])?.join(", ");
            return self.read_how(table, Index { name, columns, n_columns, unique, only: None, alone: false, repeats: false });
        };
        let (on, only) = sql.split_once(" WHERE ").map_or((sql, None), |(on, only)| (on, Some(only.to_owned())));
        let columns = on.split_once('(').and_then(|(_, it)| it.trim_end().strip_suffix(')')).context("an index without columns")?;
        let columns = columns.to_owned();
        self.read_how(table, Index { name, columns, n_columns, unique, only, alone: false, repeats: false })
    }

    fn read_how(self, table: &str, index: Index) -> Result<Index> {
        let plan: Vec<String> = self.rows(&format!("EXPLAIN QUERY PLAN {}", index.sum(table)), [], |row| row.get(3))?;
        let alone = plan.iter().all(|it| it.contains(&format!("USING COVERING INDEX {}", index.name)));
        let number = self.names("SELECT name FROM pragma_table_info(?1) WHERE pk = 1 AND type = 'INTEGER'", [table])?;
        let repeats = index.columns.split(", ").any(|it| number.iter().any(|number| number == it));
        Ok(Index { alone, repeats, ..index })
    }

    /// The first index that does not hold what the rows of its table say.
    fn index_differs(self, table: &str, indexes: &[Index]) -> Result<Option<String>> {
        if indexes.is_empty() {
            return Ok(None);
        }
        if indexes.iter().any(|it| it.repeats) {
            let said: String = self.conn.query_row(&format!("PRAGMA integrity_check({table})"), [], |row| row.get(0))?;
            return Ok((said != "ok").then(|| format!("the file is damaged: {said}")));
        }
        let expected = self.entries_expected(table, indexes)?;
        for (index, expected) in indexes.iter().zip(expected) {
            let leads = if index.alone {
                self.conn.query_row(&index.sum(table), [], |row| row.get::<_, Option<Sum>>(0))? == Some(expected)
            } else {
                self.leads_to_every_row(table, index)?
            };
            if !leads {
                return Ok(Some(format!("the index {} of {table} does not lead to its rows: the file is damaged", index.name)));
            }
        }
        Ok(None)
    }

    /// What the rows say that each index holds.
    fn entries_expected(self, table: &str, indexes: &[Index]) -> Result<Vec<Sum>> {
        let columns = indexes.iter().map(Index::expected).collect::<Vec<_>>().join(", ");
        let sums = |row: &Row<'_>| (0..indexes.len()).map(|at| row.get(at)).collect();
        Ok(self.conn.query_row(&format!("SELECT {columns} FROM {table} NOT INDEXED"), [], sums)?)
    }

    /// Whether each row is found by the index, and it holds no more.
    fn leads_to_every_row(self, table: &str, index: &Index) -> Result<bool> {
        let only = index.only.as_deref().unwrap_or("1");
        let mut all = self.conn.prepare(&format!("SELECT rowid, {} FROM {table} NOT INDEXED WHERE {only}", index.columns))?;
        let (mut find, mut n, mut rows) = (self.conn.prepare(&index.find(table))?, 0_i64, all.query([])?);
        while let Some(row) = rows.next()? {
            n += 1;
            for column in 0..=index.n_columns {
                find.raw_bind_parameter(column + 1, row.get::<_, Value>(column)?)?;
            }
            if find.raw_query().next()?.is_none() {
                return Ok(false);
            }
        }
        let held = format!("SELECT count(*) FROM {table} INDEXED BY {} WHERE {only}", index.name);
        Ok(self.conn.query_row(&held, [], |row| row.get::<_, i64>(0))? == n)
    }
}

/// In which order entries have to come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Any,
    Sorted,
    /// Sorted, and no two with the same columns, but where something is unknown: then nothing is the same.
    Distinct,
}

impl Order {
    /// What SQL calls the sum of such entries.
    fn name(self) -> &'static str {
        match self {
            Order::Any => "entries",
            Order::Sorted => "entries_sorted",
            Order::Distinct => "entries_distinct",
        }
    }
}

/// Sums entries up inside of SQLite: of millions of rows, handing each column out is felt. A row's number comes last.
struct Entries {
    random: RandomState,
    order: Order,
}

/// The entries so far.
#[derive(Default)]
struct SoFar {
    sum: Sum,
    entry: Vec<u8>,
    before: Vec<u8>,
    /// Whether one came out of its order.
    is_disordered: bool,
}

impl Aggregate<SoFar, Option<Sum>> for Entries {
    fn init(&self, _: &mut Arguments<'_>) -> rusqlite::Result<SoFar> {
        Ok(SoFar::default())
    }

    fn step(&self, row: &mut Arguments<'_>, so_far: &mut SoFar) -> rusqlite::Result<()> {
        let SoFar { sum, entry, before, is_disordered } = so_far;
        entry.clear();
        let (n_columns, mut is_known) = (row.len() - 1, true);
        for column in 0..n_columns {
            let value = row.get_raw(column);
            is_known &= value != ValueRef::Null;
            write_down(value, entry);
        }
        let is_twice = self.order == Order::Distinct && is_known && before.starts_with(entry);
        write_down(row.get_raw(n_columns), entry);
        *is_disordered |= self.order != Order::Any && (is_twice || entry <= before);
        sum.add(self.random.hash_one(&entry));
        std::mem::swap(entry, before);
        Ok(())
    }

    fn finalize(&self, _: &mut Arguments<'_>, so_far: Option<SoFar>) -> rusqlite::Result<Option<Sum>> {
        let so_far = so_far.unwrap_or_default();
        Ok((!so_far.is_disordered).then_some(so_far.sum))
    }
}

/// Adds a column to an entry, so that the bytes of entries come in the order of the entries.
fn write_down(value: ValueRef<'_>, entry: &mut Vec<u8>) {
    match value {
        ValueRef::Null => entry.push(0),
        ValueRef::Integer(number) => {
            entry.push(1);
            entry.extend_from_slice(&(number ^ i64::MIN).to_be_bytes());
        }
        ValueRef::Real(number) => {
            entry.push(2);
            entry.extend_from_slice(&number.to_bits().to_be_bytes());
        }
        ValueRef::Text(bytes) => {
            entry.push(3);
            entry.extend_from_slice(bytes);
            entry.push(0);
        }
        ValueRef::Blob(bytes) => {
            entry.push(4);
            entry.extend_from_slice(bytes);
            entry.push(0);
        }
    }
}

impl Store {
    /// Asks two questions at once, `there` on a thread and a connection of its own, of one state of the file.
    pub fn at_once<A, B: Send>(
        &self,
        here: impl FnOnce(Reader<'_>) -> Result<A>,
        there: impl Fn(Reader<'_>) -> Result<B> + Sync,
    ) -> Result<(A, B)> {
        self.snapshot(|db| {
            let Ok(companion) = self.companion() else { return Ok((here(db)?, there(db)?)) };
            let head = db.head()?;
            // Somebody may have written in between: then it is asked here, afterwards.
            let there = &there;
            let same_state = move |other: Reader<'_>| Ok(if other.head()? == head { Some(there(other)?) } else { None });
            std::thread::scope(|scope| {
                let beside = scope.spawn(move || companion.snapshot(same_state));
                let here = here(db)?;
                let beside = beside.join().map_err(|_| anyhow!("a thread of the check broke off"))??;
                Ok((here, beside.map_or_else(|| there(db), Ok)?))
            })
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]
mod tests {
    use super::*;

    #[test]
    fn entries_come_in_the_order_of_their_bytes() {
        use ValueRef as V;
        let ordered =
            [V::Null, V::Integer(i64::MIN), V::Integer(-1), V::Integer(0), V::Integer(256), V::Text(b""), V::Text(b"a"), V::Text(b"ab")];
        let bytes = ordered.map(|it| {
            let mut entry = Vec::new();
            write_down(it, &mut entry);
            entry
        });
        assert!(bytes.is_sorted());
    }

    #[test]
    fn every_index_is_looked_at_and_most_are_read_alone() {
        let store = Store::memory().unwrap();
        let db = store.reader();
        db.learn_sums().unwrap();
        let (mut n, mut looked_up, mut repeat) = (0, Vec::new(), Vec::new());
        for table in db.names("SELECT name FROM sqlite_schema WHERE type = 'table'", []).unwrap() {
            for index in db.indexes(&table).unwrap() {
                n += 1;
                repeat.extend(index.repeats.then(|| index.name.clone()));
                if !index.alone && !index.repeats {
                    let columns = index.columns.split(", ").map(|it| format!("{it}=?")).collect::<Vec<_>>().join(" AND ");
                    let numbers = vec![1; index.n_columns + 1];
                    let plan = format!("EXPLAIN QUERY PLAN {}", index.find(&table));
                    let plan: Vec<String> = db.rows(&plan, rusqlite::params_from_iter(numbers), |row| row.get(3)).unwrap();
                    assert!(plan.iter().all(|it| it.contains(&format!("{} ({columns} AND rowid=?)", index.name))), "{plan:?}");
                    looked_up.push(index.name);
                }
            }
        }
        let expected: i64 = db.conn.query_row("SELECT count(*) FROM sqlite_schema WHERE type = 'index'", [], |row| row.get(0)).unwrap();
        assert_eq!(n, usize::try_from(expected).unwrap());
        looked_up.sort_unstable();
        assert_eq!(looked_up, ["assignment_wide", "contact_by_name"], "one more takes its time");
        repeat.sort_unstable();
        assert_eq!(repeat, ["contact_by_fold", "person_by_fold", "site_by_fold"], "one more takes its time");
    }
}
