//! Long lists: paged by key, filtered on the way.

use anyhow::Result;
use serde::Serialize;

use crate::cli::print::{Out, Rows};
use crate::cli::session::Session;
use crate::cli::shown::Shown;
use crate::domain::time::Zone;
use crate::query::search::{self, Query, Searched};
use crate::store::Reader;
use crate::store::page::From;

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

    /// Whether a row fits the filter, if there is one.
    pub(super) fn fits<R: Shown>(&self, cells: &[String]) -> bool {
        let text = || search::row(R::FIELDS.iter().copied().zip(cells.iter().map(String::as_str)));
        self.filter.as_ref().is_none_or(|typed| Query::parse(typed).matches(&text()))
    }

    /// Prints a table's rows in list order, a page at a time.
    pub(super) fn print<T: Searched, R: Shown>(
        &self,
        session: &Session,
        out: &mut Out,
        record: impl Fn(Reader<'_>, &T) -> Result<R>,
    ) -> Result<()> {
        let mut rows = out.rows(R::FIELDS.iter().copied());
        let mut from = From::Start;
        let mut left = self.limit();
        let mut known = T::Known::default();
        while left > 0 {
            let (next, n) = session.store.snapshot(|db| self.page(db, &from, left, &mut rows, &mut known, &record))?;
            rows.drain()?;
            left -= n;
            let Some(next) = next else { break };
            from = next;
        }
        rows.end()
    }

    /// Adds one page; answers where the next begins and how many rows fitted.
    fn page<T: Searched, R: Shown>(
        &self,
        db: Reader<'_>,
        from: &From,
        left: usize,
        rows: &mut Rows<'_>,
        known: &mut T::Known,
        record: &impl Fn(Reader<'_>, &T) -> Result<R>,
    ) -> Result<(Option<From>, usize)> {
        let page = db.page::<T>(from, if self.filter.is_some() { PAGE } else { PAGE.min(left) })?;
        let (policy, query) = (db.policy(None)?, self.filter.as_deref().map(Query::parse));
        let mut n = 0;
        for it in &page {
            let fits = query.as_ref().map_or(Ok(true), |query| it.row.search_text(db, &policy, known).map(|it| query.matches(&it)))?;
            if fits && n < left {
                let record = record(db, &it.row)?;
                rows.add(record.cells(policy.zone), &record)?;
                n += 1;
            }
        }
        Ok((page.last().map(|it| From::After(it.place.clone())), n))
    }

    /// Prints a short list that is in memory.
    pub(super) fn print_all<R: Shown + Serialize>(&self, out: &mut Out, zone: Zone, all: impl IntoIterator<Item = R>) -> Result<()> {
        let mut rows = out.rows(R::FIELDS.iter().copied());
        let fits = |it: &R| self.fits::<R>(&it.cells(zone));
        for it in all.into_iter().filter(fits).take(self.limit()) {
            rows.add(it.cells(zone), &it)?;
        }
        rows.end()
    }
}
