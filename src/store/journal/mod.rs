//! The append-only, hash-chained record of every command and every change it made.
//!
//! An entry's changes stand in one of three forms: as JSON in the entry itself; as
//! compressed parts, for an import of many rows; or, where such an import is taken back, as a
//! reference to the entry whose changes are inverted. An undo names the entry that it takes back. Each entry's hash covers the one before, so that no
//! past entry can change unnoticed; a head kept elsewhere also finds a cut tail.

mod chain;
mod head;
mod made;
mod parts;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, Row, Transaction};

use super::sql_types::Micros;
use super::{Reader, Writer};
use crate::domain::change::Change;
use crate::domain::record::OfferKey;
use crate::domain::row::Subject;

pub use head::Head;
pub use parts::Parts;

/// What is written down about one command.
#[derive(Clone, Debug, PartialEq)]
pub struct NewEntry<'a> {
    pub at: DateTime<Utc>,
    /// The person in whose name it ran.
    pub actor: &'a str,
    /// The Unix user who ran it.
    pub via: &'a str,
    /// The command as JSON.
    pub command: &'a str,
    pub summary: &'a str,
}

/// The forms of an entry's changes.
pub enum Body<'a> {
    Changes(&'a [Change]),
    Parts(Parts),
    InverseOf(i64),
    /// Takes an entry back by these changes.
    Undoing(i64, &'a [Change]),
}

/// An entry, its changes aside.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub seq: i64,
    pub at: DateTime<Utc>,
    pub actor: String,
    pub via: String,
    pub command: String,
    pub summary: String,
    pub parts: i64,
    pub inverse_of: Option<i64>,
    pub hash: [u8; 32],
    changes: Option<String>,
}

impl Entry {
    fn read(row: &Row<'_>) -> rusqlite::Result<Entry> {
        Ok(Entry {
            seq: row.get("seq")?,
            at: row.get::<_, Micros>("at")?.0,
            actor: row.get("actor")?,
            via: row.get("via")?,
            command: row.get("command")?,
            summary: row.get("summary")?,
            parts: row.get("parts")?,
            inverse_of: row.get("inverse_of")?,
            hash: row.get("hash")?,
            changes: row.get("changes")?,
        })
    }

    pub fn head(&self) -> Head {
        Head { seq: self.seq, hash: self.hash }
    }

    /// The entries that it took back: none, one, or all of a range.
    pub fn takes_back(&self) -> Vec<i64> {
        taken_back(self.inverse_of, &self.command)
    }
}

/// What an entry takes back: one that is the inverse of another says so, a range of them is a batch of nothing but undos.
fn taken_back(inverse_of: Option<i64>, command: &str) -> Vec<i64> {
    #[derive(serde::Deserialize)]
    struct Undos {
        batch: Vec<Undo>,
    }
    #[derive(serde::Deserialize)]
    struct Undo {
        undo: i64,
    }
    match inverse_of {
        Some(target) => vec![target],
        None if command.starts_with(r#"{"batch":[{"undo":"#) => {
            serde_json::from_str::<Undos>(command).map_or_else(|_| Vec::new(), |it| it.batch.iter().map(|it| it.undo).collect())
        }
        None => Vec::new(),
    }
}

impl Writer<'_> {
    /// Writes an entry at the end of the chain.
    pub fn append(&self, new: &NewEntry<'_>, body: Body<'_>) -> Result<Head> {
        let before = self.reader().head()?;
        let seq = before.map_or(1, |head| head.seq + 1);
        let touched = self.touched(&body)?;
        let (changes, count, digest, inverse_of) = match body {
            Body::Changes(list) => (Some(serde_json::to_string(list)?), 0, Vec::new(), None),
            Body::Parts(parts) => {
                let (count, digest) = self.end_parts(parts, seq)?;
                (None, count, digest, None)
            }
            Body::InverseOf(seq) => (None, 0, Vec::new(), Some(seq)),
            Body::Undoing(seq, list) => (Some(serde_json::to_string(list)?), 0, Vec::new(), Some(seq)),
        };
        let mut entry = Entry {
            seq,
            at: crate::domain::time::micros(new.at),
            actor: new.actor.to_owned(),
            via: new.via.to_owned(),
            command: new.command.to_owned(),
            summary: new.summary.to_owned(),
            parts: count,
            inverse_of,
            hash: [0; 32],
            changes,
        };
        entry.hash = entry.expected_hash(&before.map_or([0; 32], |head| head.hash), &digest);
        self.put_entry(&entry)?;
        self.note_touched(entry.seq, &touched)?;
        Ok(entry.head())
    }

    /// Writes an entry of another copy of this journal at the end of the chain, as it stands there. Answers `false` where
    /// it does not follow from the last one here.
    pub fn append_again(&self, from: Reader<'_>, entry: &Entry) -> Result<bool> {
        let before = self.reader().head()?;
        self.copy_parts(from, entry)?;
        let digest = if entry.parts > 0 { self.reader().digest_of_parts(entry)? } else { Vec::new() };
        if entry.expected_hash(&before.map_or([0; 32], |head| head.hash), &digest) != entry.hash {
            return Ok(false);
        }
        self.put_entry(entry)?;
        self.note_touched(entry.seq, &self.reader().touched_by(entry)?)?;
        Ok(true)
    }

    fn put_entry(&self, entry: &Entry) -> Result<()> {
        self.tx
            .prepare_cached(
                "INSERT INTO entry (seq, at, actor, via, command, summary, changes, parts, inverse_of, hash)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute((
                entry.seq,
                Micros(entry.at),
                &entry.actor,
                &entry.via,
                &entry.command,
                &entry.summary,
                &entry.changes,
                entry.parts,
                entry.inverse_of,
                entry.hash,
            ))
            .context("writing the journal")?;
        Ok(())
    }

    fn note_touched(&self, seq: i64, touched: &BTreeSet<Subject>) -> Result<()> {
        let mut statement = self.tx.prepare_cached("INSERT INTO touched (kind, id, seq) VALUES (?1, ?2, ?3)")?;
        for (kind, id) in touched.iter().map(|it| it.columns()) {
            statement.execute((kind, id, seq))?;
        }
        Ok(())
    }

    /// The things that a new entry is about.
    fn touched(&self, body: &Body<'_>) -> Result<BTreeSet<Subject>> {
        match body {
            Body::Changes(list) | Body::Undoing(_, list) => Ok(list.iter().flat_map(Change::subjects).collect()),
            Body::Parts(_) => Ok(BTreeSet::new()),
            Body::InverseOf(seq) => {
                let target = self.reader().entry(*seq)?.with_context(|| format!("entry {seq} is missing from the journal"))?;
                self.reader().touched_by(&target)
            }
        }
    }
}

/// Fills the list of what every entry touched, which is empty.
pub(super) fn touch_again(tx: &Transaction<'_>) -> Result<()> {
    let writer = Writer { tx, staged: false };
    let newest = writer.reader().head()?.map_or(0, |it| it.seq);
    for seq in 1..=newest {
        let Some(entry) = writer.reader().entry(seq)? else { continue };
        writer.note_touched(seq, &writer.reader().touched_by(&entry)?)?;
    }
    Ok(())
}

const COLUMNS: &str = "SELECT seq, at, actor, via, command, summary, changes, parts, inverse_of, hash FROM entry";

impl Reader<'_> {
    fn entry_where(self, rest: &str, params: impl rusqlite::Params) -> Result<Option<Entry>> {
        Ok(self.conn.prepare_cached(&format!("{COLUMNS} {rest}"))?.query_row(params, Entry::read).optional()?)
    }

    /// The newest entry and when it was written, without what it says: however large it was, the next one is as quick.
    pub fn newest(self) -> Result<Option<(Head, DateTime<Utc>)>> {
        let sql = "SELECT seq, hash, at FROM entry ORDER BY seq DESC LIMIT 1";
        let read = |row: &Row<'_>| Ok((Head { seq: row.get(0)?, hash: row.get(1)? }, row.get::<_, Micros>(2)?.0));
        Ok(self.conn.prepare_cached(sql)?.query_row([], read).optional()?)
    }

    /// The last entry that was written by an instant, 0 where none was. Entries before it count as written by
    /// then, whatever the clocks said that wrote them.
    pub fn last_by(self, at: DateTime<Utc>) -> Result<i64> {
        let sql = "SELECT seq FROM entry WHERE at <= ?1 ORDER BY seq DESC LIMIT 1";
        Ok(self.conn.prepare_cached(sql)?.query_row([Micros(at)], |row| row.get(0)).optional()?.unwrap_or(0))
    }

    /// The entries up to one that touched any of these things, newest first, `limit` at most.
    pub fn entries_about(self, subjects: &[Subject], last: i64, limit: usize) -> Result<Vec<Entry>> {
        let seqs = self.touching(subjects, last, limit)?;
        Ok(seqs.into_iter().map(|seq| self.entry(seq)).collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
    }

    /// The first entry that touched this thing.
    pub fn first_about(self, subject: Subject) -> Result<Option<i64>> {
        let sql = "SELECT min(seq) FROM touched WHERE kind = ?1 AND id = ?2";
        Ok(self.conn.prepare_cached(sql)?.query_row(subject.columns(), |row| row.get(0))?)
    }

    fn touching(self, subjects: &[Subject], last: i64, limit: usize) -> Result<Vec<i64>> {
        let mut seqs = BTreeSet::new();
        for (kind, id) in subjects.iter().map(|it| it.columns()) {
            let sql = "SELECT seq FROM touched WHERE kind = ?1 AND id = ?2 AND seq <= ?3 ORDER BY seq DESC LIMIT ?4";
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            seqs.extend(self.rows(sql, (kind, id, last, limit), |row| row.get::<_, i64>(0))?);
        }
        Ok(seqs.into_iter().rev().take(limit).collect())
    }

    /// The entry after this one that touched most of what it touched, the newest of them.
    pub fn touched_since(self, seq: i64) -> Result<Option<i64>> {
        let Some(entry) = self.entry(seq)? else { return Ok(None) };
        let mut shared: BTreeMap<i64, usize> = BTreeMap::new();
        for (kind, id) in self.touched_by(&entry)?.iter().map(|it| it.columns()) {
            let sql = "SELECT seq FROM touched WHERE kind = ?1 AND id = ?2 AND seq > ?3";
            self.rows(sql, (kind, id, seq), |row| row.get(0))?.into_iter().for_each(|later| *shared.entry(later).or_default() += 1);
        }
        Ok(shared.into_iter().max_by_key(|(later, n)| (*n, *later)).map(|(later, _)| later))
    }

    pub fn head(self) -> Result<Option<Head>> {
        Ok(self.newest()?.map(|(head, _)| head))
    }

    /// Whether the journal has exactly this entry.
    pub(super) fn has_entry(self, head: Head) -> Result<bool> {
        let sql = "SELECT 1 FROM entry WHERE seq = ?1 AND hash = ?2";
        Ok(self.conn.prepare_cached(sql)?.exists((head.seq, head.hash))?)
    }

    pub fn entry(self, seq: i64) -> Result<Option<Entry>> {
        self.entry_where("WHERE seq = ?1", [seq])
    }

    /// Entries before `seq` (or the newest), newest first.
    pub fn entries(self, before: Option<i64>, limit: usize) -> Result<Vec<Entry>> {
        let sql = format!("{COLUMNS} WHERE seq < ?1 ORDER BY seq DESC LIMIT {limit}");
        self.rows(&sql, [before.unwrap_or(i64::MAX)], Entry::read)
    }

    /// The numbers of the newest `limit` entries in the name of one person, the newest first; those
    /// further `back` than so many entries are not looked at.
    pub fn entries_by(self, actor: &str, back: i64, limit: usize) -> Result<Vec<i64>> {
        let sql = "SELECT seq FROM entry WHERE seq > (SELECT max(seq) FROM entry) - ?2 AND actor = ?1 ORDER BY seq DESC LIMIT ?3";
        self.rows(sql, (actor, back, i64::try_from(limit).unwrap_or(i64::MAX)), |row| row.get(0))
    }

    /// Walks back from the newest entry: number, and which entry it takes back. Stops where
    /// `each` answers something.
    pub fn walk_back<T>(self, mut each: impl FnMut(i64, &[i64]) -> Option<T>) -> Result<Option<T>> {
        let sql = "SELECT seq, inverse_of, CASE WHEN command LIKE '{\"batch\":[{\"undo\":%' THEN command ELSE '' END FROM entry ORDER BY seq DESC";
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            if let Some(answer) = each(row.get(0)?, &taken_back(row.get(1)?, row.get_ref(2)?.as_str()?)) {
                return Ok(Some(answer));
            }
        }
        Ok(None)
    }

    /// The offers that an entry is about.
    pub fn offers_touched(self, entry: &Entry) -> Result<Vec<OfferKey>> {
        Ok(self.touched_by(entry)?.into_iter().filter_map(OfferKey::of).collect())
    }

    /// The things that an entry is about, from the entry itself: what it touched is found by thing, not by entry. Of a large
    /// import, none: it touched all.
    fn touched_by(self, entry: &Entry) -> Result<BTreeSet<Subject>> {
        let mut touched = BTreeSet::new();
        if self.origin(entry)?.parts == 0 {
            self.each_change(entry, false, &mut |change| {
                touched.extend(change.subjects());
                Ok(())
            })?;
        }
        Ok(touched)
    }

    /// The entry whose own changes these are, undos and redos followed back.
    pub fn origin(self, entry: &Entry) -> Result<Entry> {
        let mut at = entry.clone();
        while let Some(target) = at.inverse_of {
            at = self.entry(target)?.with_context(|| format!("entry {} takes back entry {target}, which is missing", at.seq))?;
        }
        Ok(at)
    }

    /// Calls `each` with every change of an entry: forwards as they were made, or, to take
    /// them back, inverted and last first.
    pub fn each_change(self, entry: &Entry, backwards: bool, each: &mut dyn FnMut(Change) -> Result<()>) -> Result<()> {
        if let Some(changes) = &entry.changes {
            let changes: Vec<Change> = serde_json::from_str(changes).with_context(|| format!("reading entry {}", entry.seq))?;
            return in_direction(changes.into_iter().map(Ok), backwards, each);
        }
        if let Some(target) = entry.inverse_of {
            let target = self.entry(target)?.with_context(|| format!("entry {} takes back entry {target}, which is missing", entry.seq))?;
            return self.each_change(&target, !backwards, each);
        }
        let order: Vec<i64> = if backwards { (1..=entry.parts).rev().collect() } else { (1..=entry.parts).collect() };
        for part in order {
            let lines = self.lines_of_part(entry.seq, part)?;
            let changes = serde_json::Deserializer::from_slice(&lines).into_iter::<Change>();
            let changes = changes.map(|it| it.with_context(|| format!("reading entry {}, part {part}", entry.seq)));
            in_direction(changes, backwards, each)?;
        }
        Ok(())
    }
}

/// Forwards one is read after the other; backwards all have to be there.
fn in_direction(
    mut changes: impl Iterator<Item = Result<Change>>,
    backwards: bool,
    each: &mut dyn FnMut(Change) -> Result<()>,
) -> Result<()> {
    if backwards {
        let changes = changes.collect::<Result<Vec<Change>>>()?;
        return changes.into_iter().rev().map(Change::inverse).try_for_each(each);
    }
    changes.try_for_each(|it| each(it?))
}
