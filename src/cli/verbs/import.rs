//! Taking records in: a bundle, or contacts from another program.

use std::fs::{self, File};
use std::io::{self, BufRead, IsTerminal, Read, Seek, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Subcommand;
use serde::Serialize;

use crate::cli::exit::{self, Stop, YES, usage};
use crate::cli::print::Out;
use crate::cli::receipt::{Outlook, note};
use crate::cli::session::{Start, uid, via};
use crate::command::import::{self, ImportError, Imported, Line};
use crate::command::{self, Actor, Error, Hand};
use crate::domain::record::Record;
use crate::exchange::table::{Faults, Mapping};
use crate::exchange::{bundle, contacts, encoding};
use crate::query::impact::Budget;
use crate::query::journal;
use crate::store::{Reader, SIDE_FILES, Store, settings};

/// Most changes, and most pairs of person and site, for which a trial says who gains and loses what.
const SMALL: usize = 10_000;
/// Largest table that is read, in bytes.
const MAX_TABLE: u64 = 256 << 20;
/// Most rows that are named one by one.
const MAX_NAMED: usize = 1_000;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    kind: Kind,
}

#[derive(Subcommand)]
enum Kind {
    /// A whole workspace, or parts of one, as JSON Lines
    Bundle(Source),
    /// Contacts: CSV as other programs export it, or vCard; adds to those that are there
    Contacts(Table),
}

#[derive(clap::Args)]
struct Source {
    /// `-` is stdin
    file: PathBuf,
    /// Check everything and count, and save nothing
    #[arg(long)]
    dry_run: bool,
    /// What the file is written in, such as utf-16le or windows-1252 [default: what it looks like]
    #[arg(long, value_name = "NAME", value_parser = encoding::by_name)]
    encoding: Option<&'static encoding_rs::Encoding>,
}

#[derive(clap::Args)]
struct Table {
    #[command(flatten)]
    source: Source,
    /// What a column holds, where its header is unknown: E-mail=E-Mail-Adresse; may be repeated
    #[arg(long = "column", value_name = "FIELD=HEADER")]
    columns: Vec<Mapping>,
    /// Leaves out rows that cannot be taken, instead of taking nothing
    #[arg(long)]
    skip_invalid: bool,
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
        match &self.kind {
            Kind::Bundle(source) => {
                let (mut input, note) = source.open()?;
                let taken = source.take_in(start, |_| Ok(Box::new(bundle::read(&mut input))), true)?;
                source.print(out, &taken, note.into_iter().collect())?;
            }
            Kind::Contacts(table) => table.contacts(start, out)?,
        }
        Ok(YES)
    }
}

impl Table {
    fn contacts(&self, start: &Start, out: &mut Out) -> Result<()> {
        let (text, mut notes) = self.read()?;
        let found = contacts::read(&text, &self.columns).map_err(|error| self.source.refuse(error))?;
        notes.extend(self.check(&found.faults)?);
        notes.extend(found.notes.iter().cloned());
        let said = |db: Reader<'_>| {
            let (lines, more) = found.over(db)?;
            notes.extend(more);
            Ok(Box::new(lines.into_iter().map(Ok)) as Lines<'_>)
        };
        let taken = self.source.take_in(start, said, false)?;
        self.source.print(out, &taken, notes)
    }

    /// The whole file, and what is to be said about it.
    fn read(&self) -> Result<(String, Vec<String>)> {
        let (input, note) = self.source.open()?;
        let mut text = String::new();
        let n = input.take(MAX_TABLE).read_to_string(&mut text).with_context(|| format!("reading {}", self.source.name()))?;
        if n as u64 == MAX_TABLE {
            return Err(usage(format!("{}: more than {} MiB; split the file", self.source.name(), MAX_TABLE >> 20)));
        }
        Ok((text, note.into_iter().collect()))
    }

    /// Names all rows that cannot be taken: as an error, or as what was left out.
    fn check(&self, faults: &Faults) -> Result<Vec<String>> {
        let mut sentences: Vec<String> =
            faults.0.iter().take(MAX_NAMED).map(|(line, sentence)| format!("line {line}: {sentence}")).collect();
        if faults.0.len() > MAX_NAMED {
            sentences.push(format!("and {} more lines", faults.0.len() - MAX_NAMED));
        }
        if sentences.is_empty() || self.skip_invalid {
            return Ok(sentences.into_iter().map(|it| format!("left out: {it}")).collect());
        }
        let way_out = "nothing was imported; mend it, or leave it out with --skip-invalid";
        let name = self.source.name();
        Err(usage(match sentences.as_slice() {
            [only] => format!("{name} {only}; {way_out}"),
            all => format!("{name}: {} lines cannot be taken\n{}\n{way_out}", faults.0.len(), all.join("\n")),
        }))
    }
}

impl Source {
    fn is_stdin(&self) -> bool {
        self.file.as_os_str() == "-"
    }

    fn name(&self) -> String {
        if self.is_stdin() { "stdin".to_owned() } else { self.file.display().to_string() }
    }

    /// The file as text from its beginning, and what is to be said about its encoding.
    fn open(&self) -> Result<(Box<dyn BufRead>, Option<String>)> {
        let file = if self.is_stdin() { spooled(&mut io::stdin())? } else { self.open_file()? };
        encoding::open(file, self.encoding).map_err(|error| self.refuse(error))
    }

    fn open_file(&self) -> Result<File> {
        let mut file = File::open(&self.file).with_context(|| format!("opening {}", self.name()))?;
        if file.metadata()?.is_file() { Ok(file) } else { spooled(&mut file) }
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
        let imported = import::run(store, &actor, start.clock(), &self.name(), &mut lines, &mut progress);
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

/// What comes through a pipe, as a file that can be looked through twice.
fn spooled(input: &mut dyn Read) -> Result<File> {
    let mut file = tempfile::tempfile().context("making a temporary file")?;
    io::copy(input, &mut file).context("reading the input")?;
    file.rewind()?;
    Ok(file)
}

/// Who acts in a workspace that is only now being made: its owner, if the first record says so.
fn first_owner(first: Option<&Result<Line, ImportError>>) -> Actor {
    match first {
        Some(Ok((_, Record::Workspace(record)))) => Actor { email: record.owner.clone(), via: via(), by: Hand::User(uid()) },
        _ => Actor { email: via(), via: via(), by: Hand::User(uid()) },
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
