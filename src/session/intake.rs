//! Taking files in: tried on a private copy, written as one entry, or staged row by row.

use std::cell::OnceCell;

use anyhow::Result;

use super::Session;
use super::draft::Draft;
use crate::command::import::{ImportError, Imported, Records};
use crate::command::{Command, Error, Note};
use crate::domain::change::Change;
use crate::domain::things::Person;
use crate::exchange::steps::Steps;
use crate::facts::Store;
use crate::facts::sight::Eyes;
use crate::query::impact::{Budget, Impact};
use crate::query::journal;

/// What taking records in would do.
pub struct Tried {
    pub imported: Imported,
    /// To everybody's access; `None` where it is too much to count.
    pub effect: Option<Impact>,
    /// The names of the first people whom it touches.
    pub names: Vec<String>,
}

impl Session {
    /// Takes records in, in the name of whoever acts. On another state of the workspace it is a trial, of which nothing is
    /// remembered.
    ///
    /// # Errors
    /// The line that is at fault or the rule that is against it, after which nothing has changed.
    pub fn import(&mut self, source: &str, records: Records<'_>, progress: &mut dyn FnMut(usize) -> bool) -> Result<Imported, ImportError> {
        self.check_unmixed()?;
        let (actor, clock) = (self.actor().map_err(anyhow::Error::from)?.clone(), self.clock);
        let imported = records.run(&mut self.store, &actor, clock, source, progress)?;
        if self.store.elsewhere().is_none() {
            self.remember(imported.receipt.head);
        }
        Ok(imported)
    }

    /// The first changes of what was taken in, `limit` at most, and whether there are more.
    ///
    /// # Errors
    /// That the file could not be read.
    pub fn taken(&self, imported: &Imported, limit: usize) -> Result<(Vec<Change>, bool)> {
        let db = self.reader();
        let entry = imported.receipt.head.map(|it| db.entry(it.seq)).transpose()?.flatten();
        entry.map_or_else(|| Ok((Vec::new(), false)), |it| journal::changes(db, &it, limit))
    }

    /// Takes records into a private copy, and asks what that would do: so many changes are weighed, if the effect matters.
    ///
    /// # Errors
    /// As [`Session::import`].
    pub fn try_import(
        &self,
        source: &str,
        records: Records<'_>,
        weighed: usize,
        progress: &mut dyn FnMut(usize) -> bool,
    ) -> Result<Tried, ImportError> {
        let copy = self.store.copy()?;
        let mut aside = self.with(self.companion()?, false).elsewhere(copy);
        let imported = aside.import(source, Records { again: None, ..records }, progress)?;
        let (changes, more) = aside.taken(&imported, weighed)?;
        let effect = if more { None } else { self.effect(&changes, &Budget { pairs: weighed, ..Budget::ALL })? };
        let names = effect.iter().flat_map(|it| &it.people).take(4).map(|id| Ok(aside.reader().find::<Person>(*id)?.map(|it| it.name)));
        let names = names.filter_map(Result::transpose).collect::<Result<_>>()?;
        Ok(Tried { imported, effect, names })
    }

    /// The same workspace and actor on a connection of its own that writes, with nothing staged: for another thread.
    ///
    /// # Errors
    /// That the file could not be opened once more.
    pub fn second(&self) -> Result<Session> {
        anyhow::ensure!(!self.is_read_only(), "this is read-only: nothing can be saved");
        let store = Store::open(self.path(), false)?.seen_by(Eyes::new(self.sight().clone(), None));
        Ok(self.with(store, self.remembers))
    }

    fn with(&self, store: Store, remembers: bool) -> Session {
        let (draft, layer) = (Draft::default(), OnceCell::new());
        Session { store, now: self.now, clock: self.clock, who: self.who.clone(), remembers, past: None, draft, layer }
    }

    /// Stages as one step what the rows of a table ask for, as far as it can be done; the step says of each other row why
    /// not. The answer is whether there is such a step; what cannot be taken is among the faults by now.
    ///
    /// # Errors
    /// What is to be known before any of it is done, or that the file could not be read.
    pub fn stage_rows(&mut self, steps: &mut Steps, words: impl Fn(&[Command]) -> String) -> Result<bool, Error> {
        let (lines, commands): (Vec<usize>, Vec<Command>) = std::mem::take(&mut steps.commands).into_iter().unzip();
        if commands.is_empty() {
            return Ok(false);
        }
        let refused = self.stage_fitting(commands, words)?;
        let is_staged = refused.len() < lines.len();
        steps.leave_out(refused.into_iter().map(|(at, refusal)| (lines[at], refusal.to_string())).collect());
        if let Some(step) = self.draft.steps.last_mut().filter(|_| is_staged) {
            step.cannot = steps.faults.sentences();
            step.notes.extend(steps.notes.iter().cloned().map(Note::Remark));
        }
        Ok(is_staged)
    }
}
