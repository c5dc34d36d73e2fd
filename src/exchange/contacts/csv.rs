//! Contacts in CSV: Google Contacts (both sets of headers), Wix, and plain tables.

use super::{Cell, Draft, GOOGLE_SEPARATOR, Intake, at, line_ends, place};
use crate::command::import::ImportError;
use crate::domain::text;

/// Most columns that are read.
const MAX_COLUMNS: usize = 512;
/// Most rows that are read.
const MAX_ROWS: usize = 2_000_000;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Name,
    /// Part of a name, and its place when the name is read out.
    Part(u8),
    Company,
    Email,
    Status,
    Labels,
    Notes,
    /// Known, but without a field of its own: kept in the notes under this label.
    Kept(&'static str),
    /// What sort of phone, address, … the column beside it has.
    Kind,
    Unknown,
}

/// Headers in lower case, `#` for a number.
const HEADERS: &[(&str, Field)] = &[
    ("name", Field::Name),
    ("full name", Field::Name),
    ("display name", Field::Name),
    ("contact name", Field::Name),
    ("name prefix", Field::Part(0)),
    ("first name", Field::Part(1)),
    ("given name", Field::Part(1)),
    ("middle name", Field::Part(2)),
    ("additional name", Field::Part(2)),
    ("last name", Field::Part(3)),
    ("family name", Field::Part(3)),
    ("name suffix", Field::Part(4)),
    ("company", Field::Company),
    ("company name", Field::Company),
    ("organization", Field::Company),
    ("organization name", Field::Company),
    ("organization # - name", Field::Company),
    ("email", Field::Email),
    ("e-mail", Field::Email),
    ("email address", Field::Email),
    ("e-mail address", Field::Email),
    ("email #", Field::Email),
    ("e-mail # - value", Field::Email),
    ("email # - value", Field::Email),
    ("status", Field::Status),
    ("labels", Field::Labels),
    ("label", Field::Labels),
    ("tags", Field::Labels),
    ("groups", Field::Labels),
    ("group membership", Field::Labels),
    ("notes", Field::Notes),
    ("note", Field::Notes),
    ("phone", Field::Kept("Phone")),
    ("mobile", Field::Kept("Phone")),
    ("phone number", Field::Kept("Phone")),
    ("phone #", Field::Kept("Phone")),
    ("phone # - value", Field::Kept("Phone")),
    ("position", Field::Kept("Job title")),
    ("job title", Field::Kept("Job title")),
    ("title", Field::Kept("Job title")),
    ("occupation", Field::Kept("Occupation")),
    ("organization title", Field::Kept("Job title")),
    ("organization # - title", Field::Kept("Job title")),
    ("organization department", Field::Kept("Department")),
    ("organization # - department", Field::Kept("Department")),
    ("address", Field::Kept("Address")),
    ("address #", Field::Kept("Address")),
    ("address # - formatted", Field::Kept("Address")),
    ("address # - street", Field::Kept("Street")),
    ("address # - street line #", Field::Kept("Street")),
    ("address # - extended address", Field::Kept("Address line 2")),
    ("address # - po box", Field::Kept("PO box")),
    ("address # - postal code", Field::Kept("Postal code")),
    ("address # - zip", Field::Kept("Postal code")),
    ("address # - city", Field::Kept("City")),
    ("address # - region", Field::Kept("Region")),
    ("address # - state/region", Field::Kept("Region")),
    ("address # - country", Field::Kept("Country")),
    ("website", Field::Kept("Website")),
    ("website # - value", Field::Kept("Website")),
    ("url", Field::Kept("Website")),
    ("birthday", Field::Kept("Birthday")),
    ("birthdate", Field::Kept("Birthday")),
    ("nickname", Field::Kept("Nickname")),
    ("language", Field::Kept("Language")),
    ("source", Field::Kept("Source")),
    ("event # - value", Field::Kept("Event")),
    ("relation # - value", Field::Kept("Relation")),
    ("custom field # - value", Field::Kept("Custom field")),
    ("im # - value", Field::Kept("Chat")),
    ("email subscriber status", Field::Kept("Email subscriber status")),
    ("sms subscriber status", Field::Kept("SMS subscriber status")),
    ("last activity", Field::Kept("Last activity")),
    ("last activity date (utc+#)", Field::Kept("Last activity at (UTC)")),
    ("created at (utc+#)", Field::Kept("Created at (UTC)")),
    ("phone # - type", Field::Kind),
    ("phone # - label", Field::Kind),
    ("e-mail # - type", Field::Kind),
    ("e-mail # - label", Field::Kind),
    ("address # - type", Field::Kind),
    ("address # - label", Field::Kind),
    ("website # - type", Field::Kind),
    ("website # - label", Field::Kind),
    ("event # - type", Field::Kind),
    ("event # - label", Field::Kind),
    ("relation # - type", Field::Kind),
    ("relation # - label", Field::Kind),
    ("custom field # - type", Field::Kind),
    ("custom field # - label", Field::Kind),
    ("im # - type", Field::Kind),
    ("im # - label", Field::Kind),
    ("organization # - type", Field::Kind),
];

struct Column {
    header: String,
    field: Field,
    /// Which column tells its sort.
    kind: Option<usize>,
}

pub(super) fn read(text: &str, intake: &mut Intake) -> Result<(), ImportError> {
    let (skipped, delimiter) = delimiter(text)?;
    check_quotes(text, skipped, delimiter)?;
    let body = &text[skipped..];
    let mut rows = ::csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(body.as_bytes());
    let mut lines = LineCounter { text, byte: 0, line: 1 };
    let mut row = ::csv::StringRecord::new();
    let mut columns: Option<Vec<Column>> = None;
    let mut n_rows = 0;
    loop {
        let start = skipped + usize::try_from(rows.position().byte()).unwrap_or(usize::MAX);
        if !rows.read_record(&mut row).map_err(|error| at(lines.line_of(start), error.to_string()))? {
            break;
        }
        let line = lines.line_of(start);
        let Some(columns) = &columns else {
            columns = Some(headers(line, &row)?);
            continue;
        };
        n_rows += 1;
        if n_rows > MAX_ROWS {
            return Err(at(line, format!("more than {MAX_ROWS} rows")));
        }
        take_row(line, columns, &row, intake)?;
    }
    if n_rows == 0 {
        return Err(at(1, "there are headers and no rows"));
    }
    Ok(())
}

/// How many bytes to skip and what tells fields apart: as `sep=` says, or as the headers have it.
fn delimiter(text: &str) -> Result<(usize, u8), ImportError> {
    let first = text.split(['\n', '\r']).next().unwrap_or_default();
    if let Some(mark) = first.get(..4).filter(|it| it.eq_ignore_ascii_case("sep=")).map(|_| &first[4..]) {
        let rest = &text[first.len()..];
        let end = rest.len() - rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix(['\n', '\r'])).unwrap_or(rest).len();
        return match mark.as_bytes() {
            [delimiter] => Ok((first.len() + end, *delimiter)),
            _ => Err(at(1, format!("`sep={}` names no delimiter of one ASCII character", text::display(mark)))),
        };
    }
    let first = text.trim_start().split(['\n', '\r']).next().unwrap_or_default();
    let unquoted: String = first.split('"').step_by(2).collect();
    let count = |delimiter: &u8| unquoted.bytes().filter(|it| it == delimiter).count();
    let found = [b'\t', b';', b','].into_iter().max_by_key(count).unwrap_or(b',');
    Ok((0, found))
}

/// Refuses a quote that nothing closes, which would swallow the rest of the file, and text after a closing one.
fn check_quotes(text: &str, skipped: usize, delimiter: u8) -> Result<(), ImportError> {
    let bytes = text.as_bytes();
    let mut at_start = true;
    let mut next = skipped;
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

fn headers(line: usize, row: &::csv::StringRecord) -> Result<Vec<Column>, ImportError> {
    if row.len() > MAX_COLUMNS {
        return Err(at(line, format!("{} columns; {MAX_COLUMNS} is the most", row.len())));
    }
    let headers: Vec<String> = row.iter().map(|it| it.trim().to_owned()).collect();
    let lower: Vec<String> = headers.iter().map(|it| it.to_lowercase()).collect();
    for (n, header) in headers.iter().enumerate() {
        text::line("header", header).map_err(|sentence| at(line, format!("column {}: {sentence}", n + 1)))?;
        if let Some(first) = lower[..n].iter().position(|it| *it == lower[n] && !it.is_empty()) {
            return Err(at(line, format!("columns {} and {} are both called `{}`", first + 1, n + 1, text::display(header))));
        }
    }
    let columns: Vec<Column> = headers
        .iter()
        .enumerate()
        .map(|(n, header)| Column {
            header: if header.is_empty() { format!("column {}", n + 1) } else { header.clone() },
            field: field(&lower[n]),
            kind: stem(&lower[n]).and_then(|stem| lower.iter().position(|it| field(it) == Field::Kind && self::stem(it) == Some(stem))),
        })
        .collect();
    if !columns.iter().any(|it| matches!(it.field, Field::Name | Field::Part(_) | Field::Company | Field::Email)) {
        let found: Vec<_> = headers.iter().take(8).map(|it| text::fit(&text::display(it), 30).into_owned()).collect();
        return Err(at(line, format!("no column has a name or an e-mail; the first line is: {}", found.join(", "))));
    }
    Ok(columns)
}

/// What a header in lower case stands for.
fn field(header: &str) -> Field {
    let mut pattern = String::with_capacity(header.len());
    for c in header.chars().map(|c| if c.is_ascii_digit() { '#' } else { c }) {
        if c != '#' || !pattern.ends_with('#') {
            pattern.push(c);
        }
    }
    HEADERS.iter().find(|(known, _)| *known == pattern).map_or(Field::Unknown, |(_, field)| *field)
}

/// `phone 1` of `phone 1 - value`.
fn stem(header: &str) -> Option<&str> {
    header.split_once(" - ").map(|(stem, _)| stem)
}

fn take_row(line: usize, columns: &[Column], row: &::csv::StringRecord, intake: &mut Intake) -> Result<(), ImportError> {
    if row.len() > columns.len() {
        return Err(at(line, format!("{} fields, but there are {} headers", row.len(), columns.len())));
    }
    let mut draft = Draft { line, ..Draft::default() };
    let mut parts = Vec::new();
    let mut kinds_used = Vec::new();
    for (column, value) in columns.iter().zip(row) {
        if value.len() > text::MAX_FIELD {
            let sentence = format!("column {}: {} bytes; {} is the most in one field", column.header, value.len(), text::MAX_FIELD);
            return Err(at(line, sentence));
        }
        if value.trim().is_empty() {
            continue;
        }
        let cell = |text: &str| Cell { line, column: column.header.clone(), text: text.trim().to_owned() };
        let values = || value.split(GOOGLE_SEPARATOR).filter(|it| !it.trim().is_empty()).map(cell);
        match column.field {
            Field::Name => draft.names.push(cell(value)),
            Field::Part(place) => parts.push((place, cell(value))),
            Field::Company => draft.companies.extend(values()),
            Field::Email => draft.emails.extend(values()),
            Field::Status => draft.status = Some(cell(value)),
            Field::Labels => draft.labels.push(cell(value)),
            Field::Notes => draft.notes.push(cell(value)),
            Field::Kept(label) => {
                let kind = column.kind.and_then(|it| row.get(it)).map(|it| it.trim_start_matches('*').trim()).filter(|it| !it.is_empty());
                kinds_used.extend(column.kind);
                let label = kind.map_or_else(|| label.to_owned(), |kind| format!("{label} ({kind})"));
                draft.more.extend(values().map(|it| (label.clone(), it)));
            }
            Field::Unknown => {
                intake.unknown.insert(text::display(&column.header).into_owned());
                draft.more.push((column.header.clone(), cell(value)));
            }
            Field::Kind => {}
        }
    }
    let is_kind = |(n, value): (usize, &str)| columns[n].field == Field::Kind && !value.trim().is_empty();
    let unused = row.iter().enumerate().filter(|it| is_kind(*it)).map(|(n, _)| n).filter(|n| !kinds_used.contains(n));
    intake.left_out.extend(unused.map(|n| columns[n].header.clone()));
    parts.sort_by_key(|(place, _)| *place);
    draft.parts = parts.into_iter().map(|(_, cell)| cell).collect();
    intake.take(draft)
}
