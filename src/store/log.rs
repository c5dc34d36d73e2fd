//! What the log beside a file holds, read without SQLite: its commits, and which entries of the journal came with them.
//!
//! A log is a header and frames, each of them a page as it is after a commit
//! (<https://www.sqlite.org/fileformat2.html#the_write_ahead_log>). Whoever adds an entry writes the last page of the
//! journal's table anew, with the entries before it: the log alone tells after which entry it was begun.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

const HEADER: usize = 32;
const FRAME_HEADER: usize = 24;
const BUFFER: usize = 1 << 18;

/// The columns of an entry, by the types that a row of it says: its number is not said again, its hash has 32 bytes.
const N_COLUMNS: usize = 10;
const LAST_COLUMN: u64 = 12 + 2 * 32;

/// Which log it is: begun anew, it has others.
pub(super) type Salts = [u8; 8];

pub(super) struct Log {
    pub salts: Salts,
    /// What it has of the journal, if anything.
    pub journal: Option<Span>,
}

/// Entries by their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// The newest of the file when the log was begun.
    pub before: i64,
    /// The newest that everybody sees: whoever wrote the last commit may be about to say so.
    pub settled: i64,
    pub newest: i64,
}

impl Span {
    fn begin(newest: i64) -> Span {
        Span { before: newest - 1, settled: newest - 1, newest }
    }

    /// After one more commit, with entries up to this one, if any.
    fn and(self, newest: Option<i64>) -> Span {
        Span { settled: self.newest, newest: newest.map_or(self.newest, |it| it.max(self.newest)), ..self }
    }
}

impl Log {
    /// # Errors
    /// That there is none.
    pub(super) fn salts(path: &Path) -> io::Result<Salts> {
        Ok(Frames::open(path)?.salts)
    }

    /// Up to its last whole commit.
    ///
    /// # Errors
    /// That there is none, or that it could not be read.
    pub(super) fn read(path: &Path) -> io::Result<Log> {
        let mut frames = Frames::open(path)?;
        let (mut journal, mut newest): (Option<Span>, Option<i64>) = (None, None);
        while let Some(is_last) = frames.next()? {
            newest = newest.max(newest_entry(&frames.page));
            if is_last {
                let came = newest.take();
                journal = journal.map(|it| it.and(came)).or_else(|| came.map(Span::begin));
            }
        }
        Ok(Log { salts: frames.salts, journal })
    }

    /// Whether it was begun on a file of which this is the newest entry, or was brought home into it up to there.
    pub(super) fn follows(&self, seq: i64) -> bool {
        self.journal.is_none_or(|it| (it.before..=it.newest).contains(&seq))
    }
}

/// The frames of a log, one after the other, as far as they are whole.
struct Frames {
    log: BufReader<File>,
    salts: Salts,
    sum: Sum,
    /// Of the frame that was read last.
    page: Vec<u8>,
}

impl Frames {
    fn open(path: &Path) -> io::Result<Frames> {
        let mut log = BufReader::with_capacity(BUFFER, File::open(path)?);
        let mut header = [0; HEADER];
        log.read_exact(&mut header)?;
        let size = number(&header, 8);
        if !size.is_power_of_two() || !(512..=65536).contains(&size) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut sum = Sum { is_big_endian: header[3] & 1 == 1, state: (0, 0) };
        sum.add(&header[..24]);
        if !sum.is(&header[24..]) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let salts = std::array::from_fn(|at| header[16 + at]);
        Ok(Frames { log, salts, sum, page: vec![0; size as usize] })
    }

    /// Reads the next one, and answers whether it is the last of a commit; nothing where there is none.
    fn next(&mut self) -> io::Result<Option<bool>> {
        let mut header = [0; FRAME_HEADER];
        let read = self.log.read_exact(&mut header).and_then(|()| self.log.read_exact(&mut self.page));
        match read {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            other => other?,
        }
        self.sum.add(&header[..8]);
        self.sum.add(&self.page);
        let is_whole = header[8..16] == self.salts && self.sum.is(&header[16..]);
        // The last frame of a commit says how many pages the file has then.
        Ok(is_whole.then(|| number(&header, 4) != 0))
    }
}

/// The sum over all that was written to a log so far.
struct Sum {
    is_big_endian: bool,
    state: (u32, u32),
}

impl Sum {
    /// Eight bytes at a time.
    fn add(&mut self, bytes: &[u8]) {
        let word = if self.is_big_endian { u32::from_be_bytes } else { u32::from_le_bytes };
        let (mut one, mut two) = self.state;
        for it in bytes.as_chunks::<8>().0 {
            one = one.wrapping_add(word([it[0], it[1], it[2], it[3]])).wrapping_add(two);
            two = two.wrapping_add(word([it[4], it[5], it[6], it[7]])).wrapping_add(one);
        }
        self.state = (one, two);
    }

    fn is(&self, written: &[u8]) -> bool {
        (number(written, 0), number(written, 4)) == self.state
    }
}

fn number(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(std::array::from_fn(|n| bytes[at + n]))
}

/// The newest entry of a page, if it is one of the journal's that hold rows.
fn newest_entry(page: &[u8]) -> Option<i64> {
    const LEAF_OF_A_TABLE: u8 = 13;
    let short = |at: usize| Some(usize::from(u16::from_be_bytes([*page.get(at)?, *page.get(at + 1)?])));
    if page.first() != Some(&LEAF_OF_A_TABLE) {
        return None;
    }
    // Rows are found by a list of places after the header, in order.
    let last = short(3)?.checked_sub(1)?;
    entry(page.get(short(8 + 2 * last)?..)?)
}

/// The number of the row that begins here, if it is an entry.
fn entry(mut row: &[u8]) -> Option<i64> {
    let (_length, seq, header) = (varint(&mut row)?, varint(&mut row)?, varint(&mut row)?);
    let mut types = [0; N_COLUMNS];
    for it in &mut types {
        *it = varint(&mut row)?;
    }
    let is_number = |it: u64| it < 10;
    let is_text = |it: u64| it >= 13 && it % 2 == 1;
    let [seq_again, at, actor, via, command, summary, changes, parts, inverse_of, hash] = types;
    let is_entry = seq_again == 0
        && [at, parts, inverse_of].into_iter().all(is_number)
        && [actor, via, command, summary].into_iter().all(is_text)
        && (changes == 0 || is_text(changes))
        && hash == LAST_COLUMN
        && header < 64;
    i64::try_from(seq).ok().filter(|_| is_entry)
}

/// A number of SQLite's, of one to nine bytes, seven bits each but in the ninth.
fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut it = 0;
    for n in 0..9 {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        if n == 8 {
            return Some(it << 8 | u64::from(byte));
        }
        it = it << 7 | u64::from(byte & 0x7f);
        if byte < 0x80 {
            break;
        }
    }
    Some(it)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]
mod tests {
    use std::path::PathBuf;

    use chrono::DateTime;

    use super::super::journal::{Body, NewEntry};
    use super::super::{Store, files};
    use super::*;

    /// An open workspace with so many entries in the file, and its log.
    fn workspace(n: usize) -> (tempfile::TempDir, Store, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("w.db");
        let mut store = Store::create(&path).unwrap();
        (0..n).for_each(|_| add(&mut store, 10));
        store.conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
        let log = files::log_of(store.path());
        (folder, store, log)
    }

    fn add(store: &mut Store, n_bytes: usize) {
        let (text, at) = (format!("\"{}\"", "x".repeat(n_bytes)), DateTime::UNIX_EPOCH);
        let new = NewEntry { at, actor: "a@x.example", via: "test", command: &text, summary: "" };
        store.write(|writer| writer.append(&new, Body::Changes(&[]))).unwrap();
    }

    fn span(log: &Path) -> Option<(i64, i64, i64)> {
        Log::read(log).unwrap().journal.map(|it| (it.before, it.settled, it.newest))
    }

    #[test]
    fn a_log_tells_after_which_entry_it_was_begun() {
        for n in [0, 1, 3, 40, 200] {
            let (_folder, mut store, log) = workspace(n);
            let n = i64::try_from(n).unwrap();
            assert!(Log::read(&log).is_err(), "it is empty");
            add(&mut store, 10);
            assert_eq!(span(&log), Some((n, n, n + 1)));
            // More than a page has room for.
            add(&mut store, 20_000);
            assert_eq!(span(&log), Some((n, n + 1, n + 2)));
            (0..60).for_each(|_| add(&mut store, 500));
            assert_eq!(span(&log), Some((n, n + 61, n + 62)));
        }
    }

    #[test]
    fn what_is_no_whole_commit_of_this_log_does_not_count() {
        let (_folder, mut store, log) = workspace(5);
        (0..3).for_each(|_| add(&mut store, 10));
        let (whole, salts) = (std::fs::read(&log).unwrap(), Log::salts(&log).unwrap());
        let check = |bytes: &[u8], newest: Option<i64>| {
            std::fs::write(&log, bytes).unwrap();
            let read = Log::read(&log).unwrap();
            assert_eq!((read.salts, read.journal.map(|it| it.newest)), (salts, newest));
        };
        let mut torn = whole.clone();
        *torn.last_mut().unwrap() ^= 1;
        check(&torn, Some(7));
        check(&whole[..whole.len() - 1], Some(7));
        check(&whole[..HEADER], None);
        let other: Vec<u8> = whole[HEADER..].to_vec();
        check(&[whole.clone(), other].concat(), Some(8));
        check(&whole, Some(8));
        std::fs::write(&log, [0; 4 * HEADER]).unwrap();
        assert!(Log::read(&log).is_err());
        std::fs::write(&log, whole).unwrap();
    }

    #[test]
    fn what_adds_no_entry_tells_of_none() {
        let (_folder, store, log) = workspace(5);
        store.conn.execute("INSERT INTO setting (name, value) VALUES ('one', 'two')", []).unwrap();
        assert_eq!(span(&log), None);
    }
}
