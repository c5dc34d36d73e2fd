//! Taking records in: a bundle, or contacts from another program.

use std::fs::File;
use std::io::{self, IsTerminal, Seek, Write};
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Subcommand;
use serde::Serialize;

use crate::cli::args::Format;
use crate::cli::exit::{Stop, YES, usage};
use crate::cli::input;
use crate::cli::print::Out;
use crate::cli::receipt::{Effect, Trial, WHAT, plain};
use crate::cli::session::{Start, uid, via};
use crate::command::import::{Again, ImportError, Imported, Line, Next, Records};
use crate::command::{Actor, Command, Error, Hand, Note, Refusal};
use crate::domain::policy::Policy;
use crate::domain::record::{Record, ScopeRecord};
use crate::exchange::people::{self, Terms};
use crate::exchange::steps::Steps;
use crate::exchange::table::{Faults, Mapping};
use crate::exchange::{bundle, contacts, encoding, intake, sites};
use crate::facts::{Reader, Store};
use crate::query::impact::Budget;
use crate::session::Session;

/// Most changes, and most pairs of person and site, for which a trial says who gains and loses what.
const SMALL: usize = 10_000;
/// Lines of a bundle that are read and understood before anybody waits for them: all but of the very large.
const AHEAD: usize = 50_000;

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
    /// People with their roles: CSV with email, name, role, site, until, or as WordPress lists users
    People(People),
    /// Sites: CSV with key, name, url, platform, folder, owner, host, apps, status, editor
    Sites(Table),
}

#[derive(clap::Args)]
struct People {
    #[command(flatten)]
    table: Table,
    #[command(flatten)]
    place: Place,
}

/// Where roles are given that come without a place.
#[derive(clap::Args)]
#[group(multiple = false)]
struct Place {
    /// Where a row names no place: on this site
    #[arg(long)]
    site: Option<String>,
    /// Where a row names no place: on every site of this folder, now and later
    #[arg(long)]
    folder: Option<String>,
    /// Where a row names no place: on every site of the agency
    #[arg(long)]
    everywhere: bool,
}

impl Place {
    fn record(&self, db: Reader<'_>) -> Result<Option<ScopeRecord>> {
        Ok(match (&self.site, &self.folder) {
            (Some(site), _) => Some(ScopeRecord::Site(db.the_site(site)?.key)),
            (None, Some(folder)) => Some(ScopeRecord::Folder(db.the_folder(folder)?.key)),
            (None, None) => self.everywhere.then_some(ScopeRecord::Everywhere),
        })
    }
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

/// What an import did, and for a trial on a workspace what it would do to access.
struct Taken {
    imported: Imported,
    effect: Option<Effect>,
}

impl From<Imported> for Taken {
    fn from(imported: Imported) -> Taken {
        Taken { imported, effect: None }
    }
}

/// Whether the records may make a workspace where none is, and whose it is then.
enum Making {
    Nothing,
    AsOwner(Option<String>),
}

impl Making {
    fn owner(self) -> Option<String> {
        match self {
            Making::Nothing => None,
            Making::AsOwner(owner) => owner,
        }
    }
}

impl Args {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        match &self.kind {
            Kind::Bundle(source) => {
                let file = source.file()?;
                let (input, note) = source.decoded(&file)?;
                let mut lines = bundle::read_ahead(input);
                let ahead: Vec<Line> = lines.by_ref().take(AHEAD).collect::<Result<_, _>>().map_err(|error| source.refuse(error))?;
                let owner = first_owner(ahead.first());
                let again = || -> Result<Box<Next<'_>>, ImportError> {
                    let mut lines = bundle::read_ahead(source.anew(&file)?.0);
                    Ok(Box::new(move |_| lines.next()))
                };
                let again = (ahead.len() == AHEAD).then(|| -> Box<Again<'_>> { Box::new(again) });
                let mut records = ahead.into_iter().map(Ok).chain(lines);
                let taken = source.take_in(start, Records { next: Box::new(move |_| records.next()), again }, Making::AsOwner(owner))?;
                source.print(out, &taken, note.into_iter().collect())?;
            }
            Kind::Contacts(table) => table.contacts(start, out)?,
            Kind::People(people) => people.take_in(start, out)?,
            Kind::Sites(table) => table.carry_out(start, out, |db, policy, text| sites::steps(db, policy, text, &table.columns, &[]))?,
        }
        Ok(YES)
    }
}

impl People {
    fn take_in(&self, start: &Start, out: &mut Out) -> Result<()> {
        self.table.carry_out(start, out, |db, policy, text| {
            let terms = Terms { place: self.place.record(db)?, now: start.now(db)? };
            people::steps(db, policy, text, &self.table.columns, &terms)
        })
    }
}

impl Table {
    /// Runs what a table asks for as one step, on the road of every other command.
    fn carry_out(
        &self,
        start: &Start,
        out: &mut Out,
        make: impl Fn(Reader<'_>, &Policy, &str) -> Result<Steps, ImportError>,
    ) -> Result<()> {
        let (text, mut said) = self.read()?;
        let mut session = if self.source.dry_run { start.try_out()? } else { start.change()? };
        let mut steps = session.snapshot(|db| make(db, &db.policy(None)?, &text).map_err(|error| self.source.refuse(error)))?;
        if self.skip_invalid {
            // What the actor may not do is no fault of a row.
            let faulty = refused(&mut session, &steps)?.into_iter().filter(|(_, it)| !matches!(it, Refusal::NotAllowed { .. }));
            steps.leave_out(faulty.map(|(line, refusal)| (line, refusal.to_string())).collect());
        }
        said.extend(self.check(&steps.faults)?);
        said.append(&mut steps.notes);
        let trial = Trial { dry_run: self.source.dry_run };
        let Err(error) = trial.take_in(start, out, steps.command(), said) else { return Ok(()) };
        // A refusal of the whole does not say which rows are meant.
        let rows = if is_refusal(&error) { refused(&mut session, &steps)? } else { Vec::new() };
        if rows.is_empty() {
            return Err(error);
        }
        let is_usage = rows.iter().all(|(_, it)| it.is_usage());
        let named = rows.into_iter().map(|(line, it)| (line, it.to_string())).collect();
        let sentence = self.named(&Faults { named, more: 0 }, !self.skip_invalid);
        Err(if is_usage { usage(sentence) } else { Stop::Refused(sentence).into() })
    }

    fn contacts(&self, start: &Start, out: &mut Out) -> Result<()> {
        let (text, mut notes) = self.read()?;
        let mut found = contacts::read(&text, &self.columns).map_err(|error| self.source.refuse(error))?;
        drop(text);
        notes.extend(self.check(&found.faults)?);
        notes.append(&mut found.notes);
        let taken = self.source.take_in(start, Records { next: Box::new(|db| found.next(db)), again: None }, Making::Nothing)?;
        notes.extend(found.said());
        self.source.print(out, &taken, notes)
    }

    /// The whole file, and what is to be said about it.
    fn read(&self) -> Result<(String, Vec<String>)> {
        let (input, note) = self.source.open()?;
        let text = intake::whole(input, &self.source.name()).map_err(|error| self.source.refuse(error))?;
        Ok((text, note.into_iter().collect()))
    }

    /// Refuses all rows that cannot be taken, or says that they were left out.
    fn check(&self, faults: &Faults) -> Result<Vec<String>> {
        if faults.is_empty() || self.skip_invalid {
            return Ok(faults.sentences().into_iter().map(|it| format!("left out: {it}")).collect());
        }
        Err(usage(self.named(faults, true)))
    }

    fn named(&self, faults: &Faults, may_skip: bool) -> String {
        let way_out = if may_skip { "nothing was imported; mend it, or leave it out with --skip-invalid" } else { "nothing was imported" };
        let name = self.source.name();
        match faults.sentences().as_slice() {
            [only] => format!("{name} {only}; {way_out}"),
            all => format!("{name}: {} lines cannot be taken\n{}\n{way_out}", faults.named.len() + faults.more, all.join("\n")),
        }
    }
}

fn is_refusal(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref::<Error>(), Some(Error::Refused(_)))
}

/// The rows that a rule refuses, each with its line and the first refusal.
fn refused(session: &mut Session, steps: &Steps) -> Result<Vec<(usize, Refusal)>> {
    if session.is_read_only() {
        return Ok(Vec::new());
    }
    let commands: Vec<Command> = steps.commands.iter().map(|(_, it)| it.clone()).collect();
    // What they may not do at all says nothing of the row.
    let refused = session.refused(&commands, |it| matches!(it, Refusal::NotAllowed { .. }))?;
    let mut rows: Vec<(usize, Refusal)> = refused.into_iter().map(|(n, refusal)| (steps.commands[n].0, refusal)).collect();
    rows.dedup_by_key(|it| it.0);
    Ok(rows)
}

impl Source {
    fn name(&self) -> String {
        input::name(&self.file)
    }

    /// The file as text from its beginning, and what is to be said about its encoding.
    fn open(&self) -> Result<(encoding::Input, Option<String>)> {
        self.decoded(&self.file()?)
    }

    fn decoded(&self, file: &File) -> Result<(encoding::Input, Option<String>)> {
        self.anew(file).map_err(|error| self.refuse(error))
    }

    /// The same once more, after which nothing else reads on.
    fn anew(&self, file: &File) -> Result<(encoding::Input, Option<String>), ImportError> {
        let mut file = file.try_clone().context("reading the file")?;
        file.rewind().context("reading the file")?;
        encoding::open(file, self.encoding)
    }

    /// The file, or what came through a pipe as one.
    fn file(&self) -> Result<File> {
        input::open(&self.file)
    }

    fn refuse(&self, error: ImportError) -> anyhow::Error {
        input::fault(&self.name(), error, "nothing was imported")
    }

    fn take_in(&self, start: &Start, records: Records<'_>, making: Making) -> Result<Taken> {
        // Nobody waits for what is made in memory, aside, or of a copy.
        let alone = |records| Records { again: None, ..records };
        if self.dry_run {
            return match start.find(true)? {
                Some(_) => self.try_on(start, alone(records)),
                None => self.make(start, &mut Store::memory()?, alone(records), making.owner()).map(Taken::from),
            };
        }
        if start.globals.read_only || start.globals.at.is_some() {
            let sentence = "--read-only and --at change nothing; leave them out to import, or add --dry-run to see what would happen";
            return Err(Stop::Refused(sentence.to_owned()).into());
        }
        Store::sweep(&start.path()?);
        if matches!(making, Making::Nothing) || start.find(false)?.is_some() {
            let mut session = start.change()?;
            session.bind_first()?;
            return self.run(&mut session, records).map(Taken::from);
        }
        let taken = Store::make(&start.path()?, |store| self.make(start, store, alone(records), making.owner()))?;
        start.remember(taken.receipt.head)?;
        Ok(taken.into())
    }

    /// Takes the records into a private copy of the workspace as it is, or was, and asks that what it would do.
    fn try_on(&self, start: &Start, records: Records<'_>) -> Result<Taken> {
        let (asked, mut trial) = (start.ask_in_part()?, start.try_aside()?);
        let imported = self.run(&mut trial, records)?;
        let (changes, more) = trial.taken(&imported, SMALL)?;
        let effect = if more { None } else { asked.effect(&changes, &Budget { pairs: SMALL, ..Budget::ALL })? };
        let told = asked.snapshot(|db| Effect::of(db, &changes, effect.as_ref()))?;
        Ok(Taken { imported, effect: Some(told) })
    }

    /// Takes the records into a workspace that is there.
    fn run(&self, session: &mut Session, records: Records<'_>) -> Result<Imported> {
        self.counting(|progress| session.import(&self.name(), records, progress))
    }

    /// The same into a workspace that they make.
    fn make(&self, start: &Start, store: &mut Store, records: Records<'_>, owner: Option<String>) -> Result<Imported> {
        let actor = Actor { email: owner.unwrap_or_else(via), via: via(), by: Hand::User(uid()) };
        let clock = start.meant()?;
        self.counting(|progress| records.run(store, &actor, clock, &self.name(), progress))
    }

    /// Says how far it is, on a terminal.
    fn counting(&self, import: impl FnOnce(&mut dyn FnMut(usize) -> bool) -> Result<Imported, ImportError>) -> Result<Imported> {
        let tell = io::stderr().is_terminal();
        let imported = import(&mut |n| {
            if tell {
                let _ = write!(io::stderr(), "\r{n} records");
            }
            true
        });
        if tell {
            let _ = write!(io::stderr(), "\r\u{1b}[K");
        }
        imported.map_err(|error| self.refuse(error))
    }

    fn print(&self, out: &mut Out, taken: &Taken, more: Vec<String>) -> Result<()> {
        let Taken { imported, effect } = taken;
        out.saved = imported.receipt.head.filter(|_| !self.dry_run);
        let entry = out.saved.map(|it| it.to_string());
        let notes: Vec<String> = imported.receipt.notes.iter().map(Note::sentence).chain(more).collect();
        if out.is_json() {
            let counts = imported.counts.iter().map(|(kind, it)| (*kind, Counted { added: it.added, changed: it.changed, same: it.same }));
            return out.json(&Answer { dry_run: self.dry_run, counts: counts.collect(), effect: effect.as_ref(), entry, notes });
        }
        if out.format != Format::Table {
            return rows(out, taken, &notes, entry.as_deref());
        }
        if self.dry_run {
            out.line("nothing was saved; this would happen:");
        }
        for (kind, it) in &imported.counts {
            out.line(&format!("{kind}: {} added, {} changed, {} the same", it.added, it.changed, it.same));
        }
        out.lines(0, &notes);
        if let Some(effect) = effect {
            effect.print(out);
        }
        if let Some(entry) = entry {
            out.line(&format!("entry {entry}"));
        } else if !self.dry_run {
            out.line("nothing to change: it is so already");
        }
        Ok(())
    }
}

/// The same as rows.
fn rows(out: &mut Out, taken: &Taken, notes: &[String], entry: Option<&str>) -> Result<()> {
    let mut rows = out.rows(WHAT);
    for (kind, it) in &taken.imported.counts {
        plain(&mut rows, "count", &format!("{kind}: {} added, {} changed, {} the same", it.added, it.changed, it.same))?;
    }
    taken.effect.as_ref().map_or(Ok(()), |it| it.rows(&mut rows))?;
    notes.iter().try_for_each(|it| plain(&mut rows, "note", it))?;
    entry.map_or(Ok(()), |it| plain(&mut rows, "entry", it))?;
    rows.end()
}

#[derive(Serialize)]
struct Answer<'a> {
    dry_run: bool,
    counts: std::collections::BTreeMap<&'static str, Counted>,
    #[serde(flatten)]
    effect: Option<&'a Effect>,
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
fn first_owner(first: Option<&Line>) -> Option<String> {
    match first {
        Some((_, Record::Workspace(record))) => Some(record.owner.clone()),
        _ => None,
    }
}
