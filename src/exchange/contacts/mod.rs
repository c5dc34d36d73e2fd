//! Contacts as other programs export them: CSV of Google Contacts and Wix, vCard.
//!
//! Both formats become `Draft`s; here each is checked and becomes what was [`Given`]. What
//! has no field of its own is kept in the notes of the contact; what is left out is said.

mod csv;
mod given;
mod vcard;

use std::collections::{BTreeSet, HashMap};

use anyhow::Result;

pub use given::Given;

use crate::command::import::{ImportError, Line};
use crate::domain::record::Record;
use crate::domain::text;
use crate::domain::things::ContactStatus;
use crate::store::Reader;

/// Longest file that is read, in bytes.
const MAX_FILE: usize = 256 << 20;
/// How Google tells several values in one cell apart.
const GOOGLE_SEPARATOR: &str = " ::: ";

/// What a file of contacts holds.
#[derive(Debug, Default)]
pub struct Contacts {
    /// Each with its line.
    pub given: Vec<(usize, Given)>,
    /// What was left out or kept elsewhere, one sentence each.
    pub notes: Vec<String>,
}

impl Contacts {
    /// The records to import: every contact laid over the one that is there.
    pub fn over(&self, db: Reader<'_>) -> Result<Vec<Line>> {
        self.given.iter().map(|(line, it)| Ok((*line, Record::Contact(it.over(db)?)))).collect()
    }
}

/// Reads a file of contacts; the content decides the format.
///
/// # Errors
/// Names the line and column at fault.
pub fn read(bytes: &[u8]) -> Result<Contacts, ImportError> {
    if bytes.len() > MAX_FILE {
        return Err(at(1, format!("the file has {} bytes; {MAX_FILE} is the most", bytes.len())));
    }
    let text = utf8(bytes)?;
    if text.trim().is_empty() {
        return Err(at(1, "the file is empty"));
    }
    let mut intake = Intake::default();
    if vcard::is_one(text) {
        vcard::read(text, &mut intake)?;
    } else {
        csv::read(text, &mut intake)?;
    }
    Ok(intake.finish())
}

fn at(line: usize, sentence: impl Into<String>) -> ImportError {
    ImportError::At(line, sentence.into())
}

fn utf8(bytes: &[u8]) -> Result<&str, ImportError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let good = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
        let (line, column) = place(&good, good.len());
        let byte = bytes[error.valid_up_to()];
        at(line, format!("column {column}: the byte 0x{byte:02x} is not UTF-8; the file is probably Latin-1 or UTF-16, save it as UTF-8"))
    })?;
    if let Some(nul) = text.find('\0') {
        let (line, column) = place(text, nul);
        return Err(at(line, format!("column {column}: a NUL character; the file is probably UTF-16, save it as UTF-8")));
    }
    Ok(text)
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

/// A value and where it stood: its line, and the column header or property.
#[derive(Clone, Debug)]
struct Cell {
    line: usize,
    column: String,
    text: String,
}

impl Cell {
    fn refuse(&self, sentence: &str) -> ImportError {
        at(self.line, format!("column {}: {sentence}", text::display(&self.column)))
    }
}

/// A contact as it stood in the file, not yet checked.
#[derive(Debug, Default)]
struct Draft {
    line: usize,
    /// Whole names: the first is taken.
    names: Vec<Cell>,
    /// Title, given name, family name and so on, in the order they are read out.
    parts: Vec<Cell>,
    companies: Vec<Cell>,
    /// The first is taken.
    emails: Vec<Cell>,
    status: Option<Cell>,
    labels: Vec<Cell>,
    notes: Vec<Cell>,
    /// What has no field of its own, with its label.
    more: Vec<(String, Cell)>,
}

/// Checks drafts, drops doubles and gathers what there is to say.
#[derive(Default)]
struct Intake {
    contacts: Contacts,
    /// E-mail or, for contacts without one, name → line.
    seen: HashMap<String, usize>,
    /// Columns that nothing here knows, and that held something.
    unknown: BTreeSet<String>,
    /// What was not taken over at all.
    left_out: BTreeSet<String>,
}

impl Intake {
    fn take(&mut self, draft: Draft) -> Result<(), ImportError> {
        let line = draft.line;
        let Some(given) = self.given(draft)? else {
            self.contacts.notes.push(format!("line {line}: neither a name nor an e-mail; skipped"));
            return Ok(());
        };
        let name = given.title().to_owned();
        let (key, what) = match &given.email {
            Some(email) => (text::email_key(email), email),
            None => (format!("name {name}"), &name),
        };
        if let Some(first) = self.seen.get(&key) {
            let note = format!("line {line}: {} stood on line {first} already; skipped", text::display(what));
            self.contacts.notes.push(note);
            return Ok(());
        }
        if name.contains('\u{fffd}') {
            let note = format!("line {line}: {} has lost a letter in an earlier program (U+FFFD)", text::display(&name));
            self.contacts.notes.push(note);
        }
        self.seen.insert(key, line);
        self.contacts.given.push((line, given));
        Ok(())
    }

    fn given(&mut self, draft: Draft) -> Result<Option<Given>, ImportError> {
        let Draft { line, names, parts, companies, emails, status, labels, notes, mut more } = draft;
        let mut emails = emails.into_iter();
        let email = emails.next().map(|it| checked(&it, text::email)).transpose()?;
        let mut names = names.into_iter();
        let mut companies = companies.into_iter();
        let name = match names.next() {
            Some(cell) => {
                let name = checked(&cell, |it| text::required("name", it))?;
                more.extend(parts.into_iter().filter(|it| !says(&name, &it.text)).map(own_label));
                Some(name)
            }
            None if !parts.is_empty() => Some(joined(&parts)?),
            None => None,
        };
        let company = if name.is_none() { companies.next() } else { None };
        let company = company.map(|it| checked(&it, |text| text::required("company", text))).transpose()?;
        if name.is_none() && company.is_none() && email.is_none() {
            return Ok(None);
        }
        let further = names.filter(|it| !says(name.as_deref().unwrap_or_default(), &it.text)).map(own_label);
        let also = emails.map(|it| ("E-mail".to_owned(), it));
        let employer = companies.map(|it| ("Company".to_owned(), it));
        let notes = notes.into_iter().map(|it| (String::new(), it));
        let notes = composed(line, notes.chain(further).chain(also).chain(employer).chain(more))?;
        let status = status.map(|it| status_of(&it)).transpose()?;
        Ok(Some(Given { name, company, email, status, labels: self.labels(&labels)?, notes }))
    }

    fn labels(&mut self, cells: &[Cell]) -> Result<Vec<String>, ImportError> {
        let mut labels = Vec::new();
        for cell in cells {
            for label in cell.text.split(GOOGLE_SEPARATOR).flat_map(|it| it.split(';')).map(str::trim).filter(|it| !it.is_empty()) {
                if label.starts_with("* ") {
                    self.left_out.insert(format!("the group {}", text::display(label)));
                    continue;
                }
                let label = text::required("label", label).map_err(|sentence| cell.refuse(&sentence))?;
                if !labels.contains(&label) {
                    labels.push(label);
                }
            }
        }
        Ok(labels)
    }

    fn finish(self) -> Contacts {
        let mut contacts = self.contacts;
        let list = |names: BTreeSet<String>| names.into_iter().collect::<Vec<_>>().join(", ");
        if !self.unknown.is_empty() {
            contacts.notes.push(format!("kept in the notes of each contact, for want of a field: {}", list(self.unknown)));
        }
        if !self.left_out.is_empty() {
            contacts.notes.push(format!("left out: {}", list(self.left_out)));
        }
        contacts
    }
}

fn checked(cell: &Cell, check: impl Fn(&str) -> Result<String, String>) -> Result<String, ImportError> {
    check(&cell.text).map_err(|sentence| cell.refuse(&sentence))
}

/// Whether the name already has every word of the text.
fn says(name: &str, text: &str) -> bool {
    let words: Vec<&str> = name.split_whitespace().collect();
    text.split_whitespace().all(|word| words.contains(&word))
}

fn own_label(cell: Cell) -> (String, Cell) {
    (cell.column.clone(), cell)
}

fn joined(parts: &[Cell]) -> Result<String, ImportError> {
    let words = parts.iter().map(|it| checked(it, |text| text::required("name", text))).collect::<Result<Vec<_>, _>>()?;
    text::required("name", &words.join(" ")).map_err(|sentence| parts[0].refuse(&sentence))
}

fn status_of(cell: &Cell) -> Result<ContactStatus, ImportError> {
    ContactStatus::parse(&cell.text.to_lowercase()).ok_or_else(|| {
        let words: Vec<&str> = ContactStatus::ALL.iter().map(|it| it.as_str()).collect();
        cell.refuse(&format!("no status `{}`; there are: {}", text::display(&cell.text), words.join(", ")))
    })
}

/// The notes: first the file's own, then a line for everything that has no field.
fn composed(line: usize, cells: impl Iterator<Item = (String, Cell)>) -> Result<String, ImportError> {
    let mut notes = Vec::new();
    for (label, cell) in cells {
        let text = checked(&cell, |it| text::note("value", it))?;
        notes.push(if label.is_empty() { text } else { format!("{}: {text}", text::display(&label)) });
    }
    text::note("notes", &notes.join("\n")).map_err(|sentence| at(line, sentence))
}
