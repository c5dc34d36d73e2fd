//! What was done, and taking it back.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Result;
use chrono::{DateTime, Utc};
use clap::Subcommand;
use serde::Serialize;

use super::list::{self, List};
use crate::cli::args::Format;
use crate::cli::exit::YES;
use crate::cli::file;
use crate::cli::print::Out;
use crate::cli::receipt::Trial;
use crate::cli::session::Start;
use crate::cli::sign::Sign;
use crate::command::{self, Command, Refusal};
use crate::domain::change::Change;
use crate::domain::suggest::Unknown;
use crate::domain::time;
use crate::exchange::statement::{Seal, VERSION};
use crate::exchange::told::told;
use crate::facts::Reader;
use crate::query::journal;
use crate::session::Session;
use crate::store::journal::Entry;

/// Entries that are read at once.
const PAGE: usize = 200;
/// Entries that are listed where no other limit is set.
const USUAL: usize = 20;
/// Most changes of one entry that are shown.
const MAX_CHANGES: usize = 1_000;

#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Journal {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    options: list::Options,
    /// Only entries before this one
    #[arg(long, value_name = "SEQ")]
    before: Option<i64>,
}

#[derive(Subcommand)]
enum Verb {
    /// One entry and what it changed
    Show {
        /// Its number in the journal
        seq: i64,
    },
    /// Writes down the newest entry, to be kept where nobody reaches it who reaches the workspace
    Seal {
        /// Replaces this file, all at once; a new one is for you alone [default: stdout]
        #[arg(short, long, value_name = "OUT")]
        output: Option<PathBuf>,
        #[command(flatten)]
        sign: Sign,
    },
}

#[derive(clap::Args)]
pub(crate) struct Undo {
    /// This entry instead of the last one, or all from one to another, as one step
    #[arg(value_name = "SEQ|FROM..TO", value_parser = Which::read)]
    which: Option<Which>,
    #[command(flatten)]
    trial: Trial,
}

/// One entry, or those from one to another, both included.
#[derive(Clone, Copy)]
enum Which {
    One(i64),
    Range(i64, i64),
}

impl Which {
    fn read(text: &str) -> Result<Which, String> {
        let number = |it: &str| it.trim().parse::<i64>().ok().filter(|it| *it > 0);
        let no = || "write the number of an entry, or 150..302".to_owned();
        let Some((from, to)) = text.split_once("..") else { return number(text).map(Which::One).ok_or_else(no) };
        let (from, to) = number(from).zip(number(to)).ok_or_else(no)?;
        if from > to {
            return Err(format!("{from} comes after {to}: write the older entry first, {to}..{from}"));
        }
        Ok(Which::Range(from, to))
    }
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
    /// The entries that an undo or redo took back: one, or all of a range.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    takes_back: Vec<i64>,
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
        let (entry, takes_back) = (it.head().to_string(), it.takes_back());
        Row { seq: it.seq, at: it.at, actor: it.actor, via: it.via, summary: it.summary, takes_back, entry }
    }
}

impl Journal {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        let session = start.journal()?;
        match &self.verb {
            Some(Verb::Show { seq }) => session.snapshot(|db| show(db, out, *seq)).map(|()| YES),
            Some(Verb::Seal { output, sign }) => seal(start, &session, out, output.as_deref(), sign),
            None => {
                let at = start.at()?;
                let mut rows = self.options.at_most(USUAL).rows(out, &["seq", "at", "actor", "summary"])?;
                session.snapshot(|db| self.entries(db, at, &mut rows))?;
                rows.end()
            }
        }
    }

    /// The newest entries that `--before` and `--at` leave; without them there is no limit in time.
    fn entries(&self, db: Reader<'_>, at: Option<DateTime<Utc>>, rows: &mut List<'_>) -> Result<()> {
        let by_then = at.map(|at| db.last_by(at)).transpose()?.map(|last| last.saturating_add(1));
        let (zone, mut before) = (db.zone()?, self.before.into_iter().chain(by_then).min());
        while !rows.is_full() {
            let page = journal::page(db, before, rows.at_once(PAGE))?;
            let Some(last) = page.last() else { break };
            before = Some(last.seq);
            for row in page.into_iter().map(Row::from) {
                rows.add(vec![row.seq.to_string(), zone.minute(row.at), row.actor.clone(), row.summary.clone()], &row)?;
            }
        }
        Ok(())
    }
}

/// Writes the journal's head down.
fn seal(start: &Start, session: &Session, out: &mut Out, output: Option<&Path>, sign: &Sign) -> Result<u8> {
    sign.check(output)?;
    let (workspace, head, at) = session.snapshot(|db| Ok((db.policy(None)?.name, db.head()?, command::now(db, start.clock)?.at)))?;
    let (head, by) = (head.map_or_else(String::new, |it| it.to_string()), session.who().actor.email.clone());
    let seal = Seal { seal: VERSION, workspace, head, at, by };
    match output {
        Some(path) => {
            let line = seal.line()?;
            file::replace(start, path, |file| Ok(file.write_all(line.as_bytes())?))?;
            sign.sign(start, path, line.as_bytes())?;
        }
        None if out.format == Format::Table || out.is_json() => out.json(&seal)?,
        None => {
            let mut rows = out.rows(["workspace", "head", "at", "by"]);
            rows.add(vec![seal.workspace.clone(), seal.head.clone(), time::rfc3339(seal.at), seal.by.clone()], &seal)?;
            rows.end()?;
        }
    }
    Ok(YES)
}

fn show(db: Reader<'_>, out: &mut Out, seq: i64) -> Result<()> {
    let Some(entry) = db.entry(seq)? else {
        let newest = db.head()?.map_or(0, |it| it.seq);
        return Err(Unknown { kind: "journal entry", text: seq.to_string(), hint: format!("; the newest is {newest}") }.into());
    };
    let (changes, more) = journal::changes(db, &entry, MAX_CHANGES)?;
    let row = Row::from(entry);
    if out.is_json() {
        return out.json(&Page { row, changes, more });
    }
    if out.format != Format::Table {
        let (policy, mut rows) = (db.policy(None)?, out.rows(["entry", "at", "actor", "change"]));
        for it in &changes {
            let cells = vec![row.seq.to_string(), policy.zone.minute(row.at), row.actor.clone(), told(db, &policy, it)?];
            rows.add(cells, &())?;
        }
        return rows.end();
    }
    out.line(&format!("entry {}", row.entry));
    let policy = db.policy(None)?;
    out.line(&format!("{} by {} ({})", policy.zone.exact(row.at), row.actor, row.via));
    out.line(&row.summary);
    out.lines(2, changes.iter().map(|it| told(db, &policy, it)).collect::<Result<Vec<_>>>()?);
    if more {
        out.line(&format!("  and more: these are the first {MAX_CHANGES}"));
    }
    Ok(())
}

impl Undo {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        self.trial.carry_out(start, out, |db, _| {
            let targets = match self.which {
                None => command::undo_target(db)?.into_iter().collect(),
                Some(Which::One(seq)) => vec![seq],
                Some(Which::Range(from, to)) => command::undo_range(db, from, to)?,
            };
            let steps: Vec<Command> = targets.into_iter().map(Command::Undo).collect();
            if steps.is_empty() { Err(command::Error::from(Refusal::NothingTo("undo")).into()) } else { Ok(Command::all(steps)) }
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
