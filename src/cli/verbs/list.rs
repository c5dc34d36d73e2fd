//! Long lists: paged by key, filtered on the way.

use anyhow::Result;
use serde::Serialize;

use crate::cli::print::{Out, Rows};
use crate::cli::session::Session;
use crate::cli::shown::Shown;
use crate::query::search;
use crate::store::Reader;
use crate::store::page::{From, Listed};

/// Rows that are read at once.
const PAGE: usize = 500;

/// Options of every list.
#[derive(clap::Args)]
pub(super) struct Options {
    /// Only rows with all of these words; `!word` leaves out
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// At most this many rows
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

impl Options {
    pub(super) fn limit(&self) -> usize {
        self.limit.unwrap_or(usize::MAX)
    }

    pub(super) fn fits(&self, text: &str) -> bool {
        self.filter.as_ref().is_none_or(|typed| search::matches(text, typed))
    }

    /// Prints a table's rows in list order, a page at a time.
    pub(super) fn print<T: Listed, R: Shown>(
        &self,
        session: &Session,
        out: &mut Out,
        record: impl Fn(Reader<'_>, &T) -> Result<R>,
    ) -> Result<()> {
        let mut rows = out.rows(R::FIELDS.iter().copied());
        let mut from = From::Start;
        let mut left = self.limit();
        while left > 0 {
            let (next, n) = session.store.snapshot(|db| self.page(db, &from, left, &mut rows, &record))?;
            rows.drain()?;
            left -= n;
            let Some(next) = next else { break };
            from = next;
        }
        rows.end()
    }

    /// Adds one page; answers where the next begins and how many rows fitted.
    fn page<T: Listed, R: Shown>(
        &self,
        db: Reader<'_>,
        from: &From,
        left: usize,
        rows: &mut Rows<'_>,
        record: &impl Fn(Reader<'_>, &T) -> Result<R>,
    ) -> Result<(Option<From>, usize)> {
        let page = db.page::<T>(from, PAGE)?;
        let fitting = page.iter().filter(|it| self.fits(&it.place.fold)).take(left);
        let mut n = 0;
        for it in fitting {
            let record = record(db, &it.row)?;
            rows.add(record.cells(), &record)?;
            n += 1;
        }
        Ok((page.last().map(|it| From::After(it.place.clone())), n))
    }

    /// Prints a short list that is in memory.
    pub(super) fn print_all<R: Shown + Serialize>(&self, out: &mut Out, all: impl IntoIterator<Item = R>) -> Result<()> {
        let mut rows = out.rows(R::FIELDS.iter().copied());
        let fits = |it: &R| self.fits(&it.cells().join(" "));
        for it in all.into_iter().filter(fits).take(self.limit()) {
            rows.add(it.cells(), &it)?;
        }
        rows.end()
    }
}
