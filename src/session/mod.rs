//! Somebody at work in a workspace: in whose name, at what instant, seeing what.
//!
//! What every shell shares. Each makes one [`Session`] of the Unix user, whom they name and the
//! clock; asks through it, foresees what commands would do, and runs them. What is staged and not
//! yet run is a [`draft`]. It knows neither arguments nor terminals: what comes of it, the shells
//! put into words.

pub mod draft;
mod forecast;
mod intake;
mod past;
pub mod settings;
mod staging;
mod twin;
mod view;
mod who;

use std::cell::OnceCell;

use anyhow::Result;
use chrono::{DateTime, Utc};

pub use forecast::Forecast;
pub use intake::Tried;
pub use staging::Drafted;
pub use who::{User, Who};

use crate::command::{self, Actor, Clock, Command, Error, Note, Receipt, Refusal};
use crate::domain::things::Person;
use crate::domain::time::Zone;
use crate::domain::token::Token;
use crate::exchange::plan;
use crate::exchange::sending::{self, Sent};
use crate::facts::sight::Eyes;
use crate::facts::{Reader, Store};
use crate::query::impact::Budget;
use crate::query::sight::Sight;
use crate::store::journal::Head;
use crate::store::recall::{self, Older};
use draft::Draft;

/// An open workspace at an instant, in somebody's name.
pub struct Session {
    /// Whatever is asked of it is asked through the eyes of whoever acts: what they may see now, whatever the instant.
    store: Store,
    /// The instant that answers are about.
    pub now: DateTime<Utc>,
    /// By which commands run.
    pub clock: Clock,
    who: Who,
    /// Whether what is written here is remembered, so that an older file in its place is noticed.
    remembers: bool,
    /// The last entry that counts, where it is of another instant.
    past: Option<i64>,
    /// What is staged and not yet saved.
    draft: Draft,
    /// The workspace with the draft laid over it, once something was staged.
    layer: OnceCell<Store>,
}

/// What a command did, and what it sent.
#[derive(Debug)]
pub struct Done {
    pub receipt: Receipt,
    pub sent: Vec<Sent>,
}

impl Session {
    /// On a workspace as it is `now`.
    ///
    /// # Errors
    /// That the file could not be read.
    pub fn open(store: Store, who: Who, now: DateTime<Utc>, clock: Clock) -> Result<Session> {
        let sight = match who.person {
            Some(_) => Sight::of(store.reader(), &who.actor.email, now)?,
            None => Sight::Everything,
        };
        let store = store.seen_by(Eyes::new(sight, None));
        Ok(Session { store, now, clock, who, remembers: false, past: None, draft: Draft::default(), layer: OnceCell::new() })
    }

    /// The same on another state of the workspace; what may be seen of it is told by the one that is there.
    #[must_use]
    pub fn elsewhere(self, other: Store) -> Session {
        let eyes = Eyes::new(self.sight().clone(), Some(self.store));
        Session { store: other.seen_by(eyes), ..self }
    }

    /// The same, remembering what is written.
    #[must_use]
    pub fn remembering(self) -> Session {
        Session { remembers: true, ..self }
    }

    /// It is another time.
    pub fn pass(&mut self, now: DateTime<Utc>) {
        self.now = now;
        self.clock = Clock { at: now, since: None, ..self.clock };
    }

    /// Finds out anew what whoever acts may see: somebody may have changed it.
    ///
    /// # Errors
    /// That they are no longer in the workspace.
    pub fn look(&mut self) -> Result<()> {
        let Some(id) = self.who.person else { return Ok(()) };
        let db = self.store.present();
        let Some(person) = db.find::<Person>(id)? else { anyhow::bail!("{} is no longer in this workspace", self.who.actor.email) };
        let sight = Sight::of(db, &person.email, self.now)?;
        self.layer.get_mut().into_iter().for_each(|it| it.see_as(sight.clone()));
        self.store.see_as(sight);
        Ok(())
    }

    /// Goes on in another name.
    ///
    /// # Errors
    /// As [`Session::look`].
    pub fn turn_to(&mut self, who: Who) -> Result<()> {
        self.who = who;
        self.look()
    }

    /// In which time zone the agency reckons its days.
    ///
    /// # Errors
    /// That the file could not be read.
    pub fn zone(&self) -> Result<Zone> {
        self.store.reader().zone()
    }

    pub fn who(&self) -> &Who {
        &self.who
    }

    /// What the commands would do, one on top of the other; nothing is saved.
    ///
    /// # Errors
    /// The first refusal, or that the file could not be read.
    pub fn foresee(&mut self, commands: &[Command], budget: &Budget<'_>) -> Result<Forecast, Error> {
        let (actor, commands) = (self.actor_of(commands)?, secret(commands.to_vec())?);
        let mut plan = command::preview(&mut self.store, &actor, self.clock, &commands)?;
        let effect = if plan.n_bulk == 0 { self.effect(&plan.changes, budget)? } else { None };
        plan.notes.extend(self.remarks(&plan.changes, false)?);
        Ok(Forecast { plan, effect })
    }

    /// What is asked of the workspace as it would be after the commands; nothing is saved.
    ///
    /// # Errors
    /// As [`Session::foresee`], or of the question.
    pub fn afterwards<T>(&mut self, commands: &[Command], ask: impl FnOnce(Reader<'_>) -> Result<T>) -> Result<T, Error> {
        let (actor, commands) = (self.actor_of(commands)?, secret(commands.to_vec())?);
        command::rehearsed(&mut self.store, &actor, self.clock, &commands, |_, db| Ok(ask(db)?))
    }

    /// Runs a command, and notes what only the state before it tells. What it sends goes to the outbox.
    ///
    /// # Errors
    /// The refusal, after which nothing has changed; or that the file could not be written.
    pub fn run(&mut self, command: &Command) -> Result<Done, Error> {
        self.run_on(None, command)
    }

    /// The same where this is the journal's newest entry still, if one is named.
    ///
    /// # Errors
    /// As [`Session::run`]; [`Refusal::Stale`] where somebody was quicker.
    pub fn run_on(&mut self, head: Option<Head>, command: &Command) -> Result<Done, Error> {
        let (receipt, tokens) = self.carry_out(head, command)?;
        // It is saved, whatever comes of what is staged and stands on it now.
        let _ = self.stand_anew();
        // What comes back was sent when it was first done, and has no link until it is sent again.
        if command.is_history() {
            return Ok(Done { receipt, sent: Vec::new() });
        }
        Ok(self.post(receipt, &tokens))
    }

    fn carry_out(&mut self, head: Option<Head>, command: &Command) -> Result<(Receipt, Vec<Token>), Error> {
        self.bind_first()?;
        let (command, tokens) = command.clone().with_secrets()?;
        let actor = self.actor_of(std::slice::from_ref(&command))?;
        let mut receipt = match head {
            Some(head) => command::run_on(&mut self.store, &actor, self.clock, head, &command)?,
            None => command::run(&mut self.store, &actor, self.clock, &command)?,
        };
        self.remember(receipt.head);
        // What was waited for has passed: what is told of it is told of the instant at which it was written.
        self.now = command::now(self.store.present(), self.now).map_or(self.now, |it| it.at);
        // It is saved, whatever else is to be said of it.
        let unread = |error| vec![Note::Remark(format!("what else is to be said of it could not be read: {error:#}"))];
        receipt.notes.extend(self.remarks(&receipt.changes, true).unwrap_or_else(unread));
        Ok((receipt, tokens))
    }

    /// The entry that was just written is the newest that this user knows of.
    fn remember(&self, head: Option<Head>) {
        if let Some(head) = head.filter(|_| self.remembers) {
            recall::remember(self.store.path(), head);
        }
    }

    /// What is wrong with the file by what is remembered of it.
    pub fn older(&self) -> Option<Older> {
        recall::doubt(&self.store)
    }

    /// Where the file lacks what this user wrote, a backup was put in its place; with the log of the former one beside
    /// it, what is read now is a mixture of both. The log stays there, and the backup as it is.
    fn check_unmixed(&self) -> Result<()> {
        if !self.remembers || self.older().is_none() {
            return Ok(());
        }
        let Err(flaw) = command::verify(&self.store, None, &mut |_| ())? else { return Ok(()) };
        self.store.leave_log()?;
        let name = self.store.path().display();
        anyhow::bail!(
            "{name} is a mixture of two files ({flaw}), nothing was saved: a backup was put in its place while {name}-wal of the former \
             one lay beside it; move {name}-wal and {name}-shm away, and put the backup there once more"
        )
    }

    /// Writes the letters of what was done; `tokens` are those of its links.
    fn post(&self, mut receipt: Receipt, tokens: &[Token]) -> Done {
        let sent = sending::post(&self.store, &receipt.changes, self.now, tokens).unwrap_or_else(|error| {
            // Whoever took it for a failure would do it twice.
            receipt.notes.push(Note::Remark(format!("it is saved; only what was sent with it could not be read: {error:#}")));
            Vec::new()
        });
        Done { receipt, sent }
    }

    /// The newest entry of the journal.
    ///
    /// # Errors
    /// That the file could not be read.
    pub fn head(&self) -> Result<Option<Head>> {
        self.store.present().head()
    }

    /// What stands before commands that are kept as a plan: on what they were made, when and by whom.
    ///
    /// # Errors
    /// That the file could not be read.
    pub fn plan_head(&self) -> Result<plan::Head> {
        let db = self.store.present();
        Ok(plan::Head::new(db.policy(None)?.name.clone(), self.head()?, self.now, self.who.actor.email.clone()))
    }

    /// Which of the commands a rule refuses, each tried on top of those before it that are not. A refusal that `ends`
    /// it is the last one.
    ///
    /// # Errors
    /// That the file could not be read.
    pub fn refused(&mut self, commands: &[Command], ends: fn(&Refusal) -> bool) -> Result<Vec<(usize, Refusal)>> {
        let (actor, commands) = (self.actor_of(commands)?, secret(commands.to_vec())?);
        Ok(command::sift(&mut self.store, &actor, self.clock, &commands.iter().collect::<Vec<_>>(), ends)?)
    }

    /// Each of these in the first of its ways that no rule is against, one on top of the other, as far as that goes, and why no
    /// further. Nothing is saved.
    ///
    /// # Errors
    /// That the file could not be read.
    pub fn feasible(&mut self, steps: &mut dyn Iterator<Item = Vec<Command>>) -> Result<(Vec<Command>, Option<Refusal>), Error> {
        let actor = self.actor()?.clone();
        command::feasible(&mut self.store, &actor, self.clock, steps)
    }

    /// A file from before users were bound: whose file it is is its owner from the first change on.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub fn bind_first(&mut self) -> Result<(), Error> {
        self.check_unmixed()?;
        let db = self.store.reader();
        let (Some(uid), Some(_), true) = (self.who.actor.by.uid(), self.who.person, db.users()?.is_empty()) else { return Ok(()) };
        let Some(owner) = command::account_owner(db)? else { return Ok(()) };
        let actor = Actor { email: owner.email.clone(), ..self.who.actor.clone() };
        command::run(&mut self.store, &actor, self.clock, &Command::Bind { person: owner.email, uid })?;
        Ok(())
    }

    /// In whose name something is changed.
    ///
    /// # Errors
    /// [`Nobody`](crate::command::Refusal::Nobody), where the Unix user is that.
    pub fn actor(&self) -> Result<&Actor, Error> {
        self.who.somebody(self.store.present())
    }

    /// The same for these commands: a link may be answered by whoever has it, also by a user who is nobody here. They act
    /// as whose address they answer under, whomever it was sent to.
    fn actor_of(&self, commands: &[Command]) -> Result<Actor, Error> {
        if let ([Command::Accept { token, email }], None) = (commands, self.who.person) {
            let db = self.store.present();
            let invited = db.invitation_by_token(token.hash())?.map(|it| it.email);
            let offered = db.handover_by_token(token.hash())?.map(|it| it.email);
            if let Some(sent_to) = invited.or(offered) {
                let under = email.clone().unwrap_or(sent_to);
                let known = db.person_by_email(&under)?.map(|it| it.email);
                return Ok(Actor { email: known.unwrap_or(under), ..self.who.actor.clone() });
            }
        }
        self.actor().cloned()
    }
}

/// The commands, each of their links with a secret that nobody knows: to try them.
fn secret(commands: Vec<Command>) -> Result<Vec<Command>> {
    commands.into_iter().map(|it| Ok(it.with_secrets()?.0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Hand;
    use crate::domain::record::{CeilingRecord, PersonRecord, Profile, Record, WorkspaceRecord};

    use std::os::unix::fs::MetadataExt;

    const NOW: &str = "2026-11-21T12:00:00Z";

    /// A workspace of Dana's in which Ana is known, and no Unix user is bound.
    fn workspace() -> Store {
        filled(Store::memory().unwrap())
    }

    fn filled(mut store: Store) -> Store {
        let ceiling = CeilingRecord::All("strict".to_owned());
        let record = WorkspaceRecord {
            name: "Northlight".to_owned(),
            owner: "dana@nl.example".to_owned(),
            ceiling,
            profile: Profile::default(),
            audit: crate::domain::audit::Settings::default(),
        };
        let actor = Actor { email: record.owner.clone(), via: "test".to_owned(), by: Hand::Caller };
        let at: DateTime<Utc> = NOW.parse().unwrap();
        command::run(&mut store, &actor, at, &Command::Init(record)).unwrap();
        command::run(&mut store, &actor, at, &add("ana@acme.example")).unwrap();
        store
    }

    fn add(email: &str) -> Command {
        Command::Add(Record::Person(PersonRecord { email: email.to_owned(), name: String::new() }))
    }

    fn who(store: &Store, uid: u32, named: Option<&str>) -> Result<Who, Error> {
        Who::of(store.reader(), User { uid, via: format!("uid {uid}") }, named)
    }

    fn session(store: Store, uid: u32, named: Option<&str>) -> Session {
        let at: DateTime<Utc> = NOW.parse().unwrap();
        let who = who(&store, uid, named).unwrap();
        Session::open(store, who, at, at.into()).unwrap()
    }

    #[test]
    fn the_first_user_who_writes_is_the_owner_and_others_are_nobody_from_then_on() {
        let mut session = session(workspace(), 7, None);
        session.run(&add("bo@nl.example")).unwrap();
        assert_eq!(session.store.reader().users().unwrap().len(), 1);
        let nobody = who(&session.store, 8, None).unwrap();
        assert!(matches!(nobody.somebody(session.store.reader()), Err(Error::Refused(crate::command::Refusal::Nobody { uid: 8, .. }))));
        let refused = who(&session.store, 8, Some("ana@acme.example")).unwrap_err().to_string();
        assert_eq!(refused, "uid 8 is nobody in this workspace and may not act for others");
    }

    /// Nobody is whoever comes first: the disk says whose a file is.
    #[test]
    fn a_file_without_users_is_its_unix_owners_and_nobody_elses() {
        let folder = tempfile::tempdir().unwrap();
        let store = filled(Store::create(&folder.path().join("w.db")).unwrap());
        let uid = std::fs::metadata(store.path()).unwrap().uid();
        let mut other = session(store, uid + 1, None);
        let refused = other.run(&add("bo@nl.example")).unwrap_err().to_string();
        assert!(
            refused.starts_with(&format!("uid {} is nobody in this workspace and may only ask; dana@nl.example", uid + 1)),
            "{refused}"
        );
        let named = who(&other.store, uid + 1, Some("ana@acme.example")).unwrap_err().to_string();
        assert_eq!(named, format!("uid {} is nobody in this workspace and may not act for others", uid + 1));
        assert_eq!(other.store.reader().users().unwrap(), []);
        let mut own = session(other.store, uid, None);
        own.run(&add("bo@nl.example")).unwrap();
        assert_eq!(own.store.reader().users().unwrap().len(), 1);
    }

    #[test]
    fn the_owner_acts_for_everybody_and_everybody_else_for_themselves() {
        let mut session = session(workspace(), 7, None);
        session.bind_first().unwrap();
        let ana = who(&session.store, 7, Some("Ana@Acme.example")).unwrap();
        assert_eq!((ana.actor.email.as_str(), ana.actor.via.as_str()), ("ana@acme.example", "uid 7, dana@nl.example"));
        let own = who(&session.store, 7, Some("DANA@nl.example")).unwrap();
        assert_eq!(own, who(&session.store, 7, None).unwrap());
        let refused = ana.acting_for(session.store.reader(), "dana@nl.example").unwrap_err().to_string();
        assert_eq!(refused, "ana@acme.example may not act for others; only the account owner may");
    }

    #[test]
    fn what_is_foreseen_is_refused_as_it_would_be_and_leaves_nothing_behind() {
        let mut ana = session(workspace(), 7, Some("ana@acme.example"));
        assert!(ana.foresee(&[add("bo@nl.example")], &Budget::ALL).is_err());
        let mut dana = session(ana.store, 7, None);
        let forecast = dana.foresee(&[add("bo@nl.example")], &Budget::ALL).unwrap();
        assert_eq!((forecast.plan.changes.len(), forecast.effect.map(|it| it.is_empty())), (1, Some(true)));
        assert!(dana.store.reader().person_by_email("bo@nl.example").unwrap().is_none());
    }

    #[test]
    fn who_does_not_see_everything_is_told_so_in_their_name() {
        let ana = session(workspace(), 7, Some("ana@acme.example"));
        let told = ana.check_whole().unwrap_err().to_string();
        assert!(told.starts_with("ana@acme.example does not see that: only their own sites"), "{told}");
        assert!(session(ana.store, 7, None).check_whole().is_ok());
    }
}
