//! Staging: what is done to the draft, and the workspace as the draft would leave it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use serde_json::Value;

use super::draft::{Choice, Clash, Draft, Step, switched, taken_up};
use super::{Done, Session, secret};
use crate::command::{self, Command, Error, Plan, Refusal};
use crate::domain::change::Change;
use crate::domain::policy::Policy;
use crate::facts::overlay::Overlay;
use crate::facts::sight::Eyes;
use crate::facts::{Reader, Store};

/// The workspace with what is staged.
#[derive(Clone, Copy)]
pub struct Drafted<'a> {
    pub db: Reader<'a>,
    pub policy: &'a Policy,
}

impl Session {
    pub fn draft(&self) -> &Draft {
        &self.draft
    }

    /// The workspace as the draft would leave it; `saved` is the policy as it is.
    pub fn drafted<'a>(&'a self, saved: &'a Policy) -> Drafted<'a> {
        // Where nothing is changed the file is read itself.
        let layer = self.layer.get().filter(|_| self.draft.policy.is_some());
        Drafted { db: layer.unwrap_or(&self.store).reader(), policy: self.draft.policy(saved) }
    }

    /// Stages a step on top of the others.
    ///
    /// # Errors
    /// Why it cannot be done, after which nothing is staged.
    pub fn stage(&mut self, commands: Vec<Command>, words: String) -> Result<(), Error> {
        let commands = secret(commands)?;
        let Plan { changes, notes, .. } = self.planned(&commands, false)?;
        self.draft.steps.truncate(self.draft.done);
        self.draft.steps.push(Step { changes, notes, ..Step::new(commands, words) });
        self.draft.done += 1;
        self.lay(self.draft.done - 1).or_else(|error| {
            self.draft.done -= 1;
            self.draft.steps.pop();
            self.plan_again(0).and(Err(error))
        })?;
        Ok(())
    }

    /// Stages as one step those of the commands that can be done, each for itself; the step says why the others cannot.
    ///
    /// # Errors
    /// Why none of them can be done, after which nothing is staged.
    pub fn stage_each(&mut self, commands: Vec<Command>, words: &str) -> Result<(), Error> {
        let n = commands.len();
        let all = |some: &[Command]| if some.len() == n { words.to_owned() } else { format!("{words}: {} of {n}", some.len()) };
        let refused = self.stage_fitting(commands, all)?;
        if let Some(first) = refused.values().next().filter(|_| refused.len() == n) {
            return Err(first.clone().into());
        }
        if let Some(step) = self.draft.steps.last_mut() {
            step.cannot = refused.into_values().map(|it| it.to_string()).collect();
        }
        Ok(())
    }

    /// Stages as one step those of the commands that can be done, each on top of those before it that can; the answer is
    /// which cannot, by their places. Nothing is staged where that is all of them.
    ///
    /// # Errors
    /// What is to be known before any of it is done, or that the file could not be read.
    pub(super) fn stage_fitting(
        &mut self,
        commands: Vec<Command>,
        words: impl Fn(&[Command]) -> String,
    ) -> Result<BTreeMap<usize, Refusal>, Error> {
        let commands = secret(commands)?;
        match self.stage(commands.clone(), words(&commands)) {
            // It is about all of them.
            Err(Error::Refused(refusal @ Refusal::Doubt(_))) => return Err(refusal.into()),
            Err(Error::Refused(_)) => {}
            Err(broken) => return Err(broken),
            Ok(()) => return Ok(BTreeMap::new()),
        }
        let (actor, clock) = (self.actor_of(&commands)?, self.clock);
        let steps: Vec<&Command> = commands.iter().collect();
        let refused: BTreeMap<usize, Refusal> = command::sift(self.layer()?, &actor, clock, &steps, |_| false)?.into_iter().collect();
        let fits = commands.into_iter().enumerate().filter(|(at, _)| !refused.contains_key(at)).map(|it| it.1);
        let fitting: Vec<Command> = fits.collect();
        if !fitting.is_empty() {
            let words = words(&fitting);
            self.stage(fitting, words)?;
        }
        Ok(refused)
    }

    /// Takes the last step back.
    ///
    /// # Errors
    /// That the file could not be read.
    pub fn unstage(&mut self) -> Result<bool> {
        let any = self.draft.done > 0;
        self.draft.done -= usize::from(any);
        // What is not as it was when it was planned is planned again.
        self.lay(0).or_else(|_| self.plan_again(0))?;
        Ok(any)
    }

    /// Does again what was taken back last, on what is there now.
    ///
    /// # Errors
    /// That the file could not be read.
    pub fn restage(&mut self) -> Result<bool> {
        let any = self.draft.done < self.draft.steps.len();
        self.draft.done += usize::from(any);
        if any {
            self.plan_again(self.draft.done - 1).or_else(|_| self.plan_again(0))?;
        }
        Ok(any)
    }

    /// Takes out one step, which can be redone; those behind it are planned without it.
    ///
    /// # Errors
    /// That the file could not be read.
    pub fn take_out(&mut self, at: usize) -> Result<()> {
        if at < self.draft.done {
            let step = self.draft.steps.remove(at);
            self.draft.done -= 1;
            self.draft.steps.insert(self.draft.done, step);
        }
        self.plan_again(0)
    }

    /// Leaves a step out of the next save, or takes it in again.
    ///
    /// # Errors
    /// That the file could not be read.
    pub fn leave_out(&mut self, at: usize) -> Result<()> {
        if let Some(step) = self.draft.steps.get_mut(at) {
            step.is_left_out = !step.is_left_out;
        }
        self.plan_again(0)
    }

    /// Drops the whole draft.
    ///
    /// # Errors
    /// That the file could not be read.
    pub fn drop_draft(&mut self) -> Result<()> {
        self.draft = Draft::default();
        self.lay(0)
    }

    /// Stages what was kept; what does not fit any more is among the steps and says why.
    ///
    /// # Errors
    /// That the file could not be read.
    pub fn take_up(&mut self, kept: &[Command]) -> Result<()> {
        let policy = self.store.reader().policy(None)?;
        let first = self.draft.steps.len();
        for command in kept {
            self.draft.steps.push(Step::new(secret(taken_up(&policy, command.clone()))?, serde_json::to_string(command)?));
        }
        self.draft.done = self.draft.steps.len();
        self.plan_again(0)?;
        let (db, is_whole) = (self.store.reader(), self.store.sight().is_whole());
        for (step, command) in self.draft.steps[first..].iter_mut().zip(kept) {
            // What is refused may be about something that is not shown: it stays as it was written.
            if is_whole || step.unfit.is_none() {
                step.words = command::summary(db, command)?;
            }
        }
        Ok(())
    }

    /// Plans the draft on what others have made of the workspace. Steps of which they changed something say so.
    ///
    /// # Errors
    /// That the file could not be read.
    pub fn rebase(&mut self) -> Result<()> {
        let planned: Vec<Vec<Change>> = self.draft.steps().iter().map(|it| it.changes.clone()).collect();
        let theirs = Change::net(planned.iter().flatten());
        let theirs = theirs.iter().map(|it| self.store.reader().meanwhile(it)).collect::<Result<Vec<_>>>()?;
        let theirs: Vec<Change> = theirs.into_iter().flatten().collect();
        self.plan_again(0)?;
        for (step, planned) in self.draft.steps.iter_mut().zip(planned) {
            for mine in planned.iter().chain(&step.changes) {
                for other in theirs.iter().filter(|it| it.row() == mine.row()) {
                    let names = both(mine, other);
                    if !names.is_empty() {
                        step.clash.get_or_insert_with(Clash::default).note(mine, other, names);
                    }
                }
            }
        }
        Ok(())
    }

    /// Says whose word stands where somebody else changed what a step changes.
    ///
    /// # Errors
    /// That the file could not be read.
    pub fn decide(&mut self, at: usize, choice: Choice) -> Result<()> {
        let Some(clash) = self.draft.steps.get(at).and_then(|it| it.clash.clone()) else { return Ok(()) };
        match choice {
            Choice::Mine => self.draft.steps[at].clash = None,
            Choice::Theirs => self.give_way(at, &clash)?,
            // Done again it meets them again.
            Choice::Out => self.take_out(at)?,
        }
        Ok(())
    }

    /// Takes out of a step what meets others, and the step where that was all.
    fn give_way(&mut self, at: usize, clash: &Clash) -> Result<()> {
        let done = std::mem::replace(&mut self.draft.done, at);
        let kept = self.lay(0).and_then(|()| self.beside(at, clash));
        self.draft.done = done;
        let kept = kept.or_else(|error| self.plan_again(0).and(Err(error)))?;
        // Where nothing of it goes without the rest, all of it gives way.
        if kept.is_empty() || kept.len() == self.draft.steps[at].units().len() {
            return self.take_out(at);
        }
        let words = command::summary(self.store.reader(), &Command::all(kept.clone()))?;
        let step = &mut self.draft.steps[at];
        (step.commands, step.words, step.clash) = (kept, words, None);
        self.plan_again(0)
    }

    /// The commands of a step that do not meet others. One that is refused without the others is kept, and says why it does
    /// not fit.
    fn beside(&mut self, at: usize, clash: &Clash) -> Result<Vec<Command>> {
        let mut kept = Vec::new();
        for unit in self.draft.steps[at].units() {
            match self.planned(std::slice::from_ref(&unit), true) {
                Ok(plan) if plan.changes.iter().any(|mine| clash.theirs.iter().any(|it| meet(mine, it))) => {}
                Ok(_) | Err(Error::Refused(_)) => kept.push(unit),
                Err(Error::Broken(error)) => return Err(error),
            }
        }
        Ok(kept)
    }

    /// What is staged stands on what was done beside it.
    pub(super) fn stand_anew(&mut self) -> Result<()> {
        if self.draft.steps.is_empty() { Ok(()) } else { self.plan_again(0) }
    }

    /// Saves all steps that are not left out, as one entry. The others stay staged.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub fn save(&mut self) -> Result<Done, Error> {
        if let Some(step) = self.draft.steps().iter().find(|it| it.is_undecided()) {
            return Err(Refusal::Stale { what: step.words.clone() }.into());
        }
        let saved = self.store.reader().policy(None)?;
        let (receipt, tokens) = self.carry_out(None, &Command::all(self.draft.to_save(&saved)))?;
        self.draft.steps.truncate(self.draft.done);
        self.draft.steps.retain(|it| !it.is_saved());
        self.draft.steps.iter_mut().for_each(|it| it.is_left_out = false);
        self.draft.done = self.draft.steps.len();
        // It is saved, whatever comes of those that stay.
        let _ = self.plan_again(0);
        Ok(self.post(receipt, &tokens))
    }

    /// What commands would change on top of what is staged. `is_known`: that they may be run was asked before.
    fn planned(&mut self, commands: &[Command], is_known: bool) -> Result<Plan, Error> {
        let saved = self.store.reader().policy(None)?;
        let answers_later = self.sight().is_whole() || self.store.is_read_only();
        if let Some(changes) = switched(self.draft.policy(&saved), commands).filter(|_| answers_later || is_known) {
            return Ok(Plan { changes, ..Plan::default() });
        }
        let (actor, clock) = (self.actor_of(commands)?, self.clock);
        let mut plan = command::preview(self.layer()?, &actor, clock, commands)?;
        plan.notes.extend(self.remarks(&plan.changes, false)?);
        Ok(plan)
    }

    pub(super) fn layer(&mut self) -> Result<&mut Store> {
        if self.layer.get().is_none() {
            let _ = self.layer.set(self.store.staging()?.seen_by(Eyes::new(self.sight().clone(), None)));
        }
        self.layer.get_mut().ok_or_else(|| anyhow::anyhow!("changes cannot be laid over the workspace"))
    }

    /// Lays what is staged over the workspace: from this step on, where those before it lie there already.
    pub(super) fn lay(&mut self, from: usize) -> Result<()> {
        let saved = self.store.reader().policy(None)?;
        let changes: Vec<Change> = self.draft.steps()[from..].iter().flat_map(|it| it.changes.clone()).collect();
        if from == 0 {
            self.draft.policy = None;
        }
        if !changes.is_empty() || self.layer.get().is_some() {
            let layer = self.layer()?;
            if from == 0 { layer.restage(&changes)? } else { layer.add_staged(&changes)? }
        }
        if !changes.is_empty() {
            self.draft.policy = Some(Overlay::new(self.store.reader(), self.draft.policy(&saved), &changes).policy);
        }
        Ok(())
    }

    /// Plans the steps from this one on, each on top of those before it.
    fn plan_again(&mut self, from: usize) -> Result<()> {
        let done = std::mem::replace(&mut self.draft.done, from);
        self.lay(0)?;
        for at in from..done {
            let step = &self.draft.steps[at];
            let planned = if step.is_left_out { Ok(Plan::default()) } else { self.planned(&step.commands.clone(), true) };
            let step = &mut self.draft.steps[at];
            (step.changes, step.notes, step.unfit) = match planned {
                Ok(plan) => (plan.changes, plan.notes, None),
                Err(Error::Refused(refusal)) => (Vec::new(), Vec::new(), Some(refusal.to_string())),
                Err(Error::Broken(error)) => {
                    self.draft.done = done;
                    return Err(error);
                }
            };
            self.draft.done = at + 1;
            self.lay(at)?;
        }
        Ok(())
    }
}

/// Whether both changed the same of one row.
fn meet(mine: &Change, theirs: &Change) -> bool {
    mine.row() == theirs.row() && !both(mine, theirs).is_empty()
}

/// What both changed of one row: columns, or members of a list.
fn both(mine: &Change, theirs: &Change) -> BTreeSet<String> {
    let (mine, theirs) = (sides(mine), sides(theirs));
    let names: BTreeSet<&String> =
        [&mine, &theirs].iter().flat_map(|it| [&it.0, &it.1]).filter_map(Value::as_object).flat_map(|it| it.keys()).collect();
    names.into_iter().flat_map(|name| common(name, &mine, &theirs)).collect()
}

fn sides(change: &Change) -> (Value, Value) {
    let Ok(Value::Object(kinds)) = serde_json::to_value(change) else { return (Value::Null, Value::Null) };
    let mut edit = kinds.into_iter().next().map_or(Value::Null, |it| it.1);
    (edit["before"].take(), edit["after"].take())
}

fn common(name: &str, mine: &(Value, Value), theirs: &(Value, Value)) -> Vec<String> {
    let (mine, theirs) = ([&mine.0[name], &mine.1[name]], [&theirs.0[name], &theirs.1[name]]);
    if mine[0] == mine[1] || theirs[0] == theirs[1] {
        return Vec::new();
    }
    let is_list = mine.iter().chain(&theirs).all(|it| it.is_array() || it.is_null());
    if is_list {
        let (mine, theirs) = (moved(mine), moved(theirs));
        return mine.intersection(&theirs).cloned().collect();
    }
    vec![name.to_owned()]
}

/// What one list has and the other has not.
fn moved([before, after]: [&Value; 2]) -> BTreeSet<String> {
    let set = |it: &Value| -> BTreeSet<String> {
        it.as_array().into_iter().flatten().map(|it| it.as_str().map_or_else(|| it.to_string(), str::to_owned)).collect()
    };
    set(before).symmetric_difference(&set(after)).cloned().collect()
}
