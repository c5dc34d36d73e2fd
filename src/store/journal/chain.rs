//! What the hash of an entry covers, and whether every entry has the one that it must have.

use anyhow::{Result, bail};
use sha2::{Digest, Sha256};

use super::head::Head;
use super::{COLUMNS, Entry};
use crate::store::Reader;

/// Version and purpose of the bytes that are hashed.
const DOMAIN: &[u8] = b"rolecall journal 1";

impl Entry {
    /// The hash that this entry must have after `before`. `parts` digests its parts in order.
    pub(super) fn expected_hash(&self, before: &[u8; 32], parts: &[u8]) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(DOMAIN);
        hash.update(before);
        for number in [self.seq, self.at.timestamp_micros(), self.parts, self.inverse_of.unwrap_or(0)] {
            hash.update(number.to_le_bytes());
        }
        // Lengths first, so that ("ab", "c") and ("a", "bc") differ.
        for text in [&self.actor, &self.via, &self.command, &self.summary, self.changes.as_ref().unwrap_or(&String::new())] {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text.as_bytes());
        }
        hash.update(parts);
        hash.finalize().into()
    }
}

impl Reader<'_> {
    /// Checks the chain from the first entry on and calls `each` with every entry that holds.
    ///
    /// # Errors
    /// Names the first entry that is missing or was altered.
    pub fn check_chain(self, mut each: impl FnMut(&Entry) -> Result<()>) -> Result<Option<Head>> {
        let mut statement = self.conn.prepare_cached(&format!("{COLUMNS} ORDER BY seq"))?;
        let mut rows = statement.query([])?;
        let mut before: Option<Entry> = None;
        let mut parts = 0;
        while let Some(row) = rows.next()? {
            let entry = Entry::read(row)?;
            let expected = before.as_ref().map_or(1, |it| it.seq + 1);
            if entry.seq != expected {
                bail!("entry {expected} is missing from the journal");
            }
            let digest = if entry.parts > 0 { self.digest_of_parts(&entry)? } else { Vec::new() };
            let last = before.as_ref().map_or([0; 32], |it| it.hash);
            if entry.expected_hash(&last, &digest) != entry.hash {
                bail!("entry {} of the journal was altered after it was written", entry.seq);
            }
            each(&entry)?;
            parts += entry.parts;
            before = Some(entry);
        }
        let stored: i64 = self.conn.prepare_cached("SELECT count(*) FROM entry_part")?.query_row([], |row| row.get(0))?;
        if stored != parts {
            bail!("the journal holds {stored} parts of imports, and its entries speak of {parts}");
        }
        Ok(before.map(|it| it.head()))
    }
}
