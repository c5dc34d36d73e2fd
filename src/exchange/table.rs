//! Tables of other programs: what tells cells apart, which line has the headers, and the rows.
//!
//! Each import says which headers it knows. Headers are compared as words: without case,
//! accents and whatever stands between, so that `user_email`, `User Email` and
//! `userEmail` are one.

use std::collections::BTreeSet;

use super::guard::bare;
use crate::command::import::ImportError;
use crate::domain::text;

/// Most columns that are read.
const MAX_COLUMNS: usize = 512;
/// Most rows that are read.
const MAX_ROWS: usize = 2_000_000;
/// On how many of the first lines the headers may stand: some programs write a preamble.
const MAX_PREAMBLE: usize = 20;

/// What whoever imports says of a column: `E-mail=E-Mail-Adresse`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    field: String,
    header: String,
}

impl std::str::FromStr for Mapping {
    type Err = String;

    fn from_str(text: &str) -> Result<Mapping, String> {
        let parts = text.split_once('=').filter(|(field, header)| !field.trim().is_empty() && !header.trim().is_empty());
        let (field, header) =
            parts.ok_or_else(|| format!("`{}` is not FIELD=HEADER, such as E-mail=E-Mail-Adresse", text::display(text)))?;
        Ok(Mapping { field: field.trim().to_owned(), header: header.trim().to_owned() })
    }
}

/// Most rows that are named one by one.
const MAX_NAMED: usize = 1_000;

/// Rows that cannot be taken, each with its line and why; the others may still be.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Faults {
    pub named: Vec<(usize, String)>,
    /// How many more there are than are named.
    pub more: usize,
}

impl Faults {
    pub fn is_empty(&self) -> bool {
        self.named.is_empty()
    }

    /// One for each, and how many more there are.
    pub fn sentences(&self) -> Vec<String> {
        let more = (self.more > 0).then(|| format!("and {} more lines", self.more));
        self.named.iter().map(|(line, sentence)| format!("line {line}: {sentence}")).chain(more).collect()
    }

    pub(super) fn add(&mut self, line: usize, sentence: String) {
        if self.named.len() < MAX_NAMED {
            self.named.push((line, sentence));
        } else {
            self.more += 1;
        }
    }

    /// Notes what is wrong with one line and goes on; what is wrong with the whole stays an error.
    pub(super) fn note(&mut self, taken: Result<(), ImportError>) -> Result<(), ImportError> {
        match taken {
            Err(ImportError::At(line, sentence)) => self.add(line, sentence),
            other => return other,
        }
        Ok(())
    }
}

pub(super) struct Column<F> {
    /// As it stands in the file.
    pub(super) header: String,
    /// The same as words.
    pub(super) words: String,
    pub(super) field: Option<F>,
}

pub(super) struct Table<'a, F> {
    text: &'a str,
    /// Where the headers begin.
    start: usize,
    delimiter: u8,
    pub(super) columns: Vec<Column<F>>,
    /// What is to be said about the file.
    pub(super) notes: Vec<String>,
}

impl<'a, F: Copy> Table<'a, F> {
    /// Finds the headers: the first line that has several of those that are known, or all of its own.
    ///
    /// # Errors
    /// A column that was named and is not there, a quote that nothing closes.
    pub(super) fn open(text: &'a str, known: impl Fn(&str) -> Option<F>, mappings: &[Mapping]) -> Result<Table<'a, F>, ImportError> {
        if let Some(nul) = text.find('\0') {
            let (line, column) = place(text, nul);
            return Err(at(
                line,
                format!("column {column}: a NUL character; the file is damaged, or in another encoding: name it with --encoding"),
            ));
        }
        if text.trim().is_empty() {
            return Err(at(1, "the file is empty"));
        }
        let field = |header: &str| {
            let mapped = mappings.iter().find(|it| words(&it.header) == words(header)).map(|it| it.field.as_str());
            known(&pattern(&words(mapped.unwrap_or(header))))
        };
        let (start, delimiter, skipped) = find_headers(text, &field)?;
        check_quotes(text, start, delimiter)?;
        let mut rows = reader(&text[start..], delimiter);
        let mut row = csv::StringRecord::new();
        let line = LineCounter { text, byte: 0, line: 1 }.line_of(start);
        rows.read_record(&mut row).map_err(|error| at(line, error.to_string()))?;
        let columns = columns(line, &row, field)?;
        if let Some(it) = columns.iter().find(|it| it.header.contains('@') && text::email(text::mailbox(&it.header).1).is_ok()) {
            let sentence =
                "is an address, where the headers should be; put a line before it that says what the columns hold, such as Name,E-mail";
            return Err(at(line, format!("`{}` {sentence}", text::display(&it.header))));
        }
        for (n, it) in mappings.iter().enumerate() {
            if mappings[..n].iter().any(|other| words(&other.header) == words(&it.header)) {
                return Err(at(line, format!("--column: `{}` is named twice", text::display(&it.header))));
            }
            if known(&pattern(&words(&it.field))).is_none() {
                return Err(at(line, format!("--column: no field `{}`", text::display(&it.field))));
            }
            if columns.iter().all(|column| column.words != words(&it.header)) {
                let sentence = format!("--column: no column `{}`; there are: {}", text::display(&it.header), listed(&columns));
                return Err(at(line, sentence));
            }
        }
        let notes =
            if skipped == 0 { Vec::new() } else { vec![format!("the headers stand on line {line}; what is before them was skipped")] };
        Ok(Table { text, start, delimiter, columns, notes })
    }

    /// Calls `take` with every row that is well formed, and its line; what is wrong with others, or what `take` finds
    /// wrong, is noted.
    pub(super) fn each(
        &self,
        faults: &mut Faults,
        mut take: impl FnMut(usize, &csv::StringRecord) -> Result<(), ImportError>,
    ) -> Result<(), ImportError> {
        let mut rows = reader(&self.text[self.start..], self.delimiter);
        let mut lines = LineCounter { text: self.text, byte: 0, line: 1 };
        let mut row = csv::StringRecord::new();
        let mut n_rows = 0;
        // The first has the headers.
        rows.read_record(&mut row).map_err(|error| at(1, error.to_string()))?;
        loop {
            let start = self.start + usize::try_from(rows.position().byte()).unwrap_or(usize::MAX);
            if !rows.read_record(&mut row).map_err(|error| at(lines.line_of(start), error.to_string()))? {
                break;
            }
            let line = lines.line_of(start);
            n_rows += 1;
            if n_rows > MAX_ROWS {
                return Err(at(line, format!("more than {MAX_ROWS} rows; split the file")));
            }
            let fits = self.fits(line, &row).and_then(|()| take(line, &row));
            faults.note(fits)?;
        }
        if n_rows == 0 { Err(at(1, "there are headers and no rows")) } else { Ok(()) }
    }

    fn fits(&self, line: usize, row: &csv::StringRecord) -> Result<(), ImportError> {
        if row.iter().skip(self.columns.len()).any(|it| !it.trim().is_empty()) {
            return Err(at(line, format!("{} fields, but there are {} headers", row.len(), self.columns.len())));
        }
        for (column, value) in self.columns.iter().zip(row) {
            if value.len() > text::MAX_FIELD {
                let header = text::display(&column.header);
                return Err(at(line, format!("column {header}: {} bytes; {} is the most in one field", value.len(), text::MAX_FIELD)));
            }
        }
        Ok(())
    }

    /// The headers, for an error.
    pub(super) fn listed(&self) -> String {
        listed(&self.columns)
    }

    /// The line of the headers.
    pub(super) fn line(&self) -> usize {
        LineCounter { text: self.text, byte: 0, line: 1 }.line_of(self.start)
    }
}

/// What the headers say that the columns hold; nothing where there are none.
pub(super) fn fields<F: Copy>(text: &str, known: impl Fn(&str) -> Option<F>) -> Vec<F> {
    let field = |header: &str| known(&pattern(&words(header)));
    let Ok((start, delimiter, _)) = find_headers(text, &field) else { return Vec::new() };
    let mut row = csv::StringRecord::new();
    let is_read = reader(&text[start..], delimiter).read_record(&mut row).unwrap_or(false);
    row.iter().filter(|_| is_read).filter_map(field).collect()
}

/// A cell without the mark of a guarded formula and what copying leaves at its edges.
pub(super) fn cell(value: &str) -> String {
    text::without_edges(&bare(value)).to_owned()
}

/// How some programs write that there is no date: `0/0/00`, `0000-00-00 00:00:00`.
pub(super) fn is_no_date(text: &str) -> bool {
    text.contains('0') && text.matches(['/', '-', '.']).count() >= 2 && text.chars().all(|c| "0/-.: ".contains(c))
}

/// A header as words: `E-Mail 2: Adresse` is `email 2 adresse`.
pub(super) fn words(header: &str) -> String {
    let mut out = String::new();
    let mut last = ' ';
    for c in deunicode::deunicode(header.trim_start_matches('\u{feff}')).chars() {
        let begins = (c.is_ascii_uppercase() && last.is_ascii_lowercase()) || (c.is_ascii_digit() != last.is_ascii_digit());
        if begins || !c.is_ascii_alphanumeric() {
            out.push(' ');
        }
        if c.is_ascii_alphanumeric() {
            out.push(c.to_ascii_lowercase());
        }
        last = c;
    }
    let words: Vec<&str> = out.split_whitespace().collect();
    format!(" {} ", words.join(" ")).replace(" e mail", " email").trim().to_owned()
}

/// Words with `#` for each number.
fn pattern(words: &str) -> String {
    let number = |it: &str| it.bytes().all(|c| c.is_ascii_digit());
    words.split(' ').map(|it| if number(it) && !it.is_empty() { "#" } else { it }).collect::<Vec<_>>().join(" ")
}

fn listed<F>(columns: &[Column<F>]) -> String {
    let found: Vec<_> = columns.iter().take(8).map(|it| text::fit(&text::display(&it.header), 30).into_owned()).collect();
    let more = if columns.len() > 8 { format!(" and {} more", columns.len() - 8) } else { String::new() };
    format!("{}{more}", found.join(", "))
}

pub(super) fn at(line: usize, sentence: impl Into<String>) -> ImportError {
    ImportError::At(line, sentence.into())
}

/// Line and character, both from 1, of a byte of the text.
fn place(text: &str, byte: usize) -> (usize, usize) {
    let before = &text[..byte];
    let line_start = before.rfind(['\n', '\r']).map_or(0, |it| it + 1);
    (1 + line_ends(before), 1 + before[line_start..].chars().count())
}

/// How many line ends there are: LF, CRLF or CR.
fn line_ends(text: &str) -> usize {
    let bytes = text.as_bytes();
    let is_end = |(at, byte): (usize, &u8)| *byte == b'\r' || (*byte == b'\n' && (at == 0 || bytes[at - 1] != b'\r'));
    bytes.iter().enumerate().filter(|it| is_end(*it)).count()
}

fn reader(text: &str, delimiter: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text.as_bytes())
}

fn columns<F>(line: usize, row: &csv::StringRecord, field: impl Fn(&str) -> Option<F>) -> Result<Vec<Column<F>>, ImportError> {
    if row.len() > MAX_COLUMNS {
        return Err(at(line, format!("{} columns; {MAX_COLUMNS} is the most", row.len())));
    }
    let column = |(n, header): (usize, &str)| {
        let header = text::without_edges(header);
        text::line("header", header).map_err(|sentence| at(line, format!("column {}: {sentence}", n + 1)))?;
        let name = if header.is_empty() { format!("column {}", n + 1) } else { header.to_owned() };
        Ok(Column { words: words(header), field: field(header), header: name })
    };
    row.iter().enumerate().map(column).collect()
}

/// Where the headers begin, what tells their cells apart, and how many lines are before them.
fn find_headers<F>(text: &str, field: &impl Fn(&str) -> Option<F>) -> Result<(usize, u8, usize), ImportError> {
    if let Some((start, delimiter)) = separator_line(text)? {
        return Ok((start, delimiter, 0));
    }
    let mut start = 0;
    let mut widest = 0;
    for (n, physical) in text.split_inclusive(['\n', '\r']).take(MAX_PREAMBLE).enumerate() {
        let delimiter = delimiter(physical);
        let mut row = csv::StringRecord::new();
        let read = reader(physical, delimiter).read_record(&mut row).unwrap_or(false);
        let known = row.iter().filter(|it| field(it).is_some()).count();
        // A line of data before it would be as wide as its headers.
        if read && known > 1 && row.len() > widest {
            return Ok((start, delimiter, n));
        }
        widest = widest.max(row.len());
        start += physical.len();
    }
    let blank = text.len() - text.trim_start_matches(['\n', '\r']).len();
    Ok((0, delimiter(text[blank..].split(['\n', '\r']).next().unwrap_or_default()), 0))
}

/// Where the rows begin and what tells their cells apart, where the first line says `sep=;`.
fn separator_line(text: &str) -> Result<Option<(usize, u8)>, ImportError> {
    let first = text.split(['\n', '\r']).next().unwrap_or_default();
    let Some(mark) = first.get(..4).filter(|it| it.eq_ignore_ascii_case("sep=")).map(|_| &first[4..]) else { return Ok(None) };
    let rest = &text[first.len()..];
    let end = rest.len() - rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix(['\n', '\r'])).unwrap_or(rest).len();
    match mark.as_bytes() {
        [delimiter] => Ok(Some((first.len() + end, *delimiter))),
        _ => Err(at(1, format!("`sep={}` names no delimiter of one ASCII character", text::display(mark)))),
    }
}

/// What stands most between the words of a line.
fn delimiter(line: &str) -> u8 {
    let unquoted: String = line.split('"').step_by(2).collect();
    let count = |delimiter: &u8| unquoted.bytes().filter(|it| it == delimiter).count();
    [b'\t', b';', b','].into_iter().max_by_key(count).unwrap_or(b',')
}

/// Refuses a quote that nothing closes, which would swallow the rest of the file, and text after a closing one.
fn check_quotes(text: &str, start: usize, delimiter: u8) -> Result<(), ImportError> {
    let bytes = text.as_bytes();
    let mut at_start = true;
    let mut next = start;
    while next < bytes.len() {
        if bytes[next] == b'"' && at_start {
            next = closing_quote(text, next)?;
            let after = bytes.get(next).copied();
            if !after.is_none_or(|it| it == delimiter || it == b'\n' || it == b'\r') {
                let (line, column) = place(text, next);
                return Err(at(line, format!("column {column}: text after a closing quote; write a quote inside a field as two")));
            }
        }
        at_start = bytes.get(next).is_some_and(|it| *it == delimiter || *it == b'\n' || *it == b'\r');
        next += 1;
    }
    Ok(())
}

/// The byte after the quote that closes the one at `open`.
fn closing_quote(text: &str, open: usize) -> Result<usize, ImportError> {
    let bytes = text.as_bytes();
    let mut next = open + 1;
    while let Some(quote) = memchr::memchr(b'"', &bytes[next..]).map(|it| it + next) {
        if bytes.get(quote + 1) != Some(&b'"') {
            return Ok(quote + 1);
        }
        next = quote + 2;
    }
    let (line, column) = place(text, open);
    Err(at(line, format!("column {column}: the quote that opens here is never closed")))
}

/// Counts lines as the reader goes on, so that the whole is counted once.
struct LineCounter<'a> {
    text: &'a str,
    byte: usize,
    line: usize,
}

impl LineCounter<'_> {
    /// The line of the first byte at or after this one that is not a line end: the reader skips empty lines.
    fn line_of(&mut self, byte: usize) -> usize {
        let Some(rest) = self.text.get(byte..) else { return self.line };
        let byte = byte + rest.len() - rest.trim_start_matches(['\n', '\r']).len();
        self.line += line_ends(&self.text[self.byte..byte]);
        self.byte = byte;
        self.line
    }
}

/// Names of columns, each once, for a note.
pub(super) fn names(of: BTreeSet<String>) -> String {
    of.into_iter().collect::<Vec<_>>().join(", ")
}
