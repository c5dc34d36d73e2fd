//! What was done, and taking it back.

use anyhow::Result;
use chrono::{DateTime, Utc};
use clap::Subcommand;
use serde::Serialize;

use crate::cli::exit::YES;
use crate::cli::print::Out;
use crate::cli::receipt::{Trial, told};
use crate::cli::session::Start;
use crate::command::{self, Command, Refusal};
use crate::domain::change::Change;
use crate::domain::suggest::Unknown;
use crate::domain::time;
use crate::query::journal;
use crate::store::Reader;
use crate::store::journal::Entry;

/// Entries that are read at once.
const PAGE: usize = 200;
/// Most changes of one entry that are shown.
const MANY: usize = 1_000;

#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Journal {
    #[command(subcommand)]
    show: Option<Show>,
    /// At most this many entries
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    /// Only entries before this one
    #[arg(long, value_name = "SEQ")]
    before: Option<i64>,
}

#[derive(Subcommand)]
enum Show {
    /// One entry and what it changed
    Show { seq: i64 },
}

#[derive(clap::Args)]
pub(crate) struct Undo {
    /// This entry instead of the last one
    seq: Option<i64>,
    #[command(flatten)]
    trial: Trial,
}

#[derive(clap::Args)]
pub(crate) struct Redo {
    #[command(flatten)]
    trial: Trial,
}

#[derive(Serialize)]
struct Row {
    seq: i64,
    #[serde(with = "time::instant")]
    at: DateTime<Utc>,
    actor: String,
    via: String,
    summary: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    takes_back: Option<i64>,
    entry: String,
}

#[derive(Serialize)]
struct Page {
    #[serde(flatten)]
    row: Row,
    changes: Vec<Change>,
    more: bool,
}

impl From<Entry> for Row {
    fn from(it: Entry) -> Row {
        let entry = it.head().to_string();
        Row { seq: it.seq, at: it.at, actor: it.actor, via: it.via, summary: it.summary, takes_back: it.inverse_of, entry }
    }
}

impl Journal {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        let store = start.journal()?;
        match self.show {
            Some(Show::Show { seq }) => store.snapshot(|db| show(db, out, seq))?,
            None => {
                let at = start.at()?;
                let (zone, entries) = store.snapshot(|db| Ok((db.zone()?, self.entries(db, at)?)))?;
                let mut rows = out.rows(["seq", "at", "actor", "summary"]);
                for row in entries.into_iter().map(Row::from) {
                    let at = zone.minute(row.at);
                    rows.add(vec![row.seq.to_string(), at, row.actor.clone(), row.summary.clone()], &row)?;
                }
                rows.end()?;
            }
        }
        Ok(YES)
    }

    /// The newest entries that `--before` and `--at` leave; without them there is no limit in time.
    fn entries(&self, db: Reader<'_>, at: Option<DateTime<Utc>>) -> Result<Vec<Entry>> {
        let by_then = at.map(|at| db.last_by(at)).transpose()?.map(|last| last.saturating_add(1));
        let before = self.before.into_iter().chain(by_then).min();
        let mut found: Vec<Entry> = Vec::new();
        while found.len() < self.limit {
            let page = journal::page(db, found.last().map(|it| it.seq).or(before), PAGE.min(self.limit - found.len()))?;
            if page.is_empty() {
                break;
            }
            found.extend(page);
        }
        Ok(found)
    }
}

fn show(db: Reader<'_>, out: &mut Out, seq: i64) -> Result<()> {
    let Some(entry) = db.entry(seq)? else {
        let newest = db.head()?.map_or(0, |it| it.seq);
        return Err(Unknown { kind: "journal entry", text: seq.to_string(), hint: format!("; the newest is {newest}") }.into());
    };
    let (changes, more) = journal::changes(db, &entry, MANY)?;
    let row = Row::from(entry);
    if out.is_json() {
        return out.json(&Page { row, changes, more });
    }
    out.line(&format!("entry {}", row.entry));
    let policy = db.policy(None)?;
    out.line(&format!("{} by {} ({})", policy.zone.exact(row.at), row.actor, row.via));
    out.line(&row.summary);
    out.lines(2, changes.iter().map(|it| told(db, &policy, it)).collect::<Result<Vec<_>>>()?);
    if more {
        out.line(&format!("  and more: these are the first {MANY}"));
    }
    Ok(())
}

impl Undo {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        self.trial.carry_out(start, out, |db, _| {
            let target = self.seq.map_or_else(|| command::undo_target(db), |seq| Ok(Some(seq)))?;
            target.map(Command::Undo).ok_or_else(|| command::Error::from(Refusal::NothingTo("undo")).into())
        })
    }
}

impl Redo {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        self.trial.carry_out(start, out, |db, _| {
            command::redo_target(db)?.map(Command::Redo).ok_or_else(|| command::Error::from(Refusal::NothingTo("redo")).into())
        })
    }
}
