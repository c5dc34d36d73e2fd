//! Many contacts while their file is read: a million of them are no burden for the memory.
//!
//! They lie as lines of JSON in a nameless file that a small list stays clear of the disk
//! with. Only those of which a later row said more are held.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};

use anyhow::{Context, Result};
use tempfile::SpooledTempFile;

use super::Given;

/// How many bytes are held before they go to the disk.
const HELD: usize = 4 << 20;

#[derive(Debug)]
pub(super) struct Spool {
    file: BufReader<SpooledTempFile>,
    /// Where each begins.
    starts: Vec<u64>,
    end: u64,
    revised: HashMap<usize, (usize, Given)>,
}

impl Default for Spool {
    fn default() -> Spool {
        Spool { file: BufReader::new(SpooledTempFile::new(HELD)), starts: Vec::new(), end: 0, revised: HashMap::new() }
    }
}

impl Spool {
    pub(super) fn len(&self) -> usize {
        self.starts.len()
    }

    pub(super) fn push(&mut self, line: usize, given: &Given) -> Result<usize> {
        let mut bytes = serde_json::to_vec(&(line, given))?;
        bytes.push(b'\n');
        self.file.get_mut().write_all(&bytes).context("writing a temporary file")?;
        self.starts.push(self.end);
        self.end += bytes.len() as u64;
        Ok(self.starts.len() - 1)
    }

    /// The contact with its line, to say more of it.
    pub(super) fn get(&mut self, nth: usize) -> Result<&mut (usize, Given)> {
        if !self.revised.contains_key(&nth) {
            self.file.seek(SeekFrom::Start(self.starts[nth]))?;
            let found = self.read()?;
            self.file.seek(SeekFrom::Start(self.end))?;
            self.revised.insert(nth, found);
        }
        self.revised.get_mut(&nth).context("it was just found")
    }

    /// Goes back to the first of them.
    pub(super) fn rewind(&mut self) -> Result<()> {
        self.file.seek(SeekFrom::Start(0)).context("reading a temporary file")?;
        Ok(())
    }

    /// The next of them, which is this one, with its line.
    pub(super) fn next(&mut self, nth: usize) -> Result<(usize, Given)> {
        let found = self.read()?;
        Ok(self.revised.remove(&nth).unwrap_or(found))
    }

    fn read(&mut self) -> Result<(usize, Given)> {
        let mut line = Vec::new();
        self.file.by_ref().read_until(b'\n', &mut line).context("reading a temporary file")?;
        Ok(serde_json::from_slice(&line)?)
    }
}
