//! Reading files beside the screens: rows become steps of the draft, records are tried and then written.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result};

use super::preview::Preview;
use super::{Request, name_of};
use crate::command::import::{Count, ImportError, Imported, Records};
use crate::command::{Command, Error, Refusal};
use crate::domain::record::{PersonRecord, Record};
use crate::domain::text::{self, few};
use crate::exchange::intake::{self, Kind};
use crate::exchange::people::{self, Terms};
use crate::exchange::steps::Steps;
use crate::exchange::table::Faults;
use crate::exchange::{bundle, contacts, encoding, sites};
use crate::session::{Session, Tried};
use crate::tui::overlays::sheet::{Sheet, Tone};
use crate::tui::view::{Found, Message, Overlay, Progress, Work};

/// Most changes of a bundle of which it is said who gains and loses what.
const WEIGHED: usize = 10_000;
/// Most lines that are named.
const MAX_NAMED: usize = 200;

/// A file as it was when it was looked at.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Source {
    pub(super) path: PathBuf,
    pub(super) kind: Kind,
    stamp: (u64, Option<SystemTime>),
}

impl Source {
    fn of(path: &Path, said: Option<Kind>) -> Result<Source> {
        let there = intake::open(path)?.metadata().with_context(|| format!("opening {}", path.display()))?;
        let kind = said.map_or_else(|| intake::looks_like(path), Ok)?;
        Ok(Source { path: path.to_owned(), kind, stamp: (there.len(), there.modified().ok()) })
    }

    /// The whole of a table, and what is to be said about its encoding.
    fn text(&self, named: encoding::Choice) -> Result<(String, Option<String>), ImportError> {
        let (input, note) = encoding::open(intake::open(&self.path)?, named)?;
        Ok((intake::whole(input, &name_of(&self.path))?, note))
    }

    fn refuse(&self, error: ImportError) -> Error {
        match error {
            ImportError::Whole(broken @ Error::Broken(_)) => broken,
            other => Refusal::Invalid(format!("{}: {other}", name_of(&self.path))).into(),
        }
    }
}

/// What was read of a file of records, and what is to be said of it.
struct Taken<T> {
    what: T,
    faults: Faults,
    notes: Vec<String>,
}

impl Request {
    /// Reads the files, and stages them or shows what they would do.
    pub(super) fn look(self) -> Work {
        let what = format!("reading {}", few(&self.files.iter().map(|it| name_of(it)).collect::<Vec<_>>()));
        let run = move |twin: &mut Session, progress: &Progress<'_>| {
            self.read(twin, progress).or_else(|error| match error {
                Error::Refused(_) => Ok(Found::Staged(Err(error))),
                Error::Broken(error) => Ok(complaint(format!("{error:#}"))),
            })
        };
        Work { what, writes: false, run: Box::new(run) }
    }

    fn read(self, twin: &mut Session, progress: &Progress<'_>) -> Result<Found, Error> {
        let mut sources = self.files.iter().map(|it| Source::of(it, self.kind)).collect::<Result<Vec<_>>>()?;
        // Sites before the people on them.
        sources.sort_by_key(|it| it.kind);
        match sources.as_slice() {
            [only] if !only.kind.is_of_steps() => self.clone().show(only, twin, progress),
            all => match all.iter().find(|it| !it.kind.is_of_steps()) {
                None => self.stage(all, twin),
                Some(it) => {
                    let (name, kind) = (name_of(&it.path), it.kind.as_str());
                    Ok(complaint(format!("{name} holds {kind}, which are no step of others: take it in by itself")))
                }
            },
        }
    }

    // ---- rows that are steps ----

    fn stage(&self, sources: &[Source], twin: &mut Session) -> Result<Found, Error> {
        let coming = self.coming(sources, twin)?;
        let (mut faults, mut any) = (Vec::new(), false);
        for it in sources {
            let mut steps = self.steps(it, twin, &coming).map_err(|error| it.refuse(error))?;
            let name = name_of(&it.path);
            let is_staged = twin.stage_rows(&mut steps, |some| words(&name, some))?;
            any |= is_staged;
            if !is_staged && !steps.faults.is_empty() {
                faults.push((name, steps.faults));
            }
        }
        Ok(match (faults.is_empty(), any) {
            (true, true) => Found::Staged(Ok(())),
            (true, false) => said("It is so already: nothing was staged".to_owned()),
            (false, _) => opened(|| problems(faults)),
        })
    }

    /// Who comes with a file of people: they may own sites of another one.
    fn coming(&self, sources: &[Source], twin: &Session) -> Result<Vec<PersonRecord>, Error> {
        let mut coming = Vec::new();
        if sources.iter().any(|it| it.kind == Kind::Sites) {
            for it in sources.iter().filter(|it| it.kind == Kind::People) {
                let named = it.text(self.encoding).and_then(|(text, _)| people::named(&text, &self.columns, twin.now));
                coming.extend(named.map_err(|error| it.refuse(error))?);
            }
        }
        Ok(coming)
    }

    /// What a file asks for on top of what is staged.
    fn steps(&self, source: &Source, twin: &Session, coming: &[PersonRecord]) -> Result<Steps, ImportError> {
        let (text, note) = source.text(self.encoding)?;
        let saved = twin.reader().policy(None)?;
        let at = twin.drafted(&saved);
        let mut steps = if source.kind == Kind::Sites {
            sites::steps(at.db, at.policy, &text, &self.columns, coming)?
        } else {
            let terms = Terms { place: self.place.clone(), now: twin.now };
            people::steps(at.db, at.policy, &text, &self.columns, &terms)?
        };
        steps.notes.splice(0..0, note);
        Ok(steps)
    }

    // ---- records that are written as they are ----

    fn show(self, source: &Source, twin: &mut Session, progress: &Progress<'_>) -> Result<Found, Error> {
        twin.actor()?;
        let name = name_of(&source.path);
        let tried = self.take(source, |records, weighed| twin.try_import(&name, records, weighed, &mut |n| progress.at(n, 0).is_ok()));
        let Taken { what: tried, faults, notes } = tried.map_err(|error| source.refuse(error))?;
        let Tried { imported, effect, names } = tried;
        if imported.receipt.head.is_none() && faults.is_empty() {
            return Ok(said(format!("{name} says nothing new: it is so already")));
        }
        let is_weighed = source.kind == Kind::Bundle;
        let page = preview_lines(&imported, &faults, &notes);
        let source = source.clone();
        Ok(opened(move || {
            let write = Box::new(move || self.clone().write(source.clone()));
            Box::new(Preview::new(format!("Take in {name}"), page, is_weighed.then_some((effect, names)), write))
        }))
    }

    /// Takes the records in, and says how it went.
    fn write(self, source: Source) -> Work {
        let name = name_of(&source.path);
        let run = move |own: &mut Session, progress: &Progress<'_>| {
            if Source::of(&source.path, Some(source.kind))? != source {
                return Ok(complaint(format!("{} was changed meanwhile; nothing was taken in, look at it again", name_of(&source.path))));
            }
            let taken = own.bind_first().and_then(|()| {
                let taken =
                    self.take(&source, |records, _| own.import(&name_of(&source.path), records, &mut |n| progress.at(n, 0).is_ok()));
                taken.map_err(|error| source.refuse(error))
            });
            match taken {
                Ok(it) => Ok(Found::Imported(it.what, it.notes)),
                Err(error) => Ok(Found::Staged(Err(error))),
            }
        };
        Work { what: format!("taking {name} in"), writes: true, run: Box::new(run) }
    }

    /// Reads the records of a file, and does with them what is to be done.
    fn take<T>(&self, source: &Source, run: impl FnOnce(Records<'_>, usize) -> Result<T, ImportError>) -> Result<Taken<T>, ImportError> {
        if source.kind == Kind::Bundle {
            let records = bundle::of_file(&source.path, self.encoding)?;
            return Ok(Taken { what: run(records, WEIGHED)?, faults: Faults::default(), notes: Vec::new() });
        }
        let (text, note) = source.text(self.encoding)?;
        let mut found = contacts::read(&text, &self.columns)?;
        drop(text);
        let what = run(Records { next: Box::new(|db| found.next(db)), again: None }, 0)?;
        let mut notes: Vec<String> = note.into_iter().collect();
        notes.append(&mut found.notes);
        notes.extend(found.said());
        Ok(Taken { what, faults: found.faults, notes })
    }
}

fn complaint(sentence: String) -> Found {
    Found::Staged(Err(Refusal::Invalid(sentence).into()))
}

fn said(sentence: String) -> Found {
    Found::Then(Box::new(move |_| Ok(Message::Say(sentence))))
}

fn opened(window: impl FnOnce() -> Box<dyn Overlay> + Send + 'static) -> Found {
    Found::Then(Box::new(move |_| Ok(Message::Open(window()))))
}

/// A step in words: `Import sites.csv: 3 sites added`.
fn words(name: &str, commands: &[Command]) -> String {
    let count = |is: fn(&Command) -> bool| commands.iter().filter(|it| is(it)).count();
    let added = |it: usize, noun: &str, verb: &str| (it > 0).then(|| format!("{} {verb}", text::plural(it, noun)));
    let parts = [
        added(count(|it| matches!(it, Command::Add(Record::Site(_)))), "site", "added"),
        added(count(|it| matches!(it, Command::Add(Record::Person(_)))), "person", "added"),
        added(count(|it| matches!(it, Command::Add(Record::Assignment(_)))), "role", "given"),
        added(count(|it| matches!(it, Command::Edit { .. })), "row", "changed"),
    ];
    format!("Import {}: {}", text::display(name), parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
}

/// The rows that cannot be taken, where that is all of a file.
fn problems(files: Vec<(String, Faults)>) -> Box<dyn Overlay> {
    let mut page = Sheet::new("Nothing was staged".to_owned());
    for (name, faults) in files {
        page.say(Tone::Heading, format!("{}: none of its rows can be taken", text::display(&name)));
        for it in fault_lines(&faults) {
            page.say(Tone::Text, it);
        }
    }
    Box::new(page)
}

fn fault_lines(faults: &Faults) -> Vec<String> {
    let all = faults.sentences();
    let more = all.len().saturating_sub(MAX_NAMED);
    let rest = (more > 0).then(|| format!("and {more} more like these"));
    all.into_iter().take(MAX_NAMED).chain(rest).collect()
}

/// What would come and what would change, what is left out and why, and what else there is to say.
fn preview_lines(imported: &Imported, faults: &Faults, notes: &[String]) -> Vec<(Tone, String)> {
    let count = |(kind, it): (&&str, &Count)| {
        (Tone::Text, format!("{kind:<12} {:>7} added {:>7} changed {:>7} the same", it.added, it.changed, it.same))
    };
    let mut page: Vec<(Tone, String)> = imported.counts.iter().map(count).collect();
    if !faults.is_empty() {
        page.push((Tone::Heading, format!("LEFT OUT  {}", text::plural(faults.named.len() + faults.more, "line"))));
        page.extend(fault_lines(faults).into_iter().map(|it| (Tone::Warn, format!("! {it}"))));
    }
    page.extend(notes.iter().map(|it| (Tone::Hint, it.clone())));
    page
}
