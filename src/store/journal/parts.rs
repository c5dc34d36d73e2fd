//! How the many changes of an import lie in the journal: compressed, some megabytes at a time.

use std::io::{Read, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use rusqlite::OptionalExtension;
use sha2::{Digest, Sha256};

use super::Entry;
use crate::domain::change::Change;
use crate::store::{Reader, Writer};

/// Changes are gathered to about this many bytes of JSON before they become a part.
const PART: usize = 4 << 20;

/// Changes of a large import on their way into the journal: compressed JSON lines.
pub struct Parts {
    seq: i64,
    count: i64,
    pending: Vec<u8>,
    digests: Sha256,
    press: Press,
}

/// Compresses parts on a thread of its own, in order, while the next ones are gathered.
#[derive(Default)]
struct Press {
    /// Made with the first part: most journals never have one.
    lines: Option<Lines>,
    /// Parts that went in and did not come out.
    inside: usize,
}

/// To the press, and from it.
type Lines = (SyncSender<Vec<u8>>, Receiver<std::io::Result<Vec<u8>>>);

impl Press {
    /// Parts that may be on their way, so that a quick reader does not fill the memory.
    const MAX_INSIDE: usize = 2;

    fn put(&mut self, part: Vec<u8>) -> Result<()> {
        let (parts, _) = self.lines.get_or_insert_with(|| {
            let (parts, to_press) = sync_channel::<Vec<u8>>(Press::MAX_INSIDE);
            let (pressed, bodies) = sync_channel(Press::MAX_INSIDE);
            std::thread::spawn(move || to_press.iter().map(|it| compressed(&it)).try_for_each(|it| pressed.send(it)));
            (parts, bodies)
        });
        parts.send(part).context("compressing a part of the journal")?;
        self.inside += 1;
        Ok(())
    }

    /// The next part, once no more than so many are inside.
    fn take(&mut self, may_stay: usize) -> Result<Option<Vec<u8>>> {
        let Some((_, bodies)) = self.lines.as_ref().filter(|_| self.inside > may_stay) else { return Ok(None) };
        let body = bodies.recv().context("compressing a part of the journal")??;
        self.inside -= 1;
        Ok(Some(body))
    }
}

fn compressed(part: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::with_capacity(part.len() / 8), Compression::fast());
    encoder.write_all(part)?;
    encoder.finish()
}

impl Writer<'_> {
    /// Begins the parts of an entry that [`Writer::append`] will write: of the next one or, where others may come before
    /// it, of one whose number is below zero until then.
    pub fn begin_parts(&self, is_next: bool) -> Result<Parts> {
        let next = self.reader().head()?.map_or(1, |it| it.seq + 1);
        let seq = if is_next { next } else { -next };
        Ok(Parts { seq, count: 0, pending: Vec::with_capacity(PART + 4096), digests: Sha256::new(), press: Press::default() })
    }

    /// Adds one change to the parts.
    pub fn add_to_parts(&self, parts: &mut Parts, change: &Change) -> Result<()> {
        serde_json::to_writer(&mut parts.pending, change)?;
        parts.pending.push(b'\n');
        if parts.pending.len() >= PART { self.flush_part(parts, Press::MAX_INSIDE) } else { Ok(()) }
    }

    /// Writes what was gathered so far.
    pub fn flush_parts(&self, parts: &mut Parts) -> Result<()> {
        self.flush_part(parts, 0)
    }

    /// The last of them, which are those of this entry: how many they are, and what digests them all.
    pub(super) fn end_parts(&self, mut parts: Parts, seq: i64) -> Result<(i64, Vec<u8>)> {
        self.flush_part(&mut parts, 0)?;
        if parts.seq != seq {
            self.renumber_parts(parts.seq, seq)?;
        }
        Ok((parts.count, parts.digests.finalize().to_vec()))
    }

    /// Gives parts the number of their entry. Until the commit nobody has seen them under another: they may still change.
    fn renumber_parts(&self, from: i64, to: i64) -> Result<()> {
        let guard = "entry_part_is_final";
        let sql = self.tx.query_row("SELECT sql FROM sqlite_schema WHERE name = ?1", [guard], |row| row.get::<_, String>(0))?;
        self.tx.execute_batch(&format!("DROP TRIGGER {guard}"))?;
        self.tx.execute("UPDATE entry_part SET seq = ?2 WHERE seq = ?1", (from, to)).context("numbering the parts of an entry")?;
        Ok(self.tx.execute_batch(&sql)?)
    }

    /// The same parts as another copy of this journal has them.
    pub(super) fn copy_parts(&self, from: Reader<'_>, entry: &Entry) -> Result<()> {
        (1..=entry.parts).try_for_each(|part| self.put_part(entry.seq, part, &from.part(entry.seq, part)?))
    }

    fn put_part(&self, seq: i64, part: i64, body: &[u8]) -> Result<()> {
        let mut statement = self.tx.prepare_cached("INSERT INTO entry_part (seq, part, body) VALUES (?1, ?2, ?3)")?;
        statement.execute((seq, part, body)).context("writing a part of the journal")?;
        Ok(())
    }

    /// Sends what was gathered to the press, and writes what comes out of it until no more than so many are inside.
    fn flush_part(&self, parts: &mut Parts, may_stay: usize) -> Result<()> {
        if !parts.pending.is_empty() {
            parts.press.put(std::mem::replace(&mut parts.pending, Vec::with_capacity(PART + 4096)))?;
        }
        while let Some(body) = parts.press.take(may_stay)? {
            parts.digests.update(Sha256::digest(&body));
            parts.count += 1;
            self.put_part(parts.seq, parts.count, &body)?;
        }
        Ok(())
    }
}

impl Reader<'_> {
    /// The changes of a part: JSON lines.
    pub(super) fn lines_of_part(self, seq: i64, part: i64) -> Result<Vec<u8>> {
        let (body, mut lines) = (self.part(seq, part)?, Vec::new());
        ZlibDecoder::new(body.as_slice()).read_to_end(&mut lines).with_context(|| format!("reading entry {seq}, part {part}"))?;
        Ok(lines)
    }

    pub(super) fn part(self, seq: i64, part: i64) -> Result<Vec<u8>> {
        let mut statement = self.conn.prepare_cached("SELECT body FROM entry_part WHERE seq = ?1 AND part = ?2")?;
        statement.query_row((seq, part), |row| row.get(0)).optional()?.with_context(|| format!("part {part} of entry {seq} is missing"))
    }

    pub(super) fn digest_of_parts(self, entry: &Entry) -> Result<Vec<u8>> {
        let mut digests = Sha256::new();
        for part in 1..=entry.parts {
            digests.update(Sha256::digest(self.part(entry.seq, part)?));
        }
        Ok(digests.finalize().to_vec())
    }
}
