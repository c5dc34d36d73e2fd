//! Taking records in: a bundle, or contacts from another program.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Subcommand;
use serde::Serialize;

use crate::cli::exit::{self, Stop, YES, usage};
use crate::cli::print::Out;
use crate::cli::receipt::note;
use crate::cli::session::{Start, actor, via};
use crate::command::import::{self, ImportError, Imported, Line};
use crate::command::{self, Actor, Error};
use crate::domain::record::Record;
use crate::exchange::{bundle, contacts};
use crate::store::{Store, settings};

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
    /// Contacts: CSV as Google Contacts and Wix export it, or vCard
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

type Lines<'a> = &'a mut dyn Iterator<Item = Result<Line, ImportError>>;

impl Args {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        let (Kind::Bundle(source) | Kind::Contacts(source)) = &self.kind;
        let mut input = source.open()?;
        let (imported, notes) = match self.kind {
            Kind::Bundle(_) if source.is_stdin() => (source.take_in(start, &mut bundle::read(&mut input), true)?, Vec::new()),
            Kind::Bundle(_) => (bundle::read_ahead(input, |lines| source.take_in(start, lines, true))?, Vec::new()),
            Kind::Contacts(_) => {
                let mut bytes = Vec::new();
                input.take(MAX_CONTACTS).read_to_end(&mut bytes).with_context(|| format!("reading {}", source.name()))?;
                let found = contacts::read(&bytes).map_err(|error| source.refuse(error))?;
                (source.take_in(start, &mut found.lines.into_iter().map(Ok), false)?, found.notes)
            }
        };
        source.print(out, &imported, notes)?;
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

    fn open(&self) -> Result<Box<dyn BufRead + Send>> {
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

    fn take_in(&self, start: &Start, lines: Lines<'_>, may_create: bool) -> Result<Imported> {
        let path = start.path()?;
        if self.dry_run {
            let mut copy = if path.exists() { copy(start)? } else { Store::memory()? };
            return self.run(start, &mut copy, lines);
        }
        if path.exists() || !may_create {
            return self.run(start, &mut start.change()?.store, lines);
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
        imported
    }

    fn run(&self, start: &Start, store: &mut Store, lines: Lines<'_>) -> Result<Imported> {
        let mut lines = lines.peekable();
        let actor = match store.reader().setting(settings::NAME)? {
            Some(_) => actor(store.reader())?,
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

    fn print(&self, out: &mut Out, imported: &Imported, more: Vec<String>) -> Result<()> {
        let entry = imported.receipt.head.filter(|_| !self.dry_run).map(|it| it.to_string());
        let notes: Vec<String> = imported.receipt.notes.iter().map(note).chain(more).collect();
        if out.is_json() {
            let counts = imported.counts.iter().map(|(kind, it)| (*kind, Counted { added: it.added, changed: it.changed, same: it.same }));
            return out.json(&Answer { dry_run: self.dry_run, counts: counts.collect(), entry, notes });
        }
        if self.dry_run {
            out.line("nothing was saved; this would happen:");
        }
        for (kind, it) in &imported.counts {
            out.line(&format!("{kind}: {} added, {} changed, {} the same", it.added, it.changed, it.same));
        }
        out.lines(0, &notes);
        if let Some(entry) = entry {
            out.line(&format!("entry {entry}"));
        } else if !self.dry_run {
            out.line("nothing to change: it is so already");
        }
        Ok(())
    }
}

#[derive(Serialize)]
struct Answer {
    dry_run: bool,
    counts: std::collections::BTreeMap<&'static str, Counted>,
    entry: Option<String>,
    notes: Vec<String>,
}

#[derive(Serialize)]
struct Counted {
    added: usize,
    changed: usize,
    same: usize,
}

/// A private copy of the workspace to try things on.
fn copy(start: &Start) -> Result<Store> {
    let file = start.file(true)?;
    command::replay(file.reader(), start.clock)
}

/// Who acts in a workspace that is only now being made: its owner, if the first record says so.
fn first_owner(first: Option<&Result<Line, ImportError>>) -> Actor {
    match first {
        Some(Ok((_, Record::Workspace(record)))) => Actor { email: record.owner.clone(), via: via() },
        _ => Actor { email: via(), via: via() },
    }
}

/// Takes back a file that was made in vain.
fn remove(path: &Path) {
    for suffix in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        let _ = fs::remove_file(name);
    }
}
