//! Taking steps back, and proving that the journal explains the tables.

use std::collections::HashSet;

use anyhow::{Context, Result, anyhow};

use super::links::DeadLinks;
use super::refusal::{Error, Refusal};
use super::{Command, Plan, bind, fit, foundation};
use crate::domain::change::Change;
use crate::domain::suggest::Unknown;
use crate::facts::{Reader, Store, Writer};
use crate::store::Reader as Rows;
use crate::store::bulk::Bulk;
use crate::store::is_constraint;
use crate::store::journal::{Entry, Head};
use crate::store::ledger::Ledger;
use crate::store::table::Moved;

/// The newest entry whose effect still stands: what `undo` takes back. Who does not see what others did takes back
/// their own.
pub fn undo_target(db: Reader<'_>) -> Result<Option<i64>> {
    let is_shown = shown(db)?;
    let mut cancelled: HashSet<i64> = HashSet::new();
    let found = db.walk_back(|seq, takes_back| {
        if cancelled.contains(&seq) {
            return None;
        }
        cancelled.extend(takes_back);
        (takes_back.is_empty() && is_shown(seq)).then_some(seq)
    })?;
    // The first entry made the workspace; without it there is nothing to stand on.
    Ok(found.filter(|seq| *seq > 1))
}

/// The entries from one to another whose effect still stands, newest first: what taking a range back takes back. Who
/// does not see what others did takes back their own.
///
/// # Errors
/// Where one of the two is not there, or an undo among them took back entries both within the range and before it.
pub fn undo_range(db: Reader<'_>, from: i64, to: i64) -> Result<Vec<i64>, Error> {
    for end in [from, to] {
        db.the_entry(end).map_err(|error| match error.downcast::<Unknown>() {
            Ok(it) => Unknown { kind: "range of journal entries", text: format!("{from}..{to}"), ..it }.into(),
            Err(error) => error,
        })?;
    }
    let is_shown = shown(db)?;
    let (mut cancelled, mut found, mut torn) = (HashSet::<i64>::new(), Vec::new(), None);
    db.walk_back(|seq, takes_back| {
        if seq < from || torn.is_some() {
            return Some(());
        }
        if cancelled.contains(&seq) {
            return None;
        }
        let (within, before): (Vec<i64>, Vec<i64>) = takes_back.iter().partition(|it| **it >= from);
        cancelled.extend(within.iter().copied());
        if seq > to || !is_shown(seq) {
            return None;
        }
        if within.is_empty() {
            found.push(seq);
        } else if !before.is_empty() {
            torn = Some((seq, before[0]));
        }
        None
    })?;
    match torn {
        Some((seq, before)) => {
            let why = format!("it took back entry {before} too, which is not among {from}..{to}; begin the range there");
            Err(Refusal::MovedOn { seq, why }.into())
        }
        None => Ok(found),
    }
}

/// The newest undo that nothing came after: what `redo` takes back.
pub fn redo_target(db: Reader<'_>) -> Result<Option<i64>> {
    let is_shown = shown(db)?;
    let mut cancelled: HashSet<i64> = HashSet::new();
    let mut undone = Vec::new();
    db.walk_back(|seq, takes_back| {
        if cancelled.contains(&seq) {
            return None;
        }
        if takes_back.is_empty() {
            return is_shown(seq).then_some(());
        }
        cancelled.extend(takes_back);
        undone.push((seq, takes_back.to_vec()));
        None
    })?;
    for (seq, targets) in undone {
        let mut is_undo = !cancelled.contains(&seq) && is_shown(seq);
        for target in targets {
            is_undo = is_undo && db.entry(target)?.is_some_and(|it| it.takes_back().is_empty());
        }
        if is_undo {
            return Ok(Some(seq));
        }
    }
    Ok(None)
}

/// Which entries whoever asks sees: all, or their own.
fn shown(db: Reader<'_>) -> Result<impl Fn(i64) -> bool + use<>> {
    let own = db.own_entries()?;
    Ok(move |seq: i64| own.as_ref().is_none_or(|it| it.contains(&seq)))
}

/// Applies the inverse of everything the entry did; refused where a row is not as the entry left it. `db` has the eyes of
/// whoever does it.
pub(super) fn take_back(writer: &Writer<'_>, db: Reader<'_>, seq: i64) -> Result<Plan, Error> {
    let entry = takeable(db, seq)?;
    // Such an import has too many changes to be listed.
    let in_any_order = db.origin(&entry)?.parts > 0;
    if in_any_order {
        writer.defer_references()?;
    }
    let mut plan = Plan::default();
    let (mut applied, mut doubtful, mut bulk, mut links) = (0, false, Bulk::default(), DeadLinks::default());
    let outcome = db.each_change(&entry, true, &mut |change| {
        if foundation::stays(&change) {
            return Ok(());
        }
        let change = links.cut(db, change)?;
        applied += 1;
        doubtful |= matches!(change, Change::Folder(_) | Change::Setting(_)) || fit::can_misfit(&change);
        if !in_any_order {
            plan.changes.push(change.clone());
        }
        writer.apply_in_bulk(&mut bulk, change)
    });
    let holds = match outcome.and_then(|()| writer.flush(&mut bulk)) {
        Ok(()) => (!in_any_order || writer.references_hold()?) && (!doubtful || rules_hold(db, &entry, true)?),
        Err(error) if error.downcast_ref::<Moved>().is_some() || is_constraint(&error) => false,
        Err(error) => return Err(error.into()),
    };
    if !holds {
        let is_shown = shown(db)?;
        let why = match db.touched_since(seq)?.filter(|it| is_shown(*it)) {
            Some(later) => format!("entry {later} changed something it touched; take that back first: rolecall undo {later}"),
            None => "something it touched was changed since; take the later steps back first".to_owned(),
        };
        return Err(Refusal::MovedOn { seq, why }.into());
    }
    plan.n_bulk = applied - plan.changes.len();
    plan.notes.extend(links.notes());
    Ok(plan)
}

/// Whether the rules that commands keep still hold after the entry was taken back, or done again where others had written
/// meanwhile: their steps may rely on what it changes without touching the same rows.
pub(super) fn rules_hold(db: Reader<'_>, entry: &Entry, backwards: bool) -> Result<bool> {
    let (mut folders, mut settings, mut fit) = (false, false, true);
    db.each_change(entry, backwards, &mut |change| {
        folders |= matches!(change, Change::Folder(_));
        settings |= matches!(change, Change::Setting(_));
        fit = fit && fit::misfit(db, &change)?.is_none();
        Ok(())
    })?;
    Ok(fit && !(folders && db.policy(None)?.lost_folder().is_some()) && !(settings && bind::owner_is_locked_out(db)?))
}

/// Refuses what took nothing back: only that is done again.
pub(super) fn undone(db: Reader<'_>, seq: i64) -> Result<(), Error> {
    if !takeable(db, seq)?.takes_back().is_empty() {
        return Ok(());
    }
    Err(Refusal::Invalid(format!("entry {seq} is not an undo, so that there is nothing to do again")).into())
}

/// Refuses what a batch could not write down: its entry holds its changes, and an import's are too many.
pub(super) fn fits_a_batch(db: Reader<'_>, command: &Command) -> Result<(), Error> {
    let (Command::Undo(seq) | Command::Redo(seq)) = command else { return Ok(()) };
    if db.origin(&takeable(db, *seq)?)?.parts == 0 {
        return Ok(());
    }
    Err(Refusal::Misfit(format!("entry {seq} is an import; take it back in a step of its own, not in a batch")).into())
}

/// The entry, if it can be taken back at all.
fn takeable(db: Reader<'_>, seq: i64) -> Result<Entry, Error> {
    let entry = db.the_entry(seq)?;
    if seq <= 1 {
        return Err(Refusal::MovedOn { seq, why: "it set the workspace up".to_owned() }.into());
    }
    let Some(by) = cancelled_by(db, seq)? else { return Ok(entry) };
    let is_known = db.entry(by)?.map_or(Ok(false), |it| db.knows_entry(&it))?;
    let who = if is_known { format!("entry {by} took it back") } else { "it was taken back".to_owned() };
    Err(Refusal::MovedOn { seq, why: format!("{who} already") }.into())
}

/// The entry that took this one back, if that still stands.
fn cancelled_by(db: Reader<'_>, seq: i64) -> Result<Option<i64>> {
    let mut cancelled: HashSet<i64> = HashSet::new();
    db.walk_back(|other, takes_back| {
        if other <= seq {
            return Some(None);
        }
        if cancelled.contains(&other) {
            return None;
        }
        cancelled.extend(takes_back);
        takes_back.contains(&seq).then_some(Some(other))
    })
    .map(Option::flatten)
}

/// What `verify` found in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    pub entries: i64,
    pub head: Option<Head>,
}

/// Checks that the file is sound, that the chain holds, and that the entries give the tables. `kept` is a head that
/// was noted elsewhere; `progress` hears how many changes were gone through.
///
/// # Errors
/// The outer error is that the file could not be read; the inner one says what does not hold.
pub fn verify(store: &Store, kept: Option<Head>, progress: &mut dyn FnMut(usize)) -> Result<Result<Verified, String>> {
    // What cannot be read does not hold, and how it cannot is the answer.
    let flaw = |db: Rows<'_>| Ok(db.first_flaw().unwrap_or_else(|error| Some(format!("{error:#}"))));
    let (explained, flaw) = store.at_once(|db| Ok(explained(db, kept, progress)), flaw)?;
    Ok(explained.and_then(|found| flaw.map_or(Ok(found), Err)))
}

/// Whether the chain holds and gives the tables.
fn explained(db: Rows<'_>, kept: Option<Head>, progress: &mut dyn FnMut(usize)) -> Result<Verified, String> {
    let mut ledger = Ledger::default();
    let mut kept_hash = None;
    let checked = db.check_chain(|entry| {
        if kept.is_some_and(|it| it.seq == entry.seq) {
            kept_hash = Some(entry.hash);
        }
        ledger.take(db, entry, progress).with_context(|| format!("replaying entry {}", entry.seq))
    });
    let head = checked.map_err(|error| format!("{error:#}"))?;
    if let Some(kept) = kept.filter(|it| kept_hash != Some(it.hash)) {
        let ends = head.map_or(0, |it| it.seq);
        let why =
            if ends < kept.seq { format!("this file ends at entry {ends}") } else { format!("entry {} is another one here", kept.seq) };
        return Err(format!("the journal does not lead to {kept}: {why}; somebody put an older copy back or rewrote it"));
    }
    match ledger.first_difference(db).unwrap_or_else(|error| Some(format!("{error:#}"))) {
        Some(difference) => Err(difference),
        None => Ok(Verified { entries: head.map_or(0, |it| it.seq), head }),
    }
}

/// The workspace as it was after an entry: a replay of all up to it.
///
/// # Errors
/// That the journal could not be read, or does not hold together.
pub fn replay_to(db: Reader<'_>, last: i64) -> Result<Store> {
    let mut replica = Store::memory()?;
    replica.write(|writer| {
        let mut again = Again::begin(db, writer)?;
        db.check_chain(|entry| if entry.seq <= last { again.entry(entry) } else { Ok(()) })
            .and_then(|head| head.ok_or_else(|| anyhow!("the journal is empty")))
    })?;
    Ok(replica)
}

/// Does entry after entry again, from the first one on, in an empty workspace. The first
/// may be an import of any size, so that the indexes come after it.
struct Again<'a> {
    db: Reader<'a>,
    writer: &'a Writer<'a>,
    bulk: Bulk,
}

impl<'a> Again<'a> {
    fn begin(db: Reader<'a>, writer: &'a Writer<'a>) -> Result<Again<'a>> {
        writer.defer_references()?;
        writer.drop_indexes()?;
        Ok(Again { db, writer, bulk: Bulk::default() })
    }

    fn entry(&mut self, entry: &Entry) -> Result<()> {
        self.db.each_change(entry, false, &mut |change| self.writer.apply_in_bulk(&mut self.bulk, change))?;
        self.writer.flush(&mut self.bulk)?;
        if entry.seq == 1 { self.writer.build_indexes() } else { Ok(()) }
    }
}
