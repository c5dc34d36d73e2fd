//! Looking back: what differs between two states of the workspace, and what one of them says on paper.

use std::cell::OnceCell;
use std::io::Write;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::Session;
use super::draft::Draft;
use crate::domain::suggest::Unknown;
use crate::domain::things::Site;
use crate::exchange::statement::{self, Named, Paper, Terms};
use crate::facts::Reader;
use crate::facts::past::Past;
use crate::facts::sight::Eyes;
use crate::query::diff::{Comparison, Difference, Point, Wanted};
use crate::query::sight::Sight;
use crate::query::statement::{About, Desk};
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

    /// Writes a statement on these terms: what whoever acts may see of it or, of one that is made once more, whoever made it.
    ///
    /// # Errors
    /// That nothing has the name, that it is not shown to them, or that the file could not be read.
    pub fn state(&self, terms: Terms, seen_by: Option<&str>, out: &mut dyn Write) -> Result<()> {
        let head: Head = terms.head.parse()?;
        let mut past = match seen_by {
            None => Past::of(&self.store)?,
            Some(email) => {
                let sight = Sight::of(self.store.reader().plain(), email, self.now)?;
                Past::of(&self.store.companion()?.seen_by(Eyes::new(sight, None)))?
            }
        };
        past.after(head.seq, |db| {
            let policy = db.policy(None)?;
            let (about, named) = self.subject(db, &terms.about)?;
            let terms = Terms { about: named, ..terms };
            statement::write(&Desk::new(db, &policy, about, terms.at, head.seq), &terms, out)
        })
    }

    /// Where a paper says something else than the journal does; nothing where it says the same, to the byte.
    ///
    /// # Errors
    /// That the file could not be read.
    pub fn differs(&self, paper: &Paper, bytes: &[u8]) -> Result<Option<String>> {
        let mut again = Vec::new();
        match paper {
            Paper::Seal(_) => return Ok(None),
            Paper::Statement(terms) => {
                let made = self.state(terms.clone(), Some(&terms.by), &mut again);
                if let Err(error) = made {
                    return Ok(Some(format!("it cannot be made again: {error:#}")));
                }
            }
        }
        if again == bytes {
            return Ok(None);
        }
        let (written, told) = (bytes.split(|it| *it == b'\n'), again.split(|it| *it == b'\n'));
        let line = written.zip(told).position(|(written, told)| written != told).unwrap_or_default() + 1;
        Ok(Some(format!("line {line} does not say what the journal says")))
    }

    /// What is named, and the name that it has, where it is shown who has access to it.
    fn subject(&self, db: Reader<'_>, named: &Named) -> Result<(About, Named)> {
        Ok(match named {
            Named::Site(text) => {
                let site = db.the_site(text)?;
                if !db.sees_all() {
                    let now = db.present();
                    let there = now.find::<Site>(site.id)?.context("the site is gone")?;
                    self.check_people_of(now, &now.policy(None)?, &there)?;
                }
                (About::Site(site.id), Named::Site(site.key))
            }
            Named::Person(text) => {
                let person = db.the_person(text)?;
                if !db.sees_all() {
                    self.check_person(person.id)?;
                }
                (About::Person(person.id), Named::Person(person.email))
            }
            Named::Workspace => {
                if !db.sees_all() {
                    self.check_whole()?;
                }
                (About::Workspace, Named::Workspace)
            }
        })
    }
}
