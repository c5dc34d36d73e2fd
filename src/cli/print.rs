//! Answers on stdout: one line, rows, or JSON.
//!
//! Every cell passes [`display`] on its way out; JSON keeps the text whole and writes what
//! could act on a terminal as escapes. What is printed is gathered first, so that no
//! question holds the file open while a slow reader takes the answer.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Write as _};

use anyhow::{Context, Result};
use serde::Serialize;

use super::args::{Format, Globals, Special, When};
use crate::domain::text::display;
use crate::exchange::format::csv::Csv;
use crate::exchange::format::html::Html;
use crate::exchange::format::json::{Json, inert};
use crate::exchange::format::junit::Junit;
use crate::exchange::format::markdown::Markdown;
use crate::exchange::format::sarif::Sarif;
use crate::exchange::format::table::Table;
use crate::exchange::format::tap::Tap;
use crate::exchange::format::{Exporter, Sheet};
use crate::store::journal::Head;

/// Bytes that are gathered before a streamed answer is passed on.
const GATHERED: usize = 64 * 1024;

pub(super) struct Out {
    pub(super) format: Format,
    /// What is written in place of it, by verbs that can.
    pub(super) special: Option<Special>,
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
        let (format, special) = globals.format.split();
        Out { format, special, ascii, colour, room: terminal_width(), gathered: Vec::new(), saved: None }
    }

    /// Whether somebody reads this on a terminal, as a table of words.
    pub(super) fn is_read(&self) -> bool {
        self.format == Format::Table && io::stdout().is_terminal()
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
        let text = serde_json::to_string(value)?;
        self.gathered.extend_from_slice(inert(&text).as_bytes());
        self.gathered.push(b'\n');
        Ok(())
    }

    /// Bytes as they are: a file in a format of its own.
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.gathered.extend_from_slice(bytes);
    }

    /// How rows are written.
    fn exporter(&self) -> Box<dyn Exporter> {
        match self.special {
            Some(Special::Sarif) => return Box::new(Sarif::default()),
            Some(Special::Junit) => return Box::new(Junit::default()),
            Some(Special::Tap) => return Box::new(Tap::default()),
            None => {}
        }
        match self.format {
            Format::Table => Box::new(Table::new(self.room)),
            Format::Json => Box::new(Json::default()),
            Format::Csv => Box::new(Csv::shown()),
            Format::Md => Box::new(Markdown::default()),
            Format::Html => Box::new(Html::default()),
        }
    }

    /// Begins an answer of rows.
    pub(super) fn rows<T: Into<String>>(&mut self, header: impl IntoIterator<Item = T>) -> Rows<'_> {
        let header = header.into_iter().map(Into::into).collect();
        let sheet = Sheet::new(header, self.exporter());
        Rows { out: self, sheet }
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
        if self.gathered.len() < GATHERED { Ok(()) } else { self.flush() }
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

/// An answer of rows on its way out.
pub(super) struct Rows<'a> {
    out: &'a mut Out,
    sheet: Sheet,
}

impl Rows<'_> {
    /// The same with names for a header, printed as they are.
    pub(super) fn named(mut self) -> Self {
        self.sheet.keep_case();
        self
    }

    /// Whether a row is wanted for programs.
    pub(super) fn wants_json(&self) -> bool {
        self.sheet.wants_json()
    }

    /// Adds a row: its cells, and the same for programs.
    pub(super) fn add(&mut self, cells: Vec<String>, json: &impl Serialize) -> Result<()> {
        self.sheet.add(&mut self.out.gathered, cells, json)
    }

    /// The same where the JSON is written already, if it is wanted.
    pub(super) fn add_written(&mut self, cells: Vec<String>, json: Option<String>) -> Result<()> {
        self.sheet.add_written(&mut self.out.gathered, cells, json)
    }

    /// Whether no row was added.
    pub(super) fn is_empty(&self) -> bool {
        self.sheet.is_empty()
    }

    /// Passes on what is there. Never called while a question is open.
    pub(super) fn drain(&mut self) -> Result<()> {
        self.out.drain()
    }

    /// An entry was written: whatever becomes of the rows, it stands.
    pub(super) fn saved(&mut self, head: Option<Head>) {
        self.out.saved = head.or(self.out.saved);
    }

    /// Passes on every row that was added, for whoever waits for each.
    pub(super) fn flush(&mut self) -> Result<()> {
        self.sheet.pass_on(&mut self.out.gathered)?;
        self.out.flush()
    }

    pub(super) fn end(self) -> Result<()> {
        self.sheet.end(&mut self.out.gathered)
    }
}

/// How wide the terminal is that stdout is, if it is one.
fn terminal_width() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
    Some(usize::from(size.ws_col)).filter(|it| *it > 0)
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
}
