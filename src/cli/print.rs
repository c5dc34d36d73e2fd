//! Answers on stdout: one line, rows, or JSON.
//!
//! Every cell passes [`display`] on its way out; JSON keeps the text whole and writes what
//! could act on a terminal as escapes. What is printed is gathered first, so that no
//! question holds the file open while a slow reader takes the answer.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Write as _};

use anyhow::{Context, Result};
use serde::Serialize;

use super::args::{Format, Globals, When};
use crate::domain::text::{display, fit, width};
use crate::exchange::guard::guard;
use crate::store::journal::Head;

/// Bytes that are gathered before a streamed answer is passed on.
const PLENTY: usize = 64 * 1024;
/// Rows that are aligned together.
const CHUNK: usize = 512;
/// Columns of the screen to which a column of a table may be cut, where all of them do not fit.
const NARROW: usize = 10;
/// Columns of the screen between two columns of a table.
const GAP: usize = 2;

pub(super) struct Out {
    pub(super) format: Format,
    /// Shapes in ASCII only.
    pub(super) ascii: bool,
    colour: bool,
    /// How wide the terminal is that reads this; what is piped is as wide as it is.
    room: Option<usize>,
    gathered: Vec<u8>,
    /// The entry that the verb wrote: whatever becomes of the answer, it stands.
    pub(super) saved: Option<Head>,
}

/// Whoever reads the answer has seen enough of it. What streams has rows, so that it is a yes.
#[derive(Debug)]
pub(super) struct Enough;

impl fmt::Display for Enough {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the reader of the answer is gone")
    }
}

impl std::error::Error for Enough {}

fn said(written: io::Result<()>) -> Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Enough.into()),
        other => other.context("writing the answer to stdout"),
    }
}

impl Out {
    pub(super) fn new(globals: &Globals) -> Out {
        let colour = match globals.color {
            When::Always => true,
            When::Never => false,
            When::Auto => {
                let unwanted = std::env::var_os("NO_COLOR").is_some_and(|it| !it.is_empty());
                !unwanted && std::env::var_os("TERM").is_none_or(|it| it != "dumb") && io::stdout().is_terminal()
            }
        };
        let ascii = globals.ascii || !is_utf8_locale();
        Out { format: globals.format, ascii, colour, room: terminal_width(), gathered: Vec::new(), saved: None }
    }

    pub(super) fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// One line of text.
    pub(super) fn line(&mut self, text: &str) {
        self.gathered.extend_from_slice(display(text).as_bytes());
        self.gathered.push(b'\n');
    }

    /// A line each, indented by so many columns.
    pub(super) fn lines<T: AsRef<str>>(&mut self, indent: usize, lines: impl IntoIterator<Item = T>) {
        for it in lines {
            self.line(&format!("{:indent$}{}", "", it.as_ref()));
        }
    }

    /// One line that begins with the verdict, the only word that has a colour.
    pub(super) fn verdict(&mut self, yes: bool, rest: &str) {
        let word = match (yes, self.colour) {
            (true, true) => "\u{1b}[32myes\u{1b}[0m",
            (false, true) => "\u{1b}[31mno\u{1b}[0m",
            (true, false) => "yes",
            (false, false) => "no",
        };
        self.gathered.extend_from_slice(word.as_bytes());
        self.line(rest);
    }

    /// One JSON value on a line of its own.
    pub(super) fn json(&mut self, value: &impl Serialize) -> Result<()> {
        let text = inert(serde_json::to_string(value)?);
        self.gathered.extend_from_slice(text.as_bytes());
        self.gathered.push(b'\n');
        Ok(())
    }

    /// Bytes as they are: a file in a format of its own.
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.gathered.extend_from_slice(bytes);
    }

    /// Begins an answer of rows.
    pub(super) fn rows<T: Into<String>>(&mut self, header: impl IntoIterator<Item = T>) -> Rows<'_> {
        let header = header.into_iter().map(Into::into).collect();
        Rows { out: self, header, upper: true, widths: Vec::new(), cut: None, waiting: Vec::new(), n: 0, begun: false }
    }

    /// Passes on what was gathered.
    ///
    /// # Errors
    /// [`Enough`] where the reader is gone, or that the disk behind stdout is full: then it is gathered still.
    pub(super) fn flush(&mut self) -> Result<()> {
        let mut stdout = io::stdout().lock();
        said(stdout.write_all(&self.gathered).and_then(|()| stdout.flush()))?;
        self.gathered.clear();
        Ok(())
    }

    /// Passes on a file as it is; to a terminal with what could act on it as visible marks.
    pub(super) fn copy(&mut self, file: &mut File) -> Result<()> {
        self.flush()?;
        let is_terminal = io::stdout().is_terminal();
        said(pass(&mut BufReader::new(file), &mut io::stdout().lock(), is_terminal))
    }

    /// Says elsewhere what stdout did not take.
    pub(super) fn divert(&self, to: &mut dyn io::Write) {
        let _ = to.write_all(&self.gathered);
    }

    /// Passes on what was gathered once it is much: for answers that stream.
    pub(super) fn drain(&mut self) -> Result<()> {
        if self.gathered.len() < PLENTY { Ok(()) } else { self.flush() }
    }
}

fn pass(from: &mut impl BufRead, to: &mut impl io::Write, is_terminal: bool) -> io::Result<()> {
    if is_terminal {
        for line in from.lines() {
            writeln!(to, "{}", display(&line?))?;
        }
    } else {
        io::copy(from, to)?;
    }
    to.flush()
}

/// An answer of rows on its way out, a chunk at a time.
pub(super) struct Rows<'a> {
    out: &'a mut Out,
    header: Vec<String>,
    /// Whether a table shouts its header: the names of fields, not of people.
    upper: bool,
    /// Columns only ever grow.
    widths: Vec<usize>,
    /// How wide each column may be on this terminal, where not all of them fit whole; those behind the last are left out.
    cut: Option<Vec<usize>>,
    waiting: Vec<Vec<String>>,
    n: usize,
    begun: bool,
}

impl Rows<'_> {
    /// The same with names for a header, printed as they are.
    pub(super) fn named(self) -> Self {
        Rows { upper: false, ..self }
    }

    /// Whether a row is wanted for programs.
    pub(super) fn wants_json(&self) -> bool {
        self.out.is_json()
    }

    /// Adds a row: its cells, and the same for programs.
    pub(super) fn add(&mut self, cells: Vec<String>, json: &impl Serialize) -> Result<()> {
        let json = if self.wants_json() { Some(serde_json::to_string(json)?) } else { None };
        self.add_written(cells, json)
    }

    /// The same where the JSON is written already, if it is wanted.
    pub(super) fn add_written(&mut self, cells: Vec<String>, json: Option<String>) -> Result<()> {
        self.n += 1;
        if let Some(json) = json {
            self.out.gathered.extend_from_slice(if self.n == 1 { b"[" } else { b",\n " });
            self.out.gathered.extend_from_slice(inert(json).as_bytes());
            return Ok(());
        }
        self.waiting.push(cells);
        if self.waiting.len() < CHUNK { Ok(()) } else { self.chunk() }
    }

    /// Whether no row was added.
    pub(super) fn is_empty(&self) -> bool {
        self.n == 0
    }

    /// Passes on what is there. Never called while a question is open.
    pub(super) fn drain(&mut self) -> Result<()> {
        self.out.drain()
    }

    pub(super) fn end(mut self) -> Result<()> {
        if self.out.is_json() {
            self.out.gathered.extend_from_slice(if self.n == 0 { b"[]\n" } else { b"]\n" });
            return Ok(());
        }
        self.chunk()?;
        let left_out = self.header.iter().skip(self.cut.as_ref().map_or(usize::MAX, Vec::len)).cloned().collect::<Vec<_>>();
        if !left_out.is_empty() && self.n > 0 {
            let names = display(&left_out.join(", ")).into_owned();
            self.out.line(&format!("not shown, for want of room: {names}; --columns chooses"));
        }
        Ok(())
    }

    fn chunk(&mut self) -> Result<()> {
        let rows = std::mem::take(&mut self.waiting);
        let header = if self.begun { None } else { Some(self.header.clone()) };
        self.begun = true;
        match self.out.format {
            Format::Csv => self.csv(header.into_iter().chain(rows)),
            Format::Md => {
                self.markdown(header, rows);
                Ok(())
            }
            Format::Table | Format::Json => {
                self.table(header.filter(|_| self.n > 0), &rows);
                Ok(())
            }
        }
    }

    fn csv(&mut self, rows: impl Iterator<Item = Vec<String>>) -> Result<()> {
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(&mut self.out.gathered);
        for row in rows {
            writer.write_record(row.iter().map(|cell| sheet_cell(cell)))?;
        }
        writer.flush()?;
        Ok(())
    }

    fn markdown(&mut self, header: Option<Vec<String>>, rows: Vec<Vec<String>>) {
        let line = |cells: Vec<String>| format!("| {} |\n", cells.iter().map(|it| markdown_cell(it)).collect::<Vec<_>>().join(" | "));
        if let Some(header) = header {
            let rule = format!("|{}\n", " --- |".repeat(header.len()));
            self.out.gathered.extend_from_slice((line(header) + &rule).as_bytes());
        }
        for row in rows {
            self.out.gathered.extend_from_slice(line(row).as_bytes());
        }
    }

    fn table(&mut self, header: Option<Vec<String>>, rows: &[Vec<String>]) {
        let upper = header.map(|cells| if self.upper { cells.iter().map(|it| it.to_uppercase()).collect() } else { cells });
        let lines: Vec<Vec<(usize, Cow<'_, str>)>> = upper.iter().chain(rows).map(|row| shown(row)).collect();
        for line in &lines {
            self.widths.resize(self.widths.len().max(line.len()), 0);
            line.iter().zip(&mut self.widths).for_each(|((own, _), wide)| *wide = (*wide).max(*own));
        }
        if self.out.format == Format::Table && self.cut.is_none() {
            self.cut = self.out.room.and_then(|room| squeezed(&self.widths, room));
        }
        let widths = self.cut.as_ref().unwrap_or(&self.widths);
        let mut bytes = Vec::new();
        for line in &lines {
            bytes.clear();
            for ((own, cell), wide) in line.iter().zip(widths) {
                let end = bytes.len() + wide + GAP;
                let cut = if own > wide { fit(cell, *wide) } else { Cow::Borrowed(&**cell) };
                bytes.extend_from_slice(cut.as_bytes());
                // A character may have more bytes than columns.
                let columns = if own > wide { width(&cut) } else { *own };
                bytes.resize(end + cut.len() - columns, b' ');
            }
            self.out.gathered.extend_from_slice(String::from_utf8_lossy(&bytes).trim_end().as_bytes());
            self.out.gathered.push(b'\n');
        }
    }
}

/// A row's cells as they are shown, each after its width.
fn shown(row: &[String]) -> Vec<(usize, Cow<'_, str>)> {
    row.iter().map(|it| display(it)).map(|it| (width(&it), it)).collect()
}

/// A lone dash is an answer of ours and starts no formula.
fn sheet_cell(cell: &str) -> String {
    if cell == "-" { cell.to_owned() } else { guard(&display(cell)).into_owned() }
}

fn markdown_cell(cell: &str) -> String {
    display(cell).chars().fold(String::new(), |mut out, c| {
        if matches!(c, '|' | '<' | '>' | '[' | ']' | '`' | '\\' | '*' | '&') {
            out.push('\\');
        }
        out.push(c);
        out
    })
}

/// The same JSON with everything that could act on a terminal as `\u` escapes. Outside of
/// strings JSON has no such characters, so that this changes no value.
fn inert(json: String) -> String {
    if matches!(display(&json), Cow::Borrowed(_)) {
        return json;
    }
    json.chars().fold(String::with_capacity(json.len() + 16), |mut out, c| {
        let mut bytes = [0; 4];
        if matches!(display(c.encode_utf8(&mut bytes)), Cow::Borrowed(_)) {
            out.push(c);
        } else {
            c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| {
                let _ = write!(out, "\\u{unit:04x}");
            });
        }
        out
    })
}

/// How wide the terminal is that stdout is, if it is one.
fn terminal_width() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
    Some(usize::from(size.ws_col)).filter(|it| *it > 0)
}

/// How wide each column may be so that a line fits into the room, where it does not by itself: the widest are cut first,
/// then the last are left out.
fn squeezed(widths: &[usize], room: usize) -> Option<Vec<usize>> {
    let total = |widths: &[usize]| widths.iter().map(|it| it + GAP).sum::<usize>().saturating_sub(GAP);
    if total(widths) <= room {
        return None;
    }
    let mut cut = widths.to_vec();
    while total(&cut) > room {
        let widest = (0..cut.len()).max_by_key(|at| cut[*at]).filter(|at| cut[*at] > NARROW);
        match widest {
            Some(at) => cut[at] -= 1,
            None if cut.len() > 1 => drop(cut.pop()),
            None => break,
        }
    }
    Some(cut)
}

/// Whether the locale can show more than ASCII.
fn is_utf8_locale() -> bool {
    let set = ["LC_ALL", "LC_CTYPE", "LANG"].iter().filter_map(std::env::var_os).find(|it| !it.is_empty());
    set.is_some_and(|it| {
        let name = it.to_string_lossy().to_ascii_lowercase();
        name.contains("utf-8") || name.contains("utf8")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_export_is_exact_but_on_a_terminal() {
        let hostile = "name,email\nA\u{1b}[31mna\u{202e},ana@acme.example\r\n";
        let passed = |is_terminal: bool| {
            let mut to = Vec::new();
            assert!(pass(&mut hostile.as_bytes(), &mut to, is_terminal).is_ok());
            String::from_utf8_lossy(&to).into_owned()
        };
        assert_eq!(passed(false), hostile);
        assert_eq!(passed(true), "name,email\nA‹ESC›[31mna‹U+202E›,ana@acme.example\n");
    }

    #[test]
    fn json_keeps_the_value_and_shows_nothing_raw() {
        let hostile = "a\u{202e}b\u{9b}31m\u{e0041}";
        let json = inert(serde_json::to_string(hostile).unwrap());
        assert!(json.is_ascii(), "{json}");
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), hostile);
    }

    #[test]
    fn a_table_that_is_too_wide_loses_width_first_and_its_last_columns_then() {
        assert_eq!(squeezed(&[10, 20], 32), None);
        assert_eq!(squeezed(&[10, 30, 12], 46), Some(vec![10, 20, 12]));
        assert_eq!(squeezed(&[30, 30, 30], 22), Some(vec![10, 10]));
        assert_eq!(squeezed(&[30], 4), Some(vec![10]));
    }

    #[test]
    fn markdown_cells_cannot_leave_their_cell() {
        assert_eq!(markdown_cell("a | b <x>"), "a \\| b \\<x\\>");
    }
}
