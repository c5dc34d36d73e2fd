//! Lists: which rows, in which order, how many, and which columns of them.
//!
//! Long ones come a page at a time, filtered on the way; only a list that is sorted by
//! a column of its own is gathered first.

use anyhow::Result;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

use crate::cli::exit::{NO, YES, usage};
use crate::cli::print::{Out, Rows};
use crate::domain::suggest;
use crate::domain::text;
use crate::domain::time::Zone;
use crate::facts::Reader;
use crate::query::columns::Columns;
use crate::query::counts;
use crate::query::order::{Ask, Key};
use crate::query::rights::{Of, Passing, Rights};
use crate::query::search::{self, Field, Query, Searched};
use crate::session::Session;
use crate::store::page::Anchor;

/// Rows that are read at once.
const PAGE: usize = 500;
/// As many rows as a question may ask for.
pub(super) const EVERY: usize = usize::MAX >> 1;

/// Those of which whoever asks may know.
pub(super) fn known<T>(all: impl IntoIterator<Item = T>, knows: impl Fn(&T) -> Result<bool>) -> Result<Vec<T>> {
    all.into_iter().filter_map(|it| knows(&it).map(|known| known.then_some(it)).transpose()).collect()
}

/// Whether a filter may name all of them.
fn are_fields<'a>(mut columns: impl Iterator<Item = &'a str>) -> bool {
    columns.all(|it| Field::named(it).is_some())
}

// Options of every list. No doc comment: it would stand for what the verb itself says.
#[derive(clap::Args, Default)]
#[command(next_help_heading = "Rows")]
pub(super) struct Options {
    /// Only rows with all of these words; `role:helper` looks in one column, `!word` leaves out
    #[arg(long, value_name = "WORDS")]
    filter: Option<String>,
    /// At most this many rows
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// By this column instead of the list's own order; `-COLUMN` backwards
    #[arg(long, value_name = "COLUMN", allow_hyphen_values = true)]
    sort: Option<String>,
    /// Only these columns, in this order
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    columns: Vec<String>,
}

impl Options {
    /// The same with a limit where none was given.
    pub(super) fn at_most(&self, limit: usize) -> Options {
        Options {
            filter: self.filter.clone(),
            limit: Some(self.limit.unwrap_or(limit)),
            sort: self.sort.clone(),
            columns: self.columns.clone(),
        }
    }

    /// Whether the list is printed as it comes, with its usual columns.
    pub(super) fn is_plain(&self) -> bool {
        self.filter.is_none() && self.sort.is_none() && self.columns.is_empty()
    }

    /// How many rows of a source are enough: a filter or an order of its own needs all of them.
    pub(super) fn reach(&self, usual: usize) -> usize {
        let all = self.filter.is_some() || self.sort.is_some();
        if all { EVERY } else { self.limit.unwrap_or(usual) }
    }

    /// Begins a list of such rows; `more` are fields that are searched without being printed.
    pub(super) fn of<'a, R: Columns>(&self, out: &'a mut Out, more: &[&'static str]) -> Result<List<'a>> {
        self.counting::<R>(out, more, &[])
    }

    /// The same of rows of which these are counted.
    fn counting<'a, R: Columns>(&self, out: &'a mut Out, more: &[&'static str], counted: &[&'static str]) -> Result<List<'a>> {
        debug_assert!(are_fields(R::COLUMNS.iter().map(|it| it.name)), "search::MORE_FIELDS lacks one of {:?}", R::names());
        let keys = R::COLUMNS.iter().map(|it| it.key.to_owned()).collect();
        let usual = R::COLUMNS.iter().enumerate().filter(|it| it.1.usual).map(|it| it.0).collect();
        self.begin(out, R::names(), keys, usual, more, counted)
    }

    /// Begins a list with these columns.
    ///
    /// # Errors
    /// Where the options name a column that there is not.
    pub(super) fn rows<'a>(&self, out: &'a mut Out, columns: &[&'static str]) -> Result<List<'a>> {
        debug_assert!(are_fields(columns.iter().copied()), "search::MORE_FIELDS lacks one of {columns:?}");
        self.named(out, columns.iter().map(|it| (*it).to_owned()).collect(), &[])
    }

    /// The same with columns that are named by what is there, and fields that are searched without being printed.
    pub(super) fn named<'a>(&self, out: &'a mut Out, columns: Vec<String>, more: &[&'static str]) -> Result<List<'a>> {
        self.keyed(out, columns.clone(), columns, more)
    }

    /// The same where JSON knows the columns by these keys.
    pub(super) fn keyed<'a>(&self, out: &'a mut Out, columns: Vec<String>, keys: Vec<String>, more: &[&'static str]) -> Result<List<'a>> {
        let usual = (0..columns.len()).collect();
        self.begin(out, columns, keys, usual, more, &[])
    }

    fn begin<'a>(
        &self,
        out: &'a mut Out,
        columns: Vec<String>,
        keys: Vec<String>,
        usual: Vec<usize>,
        more: &[&'static str],
        counted: &[&'static str],
    ) -> Result<List<'a>> {
        let query = self.filter.as_deref().map(|it| Query::counting(it, counted));
        let searched: Vec<Field> = columns.iter().map(String::as_str).chain(more.iter().copied()).filter_map(Field::named).collect();
        let fields: Vec<&'static str> = searched.iter().map(|it| it.as_str()).chain(counted.iter().copied()).collect();
        if let Some(missing) = query.iter().flat_map(Query::fields).find(|it| !searched.contains(it)) {
            return Err(usage(format!("--filter: {}", search::no_field(missing.as_str(), &fields))));
        }
        let place = |option: &str, name: &str| {
            let found = columns.iter().position(|it| it == name).or_else(|| columns.iter().position(|it| it.eq_ignore_ascii_case(name)));
            let found = found.or_else(|| keys.iter().position(|it| it == name));
            let hint = || suggest::did_you_mean(name, columns.iter().map(String::as_str));
            found
                .ok_or_else(|| usage(format!("{option}: no column `{}`{}; there are: {}", text::display(name), hint(), columns.join(", "))))
        };
        let sort = match &self.sort {
            Some(name) => {
                let (name, down) = name.strip_prefix('-').map_or((name.as_str(), false), |name| (name, true));
                Some((place("--sort", name)?, down))
            }
            None => None,
        };
        let picked = self.columns.iter().map(|it| place("--columns", it.trim())).collect::<Result<Vec<_>>>()?;
        let (chosen, picked) = if picked.is_empty() { (false, usual) } else { (true, picked) };
        let header: Vec<String> = picked.iter().map(|at| columns[*at].clone()).collect();
        let (left, passing, kept) = (self.limit.unwrap_or(usize::MAX), Passing::default(), Vec::new());
        Ok(List { rows: out.rows(header), columns, keys, query, fields, passing, left, sort, picked, chosen, kept })
    }

    /// Prints a table's rows in list order, a page at a time.
    pub(super) fn print<T: Searched, R: Columns>(
        &self,
        session: &Session,
        out: &mut Out,
        record: impl Fn(Reader<'_>, &T) -> Result<R>,
    ) -> Result<u8> {
        let mut list = self.counting::<R>(out, T::FIELDS, T::COUNTED)?;
        if let Some(of) = T::RIGHTS {
            list.passing = list.able(session, of)?;
        }
        let (mut known, mut from) = (T::Known::default(), Anchor::Start);
        while !list.is_full() {
            let next = session.snapshot(|db| list.page(db, session.now, &from, &mut known, &record))?;
            list.drain()?;
            let Some(next) = next else { break };
            from = next;
        }
        list.end()
    }

    /// Prints a short list that is in memory.
    pub(super) fn print_all<R: Columns>(&self, out: &mut Out, zone: Zone, all: impl IntoIterator<Item = R>) -> Result<u8> {
        let mut list = self.of::<R>(out, &[])?;
        all.into_iter().try_for_each(|it| list.add(it.cells(zone), &it))?;
        list.end()
    }
}

/// Rows of a short list, and whose rights its filter asks about: each row by its number.
pub(super) struct Able<R> {
    pub(super) of: Of,
    pub(super) rows: Vec<(i64, R)>,
}

impl Options {
    /// Prints short lists that are in memory, one after the other, whose filter may ask who can; `more` are the fields
    /// of a row that are searched without being printed.
    pub(super) fn print_able<R: Columns>(
        &self,
        session: &Session,
        out: &mut Out,
        lists: Vec<Able<R>>,
        fields: &[&'static str],
        more: impl Fn(&R) -> Vec<String>,
    ) -> Result<u8> {
        let zone = session.zone()?;
        let counted = lists.first().map_or(&[][..], |it| counts::fields(it.of));
        let mut list = self.counting::<R>(out, &[fields, &[search::CAN]].concat(), counted)?;
        for Able { of, rows } in lists {
            let passing = list.able(session, of)?;
            let rows = list.with_counts(session, of, rows)?;
            for (_, row) in rows.into_iter().filter(|it| passing.has(it.0)) {
                let more = more(&row);
                let more: Vec<(&str, &str)> = fields.iter().copied().zip(more.iter().map(String::as_str)).collect();
                list.add_also(row.cells(zone), &more, &row)?;
            }
        }
        list.end()
    }
}

/// A list on its way out.
pub(super) struct List<'a> {
    rows: Rows<'a>,
    /// All of them, whichever are printed.
    columns: Vec<String>,
    /// What each is called in JSON: a field of the row, or one of its cells.
    keys: Vec<String>,
    query: Option<Query>,
    /// What the filter may name.
    fields: Vec<&'static str>,
    /// Whom the filter lets through by what they can do.
    passing: Passing,
    left: usize,
    /// By which column, and whether backwards.
    sort: Option<(usize, bool)>,
    /// Those that are printed, in this order.
    picked: Vec<usize>,
    /// Whether whoever asks chose them: JSON is whole otherwise.
    chosen: bool,
    /// What waits to be sorted.
    kept: Vec<(Vec<String>, Option<String>)>,
}

impl List<'_> {
    /// Reads who can, where the filter asks for it.
    fn able(&self, session: &Session, of: Of) -> Result<Passing> {
        let Some(query) = self.query.as_ref().filter(|it| it.asks_rights()) else { return Ok(Passing::default()) };
        let read = |db: Reader<'_>| Rights::read(db, &db.policy(None)?, session.now, of);
        Ok(session.snapshot(read)?.passing_known(query.can())?)
    }

    /// Whether a row of which this is counted passes what the filter asks of that.
    fn counts_pass(&self, count: impl Fn(&str) -> Result<Option<i64>>) -> Result<bool> {
        for it in self.query.iter().flat_map(Query::counts) {
            if !it.passes(count(it.field)?) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The rows of a short list that pass what the filter asks of their counts.
    fn with_counts<R>(&self, session: &Session, of: Of, rows: Vec<(i64, R)>) -> Result<Vec<(i64, R)>> {
        if self.query.iter().all(|it| it.counts().is_empty()) {
            return Ok(rows);
        }
        let read = |db: Reader<'_>| -> Result<Vec<(i64, R)>> {
            let policy = db.policy(None)?;
            let ask = Ask { db, policy: &policy, now: session.now };
            known(rows, |it| self.counts_pass(|field| counts::of(&ask, of, it.0, field)))
        };
        session.snapshot(read)
    }

    /// Whether no further row is wanted.
    pub(super) fn is_full(&self) -> bool {
        self.left == 0 && self.sort.is_none()
    }

    /// How many rows of a source to read at once: no more than are wanted, where every one of them is.
    pub(super) fn at_once(&self, page: usize) -> usize {
        if self.query.is_none() && self.sort.is_none() { self.left.min(page) } else { page }
    }

    /// The same with names for a header, printed as they are.
    pub(super) fn headed_by_names(self) -> Self {
        List { rows: self.rows.named(), ..self }
    }

    /// Adds a row if it fits the filter: its cells, and the same for programs.
    pub(super) fn add(&mut self, cells: Vec<String>, json: &impl Serialize) -> Result<()> {
        self.add_also(cells, &[], json)
    }

    /// The same with fields that are searched without being printed.
    pub(super) fn add_also(&mut self, cells: Vec<String>, more: &[(&str, &str)], json: &impl Serialize) -> Result<()> {
        let row = || search::row(self.columns.iter().map(String::as_str).zip(cells.iter().map(String::as_str)).chain(more.iter().copied()));
        let fits = self.query.as_ref().is_none_or(|it| it.matches(&row()));
        if fits { self.put(cells, json) } else { Ok(()) }
    }

    /// Adds a row that fits.
    fn put(&mut self, cells: Vec<String>, json: &impl Serialize) -> Result<()> {
        if self.is_full() {
            return Ok(());
        }
        let json = if self.rows.wants_json() { Some(self.json(json)?) } else { None };
        if self.sort.is_some() {
            self.kept.push((cells, json));
            return Ok(());
        }
        self.left -= 1;
        self.pass_on(cells, json)
    }

    fn pass_on(&mut self, cells: Vec<String>, json: Option<String>) -> Result<()> {
        let whole = self.picked.iter().copied().eq(0..cells.len());
        let cells = if whole { cells } else { self.picked.iter().map(|at| cells[*at].clone()).collect() };
        self.rows.add_written(cells, json)
    }

    /// The row as JSON, with what its columns hold.
    fn json(&self, row: &impl Serialize) -> Result<String> {
        if !self.chosen {
            return Ok(serde_json::to_string(row)?);
        }
        let Value::Object(fields) = serde_json::to_value(row)? else { return Ok(serde_json::to_string(row)?) };
        let mut wanted: Vec<(&String, &Value)> = Vec::new();
        let mut cells: Vec<(&String, &Value)> = Vec::new();
        for name in self.picked.iter().map(|at| &self.keys[*at]) {
            let alike = || fields.iter().find(|it| Field::named(it.0).is_some_and(|it| Some(it) == Field::named(name)));
            wanted.extend(fields.get_key_value(name).or_else(alike));
            cells.extend(fields.get("cells").and_then(|it| it.as_object()?.get_key_value(name)));
        }
        let mut parts = wanted.into_iter().map(written).collect::<Result<Vec<_>>>()?;
        if !cells.is_empty() {
            parts.push(format!("\"cells\":{{{}}}", cells.into_iter().map(written).collect::<Result<Vec<_>>>()?.join(",")));
        }
        Ok(format!("{{{}}}", parts.join(",")))
    }

    /// Adds one page of a table; answers where the next begins.
    fn page<T: Searched, R: Columns>(
        &mut self,
        db: Reader<'_>,
        now: DateTime<Utc>,
        from: &Anchor,
        known: &mut T::Known,
        record: &impl Fn(Reader<'_>, &T) -> Result<R>,
    ) -> Result<Option<Anchor>> {
        let (zone, page) = (db.zone()?, db.page::<T>(from, self.at_once(PAGE))?);
        // Only what is searched needs the policy, which takes longer to read than a few rows.
        let policy = self.query.as_ref().map(|_| db.policy(None)).transpose()?;
        for it in &page {
            if !self.passing.has(it.row.number()) {
                continue;
            }
            let text = policy.as_ref().map(|policy| it.row.search_text(db, policy, known)).transpose()?;
            let fits = text.is_none_or(|text| self.query.as_ref().is_none_or(|it| it.matches(&text)));
            let counts = policy.as_ref().map_or(Ok(true), |policy| {
                let ask = Ask { db, policy, now };
                self.counts_pass(|field| if fits { it.row.count(&ask, field) } else { Ok(None) })
            })?;
            if fits && counts && !self.is_full() {
                let record = record(db, &it.row)?;
                self.put(record.cells(zone), &record)?;
            }
        }
        Ok(page.last().map(|it| Anchor::After(it.place.clone())))
    }

    /// Passes on what is there. Never called while a question is open.
    pub(super) fn drain(&mut self) -> Result<()> {
        self.rows.drain()
    }

    /// Ends the list; an empty one is a no.
    pub(super) fn end(mut self) -> Result<u8> {
        if let Some((column, down)) = self.sort {
            let keyed = std::mem::take(&mut self.kept).into_iter().map(|row| (Key::of_cell(&row.0[column]), row));
            let mut kept: Vec<_> = keyed.collect();
            kept.sort_by(|a, b| a.0.order(&b.0, down));
            for (_, (cells, json)) in kept.into_iter().take(self.left) {
                self.pass_on(cells, json)?;
            }
        }
        if let Some(strange) = self.query.as_ref().and_then(Query::strange).filter(|_| self.rows.is_empty()) {
            return Err(usage(format!("--filter: {}", search::no_field(strange, &self.fields))));
        }
        let code = if self.rows.is_empty() { NO } else { YES };
        self.rows.end()?;
        Ok(code)
    }
}

/// A field as it stands in an object.
fn written((name, value): (&String, &Value)) -> Result<String> {
    Ok(format!("{}:{value}", serde_json::to_string(name)?))
}
