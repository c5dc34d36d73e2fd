//! Taking records in: a bundle, or contacts from another program.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Subcommand;
use serde::Serialize;

use crate::cli::exit::{self, Stop, YES, usage};
use crate::cli::print::Out;
use crate::cli::receipt::{Outlook, note};
use crate::cli::session::{Start, uid, via};
use crate::command::import::{self, ImportError, Imported, Line};
use crate::command::{self, Actor, Error};
use crate::domain::record::Record;
use crate::exchange::{bundle, contacts};
use crate::query::impact::Budget;
use crate::query::journal;
use crate::store::{Reader, SIDE_FILES, Store, settings};

/// Most changes, and most pairs of person and site, for which a trial says who gains and loses what.
const SMALL: usize = 10_000;
/// Largest file of contacts that is read.
const MAX_CONTACTS: u64 = 256 << 20;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    kind: Kind,
}

#[derive(Subcommand)]
enum Kind {
    /// A whole workspace, or parts of one, as JSON Lines
    Bundle(Source),
    /// Contacts: CSV as Google Contacts and Wix export it, or vCard; adds to those that are there
    Contacts(Source),
}

#[derive(clap::Args)]
struct Source {
    /// `-` is stdin
    file: PathBuf,
    /// Check everything and count, and save nothing
    #[arg(long)]
    dry_run: bool,
}

type Lines<'a> = Box<dyn Iterator<Item = Result<Line, ImportError>> + 'a>;

/// What an import did, and for a trial on a workspace what it would do to access.
struct Taken {
    imported: Imported,
    outlook: Option<Outlook>,
}

impl From<Imported> for Taken {
    fn from(imported: Imported) -> Taken {
        Taken { imported, outlook: None }
    }
}

impl Args {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        let (Kind::Bundle(source) | Kind::Contacts(source)) = &self.kind;
        let mut input = source.open()?;
        let (taken, notes) = match self.kind {
            Kind::Bundle(_) => (source.take_in(start, |_| Ok(Box::new(bundle::read(&mut input))), true)?, Vec::new()),
            Kind::Contacts(_) => {
                let mut bytes = Vec::new();
                input.take(MAX_CONTACTS).read_to_end(&mut bytes).with_context(|| format!("reading {}", source.name()))?;
                let found = contacts::read(&bytes).map_err(|error| source.refuse(error))?;
                (source.take_in(start, |db| Ok(Box::new(found.over(db)?.into_iter().map(Ok))), false)?, found.notes)
            }
        };
        source.print(out, &taken, notes)?;
        Ok(YES)
    }
}

impl Source {
    fn is_stdin(&self) -> bool {
        self.file.as_os_str() == "-"
    }

    fn name(&self) -> String {
        if self.is_stdin() { "stdin".to_owned() } else { self.file.display().to_string() }
    }

    fn open(&self) -> Result<Box<dyn BufRead>> {
        if self.is_stdin() {
            return Ok(Box::new(BufReader::new(io::stdin())));
        }
        let file = File::open(&self.file).with_context(|| format!("opening {}", self.name()))?;
        Ok(Box::new(BufReader::with_capacity(1 << 20, file)))
    }

    fn refuse(&self, error: ImportError) -> anyhow::Error {
        let name = self.name();
        match error {
            ImportError::At(..) => usage(format!("{name} {error}")),
            ImportError::Whole(Error::Refused(refusal)) if exit::of_refusal(&refusal) == exit::USAGE => usage(format!("{name}: {refusal}")),
            ImportError::Whole(Error::Refused(refusal)) => Stop::Refused(format!("{name}: {refusal}")).into(),
            ImportError::Whole(Error::Broken(error)) => error.context(name),
        }
    }

    fn take_in<'a>(&self, start: &Start, lines: impl FnOnce(Reader<'_>) -> Result<Lines<'a>>, may_create: bool) -> Result<Taken> {
        let path = start.path()?;
        if self.dry_run && path.exists() {
            return self.try_on(start, &start.file(true)?, lines);
        }
        if self.dry_run {
            return self.run(start, &mut Store::memory()?, lines).map(Taken::from);
        }
        if path.exists() || !may_create {
            let mut store = start.change()?.store;
            start.actor(store.reader())?;
            start.bind_first(&mut store)?;
            return self.run(start, &mut store, lines).map(Taken::from);
        }
        if start.globals.read_only || start.globals.at.is_some() {
            return Err(Stop::Refused("--read-only and --at change nothing; leave them out to import".to_owned()).into());
        }
        let mut store = Store::create(&path)?;
        let imported = self.run(start, &mut store, lines);
        if imported.is_err() {
            drop(store);
            remove(&path);
        }
        imported.map(Taken::from)
    }

    /// Takes the records into a private copy, and asks the file what that would do.
    fn try_on<'a>(&self, start: &Start, file: &Store, lines: impl FnOnce(Reader<'_>) -> Result<Lines<'a>>) -> Result<Taken> {
        let mut copy = command::replay(file.reader(), start.clock)?;
        let imported = self.run(start, &mut copy, lines)?;
        let entry = imported.receipt.head.map(|it| copy.reader().entry(it.seq)).transpose()?.flatten();
        let (changes, more) = entry.map_or_else(|| Ok((Vec::new(), false)), |it| journal::changes(copy.reader(), &it, SMALL))?;
        let budget = Budget { pairs: SMALL, ..Budget::ALL };
        let outlook = file.snapshot(|db| Outlook::of(db, &changes, !more, start.clock, &budget))?;
        Ok(Taken { imported, outlook: Some(outlook) })
    }

    fn run<'a>(&self, start: &Start, store: &mut Store, lines: impl FnOnce(Reader<'_>) -> Result<Lines<'a>>) -> Result<Imported> {
        let mut lines = lines(store.reader())?.peekable();
        let actor = match store.reader().setting(settings::NAME)? {
            Some(_) => start.actor(store.reader())?,
            None => first_owner(lines.peek()),
        };
        let tell = io::stderr().is_terminal();
        let mut progress = |n: usize| {
            if tell {
                let _ = write!(io::stderr(), "\r{n} records");
            }
            true
        };
        let imported = import::run(store, &actor, start.clock, &self.name(), &mut lines, &mut progress);
        if tell {
            let _ = write!(io::stderr(), "\r\u{1b}[K");
        }
        imported.map_err(|error| self.refuse(error))
    }

    fn print(&self, out: &mut Out, taken: &Taken, more: Vec<String>) -> Result<()> {
        let Taken { imported, outlook } = taken;
        let entry = imported.receipt.head.filter(|_| !self.dry_run).map(|it| it.to_string());
        let notes: Vec<String> = imported.receipt.notes.iter().map(note).chain(more).collect();
        if out.is_json() {
            let counts = imported.counts.iter().map(|(kind, it)| (*kind, Counted { added: it.added, changed: it.changed, same: it.same }));
            return out.json(&Answer { dry_run: self.dry_run, counts: counts.collect(), outlook: outlook.as_ref(), entry, notes });
        }
        if self.dry_run {
            out.line("nothing was saved; this would happen:");
        }
        for (kind, it) in &imported.counts {
            out.line(&format!("{kind}: {} added, {} changed, {} the same", it.added, it.changed, it.same));
        }
        out.lines(0, &notes);
        if let Some(outlook) = outlook {
            outlook.print(out);
        }
        if let Some(entry) = entry {
            out.line(&format!("entry {entry}"));
        } else if !self.dry_run {
            out.line("nothing to change: it is so already");
        }
        Ok(())
    }
}

#[derive(Serialize)]
struct Answer<'a> {
    dry_run: bool,
    counts: std::collections::BTreeMap<&'static str, Counted>,
    #[serde(flatten)]
    outlook: Option<&'a Outlook>,
    entry: Option<String>,
    notes: Vec<String>,
}

#[derive(Serialize)]
struct Counted {
    added: usize,
    changed: usize,
    same: usize,
}

/// Who acts in a workspace that is only now being made: its owner, if the first record says so.
fn first_owner(first: Option<&Result<Line, ImportError>>) -> Actor {
    match first {
        Some(Ok((_, Record::Workspace(record)))) => Actor { email: record.owner.clone(), via: via(), uid: Some(uid()) },
        _ => Actor { email: via(), via: via(), uid: Some(uid()) },
    }
}

/// Takes back a file that was made in vain.
fn remove(path: &Path) {
    for suffix in SIDE_FILES.iter().chain(&[""]) {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        let _ = fs::remove_file(name);
    }
}
