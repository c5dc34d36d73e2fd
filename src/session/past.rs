//! Looking back: what differs between two states of the workspace, and what one of them says on paper.

use std::cell::OnceCell;
use std::io::Write;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::Session;
use super::draft::Draft;
use super::view::people_hidden;
use crate::command::{Error, Refusal};
use crate::domain::suggest::Unknown;
use crate::domain::things::Site;
use crate::exchange::statement::{self, Named, Paper, Seal, Terms};
use crate::facts::Reader;
use crate::facts::past::Past;
use crate::facts::sight::Eyes;
use crate::query::diff::{Comparison, Difference, Point, Wanted};
use crate::query::sight::{OWN_ONLY, Sight};
use crate::query::statement::{Desk, Topic};
use crate::store::journal::Head;

impl Session {
    /// The same workspace as it was at an instant, to be looked at; before its first entry what is there now, which
    /// answers by its dates.
    ///
    /// # Errors
    /// That the file could not be opened once more, or that the journal could not be read.
    pub fn at(&self, at: DateTime<Utc>) -> Result<Session> {
        let entry = Point::at(self.store.reader(), at, self.now)?.entry;
        let store = Past::settled(&self.store, self.sight(), entry)?;
        let (who, draft) = (self.who.clone(), Draft::default());
        Ok(Session { store, now: self.now, clock: self.clock, who, remembers: false, past: Some(entry), draft, layer: OnceCell::new() })
    }

    /// Who gained and lost what between two states, as far as that is shown, and the entries that did it. What is named is
    /// looked for in the later state first: what is gone has the name that it had.
    ///
    /// # Errors
    /// That nothing has a name, or that the file could not be read.
    pub fn difference(&self, wanted: &Wanted, from: Point, to: Point) -> Result<Difference> {
        let mut past = Past::of(self.store.beneath().unwrap_or(&self.store))?;
        let only = match past.after(to.entry, |db| wanted.find(db)) {
            Err(error) if error.is::<Unknown>() => past.after(from.entry, |db| wanted.find(db)).map_err(|_| error)?,
            found => found?,
        };
        // Before the journal what is there now tells, by its dates: then the way back leads from there.
        let is_turned = to.entry < from.entry;
        let (first, last) = if is_turned { (to, from) } else { (from, to) };
        let mut comparison = Comparison::new(first, last, only);
        past.walk(first.entry, last.entry, &mut comparison)?;
        let found = past.after(last.entry, |db| comparison.difference(db))?;
        let is_reached = self.store.present().last_by(from.at)? > 0;
        Ok(Difference { is_reached, ..if is_turned { found.turned() } else { found } })
    }

    /// Writes a statement on these terms: what whoever makes it could see of it when they did.
    ///
    /// # Errors
    /// That nothing has the name, that it is not shown to them, or that the file could not be read.
    pub fn state(&self, terms: Terms, out: &mut dyn Write) -> Result<()> {
        let (head, (newest, at)) = (terms.head.parse::<Head>()?, terms.made()?);
        let then = Past::settled(&self.store, &Sight::Everything, newest.seq)?;
        let sight = sight_of(then.reader().plain(), &terms.by, at)?;
        Past::through(&self.store, Eyes::new(sight, Some(then)))?.after(head.seq, |db| {
            let policy = db.policy(None)?;
            let (about, named) = subject(db, &terms)?;
            let terms = Terms { about: named, ..terms };
            statement::write(&Desk::new(db, &policy, about, terms.at, head.seq), &terms, out)
        })
    }

    /// Where a paper says something else than the journal does; nothing where it says the same, to the byte.
    ///
    /// # Errors
    /// That the file could not be read.
    pub fn differs(&self, paper: &Paper, bytes: &[u8]) -> Result<Option<String>> {
        let terms = match paper {
            Paper::Seal(seal) => return self.unsealed(seal),
            Paper::Statement(terms) => terms,
        };
        if let Some(problem) = self.misplaced(terms)? {
            return Ok(Some(problem));
        }
        let mut again = Vec::new();
        if let Err(error) = self.state(terms.clone(), &mut again) {
            return Ok(Some(format!("it cannot be made again: {error:#}")));
        }
        if again == bytes {
            return Ok(None);
        }
        let (written, told) = (bytes.split(|it| *it == b'\n'), again.split(|it| *it == b'\n'));
        let line = written.zip(told).take_while(|(written, told)| written == told).count() + 1;
        Ok(Some(format!("line {line} does not say what the journal says")))
    }

    /// Whether a statement stands on another entry than what it is about: an old one would tell of today what was true once.
    fn misplaced(&self, terms: &Terms) -> Result<Option<String>> {
        let (head, (newest, at)) = (terms.head.parse::<Head>()?, terms.made()?);
        if !self.was_newest(newest, at)? {
            return Ok(Some(format!("entry {} was not the newest at the time that it names", newest.seq)));
        }
        let then = Past::settled(&self.store, &Sight::Everything, newest.seq)?;
        let meant = Point::at(then.reader(), terms.at, at)?.entry;
        Ok((meant != head.seq).then(|| format!("what it is about stands on entry {meant}, not {}", head.seq)))
    }

    /// Whether an entry was the newest at an instant. Where a clock had run ahead, that cannot be told.
    fn was_newest(&self, head: Head, at: DateTime<Utc>) -> Result<bool> {
        let db = self.store.reader();
        let Some(first) = db.entry(head.seq)?.filter(|it| it.head() == head).map(|it| it.at) else { return Ok(false) };
        let last = db.entry(head.seq + 1)?.map_or(self.now, |it| it.at);
        Ok(last < first || (first..=last).contains(&at))
    }

    /// What of a seal is not so: its bytes say the rest.
    fn unsealed(&self, seal: &Seal) -> Result<Option<String>> {
        let head: Head = seal.head.parse()?;
        if !self.was_newest(head, seal.at)? {
            return Ok(Some(format!("entry {} was not the newest at the time that it names", head.seq)));
        }
        let then = Past::settled(&self.store, &Sight::Everything, head.seq)?;
        if then.reader().policy(None)?.name != seal.workspace {
            return Ok(Some("the workspace was not called that".to_owned()));
        }
        let nobody = sight_of(then.reader().plain(), &seal.by, seal.at).err();
        Ok(nobody.map(|error| format!("whom it names did not make it: {error:#}")))
    }
}

/// What whoever made a paper could see. A user who is bound to nobody reads everything, and is named by their number.
fn sight_of(db: Reader<'_>, by: &str, at: DateTime<Utc>) -> Result<Sight> {
    if by.starts_with("uid ") { Ok(Sight::Everything) } else { Sight::of(db, by, at) }
}

/// What is named, and the name that it has, where it is shown who has access to it.
fn subject(db: Reader<'_>, terms: &Terms) -> Result<(Topic, Named)> {
    let shown = |is: bool, why: &dyn Fn() -> String| -> Result<()> {
        let refusal = || Refusal::Hidden { who: terms.by.clone(), why: why() };
        if is { Ok(()) } else { Err(Error::from(refusal()).into()) }
    };
    Ok(match &terms.about {
        Named::Site(text) => {
            let site = db.the_site(text)?;
            if !db.sees_all() {
                let now = db.present();
                let there = now.find::<Site>(site.id)?.context("the site is gone")?;
                shown(db.sight().shows_people_of(now, &now.policy(None)?, &there)?, &|| people_hidden(&there))?;
            }
            (Topic::Site(site.id), Named::Site(site.key))
        }
        Named::Person(text) => {
            let person = db.the_person(text)?;
            shown(db.sight().shows_person(person.id), &|| OWN_ONLY.to_owned())?;
            (Topic::Person(person.id), Named::Person(person.email))
        }
        Named::Workspace => {
            shown(db.sees_all(), &|| OWN_ONLY.to_owned())?;
            (Topic::Workspace, Named::Workspace)
        }
    })
}
