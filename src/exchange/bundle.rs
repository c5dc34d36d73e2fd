//! The bundle: a whole workspace as JSON Lines.

use std::io::{BufRead, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{self, JoinHandle};

use anyhow::{Context, Result, anyhow};

use super::encoding::{self, Choice};
use super::intake;
use crate::command::import::{Again, ImportError, Line, Next, Records};
use crate::domain::policy::Policy;
use crate::domain::record::{AssignmentRecord, Record};
use crate::domain::text;
use crate::facts::Reader;
use crate::query::records;

/// Longest line that is read, in bytes. Parsed, a hostile line takes some ten times that.
const MAX_LINE: u64 = 4 << 20;

/// How many lists and tables may lie one in another.
const MAX_DEPTH: usize = 32;

/// From so many bytes on, others go on while a bundle is taken in.
const LARGE: u64 = 8 << 20;

/// Records that are passed on at once by whoever reads ahead.
const BATCH: usize = 256;

/// Batches that wait for whoever takes the records.
const WAITING: usize = 4;

/// Reads records one at a time; an error names the line.
pub fn read(mut input: impl BufRead) -> impl Iterator<Item = Result<Line, ImportError>> {
    let mut line = 0;
    let mut buffer = Vec::new();
    std::iter::from_fn(move || {
        loop {
            line += 1;
            buffer.clear();
            match std::io::Read::take(&mut input, MAX_LINE).read_until(b'\n', &mut buffer) {
                Ok(0) => return None,
                Ok(n) if n as u64 == MAX_LINE => {
                    return Some(Err(ImportError::At(line, format!("the line is longer than {MAX_LINE} bytes"))));
                }
                Ok(_) if buffer.trim_ascii().is_empty() => {}
                Ok(_) => return Some(parse(line, &mut buffer)),
                Err(error) => return Some(Err(anyhow::Error::from(error).context("reading the bundle").into())),
            }
        }
    })
}

/// The same on a thread of its own, some records ahead of whoever takes them.
pub fn read_ahead(input: impl BufRead + Send + 'static) -> Ahead {
    let (pass_on, batches) = sync_channel(WAITING);
    let thread = thread::spawn(move || {
        let mut records = read(input);
        loop {
            let batch: Batch = records.by_ref().take(BATCH).collect();
            let is_end = batch.is_empty();
            if pass_on.send(batch).is_err() || is_end {
                return;
            }
        }
    });
    Ahead { batch: Batch::new().into_iter(), batches: Some(batches), thread: Some(thread) }
}

/// The records of a file; those of a large one can be read once more, so that nobody waits for them.
///
/// # Errors
/// That it cannot be read, or in what it is damaged.
pub fn of_file(path: &Path, named: Choice) -> Result<Records<'static>, ImportError> {
    let is_large = intake::open(path)?.metadata().context("reading the bundle")?.len() > LARGE;
    let path = path.to_owned();
    let begin = move || -> Result<Box<Next<'static>>, ImportError> {
        let mut lines = read_ahead(encoding::open(intake::open(&path)?, named)?.0);
        Ok(Box::new(move |_| lines.next()))
    };
    Ok(Records { next: begin()?, again: is_large.then(|| -> Box<Again<'static>> { Box::new(begin) }) })
}

type Batch = Vec<Result<Line, ImportError>>;

/// Records that are read ahead. Once it is dropped nothing reads on.
pub struct Ahead {
    batch: std::vec::IntoIter<Result<Line, ImportError>>,
    /// Until the empty one, which says that these were all.
    batches: Option<Receiver<Batch>>,
    thread: Option<JoinHandle<()>>,
}

impl Iterator for Ahead {
    type Item = Result<Line, ImportError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(record) = self.batch.next() {
            return Some(record);
        }
        let batch = self.batches.as_ref()?.recv();
        let Ok(batch) = batch else {
            self.batches = None;
            return Some(Err(anyhow!("reading the bundle broke off").into()));
        };
        self.batch = batch.into_iter();
        let record = self.batch.next();
        if record.is_none() {
            self.batches = None;
        }
        record
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        // Whoever has nobody to pass records on to ends.
        self.batches = None;
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

fn parse(line: usize, bytes: &mut [u8]) -> Result<Line, ImportError> {
    let start = if line == 1 && bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let bytes = &mut bytes[start..];
    if let Some(at) = too_deep(bytes) {
        return Err(ImportError::At(line, format!("column {}: more than {MAX_DEPTH} levels deep", at + 1)));
    }
    if let Some(record) = assignment(bytes) {
        return Ok((line, Record::Assignment(record)));
    }
    serde_json::from_slice(bytes).map(|record| (line, record)).map_err(|error| ImportError::At(line, sentence(&error)))
}

/// The record of a line that begins as assignments do when this program writes them. Most
/// lines of a large bundle are such, and a parser that knows the type from the start need
/// not set every field aside until it comes. Says nothing of what is wrong with a line.
fn assignment(bytes: &mut [u8]) -> Option<AssignmentRecord> {
    const START: &[u8] = br#"{"type":"assignment","#;
    let last = START.len() - 1;
    if !bytes.starts_with(START) {
        return None;
    }
    bytes[last] = b'{';
    let record = serde_json::from_slice(&bytes[last..]).ok();
    bytes[last] = b',';
    record
}

/// The byte that opens one level too many.
fn too_deep(bytes: &[u8]) -> Option<usize> {
    // A line with so few openings, as nearly all are, needs no second look.
    memchr::memchr2_iter(b'[', b'{', bytes).nth(MAX_DEPTH)?;
    let (mut depth, mut in_text) = (0_usize, false);
    let mut rest = bytes.iter().enumerate();
    while let Some((at, byte)) = rest.next() {
        match byte {
            b'"' => in_text = !in_text,
            b'\\' if in_text => drop(rest.next()),
            b'[' | b'{' if !in_text && depth == MAX_DEPTH => return Some(at),
            b'[' | b'{' if !in_text => depth += 1,
            b']' | b'}' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

/// The parser's words, without its own count of lines, which is always 1.
fn sentence(error: &serde_json::Error) -> String {
    let words = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    match words.strip_suffix(&place) {
        Some(words) => format!("column {}: {}", error.column(), text::display(words)),
        None => text::display(&words).into_owned(),
    }
}

/// Writes the whole workspace, in an order that depends on its content alone.
pub fn write(db: Reader<'_>, policy: &Policy, out: &mut dyn Write) -> Result<()> {
    records::everything(db, policy, |record| {
        serde_json::to_writer(&mut *out, record)?;
        out.write_all(b"\n")?;
        Ok(())
    })
}
