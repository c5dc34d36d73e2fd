//! What is shown to whoever asks, and what is not: the present tells, whatever the instant asked about.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use super::Session;
use crate::command::{self, Error, Refusal};
use crate::domain::deed::Deed;
use crate::domain::ids::{PersonId, RoleId, SiteId};
use crate::domain::policy::Policy;
use crate::domain::things::Site;
use crate::facts::past::Past;
use crate::facts::sight::Eyes;
use crate::facts::{Reader, Store};
use crate::query::sight::{NO_CONTACTS, OWN_ONLY, Sight};

impl Session {
    /// What of the workspace is shown to whoever asks.
    pub fn sight(&self) -> &Sight {
        self.store.sight()
    }

    /// Asks, through the eyes of whoever acts.
    pub fn reader(&self) -> Reader<'_> {
        self.store.reader()
    }

    /// The same on one state of the workspace, whoever writes meanwhile.
    ///
    /// # Errors
    /// What was asked for could not be found.
    pub fn snapshot<T>(&self, ask: impl FnOnce(Reader<'_>) -> Result<T>) -> Result<T> {
        self.store.snapshot(ask)
    }

    /// The workspace once more, through the same eyes, for a thread beside this one.
    ///
    /// # Errors
    /// That the file could not be opened.
    pub fn companion(&self) -> Result<Store> {
        match (self.past, self.store.beneath()) {
            (Some(entry), Some(file)) => Past::settled(file, self.sight(), entry),
            _ => Ok(self.store.companion()?.seen_by(Eyes::new(self.sight().clone(), None))),
        }
    }

    /// Whether whoever acts may do one of these deeds on the site at hand or, without one, anywhere.
    ///
    /// # Errors
    /// The refusal, or that the file could not be read.
    pub fn may(&self, policy: &Policy, deeds: &[Deed], site: Option<SiteId>) -> Result<(), Error> {
        command::may(&self.store, policy, &self.who.actor, self.now, deeds, site)
    }

    pub fn is_read_only(&self) -> bool {
        self.store.is_read_only()
    }

    /// Whether a change can be written without waiting, by then at the latest. Until it can, its place in line is kept.
    pub fn can_write(&mut self, patience: Duration) -> bool {
        self.store.can_write(patience)
    }

    /// Gives that place up.
    pub fn leave_line(&self) {
        self.store.leave_line();
    }

    /// Who is writing.
    pub fn writer(&self) -> String {
        self.store.writer()
    }

    /// That they took too long.
    pub fn busy(&self) -> String {
        self.store.busy()
    }

    /// Where the file lies.
    pub fn path(&self) -> &Path {
        self.store.path()
    }

    /// An error in words, as what is known of the file explains it.
    pub fn in_words(&self, error: &anyhow::Error) -> String {
        self.store.in_words(error)
    }

    /// Another one than before where somebody else wrote.
    ///
    /// # Errors
    /// That the file could not be read.
    pub fn data_version(&self) -> Result<i64> {
        self.store.data_version()
    }

    /// Holds little of the file in memory: for what reads all of it once.
    ///
    /// # Errors
    /// That the file could not be read.
    pub fn keep_little(&self) -> Result<()> {
        self.store.keep_little()
    }

    /// Refuses who does not see everything.
    pub fn check_whole(&self) -> Result<()> {
        self.check(self.sight().is_whole(), OWN_ONLY)
    }

    /// Refuses who does not see what other people can do.
    pub fn check_person(&self, person: PersonId) -> Result<()> {
        self.check(self.sight().shows_person(person), OWN_ONLY)
    }

    /// Refuses who does not see the agency's contacts.
    pub fn check_contacts(&self) -> Result<()> {
        self.check(self.sight().shows_contacts(), NO_CONTACTS)
    }

    /// Refuses who does not see who has access to a site.
    pub fn check_people_of(&self, db: Reader<'_>, policy: &Policy, site: &Site) -> Result<()> {
        self.check(self.sight().shows_people_of(db, policy, site)?, &people_hidden(site))
    }

    /// Refuses who sees neither what this person can do nor who has access to the site.
    pub fn check_pair(&self, db: Reader<'_>, policy: &Policy, person: PersonId, site: &Site) -> Result<()> {
        if self.sight().shows_person(person) { Ok(()) } else { self.check_people_of(db, policy, site) }
    }

    /// In how many places a role is held, and by how many people, as far as that is shown.
    ///
    /// # Errors
    /// That the file could not be read.
    pub fn holders_of(&self, db: Reader<'_>, policy: &Policy, role: RoleId) -> Result<(usize, usize)> {
        match self.store.elsewhere().filter(|_| !self.sight().is_whole()) {
            None => self.sight().holders_of(db, policy, role),
            Some(db) => self.sight().holders_of(db, &db.policy(None)?, role),
        }
    }

    fn check(&self, shown: bool, why: &str) -> Result<()> {
        let refusal = || Refusal::Hidden { who: self.who.actor.email.clone(), why: why.to_owned() };
        if shown { Ok(()) } else { Err(Error::from(refusal()).into()) }
    }
}

/// What sight of who has access to a site takes.
pub(super) fn people_hidden(site: &Site) -> String {
    format!("who has access to {} takes a permission to see people there", site.key)
}
