//! The session once more, for work beside it that takes long.

use std::cell::OnceCell;

use anyhow::Result;

use super::Session;

impl Session {
    /// The same workspace, draft and actor, on connections of their own: for another thread. What is staged lies over it
    /// once [`Session::lay_draft`] was asked.
    ///
    /// # Errors
    /// That the file could not be opened once more.
    pub fn twin(&self) -> Result<Session> {
        let (who, draft) = (self.who.clone(), self.draft.clone());
        let mut twin = Session {
            store: self.companion()?,
            now: self.now,
            clock: self.clock,
            who,
            remembers: false,
            past: self.past,
            draft,
            layer: OnceCell::new(),
        };
        if self.past.is_none() {
            twin.layer()?;
        }
        Ok(twin)
    }

    /// Lays what is staged over a twin.
    ///
    /// # Errors
    /// That the file could not be read.
    pub fn lay_draft(&mut self) -> Result<()> {
        self.lay(0)
    }

    /// Ends whatever it is reading, from another thread.
    ///
    /// # Errors
    /// That the file could not be opened once more.
    pub fn interrupter(&mut self) -> Result<Box<dyn Fn() + Send>> {
        let file: Box<dyn Fn() + Send> = Box::new(self.store.interrupter());
        if self.past.is_some() {
            return Ok(file);
        }
        let layer: Box<dyn Fn() + Send> = Box::new(self.layer()?.interrupter());
        Ok(Box::new(move || {
            file();
            layer();
        }))
    }

    /// Takes over what a twin staged on top of the same draft.
    pub fn adopt(&mut self, twin: Session) {
        (self.draft, self.layer) = (twin.draft, twin.layer);
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::super::Who;
    use super::*;
    use crate::command::{self, Actor, Command, Hand};
    use crate::domain::audit::Settings;
    use crate::domain::record::{CeilingRecord, PersonRecord, Profile, Record, WorkspaceRecord};
    use crate::facts::Store;

    fn add(email: &str) -> Vec<Command> {
        vec![Command::Add(Record::Person(PersonRecord { email: email.to_owned(), name: String::new() }))]
    }

    #[test]
    fn what_a_twin_stages_on_another_thread_is_staged_here_once_it_is_taken_over() {
        let folder = TempDir::new().unwrap();
        let mut store = Store::create(&folder.path().join("work.db")).unwrap();
        let actor = Actor { email: "dana@nl.example".to_owned(), via: "test".to_owned(), by: Hand::Caller };
        let at = "2026-11-21T12:00:00Z".parse().unwrap();
        let profile = Profile::default();
        let record = WorkspaceRecord {
            name: "Northlight".to_owned(),
            owner: actor.email.clone(),
            ceiling: CeilingRecord::All("strict".to_owned()),
            profile,
            audit: Settings::default(),
        };
        command::run(&mut store, &actor, at, &Command::Init(record)).unwrap();
        let person = store.reader().person_by_email(&actor.email).unwrap().map(|it| it.id);
        let mut session = Session::open(store, Who { actor, person }, at, at.into()).unwrap();
        session.stage(add("ana@acme.example"), "one".to_owned()).unwrap();
        let mut twin = session.twin().unwrap();
        let twin = std::thread::spawn(move || {
            twin.lay_draft().unwrap();
            assert!(twin.stage(add("ana@acme.example"), "again".to_owned()).is_err(), "it knows what was staged before");
            twin.stage(add("bo@nl.example"), "two".to_owned()).unwrap();
            twin
        });
        session.adopt(twin.join().unwrap());
        let policy = session.reader().policy(None).unwrap();
        assert_eq!(session.draft().steps().len(), 2);
        for email in ["ana@acme.example", "bo@nl.example"] {
            assert!(session.drafted(&policy).db.person_by_email(email).unwrap().is_some(), "{email}");
        }
        session.save().unwrap();
        assert!(session.reader().person_by_email("bo@nl.example").unwrap().is_some());
    }
}
